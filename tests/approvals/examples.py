"""One proposal of every kind, with who may approve it and how one sees that it came true."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from common import tenancy
from common.moments import market_date
from gateway import services as gateway
from gateway.contracts import NODE_KIND
from gateway.models import LevelNode
from gateway.peering import services as peering
from gateway.peering.contracts import PEER_KIND, PeerFacts
from gateway.peering.models import Peer
from identity import appointments, grant_ends, pool_requests, profile_proposals, suspensions
from identity import services as identity
from identity.appeals import services as appeals
from identity.appeals.contracts import APPEAL_KIND, AppealOutcome
from identity.appeals.models import Appeal
from identity.appointments import ROLE_KIND
from identity.approvals import selectors, services
from identity.approvals.contracts import LIMIT, Person, Proposed
from identity.contracts import (
    GRANT_END_KIND,
    POOL_REQUEST_KIND,
    PROFILE_KIND,
    REINSTATEMENT_KIND,
    SUSPENSION_KIND,
    Role,
)
from identity.entry import services as entry
from identity.entry.contracts import RECOVERY_KIND, SSO_KIND
from identity.entry.selectors import connection_of
from identity.models import Membership, Organization, User
from identity.onboarding import closures
from identity.onboarding import services as onboarding
from identity.onboarding.contracts import ACTIVATION_KIND, CLOSURE_KIND
from identity.privacy import rows as privacy_rows
from identity.privacy import services as privacy_services
from identity.privacy.contracts import HOLD_KIND, LIFT_KIND, HeldKind
from identity.register_models import IdentifierGrant, Pool, ProfileUse
from identity.rights import services as rights
from identity.rights.contracts import ERASURE_KIND, INCIDENT_KIND, IncidentNature
from identity.rights.contracts import Severity as IncidentSeverity
from identity.rights.selectors import published_incidents
from identity.selectors import has_second_factor
from marketplace.assurance import services as assurance
from marketplace.assurance.audit_contracts import AUDIT_KIND
from marketplace.assurance.contracts import CLOSING_KIND, RULE_KIND, CaseEffect
from marketplace.assurance.dispute_contracts import DISPUTE_KIND
from marketplace.assurance.models import CapacityAudit, Case, SurveillanceRule, TradeDispute
from marketplace.baselines import services as baselines
from marketplace.baselines.contracts import (
    COSTS_KIND,
    REFERENCE_KIND,
    CostInput,
    InputBasis,
    InputChange,
    ReferencePriceTerms,
)
from marketplace.baselines.models import CostVersion, ReferencePrice
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog import services as catalog
from marketplace.catalog.contracts import COLLAR_KIND, REFERENCE_ORDER_KIND, Band
from marketplace.catalog.models import PriceCollar
from marketplace.claims import services as claims
from marketplace.claims.contracts import CLAW_BACK_KIND
from marketplace.claims.models import ClawBack
from marketplace.drivers import services as drivers
from marketplace.drivers.job_contracts import JOB_KIND, JobWish
from marketplace.drivers.models import BatchJob, OrderScene
from marketplace.drivers.scene_contracts import SCENE_KIND
from marketplace.fulfilment import services as fulfilment
from marketplace.fulfilment.contracts import POLICY_KIND
from marketplace.fulfilment.ending_contracts import STOP_KIND
from marketplace.fulfilment.models import ComputeDelivery, DeliveryPolicy, EmergencyStop
from marketplace.orders import services as orders
from marketplace.orders.contracts import HALT_KIND, ORDER_KIND, RESUME_KIND
from marketplace.orders.models import BookHalt, Order
from marketplace.payments import services as payments
from marketplace.payments.contracts import DEPOSIT_KIND, MATCH_KIND, REFUND_KIND
from marketplace.payments.models import BankLine, Deposit, Movement
from marketplace.payouts import services as payouts
from marketplace.payouts.contracts import RUN_KIND, TAX_KIND, ProviderKind
from marketplace.payouts.models import PayoutRun, TaxRule
from marketplace.settlement import services as settlement
from marketplace.settlement.contracts import (
    ADJUSTMENT_KIND,
    FEE_KIND,
    Adjusting,
    AdjustmentReason,
    Party,
)
from marketplace.settlement.models import Adjustment, FeeRule
from marketplace.statements import services as statements
from marketplace.statements.contracts import CLOSING_KIND as MONTH_KIND
from marketplace.statements.models import BookClosing, StatementRound
from marketplace.vouchers import services as vouchers
from marketplace.vouchers.contracts import FUNDING_KIND, PROGRAMME_KIND, VERSION_KIND
from marketplace.vouchers.control_contracts import CONTROL_RULE_KIND, ControlCode, ControlSeverity
from marketplace.vouchers.models import (
    ControlRule,
    Programme,
    ProgrammeFunding,
    ProgrammeVersion,
    SupplierSize,
)
from marketplace.vouchers.supplier_contracts import SIZE_KIND
from marketplace.vouchers.terms import ClawBackGround
from metering import services as metering
from metering.models import MeasurementRuleVersion
from metering.table_contracts import RULE_KIND as MEASUREMENT_KIND
from metering.table_contracts import TABLE_KIND
from metering.table_models import ConversionTableVersion
from tests import cast, factories
from tests.assurance import cases
from tests.assurance.audits import Auditing
from tests.assurance.disputes import Disputing
from tests.budgets import cast as budgets
from tests.catalog import supply
from tests.fulfilment.cast import Delivering
from tests.gateway.levels import FarNode
from tests.identity import standing
from tests.metering import tables
from tests.onboarding import test_organisations_come_to_trade as came
from tests.orders.cast import buyer, programme, voucher, wish
from tests.payments import cast as payments_cast
from tests.payouts.cast import account
from tests.privacy import cast as privacy
from tests.settlement.cast import adjusted
from tests.vouchers.cast import rules_data


@dataclass(frozen=True)
class Example:
    proposed: Proposed
    second: User
    facts: tuple[str, ...]  # What its page says in any language.
    came_true: Callable[[], bool]


def two(organization: Organization, role: Role) -> tuple[Person, User]:
    first, second = (cast.member(organization, role) for _n in range(2))
    return Person(first.pk, organization.pk), second


def a_deposit(now: datetime) -> Example:
    first, second = two(cast.organization("Desk"), Role.FINANCE)
    owner = buyer()
    proposed = payments.record_deposit(
        organization_id=owner.pk,
        amount_minor=selectors.from_minor(DEPOSIT_KIND),
        reference="BANK-1",
        by=first,
        now=now,
    )
    assert isinstance(proposed, Proposed)
    facts = (owner.name, "¥1,000,000.00", "BANK-1")
    return Example(proposed, second, facts, Deposit.objects.exists)


def an_order(now: datetime) -> Example:
    owner = buyer("10000")
    first, second = two(owner, Role.BUYER)
    budgets.cap(owner, "5000", approve_from_minor=1)
    listing = factories.ListingFactory()
    with tenancy.acting_as(owner.pk):
        proposed = orders.place_or_propose(
            buyer_id=owner.pk,
            wish=wish(listing, cards="2", start=now.replace(microsecond=0) + timedelta(hours=1)),
            by=first,
            placed_at=now,
        )
    assert isinstance(proposed, Proposed)
    return Example(proposed, second, ("2", "¥0.01"), Order.objects.exists)


def a_job(now: datetime) -> Example:
    owner = buyer("10000")
    first, second = two(owner, Role.BUYER)
    budgets.cap(owner, "5000", approve_from_minor=1)
    listing = factories.ListingFactory()
    with tenancy.acting_as(owner.pk):
        proposed = drivers.place_or_propose_job(
            buyer_id=owner.pk,
            wish=wish(listing, cards="2", start=now.replace(microsecond=0) + timedelta(hours=1)),
            job=JobWish(("train", "--fast"), 60, image="train:1"),
            by=first,
            placed_at=now,
        )
    assert isinstance(proposed, Proposed)
    return Example(proposed, second, ("train --fast", "train:1"), BatchJob.objects.exists)


def a_scene(now: datetime) -> Example:
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    content = {
        "title": {"zh": "渲染", "en": "Rendering of frames"},
        "sentence": {"zh": "渲染。", "en": "It renders."},
        "classes": ["AI"],
        "forms": [],
        "driver_kinds": [],
        "asks": [],
        "defaults": {"units_milli": 1_000, "seconds": 3_600, "job": None},
    }
    proposed = drivers.propose_scene(code="rendering", content=content, by=first, now=now)
    facts = ("rendering", "Rendering of frames")
    return Example(proposed, second, facts, OrderScene.objects.exists)


def _of_a_book(now: datetime, reason: str, *, is_halted: bool) -> tuple[Proposed, User, Any]:
    listing = supply.listed()
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    asked = {"resource_class": listing.resource_class, "hub": listing.hub, "by": first, "now": now}
    if is_halted:
        orders.halt_book(**asked, reason="wrong prices")
    act = orders.propose_resume if is_halted else orders.propose_halt
    return act(**asked, reason=reason), second, listing


def a_halt(now: datetime) -> Example:
    proposed, second, listing = _of_a_book(now, "a broken meter", is_halted=False)
    return Example(
        proposed,
        second,
        ("a broken meter",),
        lambda: BookHalt.objects.filter(book=listing.book_id, until=None).exists(),
    )


def a_resumption(now: datetime) -> Example:
    proposed, second, _listing = _of_a_book(now, "prices are right", is_halted=True)
    return Example(
        proposed,
        second,
        ("wrong prices", "prices are right"),
        lambda: BookHalt.objects.filter(ended_at__isnull=False).exists(),
    )


def a_reference_price(now: datetime) -> Example:
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    proposed = baselines.propose_reference(
        hour_class="training",
        terms=ReferencePriceTerms(Decimal("3.2"), 2_000, 3_000, Decimal("2.1"), 23, 7, 3_000),
        reason="costs fell",
        by=first,
        now=now,
    )
    facts = ("¥3.20", "−20% +30%", "¥2.10", "23:00", "costs fell")
    return Example(proposed, second, facts, ReferencePrice.objects.exists)


def costs(now: datetime) -> Example:
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    said = CostInput(
        "electricity", Decimal("0.55"), InputBasis.PUBLISHED, "Grid tariff 2026", now.date()
    )
    proposed = baselines.propose_costs(
        changes=[InputChange("", said)], reason="a tariff was published", by=first, now=now
    )
    facts = ("0.55", "Grid tariff 2026", "a tariff was published")
    return Example(proposed, second, facts, CostVersion.objects.exists)


def a_collar(now: datetime) -> Example:
    listing = supply.listed()
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    proposed = catalog.propose_collar(
        resource_class=listing.resource_class,
        hub=listing.hub,
        band=Band(Decimal("3.18"), 2_000, 3_000),
        reason="prices went astray",
        by=first,
        now=now,
    )
    facts = ("¥2.544 – ¥4.134", "¥3.18, −20% +30%", "prices went astray")
    return Example(proposed, second, facts, PriceCollar.objects.exists)


def a_reference_order(now: datetime) -> Example:
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    force = catalog_selectors.reference_orders().get(number=1)
    proposed = catalog.propose_reference_order(
        content=force.content | {"hours": 24, "begins": "08:00"},
        reason="a working day",
        starts_at=None,
        by=first,
        now=now,
    )
    facts = ("08:00", "a working day")
    return Example(
        proposed, second, facts, catalog_selectors.reference_orders().filter(number=2).exists
    )


def a_finding(now: datetime) -> Example:
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    party = buyer()
    case = cases.opened(party, at=now, by=first)
    proposed = assurance.propose_closing(
        case_id=case.pk,
        explanation="a program ran wild",
        effect=CaseEffect(12, 7),
        by=first,
        now=now,
    )
    facts = (case.number, party.name, "a program ran wild", "12")
    return Example(proposed, second, facts, Case.objects.filter(state="CLOSED").exists)


def a_capacity_audit(now: datetime) -> Example:
    auditing = Auditing(at=now)
    audit = auditing.answer(auditing.asked())
    proposed = auditing.propose(audit)
    facts = ("60 PFLOPS", auditing.supplier.name, "60 PFLOPS were shown", audit.number)
    second = User.objects.get(pk=auditing.second.id)
    return Example(proposed, second, facts, CapacityAudit.objects.filter(conclusion="LOWER").exists)


def a_dispute(now: datetime) -> Example:
    case = Disputing()
    dispute = case.open()
    case.answer(dispute)
    proposed = assurance.propose_decision(
        dispute_id=dispute.pk,
        awarded_minor=12_34,
        decision="half of it ran",
        by=case.operator,
        now=now,
    )
    facts = ("¥12.34", "¥30.00", "half of it ran", dispute.number)
    second = User.objects.get(pk=case.second.id)
    return Example(proposed, second, facts, TradeDispute.objects.filter(state="DECIDED").exists)


def a_supplier_size(now: datetime) -> Example:
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    supplier = cast.organization("Supplier")
    proposed = vouchers.propose_supplier_size(
        supplier_id=supplier.pk, pflops=37, racks=8, reference="letter 5", by=first, now=now
    )
    facts = (supplier.name, "37 PFLOPS", "letter 5")
    return Example(proposed, second, facts, SupplierSize.objects.exists)


def a_surveillance_rule(now: datetime) -> Example:
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    proposed = assurance.propose_rule(
        pattern="price_ring",
        parameters={"days": 9, "within_percent": 21},
        reason="rings got longer",
        by=first,
        now=now,
    )
    return Example(
        proposed,
        second,
        ("9", "21", "rings got longer"),
        SurveillanceRule.objects.filter(version=2).exists,
    )


def a_funding(now: datetime) -> Example:
    city = programme("1000")
    first, second = two(city.issuer, Role.ISSUER)
    proposed = vouchers.fund_programme(
        programme_id=city.pk,
        amount_minor=selectors.from_minor(FUNDING_KIND),
        reference="2027",
        by=first,
        now=now,
    )
    assert isinstance(proposed, Proposed)
    facts = ("CITY", "¥10,000,000.00", "2027", "¥10,001,000.00")
    return Example(
        proposed, second, facts, lambda: ProgrammeFunding.objects.filter(reference="2027").exists()
    )


def a_claw_back(now: datetime) -> Example:
    city = programme("1000")
    first, second = two(city.issuer, Role.ISSUER)
    card = voucher(buyer(), "250", city)
    proposed = claims.propose_claw_back(
        voucher_id=card.pk,
        ground=ClawBackGround.FALSE_EVIDENCE,
        reason="a false contract",
        evidence="letter 7",
        by=first,
        now=now,
    )
    facts = (card.number, "¥250.00", "a false contract", "letter 7")
    return Example(proposed, second, facts, ClawBack.objects.exists)


def a_control_rule(now: datetime) -> Example:
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    proposed = vouchers.propose_control_rule(
        code=ControlCode.SPLIT_ORDER,
        severity=ControlSeverity.BLOCK,
        parameters={"days": 14, "contracts": 4},
        reason="seen too often",
        by=first,
        now=now,
    )
    facts = ("14", "seen too often")
    return Example(proposed, second, facts, lambda: ControlRule.objects.filter(version=2).exists())


def a_programme(now: datetime) -> Example:
    programme(code="OTHER")  # The chart of accounts is there.
    first, second = two(cast.organization("Issuer"), Role.ISSUER)
    proposed = vouchers.propose_programme(
        code="NEW",
        name="新券",
        name_en="New voucher",
        region="110000",
        rules_data=rules_data(
            per_order_cap_minor=123_45, suppliers=[cast.uscc(number) for number in range(7)]
        ),
        source="Notice 7",
        by=first,
        now=now,
        valid_from=now + timedelta(days=30),
    )
    facts = ("NEW", "30%", "¥123.45", "Notice 7", cast.uscc(0))
    return Example(proposed, second, facts, lambda: Programme.objects.filter(code="NEW").exists())


def a_version(now: datetime) -> Example:
    city = programme("1000")
    first, second = two(city.issuer, Role.ISSUER)
    proposed = vouchers.propose_version(
        programme_id=city.pk,
        rules_data=rules_data(
            rates=[{"beneficiary": "SME", "resource_class": "AI", "share": "0.45"}],
            applications_from="2026-01-01T00:00:00+08:00",
            applications_until="2027-01-01T00:00:00+08:00",
            orders_from="2026-01-01T00:00:00+08:00",
            funding=[{"source": "City", "share": "1"}],
        ),
        source="Notice 8",
        by=first,
        now=now,
    )
    facts = ("45%", "2026-01-01 00:00 (UTC+8)", "Notice 8", "City 100%")
    return Example(
        proposed, second, facts, lambda: ProgrammeVersion.objects.filter(version=2).exists()
    )


def a_fee(now: datetime) -> Example:
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    proposed = settlement.propose_fee_rule(
        rate=Decimal("0.0250"),
        starts_at=now + timedelta(days=30),
        source="Notice 9",
        by=first,
        now=now,
    )
    return Example(
        proposed,
        second,
        ("2.5%", "3%", "Notice 9"),
        lambda: FeeRule.objects.filter(rate=Decimal("0.025")).exists(),
    )


def a_delivery_policy(now: datetime) -> Example:
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    proposed = fulfilment.propose_policy(
        mode="READY_TO_BILL", starts_at=None, source="Notice 12", by=first, now=now
    )
    return Example(
        proposed,
        second,
        ("From when its provider says that it is ready", "Notice 12"),
        lambda: DeliveryPolicy.objects.filter(version=1).exists(),
    )


def an_emergency_stop(now: datetime) -> Example:
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    order = Delivering().running()
    with tenancy.acting_as_platform():
        delivery = ComputeDelivery.objects.get(order=order)
    proposed = fulfilment.propose_stop(
        delivery_id=delivery.pk, reason="it mines coins", evidence="report 7", by=first, now=now
    )
    return Example(
        proposed,
        second,
        ("it mines coins", "report 7", order.number),
        EmergencyStop.objects.exists,
    )


def an_adjustment(now: datetime) -> Example:
    first, second = two(cast.organization("Desk"), Role.FINANCE)
    owner = buyer()
    proposed = settlement.propose_adjustment(
        Adjusting(
            reason=AdjustmentReason.GOODWILL,
            payer=Party.MARKET,
            payee=Party.BUYER,
            amount_minor=120_00,
            reference="CASE-7",
            evidence="an outage of the desk",
            buyer_id=owner.pk,
        ),
        by=first,
        now=now,
    )
    facts = (owner.name, "¥120.00", "CASE-7", "an outage of the desk")
    return Example(proposed, second, facts, Adjustment.objects.exists)


def a_payout_run(now: datetime) -> Example:
    first, second = two(cast.organization("Desk"), Role.FINANCE)
    payee = cast.organization("Provider")
    adjusted(payee, payee=Party.PROVIDER, amount_minor=120_00)
    account(payee, now=now - timedelta(days=9))
    run, proposed = payouts.propose_run(
        until=market_date(now), threshold_minor=100, by=first, now=now
    )
    facts = (run.number, "¥120.00", run.lines_hash)
    return Example(
        proposed, second, facts, lambda: PayoutRun.objects.filter(state="APPROVED").exists()
    )


def a_closed_month(now: datetime) -> Example:
    first, second = two(cast.organization("Desk"), Role.FINANCE)
    month = (market_date(now).replace(day=1) - timedelta(days=1)).replace(day=1)
    with tenancy.acting_as_platform():
        StatementRound.objects.create(month=month)
    closing, proposed = statements.propose_closing(month=month, by=first, now=now)
    return Example(
        proposed,
        second,
        (f"{month:%Y-%m}", closing.trial_hash),
        lambda: BookClosing.objects.filter(state="CLOSED").exists(),
    )


def a_tax(now: datetime) -> Example:
    first, second = two(cast.organization("Desk"), Role.FINANCE)
    proposed = payouts.propose_tax_rule(
        kind=ProviderKind.SOLE_TRADER,
        rate=Decimal("0.0125"),
        starts_on=market_date(now),
        source="Notice 12",
        by=first,
        now=now,
    )
    return Example(
        proposed,
        second,
        ("1.25%", market_date(now).isoformat(), "Notice 12"),
        lambda: TaxRule.objects.filter(rate=Decimal("0.0125")).exists(),
    )


def a_measurement_rule(now: datetime) -> Example:
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    found = MeasurementRuleVersion.objects.get(rule_id="card-hours", version=1)
    proposed = metering.propose_rule_version(
        code="card-hours",
        name="",
        name_en="",
        definition=found.definition | {"grace_seconds": 600},
        source="Notice 21",
        valid_from=None,
        by=first,
        now=now,
    )
    return Example(
        proposed,
        second,
        ("card-hours v2", "Notice 21"),
        lambda: MeasurementRuleVersion.objects.filter(rule_id="card-hours", version=2).exists(),
    )


def a_conversion_table(now: datetime) -> Example:
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    proposed = metering.propose_table(
        name="training",
        title="训练标准时",
        title_en="Training standard hour",
        definition=tables.one_row(),
        source="Notice 22",
        valid_from=None,
        by=first,
        now=now,
    )
    return Example(
        proposed,
        second,
        ("training v1", "X1", "1.000000", "Notice 22"),
        lambda: ConversionTableVersion.objects.filter(hour_class="training").exists(),
    )


def a_matched_line(now: datetime) -> Example:
    first, second = two(cast.organization("Desk"), Role.FINANCE)
    owner = buyer()
    text = "date,amount,text,party\n2026-11-25,120.00,training,Haichao AI\n"
    payments.import_statement(raw=text.encode(), file_name="bank.csv", by=first, now=now)
    with tenancy.acting_as_platform():
        line = BankLine.objects.get()
    proposed = payments.propose_match(line_id=line.pk, organization_id=owner.pk, by=first, now=now)
    facts = (owner.name, "¥120.00", "Haichao AI", "training")
    return Example(proposed, second, facts, lambda: Movement.objects.filter(state="DONE").exists())


def a_refund(now: datetime) -> Example:
    _first, second = two(cast.organization("Desk"), Role.FINANCE)
    owner = buyer()
    refund = payments_cast.refund(owner, 120_00, payments_cast.paid_in(owner, 500_00))
    with tenancy.acting_as_platform():
        row = selectors.waiting(kind=REFUND_KIND).get(reference=refund.number)
        source = refund.source.reference
    facts = (owner.name, "¥120.00", source)
    return Example(
        selectors.proposed(row),
        second,
        facts,
        lambda: Movement.objects.filter(kind="REFUND", state="APPROVED").exists(),
    )


def a_role(now: datetime) -> Example:
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    other = cast.organization("New")
    proposed = appointments.propose_role(
        organization_id=other.pk,
        email="lin@test.example",
        role=Role.AUDITOR,
        by=first,
        now=now,
        reason="the yearly audit",
    )
    return Example(
        proposed,
        second,
        (other.name, "lin@test.example", "the yearly audit"),
        lambda: Membership.objects.filter(organization=other, role=Role.AUDITOR).exists(),
    )


def a_node(now: datetime) -> Example:
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    public = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    root = base64.b64encode(public).decode()
    proposed = gateway.propose_node(
        facts=gateway.NodeFacts(
            code="R31000",
            name="Shanghai",
            root_key=root,
            url="https://r31000.example",
            prefixes=["SP2-R31000"],
        ),
        by=first,
        now=now,
    )
    return Example(
        proposed,
        second,
        ("R31000", root, "SP2-R31000"),
        lambda: LevelNode.objects.filter(code="R31000", state="ADMITTED").exists(),
    )


def a_peer(now: datetime) -> Example:
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    with tenancy.acting_as_platform():
        FarNode("P00001", now).admit()
    proposed = peering.propose_peer(
        facts=PeerFacts(
            node="P00001",
            url="https://p00001.example:8443",
            scopes=["resolve", "push"],
            networks=["10.20.0.0/16"],
        ),
        by=first,
        now=now,
    )
    return Example(
        proposed,
        second,
        ("P00001", "https://p00001.example:8443", "push, resolve", "10.20.0.0/16"),
        lambda: Peer.objects.filter(node="P00001", state="ADMITTED").exists(),
    )


def a_suspension(now: datetime) -> Example:
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    other = cast.organization("Late")
    proposed = suspensions.propose_suspension(
        organization_id=other.pk, reason="bills unpaid", by=first, now=now
    )
    facts = (other.name, "bills unpaid")
    return Example(
        proposed,
        second,
        facts,
        lambda: Organization.objects.filter(pk=other.pk, suspended_at__isnull=False).exists(),
    )


def a_reinstatement(now: datetime) -> Example:
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    other = cast.organization("Late")
    standing.suspend(other, by=first, second=second, at=now, reason="bills unpaid")
    proposed = suspensions.propose_reinstatement(
        organization_id=other.pk, reason="all is paid", by=first, now=now
    )
    return Example(
        proposed,
        second,
        (other.name, "bills unpaid", "all is paid"),
        lambda: Organization.objects.filter(pk=other.pk, suspended_at=None).exists(),
    )


def an_appeal_answer(now: datetime) -> Example:
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    other = cast.organization("Late")
    standing.suspend(other, by=first, second=second, at=now, reason="bills unpaid")
    by = Person(cast.member(other, Role.BUYER).pk, other.pk)
    made = appeals.appeal_suspension(by=by, text="All is paid.", now=now)
    proposed = appeals.propose_answer(
        appeal_id=made.pk, outcome=AppealOutcome.KEEP, answer="Nothing came.", by=first, now=now
    )
    return Example(
        proposed,
        second,
        (other.name, "All is paid.", "Nothing came."),
        lambda: Appeal.objects.filter(pk=made.pk, state="KEPT").exists(),
    )


def a_grant_end(now: datetime) -> Example:
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    pool = identity.allot_pool(
        organization_id=cast.organization().pk, name="Pool", resources_max=9, now=now
    )
    grant = IdentifierGrant.objects.get(prefix=pool.prefix)
    proposed = grant_ends.propose_end(grant_id=grant.pk, reason="it is over", by=first, now=now)
    ended = IdentifierGrant.objects.filter(prefix=pool.prefix, state="ENDED")
    return Example(proposed, second, (pool.prefix, "it is over"), ended.exists)


def an_asked_pool(now: datetime) -> Example:
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    owner = cast.organization("Owner of pools")
    by = Person(cast.member(owner, Role.PROVIDER).pk, owner.pk)
    wish = pool_requests.PoolWish("East hall", 900, "a new hall")
    row = pool_requests.ask_pool(wish=wish, by=by, now=now)
    proposed = pool_requests.propose_pool(request_id=row.pk, by=first, now=now)
    allotted = Pool.objects.filter(organization_id=owner.pk, name="East hall")
    return Example(proposed, second, ("East hall", "900", "a new hall"), allotted.exists)


def a_code_profile(now: datetime) -> Example:
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    use_from = now + timedelta(days=9)
    proposed = profile_proposals.propose_profile(
        definition=None, version="2", use_from=use_from, reason="as ruled", by=first, now=now
    )
    used = ProfileUse.objects.filter(profile_id="2", from_at=use_from)
    return Example(proposed, second, ("SP2", "as ruled"), used.exists)


def a_hold(now: datetime) -> Example:
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    other = cast.organization("Sued")
    proposed = privacy.propose(HeldKind.ORGANIZATION, other.pk, by=first, at=now)
    return Example(
        proposed,
        second,
        (other.name, "a court asks for it"),
        lambda: privacy_rows.HoldRow.objects.filter(lifted_at=None).exists(),
    )


def a_lift(now: datetime) -> Example:
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    other = cast.organization("Sued")
    hold = privacy.held(HeldKind.ORGANIZATION, other.pk, at=now)
    proposed = privacy_services.propose_lift(
        hold_id=hold.pk, reason="it is over", by=first, now=now
    )
    return Example(
        proposed,
        second,
        (other.name, "it is over"),
        lambda: privacy_rows.HoldRow.objects.exclude(lifted_at=None).exists(),
    )


def an_activation(now: datetime) -> Example:
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    other = cast.organization("Newcomer")
    onboarding.open_onboarding(organization_id=other.pk, role=Role.AUDITOR, by=first, now=now)
    came.does_its_part(other)
    onboarding.confirm_line(
        organization_id=other.pk, line="verified", note="seen", by=first, now=now
    )
    proposed = onboarding.propose_activation(
        organization_id=other.pk, reason="all is done", by=first, now=now
    )
    return Example(
        proposed,
        second,
        (other.name, "all is done"),
        lambda: Organization.objects.filter(pk=other.pk, onboarding_since=None).exists(),
    )


def a_closure(now: datetime) -> Example:
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    other = cast.organization("Leaver")
    proposed = closures.propose_closure(
        organization_id=other.pk, reason="wound up", by=first, now=now
    )
    return Example(
        proposed,
        second,
        (other.name, "wound up"),
        lambda: Organization.objects.filter(pk=other.pk, closed_at__isnull=False).exists(),
    )


def an_erasure(now: datetime) -> Example:
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    person = cast.member(cast.organization("Leaver"), Role.BUYER)
    proposed = rights.propose_erasure(
        person=f"#{person.pk}", reason="asked for it", by=first, now=now
    )
    return Example(
        proposed,
        second,
        (f"#{person.pk}", "asked for it"),
        lambda: not User.objects.get(pk=person.pk).is_active,
    )


def an_incident(now: datetime) -> Example:
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    found = rights.report_incident(
        title="Lost phone",
        nature=IncidentNature.LOSS,
        severity=IncidentSeverity.LOW,
        noticed_at=now,
        people_affected=0,
        text="a phone",
        by=first,
        now=now,
    )
    proposed = rights.propose_incident_closing(
        incident_id=found.pk, lesson="lock phones", is_published=True, by=first, now=now
    )
    return Example(
        proposed,
        second,
        ("Lost phone", "lock phones"),
        lambda: published_incidents(now=now) == 1,
    )


def a_recovery(now: datetime) -> Example:
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    person = cast.member(cast.organization("Loser"), Role.AUDITOR)
    proposed = entry.propose_recovery(
        email=person.email, reason="showed the passport", by=first, now=now
    )
    return Example(
        proposed,
        second,
        (person.email, "showed the passport"),
        lambda: not has_second_factor(person.pk),
    )


def a_connection(now: datetime) -> Example:
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    other = cast.organization("Large")
    proposed = entry.propose_connection(
        organization_id=other.pk,
        issuer="https://1.1.1.1",
        client_id="suanpan",
        domains=["large.example"],
        roles_claim="groups",
        roles={"buyers": "BUYER"},
        reason="they asked",
        by=first,
        now=now,
    )
    return Example(
        proposed,
        second,
        (other.name, "large.example", "they asked"),
        lambda: connection_of("li@large.example") is not None,
    )


def a_limit(now: datetime) -> Example:
    first, second = two(cast.organization("Office"), Role.OPERATOR)
    proposed = services.propose_limit(
        kind=DEPOSIT_KIND, from_minor=500_000_00, by=first, reason="more clerks", now=now
    )
    facts = ("¥500,000.00", "¥1,000,000.00", "more clerks")
    return Example(
        proposed, second, facts, lambda: selectors.from_minor(DEPOSIT_KIND) == 500_000_00
    )


OF: dict[str, Callable[[datetime], Example]] = {
    LIMIT: a_limit,
    ROLE_KIND: a_role,
    ACTIVATION_KIND: an_activation,
    CLOSURE_KIND: a_closure,
    RECOVERY_KIND: a_recovery,
    ERASURE_KIND: an_erasure,
    INCIDENT_KIND: an_incident,
    SSO_KIND: a_connection,
    NODE_KIND: a_node,
    PEER_KIND: a_peer,
    APPEAL_KIND: an_appeal_answer,
    SUSPENSION_KIND: a_suspension,
    REINSTATEMENT_KIND: a_reinstatement,
    HOLD_KIND: a_hold,
    LIFT_KIND: a_lift,
    GRANT_END_KIND: a_grant_end,
    POOL_REQUEST_KIND: an_asked_pool,
    PROFILE_KIND: a_code_profile,
    DEPOSIT_KIND: a_deposit,
    ORDER_KIND: an_order,
    JOB_KIND: a_job,
    SCENE_KIND: a_scene,
    HALT_KIND: a_halt,
    COSTS_KIND: costs,
    REFERENCE_KIND: a_reference_price,
    COLLAR_KIND: a_collar,
    REFERENCE_ORDER_KIND: a_reference_order,
    CLOSING_KIND: a_finding,
    AUDIT_KIND: a_capacity_audit,
    DISPUTE_KIND: a_dispute,
    SIZE_KIND: a_supplier_size,
    RULE_KIND: a_surveillance_rule,
    RESUME_KIND: a_resumption,
    FUNDING_KIND: a_funding,
    CLAW_BACK_KIND: a_claw_back,
    CONTROL_RULE_KIND: a_control_rule,
    PROGRAMME_KIND: a_programme,
    VERSION_KIND: a_version,
    FEE_KIND: a_fee,
    POLICY_KIND: a_delivery_policy,
    STOP_KIND: an_emergency_stop,
    RUN_KIND: a_payout_run,
    MONTH_KIND: a_closed_month,
    TAX_KIND: a_tax,
    MEASUREMENT_KIND: a_measurement_rule,
    TABLE_KIND: a_conversion_table,
    ADJUSTMENT_KIND: an_adjustment,
    MATCH_KIND: a_matched_line,
    REFUND_KIND: a_refund,
}
