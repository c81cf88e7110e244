"""
For every id that an address holds: something that belongs to another organisation.

A new parameter needs one entry. `of` makes the object for the foreign organisation and returns what
stands in the address. `PUBLIC` are the parameters that everyone may follow.
"""

import base64
import re
from collections.abc import Callable
from datetime import date, timedelta

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.utils import timezone

from common import clock, seals, tenancy
from common.ids import uuid7
from gateway.changes import services as code_changes
from gateway.changes.contracts import FollowedCodes
from gateway.peering.models import CodeMove, ExpectedMove
from identity import access_requests, allotments, pool_requests
from identity import selectors as identity_selectors
from identity import services as identity
from identity.appeals import services as appeals
from identity.approvals import selectors as approvals
from identity.approvals.contracts import Person
from identity.certifying import services as certifying
from identity.contracts import CertificateKind, KeyKind, Role, TieKind
from identity.entry import services as entry
from identity.entry.models import Invitation
from identity.files import services as files
from identity.forms import selectors as form_selectors
from identity.forms import services as form_services
from identity.lists.models import SavedView
from identity.models import Organization
from identity.notices.contracts import LetterState, Topic
from identity.notices.models import Notice
from identity.particulars import services as particulars
from identity.particulars.contracts import PlaceKind
from identity.privacy.contracts import HeldKind
from identity.rights import services as rights
from identity.webhooks import services as webhooks
from identity.webhooks.contracts import Wish
from identity.webhooks.models import Endpoint
from ledger import selectors as ledger
from marketplace import accounts
from marketplace.audit.contracts import ExportFormat, ExportKind, ExportScope
from marketplace.audit.models import Export
from marketplace.bulletin import wall_links
from marketplace.claims.models import Reimbursement
from marketplace.demands import services as searches
from marketplace.drivers import services as drivers_services
from marketplace.drivers.contracts import DriverWish
from marketplace.fulfilment import services as fulfilment_services
from marketplace.fulfilment.handover_contracts import HandoverKeyKind
from marketplace.fulfilment.maintenance_contracts import AnnouncedWork, MaintenanceImpact
from marketplace.fulfilment.talk_contracts import DeliveryChangeKind
from marketplace.payments import selectors as payments_selectors
from marketplace.payments import services as payments
from marketplace.payments.contracts import DEPOSIT_KIND, DifferenceKind, MovementKind
from marketplace.policy.contracts import WorkbenchBasis
from marketplace.policy.models import PolicyRun
from marketplace.settlement.models import TradeRecord
from marketplace.statements.contracts import BillSide
from marketplace.statements.models import AccountMonitor, Statement
from marketplace.statements.subjects import of_organization
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers import services as vouchers
from marketplace.vouchers.batch_files import BatchRow
from metering import selectors as rules
from metering.models import Window
from pricing import plan_templates
from pricing import services as pricing_services
from pricing.group_contracts import PriceGroup
from tests import cast, factories
from tests.assurance import audits, cases, levels
from tests.assurance.disputes import a_dispute
from tests.budgets import cast as budgets
from tests.catalog import supply
from tests.claims.cast import Claimed
from tests.claims.reimbursed import Reimbursing
from tests.demands import cast as demands
from tests.energy import cast as energy
from tests.fulfilment import cast as fulfilment
from tests.identity import standing
from tests.metering import cast as metering
from tests.orders import cast as orders
from tests.payments import cast as payments_cast
from tests.privacy import cast as privacy
from tests.rounds import cast as call_rounds
from tests.senders import cast as senders
from tests.settlement import cast as settlement
from tests.statements import cast as statements
from tests.verifying import cast as verifying


def an_order_delivery(owner: Organization) -> str:
    """Return the delivery of an order at a provider's listing."""
    market = fulfilment.Delivering(provider=owner)
    return str(market.asked(market.order()).pk)


def a_delivery_change(owner: Organization) -> str:
    """Return what a provider asks of the buyer of a delivery, to whom it wrote before."""
    market = fulfilment.Delivering(provider=owner)
    delivery = market.asked(market.order())
    facts = {
        "order_id": delivery.order_id,
        "organization_id": owner.pk,
        "by_id": cast.member(owner, Role.PROVIDER).pk,
        "now": delivery.opened_at,
    }
    fulfilment_services.write_message(body="hello", **facts)
    made = fulfilment_services.ask_change(
        kind=DeliveryChangeKind.MOVE, words="an hour later", **facts
    )
    return str(made.pk)


def an_order_template(owner: Organization) -> str:
    order = orders.place(owner, orders.wish(supply.listed()))
    with tenancy.acting_as(owner.pk):
        made = drivers_services.keep_template(
            order_id=order.pk, organization_id=owner.pk, name="kept", by_id=None, now=clock.now()
        )
    return str(made.pk)


def a_driver(owner: Organization) -> str:
    person = cast.member(owner, Role.PROVIDER)
    with tenancy.acting_as(owner.pk):
        made = drivers_services.register_driver(
            provider_id=owner.pk,
            person_id=person.pk,
            wish=DriverWish("manual-1"),
            now=clock.now(),
        )
    return str(made.driver.pk)


def a_handover_key(owner: Organization) -> str:
    """Return a sealing key of an organisation."""
    public = X25519PrivateKey.generate().public_key().public_bytes_raw()
    made = fulfilment_services.add_handover_key(
        organization_id=owner.pk,
        kind=HandoverKeyKind.SEAL,
        name="key",
        public_key=base64.urlsafe_b64encode(public).decode(),
        now=clock.now(),
    )
    return str(made.pk)


def a_price_group(owner: Organization) -> str:
    """Return the entry of a buyer in a price group of the owner's."""
    made = pricing_services.enter_price_group(
        provider_id=owner.pk,
        uscc=factories.OrganizationFactory(stem="Partner").uscc,
        group=PriceGroup.PARTNER,
        reason="a partner",
        now=clock.now(),
    )
    return str(made.pk)


def a_plan_draft(owner: Organization) -> str:
    """Return a draft of a plan of the owner's."""
    plan = supply.listed(owner).plan_version.plan
    template = plan_templates.plan_templates()[0]
    made = pricing_services.keep_plan_draft(
        provider_id=owner.pk, plan_id=plan.pk, name="draft", terms=template.terms, now=clock.now()
    )
    return str(made.pk)


def a_maintenance(owner: Organization) -> str:
    """Return maintenance that a provider announced for a listing of its own."""
    starts_at = clock.now() + timedelta(days=8)
    work = AnnouncedWork(
        listing_ids=(supply.listed(owner).pk,),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        impact=MaintenanceImpact.DEGRADED,
    )
    made = fulfilment_services.announce_maintenance(
        provider_id=owner.pk, work=work, now=clock.now()
    )
    return str(made.pk)


def a_level_evaluation(owner: Organization) -> str:
    """Return what a month of a contract of a provider measured of its service level."""
    with tenancy.acting_as_platform():
        return str(levels.an_evaluation(a_trade(owner).contract).pk)


def a_submission(owner: Organization) -> str:
    answers = {"contact": "Li", "phone": "110", "kinds": ["AI"], "has_personal_data": "no"}
    made = form_services.submit(
        form_selectors.newest_form("onboarding"),
        {"name": owner.name, "uscc": owner.uscc} | answers,
        organization_id=owner.pk,
        person_id=cast.member(owner, Role.BUYER).pk,
        consents=True,
        now=clock.now(),
    )
    return str(made.pk)


def a_certificate_request(owner: Organization) -> str:
    person = cast.member(owner, Role.BUYER)
    facts = {"organization_id": owner.pk, "person_id": person.pk, "now": clock.now()}
    file = files.store(name="accounts.csv", content=b"staff\n20\n", **facts)
    answers = {"has_certificate": "no", "established_on": "2020-05-01", "staff_count": 20}
    made = certifying.ask_certificate(
        kind=CertificateKind.SME,
        version=1,
        answers=answers | {"revenue": 1, "assets": 1, "evidence": str(file.pk)},
        consents=True,
        **facts,
    )
    return str(made.pk)


def a_pool_request(owner: Organization) -> str:
    by = Person(cast.member(owner, Role.PROVIDER).pk, owner.pk)
    wish = pool_requests.PoolWish("East", 100, "a new hall")
    return str(pool_requests.ask_pool(wish=wish, by=by, now=clock.now()).pk)


def an_appeal(owner: Organization) -> str:
    """An appeal that was answered: the organisation is in good standing again."""
    first, second = standing.operators()
    now = clock.now()
    standing.suspend(owner, by=first, second=second, at=now)
    by = Person(cast.member(owner, Role.BUYER).pk, owner.pk)
    made = appeals.appeal_suspension(by=by, text="All is paid.", now=now)
    standing.reinstate(owner, by=first, second=second, at=now)
    return str(made.pk)


def a_voucher_batch(owner: Organization) -> str:
    made = vouchers.apply_batch(
        programme_id=orders.programme().pk,
        made_for=owner.pk,
        name="Class 3",
        rows=[BatchRow(1, "Li", 100)],
        person_id=cast.member(owner, Role.BUYER).pk,
        now=clock.now(),
    )
    return str(made.pk)


def a_finding(owner: Organization) -> str:
    """Return what control found for a programme of an issuer: one contract in two applications."""
    city = factories.ProgrammeFactory(issuer=owner)
    applicant = orders.buyer()
    with tenancy.acting_as_platform():
        for _n in range(2):
            made = vouchers.draft_application(
                programme_id=city.pk,
                applicant_id=applicant.pk,
                amount_minor=1,
                purpose="",
                applied_by_id=cast.officer(applicant, Role.BUYER).pk,
                now=clock.now(),
            )
            who = {"applicant_id": applicant.pk, "person_id": made.applied_by_id}
            vouchers.name_contract(
                application_id=made.pk,
                seller_uscc=owner.uscc,
                number="HT-1",
                signed_on=date(2026, 3, 1),
                amount_minor=1,
                now=clock.now(),
                **who,
            )
            vouchers.submit_application(application_id=made.pk, now=clock.now(), **who)
        return str(vouchers_selectors.control_findings(issuer_id=owner.pk)[0].pk)


def a_sample(owner: Organization) -> str:
    city = factories.ProgrammeFactory(issuer=owner)
    by = Person(cast.officer(owner, Role.ISSUER).pk, owner.pk)
    sample, _seed = vouchers.commit_sample(programme_id=city.pk, percent=5, by=by, now=clock.now())
    return str(sample.pk)


def a_recovery(owner: Organization) -> str:
    """Return what a programme wants back of a provider."""
    return str(Claimed(owner).take_back().recoveries.get().pk)


def a_reimbursement(owner: Organization) -> Reimbursement:
    """Return what a buyer asks of a programme for a trade."""
    return Reimbursing(buyer=owner).ask()


def a_draft(owner: Organization) -> str:
    file = {"code": "DRAFT", "name": "draft", "source": "draft", "rules": {"schema": 2}}
    return str(vouchers.save_draft(file, issuer_id=owner.pk, now=clock.now()).pk)


def an_api_key(owner: Organization, kind: KeyKind = KeyKind.ORGANIZATION) -> str:
    maker = cast.member(owner, Role.BUYER)
    now = timezone.now()
    issued = identity.create_api_key(
        organization_id=owner.pk,
        created_by=maker.pk,
        name="theirs",
        roles=[Role.BUYER],
        scopes=["orders:read"],
        now=now,
        expires_at=now + timedelta(days=1),
        kind=kind,
    )
    return str(issued.key.pk)


def a_passkey(owner: Organization) -> str:
    with seals.signing_in():
        made = Authenticator.objects.create(
            user=cast.member(owner, Role.BUYER),
            type=Authenticator.Type.WEBAUTHN,
            data={"name": "theirs", "credential": {}},
        )
    return str(made.pk)


def a_token(owner: Organization) -> str:
    return an_api_key(owner, KeyKind.PERSONAL)


# Any point of the curve does: RFC 8032, 7.1, test 1.
A_PUBLIC_KEY = base64.b64decode("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")


def an_agent(owner: Organization) -> str:
    agent = identity.register_agent(
        organization_id=owner.pk, name="theirs", public_key=A_PUBLIC_KEY
    )
    return str(agent.pk)


def a_certificate(owner: Organization) -> str:
    certificate = identity.issue_sme_certificate(
        organization_id=owner.pk,
        issued_by=cast.organization("Issuer").pk,
        issued_by_person=cast.somebody().pk,
        kind=CertificateKind.SME,
        number=f"SME {owner.pk}",
        valid_from=date(2026, 1, 1),
        valid_to=date(2027, 1, 1),
        figures=identity.CertificateFigures(staff_count=20, revenue_minor=1, assets_minor=1),
    )
    return str(certificate.pk)


def a_grant(owner: Organization) -> str:
    """Return the grant of another organisation's pool."""
    made = identity.allot_pool(
        organization_id=owner.pk, name="Pool", resources_max=10, now=clock.now()
    )
    return str(allotments.current_grants([made.prefix]).get().pk)


def a_tie(owner: Organization) -> str:
    tie = identity.record_tie(
        holder_id=owner.pk,
        held_id=cast.organization("Held").pk,
        kind=TieKind.CONTROL,
        valid_from=date(2026, 1, 1),
        source="register",
        recorded_by_id=cast.somebody().pk,
        now=cast.NOW,
    )
    return str(tie.pk)


def a_notice(owner: Organization) -> str:
    notice = Notice.objects.create(
        user=cast.member(owner, Role.BUYER),
        organization=owner,
        name="identity.member.invited",
        topic=Topic.PEOPLE,
        bundle="theirs",
        happened_at=cast.NOW,
        noticed_at=cast.NOW,
        letter=LetterState.NONE,
    )
    return str(notice.pk)


def a_project(owner: Organization) -> str:
    return str(budgets.project(owner, "THEIRS").pk)


def a_cap(owner: Organization) -> str:
    return str(budgets.cap(owner, "100").pk)


def a_saved_view(owner: Organization) -> str:
    return str(
        SavedView.objects.create(
            user=cast.member(owner, Role.BUYER),
            organization=owner,
            list_name="orders",
            place=1,
            name="theirs",
        ).pk
    )


def a_statement(owner: Organization) -> str:
    return str(_stated(owner).pk)


def _stated(owner: Organization) -> Statement:
    accounts.install_chart()
    accounts.open_buyers([owner.pk])
    statements.pay_in(owner, 1_00, at=statements.ISSUED - timedelta(days=9))
    return statements.issue(of_organization(BillSide.BUYER, owner.pk))


def a_monitor(owner: Organization) -> str:
    account = an_account(owner)
    return str(
        AccountMonitor.objects.create(
            organization=owner,
            is_desk=False,
            account=account,
            kind="BELOW",
            below_minor=1,
            made_at=cast.NOW,
            made_by=cast.somebody(),
            due_at=cast.NOW,
        ).pk
    )


def a_saved_search(owner: Organization) -> str:
    with tenancy.acting_as(owner.pk):
        kept = searches.save_search(
            organization_id=owner.pk, name="theirs", need=demands.need(), now=clock.now()
        )
    return str(kept.pk)


def a_membership(owner: Organization) -> str:
    return str(cast.member(owner, Role.BUYER).memberships.get().pk)


def a_usage_record(owner: Organization) -> str:
    meter = metering.meter(owner)
    metering.ingest(meter, metering.reading(meter))
    metering.close()
    return str(metering.records(meter)[0].pk)


def a_trade(owner: Organization) -> TradeRecord:
    """Return the record of what somebody bought of the owner."""
    market = settlement.Market(provider=owner)
    order = market.order()
    market.settle()
    return market.records(order)[0]


def a_charge(owner: Organization) -> str:
    """Return a charge for what somebody used of the owner."""
    market = settlement.Market(provider=owner)
    order = market.order()
    market.use(order, "1")
    market.charge()
    return str(market.charges(order)[0].pk)


def an_export(owner: Organization) -> str:
    return str(
        Export.objects.create(
            organization_id=owner.pk,
            requested_by=cast.somebody(),
            kind=ExportKind.TRADES,
            file_format=ExportFormat.CSV,
            scope=ExportScope.OWN,
            starts_at=cast.NOW - timedelta(days=1),
            ends_at=cast.NOW,
            queued_at=cast.NOW,
        ).pk
    )


def a_policy_run(owner: Organization) -> str:
    return str(
        PolicyRun.objects.create(
            organization_id=owner.pk,
            requested_by=cast.somebody(),
            title="A try",
            code="CITY",
            rules={},
            rules_hash="0" * 64,
            basis=WorkbenchBasis.TRADES,
            starts_at=cast.NOW - timedelta(days=1),
            ends_at=cast.NOW,
            budget_minor=1,
            queued_at=cast.NOW,
        ).pk
    )


def a_window(owner: Organization) -> str:
    meter = metering.meter(owner)
    metering.ingest(meter, metering.reading(meter))
    return str(Window.objects.get(meter=meter).pk)


def a_mapping(owner: Organization) -> str:
    """Return a mapping, by which a series came that counts, beside one that nobody reads."""
    made = senders.mapping(owner, [senders.counter(metering.meter(owner))], name=str(uuid7()))
    senders.take(
        owner,
        senders.series({"gpu": "0"}, (0, 0)),
        senders.series({"gpu": "0"}, (0, 0), metric="unread"),
    )
    return str(made.mapping_id)


def an_account(owner: Organization) -> str:
    accounts.install_chart()
    orders.deposit(owner, "1")
    return accounts.buyer_cash(owner.pk)


def a_transfer(owner: Organization) -> str:
    return str(ledger.transfers(account=an_account(owner))[0].id)


def a_proposal(owner: Organization) -> str:
    """Return a deposit that waits for a second person."""
    proposed = payments.record_deposit(
        organization_id=owner.pk,
        amount_minor=2 * approvals.from_minor(DEPOSIT_KIND),
        reference=f"BANK {owner.pk}",
        by=Person(cast.somebody().pk, owner.pk),
        now=clock.now(),
    )
    return str(proposed.id)


def a_file(owner: Organization) -> str:
    file = files.store(
        organization_id=owner.pk,
        person_id=cast.somebody().pk,
        name="theirs.txt",
        content=b"theirs",
        now=cast.NOW,
    )
    return str(file.pk)


def a_subscription(owner: Organization):
    with tenancy.acting_as(owner.pk):
        return code_changes.follow(
            organization_id=owner.pk,
            person_id=None,
            following=FollowedCodes(name="theirs", prefix="SP1"),
            now=timezone.now(),
        )


def a_move(owner: Organization) -> CodeMove:
    with tenancy.acting_as(owner.pk):
        found = cast.resource(owner)
        return CodeMove.objects.create(
            resource_id=found.pk,
            organization_id=owner.pk,
            from_code=found.identifier,
            to_code="SP2-P00001-0001-0001-A-B-00000001-Q",
            receiver="P00001",
            reason="theirs",
            asked_at=timezone.now(),
            due_at=timezone.now() + timedelta(days=1),
        )


def an_expected_move(owner: Organization) -> ExpectedMove:
    with tenancy.acting_as(owner.pk):
        return ExpectedMove.objects.create(
            organization_id=owner.pk,
            from_code="SP2-P00001-0001-0001-A-B-00000001-Q",
            to_code=cast.resource(owner).identifier,
            expected_at=timezone.now(),
        )


def an_endpoint(owner: Organization) -> Endpoint:
    wish = Wish("https://receiver.invalid/hook")
    return webhooks.create_endpoint(
        organization_id=owner.pk, person_id=cast.somebody().pk, wish=wish, now=timezone.now()
    ).endpoint


def a_delivery(owner: Organization) -> str:
    endpoint = an_endpoint(owner)
    delivery = webhooks.send_test(
        organization_id=owner.pk, endpoint_id=endpoint.pk, now=timezone.now()
    )
    return str(delivery.pk)


def an_access_request(owner: Organization) -> str:
    access_requests.ask(
        uscc=owner.uscc,
        organization_name=owner.name,
        person_name="Somebody",
        email="somebody@newcomer.example",
        role=Role.BUYER,
        message="",
        language="en",
        now=timezone.now(),
    )
    return str(access_requests.requests()[0].pk)


def a_quote_link(owner: Organization) -> str:
    """Return a link to a quote of the buyer."""
    quote = supply.quote(owner)
    with tenancy.acting_as(owner.pk):
        made = pricing_services.share_quote(
            quote_id=quote.pk, buyer_id=owner.pk, days=1, now=clock.now()
        )
    return str(made.id)


def a_wall_link(_owner: Organization) -> wall_links.IssuedLink:
    person = cast.somebody()
    return wall_links.issue(label="Hall", days=1, issued_by_id=person.pk, now=timezone.now())


def a_movement(owner: Organization) -> str:
    accounts.install_chart()
    return str(payments_cast.asked(owner, 1_00, MovementKind.TOP_UP).pk)


def a_bank_line(_owner: Organization) -> str:
    accounts.install_chart()
    clerk = payments_cast.clerk()
    raw = b"date,amount,text\n2026-11-25,1.00,unknown\n"
    payments.import_statement(raw=raw, file_name="bank.csv", by=clerk, now=clock.now())
    return str(payments_selectors.unmatched_lines()[0].pk)


def an_own_export(owner: Organization) -> str:
    person = cast.member(owner, Role.BUYER)
    return str(rights.ask_export(person_id=person.pk, now=clock.now()).pk)


def an_erasure_request(owner: Organization) -> str:
    person = cast.member(owner, Role.BUYER)
    return str(rights.ask_erasure(person_id=person.pk, words="", now=clock.now()).pk)


def a_place(owner: Organization) -> str:
    person = cast.member(owner, Role.BUYER)
    made = particulars.record_place(
        organization_id=owner.pk,
        kind=PlaceKind.BRANCH,
        name="East",
        address="1 East Road",
        valid_from=date(2026, 1, 1),
        person_id=person.pk,
        now=clock.now(),
    )
    return str(made.pk)


def an_invitation(owner: Organization) -> str:
    entry.invite(
        organization_id=owner.pk, email="guest@test.example", role=Role.BUYER, now=clock.now()
    )
    return str(Invitation.objects.get(organization=owner).pk)


def a_connection(owner: Organization) -> str:
    first, second = (cast.member(cast.organization("Desk"), Role.OPERATOR) for _each in range(2))
    desk = identity_selectors.desk_of(first.pk, Role.OPERATOR)
    proposed = entry.propose_connection(
        organization_id=owner.pk,
        issuer="https://1.1.1.1",
        client_id="suanpan",
        domains=["foreign.example"],
        roles_claim="groups",
        roles={"buyers": "BUYER"},
        reason="they asked",
        by=Person(first.pk, desk),
        now=clock.now(),
    )
    made = entry.confirm_connection(
        proposal_id=proposed.id,
        person_id=second.pk,
        organization_id=identity_selectors.desk_of(second.pk, Role.OPERATOR),
        now=clock.now(),
    )
    return str(made.pk)


OF: dict[str, Callable[[Organization], str]] = {
    "organization_id": lambda owner: str(owner.pk),
    "membership_id": a_membership,
    "notice_id": a_notice,
    "saved_view_id": a_saved_view,
    "project_id": a_project,
    "cap_id": a_cap,
    "key_id": an_api_key,
    "token_id": a_token,
    "pk": a_passkey,
    "agent_id": an_agent,
    "certificate_id": a_certificate,
    "grant_id": a_grant,
    "pool_request_id": a_pool_request,
    "tie_id": a_tie,
    "access_request_id": an_access_request,
    "audit_id": lambda owner: str(audits.an_audit(owner, at=clock.now()).pk),
    "dispute_id": lambda owner: str(a_dispute(owner).pk),
    "draw_id": lambda _owner: str(audits.a_draw(at=clock.now()).pk),
    "case_id": lambda owner: str(cases.opened(owner, at=clock.now()).pk),
    "wall_link_id": lambda owner: str(a_wall_link(owner).id),
    "token": lambda owner: a_wall_link(owner).token,
    "file_id": a_file,
    "expected_id": lambda owner: str(an_expected_move(owner).pk),
    "move_id": lambda owner: str(a_move(owner).pk),
    "subscription_id": lambda owner: str(a_subscription(owner).pk),
    "endpoint_id": lambda owner: str(an_endpoint(owner).pk),
    "delivery_id": a_delivery,
    "resource_id": lambda owner: str(cast.resource(owner).pk),
    "meter_id": lambda owner: str(metering.meter(owner).pk),
    "usage_id": a_usage_record,
    "mapping_id": a_mapping,
    "centre_id": lambda owner: str(energy.centre(owner).pk),
    "supply_id": lambda owner: str(energy.certificate(owner).pk),
    "charge_id": a_charge,
    "window_id": a_window,
    "rule_version_id": lambda _owner: str(rules.rule_version(code="accelerator-hours").id),
    "proposal_id": a_proposal,
    "programme_id": lambda owner: str(orders.programme().pk),
    "draft_id": a_draft,
    "submission_id": a_submission,
    "batch_id": a_voucher_batch,
    "appeal_id": an_appeal,
    "certificate_request_id": a_certificate_request,
    "application_id": lambda owner: str(
        orders.voucher(owner, "1", orders.programme()).application_id
    ),
    "objection_id": lambda _owner: str(uuid7()),  # The issuer of the programme alone answers.
    "voucher_id": lambda owner: str(orders.voucher(owner, "1", orders.programme()).pk),
    "contract_id": lambda owner: str(a_trade(owner).contract_id),
    "finding_id": a_finding,
    "sample_id": a_sample,
    "recovery_id": a_recovery,
    "reimbursement_id": lambda owner: str(a_reimbursement(owner).pk),
    "table_version_id": lambda _owner: str(uuid7()),  # Tables are everybody's to read.
    "claim_id": lambda owner: str(Claimed(owner).submit().pk),
    "statement_id": a_statement,
    "monitor_id": a_monitor,
    "number": lambda owner: _stated(owner).number,
    "fapiao_id": lambda _owner: str(uuid7()),  # Asked for where something was charged.
    "payout_run_id": lambda _owner: str(uuid7()),  # Runs are the market's own.
    "movement_id": a_movement,
    "line_id": a_bank_line,
    "difference_id": lambda _owner: str(
        payments.note_difference(
            DifferenceKind.DISPUTED, "pi_1", now=clock.now(), channel="STRIPE"
        ).pk
    ),
    "order_delivery_id": an_order_delivery,
    "driver_id": a_driver,
    "order_template_id": an_order_template,
    "handover_key_id": a_handover_key,
    "delivery_change_id": a_delivery_change,
    "maintenance_id": a_maintenance,
    "level_evaluation_id": a_level_evaluation,
    "scored_resource_id": lambda owner: str(levels.a_score(owner).resource_id),
    "scored_provider_id": lambda owner: str(levels.a_score(owner).provider_id),
    "adjustment_id": lambda owner: str(settlement.adjusted(owner).pk),
    "trade_number": lambda owner: a_trade(owner).number,
    "document_kind": lambda _owner: "settlement.trade_record",
    "reference": lambda owner: a_trade(owner).number,
    "export_id": an_export,
    "policy_run_id": a_policy_run,
    "demand_id": lambda owner: str(demands.post(owner).pk),
    "saved_search_id": a_saved_search,
    "round_order_id": lambda owner: str(call_rounds.entered(owner).pk),
    "order_id": lambda owner: str(orders.place(owner, orders.wish(supply.listed())).pk),
    "price_group_id": a_price_group,
    "plan_draft_id": a_plan_draft,
    "plan_id": lambda owner: str(supply.listed(owner).plan_version.plan_id),
    "listing_id": lambda owner: str(supply.listed(owner).pk),
    "quote_link_id": a_quote_link,
    "quote_id": lambda owner: str(supply.quote(owner).pk),
    "code": lambda owner: cast.resource(owner).identifier,
    "account": an_account,
    "transfer_id": a_transfer,
    "month": lambda _owner: "2026-11",
    "rating_rule": lambda _owner: "rate-1",
    "capability_id": verifying.a_certificate_of,
    "assessment_id": verifying.an_assessment_of,
    "assessor_id": verifying.an_assessor_of,
    "invitation_id": an_invitation,
    "place_id": a_place,
    "sso_id": lambda _owner: str(uuid7()),  # Whoever signs in has it from the page before.
    "own_export_id": an_own_export,
    "erasure_request_id": an_erasure_request,
    "incident_id": lambda _owner: str(uuid7()),  # The market's own.
    "connection_id": a_connection,
    "hold_id": lambda owner: str(privacy.held(HeldKind.ORGANIZATION, owner.pk).pk),
}
# Parameters of addresses that lead to the public register, or to nothing of any organisation.
PUBLIC = {
    "rating_rule",  # Rules are everybody's to read.
    "quote_token",  # Whoever has it reads what the quote says.
    "proved_quote_id",  # Anybody may ask whether a hash is a quote's.
    "digest",  # What is signed for everybody.
    "scene_code",  # Scenes are the market's.
    "node_code",  # Nodes are no organisation's.
    "decision_number",  # Of a record that the release brings.
    "before",
    "table_version_id",
    "name",
    "list_name",
    "assessor_id",  # Who may assess is public, and so is what was certified.
    "call_round_id",  # Rounds are everybody's to read.
    "capability_id",
    "scored_resource_id",  # Scores are public.
    "scored_provider_id",
    "resource_class",
    "form",
    "hub",
    "code",
    "key",
    "listing_id",
    "month",
    "plan_id",
    "programme_id",
    "kind",
    "part",
    "row_id",
    "move",
    "step",
    "round_number",
    "rule_version_id",
    "token",  # Of a letter; nobody else has it.
    "uidb36",
    "version",
}


def address(route: str, parameters: list[str], owner: Organization) -> str:
    """Return the address, made to lead to what belongs to the owner."""
    path = route
    for name in parameters:
        with tenancy.acting_as_platform():
            value = OF[name](owner) if name in OF else "unknown"
        path = re.sub(rf"<(\w+:)?{name}>", value, path)
    return path
