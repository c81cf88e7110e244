"""
Every list of the API and of the pages, with more rows that are alike than a page has, from end to
end and back: 240 in the default run, and over 1,200, which is more than any page may have, with
`--all`. The lists are found in the API's schema and among what pages show; nobody enters them here.
"""

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin
from uuid import UUID

import pytest
from django.db import connections
from django.test import Client
from django.urls import resolve
from django.utils import timezone

from common import clock, paging, tenancy
from common.ids import uuid7
from common.moments import market_date
from gateway.peering.models import DayTotals
from gateway.witness.models import LogConflict, WitnessedLog
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person
from identity.contracts import Role
from identity.models import ApiKey, Organization, OrganizationTie
from identity.notices.contracts import LetterState, Topic
from identity.notices.models import Notice
from identity.privacy.contracts import HeldKind
from identity.rights import services as rights
from identity.webhooks.models import Attempt, Delivery
from ledger import services as ledger
from ledger.contracts import AccountSpec, Transfer
from marketplace import accounts
from marketplace.assurance.dispute_contracts import DisputeSubject
from marketplace.assurance.models import LevelMonth, ListingStop, TradeDispute
from marketplace.bulletin.models import DailyIndex
from marketplace.catalog.models import Book
from marketplace.claims.models import VoucherClaim
from marketplace.fulfilment.models import DeliveryChange
from marketplace.orders.models import BookHalt, OrderRate
from marketplace.payments import services as payments
from marketplace.payments.contracts import DEPOSIT_KIND
from marketplace.payments.models import Reconciliation
from marketplace.payouts import services as payouts
from marketplace.portal.pager import Pager
from marketplace.rounds.models import RoundOrder
from marketplace.settlement.contracts import Party
from marketplace.settlement.models import Contract
from marketplace.statements import services as statements
from marketplace.statements.contracts import BillSide
from marketplace.statements.models import AccountMonitor, BookClosing
from marketplace.statements.subjects import of_organization
from marketplace.vouchers.models import (
    Application,
    Programme,
    ProgrammeVersion,
    Voucher,
)
from metering import services as metering_services
from metering.models import CapacityCertificate, Window, WindowDecision
from pricing import plan_templates
from pricing import services as pricing_services
from pricing.group_contracts import PriceGroup
from tests import databases, environment
from tests.assurance import audits as audit_world
from tests.assurance import cases as case_world
from tests.assurance import levels
from tests.energy import cast as energy_cast
from tests.flow.crowds import COPIES, crowd
from tests.flow.strangers import World
from tests.flow.test_no_page_makes_a_500 import addresses
from tests.identity import foreign, standing
from tests.payments import cast as payments_cast
from tests.payouts.cast import account
from tests.privacy import cast as privacy
from tests.rights import cast as rights_cast
from tests.settlement.cast import adjusted
from tests.verifying import cast as verifying_cast

STEPS_MAX = 2 * COPIES
FEW = 240
PAGES = 6
# Lists that are answered whole, and what bounds them.
WHOLE = {
    "/api/v1/clearing-accounts": "clearing in, and one a channel out",
    "/api/v1/event-names": "the names that rooms have entered",
    "/api/v1/hubs": "ten clusters",
    "/api/v1/quotes/{quote_id}/links": "LINKS_OF_QUOTE_MAX are live at most",
    "/api/v1/regions": "the codes of GB/T 2260",
    "/api/v1/ledger/trial-balance": "assets × kinds of account",
    "/api/v1/listings/{listing_id}/capacity": "the slots of the period that was asked for",
    "/api/v1/metering/senders": "one a door",
    "/api/v1/metering/reading-months": "the months since the first reading",
    "/api/v1/paths": "the pairs of ten clusters",
    "/api/v1/statements": "STATEMENT_MONTHS_MAX",
    "/api/v1/voucher-applications/{application_id}/steps": "what happened to one application",
    "/api/v1/issued-statements/{statement_id}/sums": "what the lines of a statement add up to",
    "/api/v1/book-closings/{month}/checklist": "the lines of the checklist",
    "/api/v1/books/{month}/sums": "the 1,000 owners that moved most",
    "/api/v1/forms": "one a code, of which operators name few",
    "/api/v1/forms/{code}/versions": "what operators published of one form",
    "/api/v1/ledger/trial-balance-as-of": "assets × kinds of account",
    "/api/v1/programme-fits": "PROGRAMMES_MAX",
    "/api/v1/programme-fits/check": "PROGRAMMES_MAX",
    "/api/v1/challenge-draws": "the newest, bounded by the selector",
    "/api/v1/data-centres": "those of one provider",
    "/api/v1/statistics/capacity": "the cells of a dimension",
    "/api/v1/data-centres/{centre_id}/months": "MONTHS_MAX",
    "/api/v1/data-centres/{centre_id}/pue": "the latest 1,000",
    "/api/v1/programmes/{programme_id}/payers": "the sources of one version",
    "/api/v1/rate-plans/templates": "the templates of the file",
    "/api/v1/rate-plans/calendars": "the calendars of the files",
    "/api/v1/rate-plan-drafts/{plan_draft_id}/position": "POSITIONS_MAX",
    "/api/v1/rate-plan-drafts/{plan_draft_id}/reach": "the kinds of capacity",
    "/api/v1/rate-plans/{plan_id}/reach": "the kinds of capacity",
    "/api/v1/grid-factors": "provinces × years",
    "/api/v1/disputes/months": "MONTHS_SHOWN",
    "/api/v1/desk": "DESK_MAX of a kind",
    "/api/v1/capacity-calendar": "CALENDAR_LISTINGS_MAX × CALENDAR_DAYS_MAX",
    "/api/v1/community-quotas": "one a unit",
    "/api/v1/price-basis-rules": "the versions that releases published of one rule",
    "/api/v1/community-rules": "the versions that releases published of one rule",
    "/api/v1/community-use": "USES_MAX",
    "/api/v1/industries": "the sections and divisions of GB/T 4754",
}
# Those who see most come first.
ROLES = (Role.OPERATOR, Role.AUDITOR, Role.PROVIDER, Role.BUYER, Role.ISSUER, Role.FINANCE)
# Rows of these stand behind the rows of others.
EARLY = ("/api/v1/organizations", "/api/v1/resources", "/api/v1/meters", "/api/v1/programmes")
ANOTHER = (
    "(SELECT id FROM {table} WHERE id NOT IN (SELECT {name} FROM {of})"
    " ORDER BY id OFFSET n - 1 LIMIT 1)"
)


def another(name: str, table: str, *, of: str) -> dict[str, str]:
    """Let each copy point at a row of its own, at which none of its table points yet."""
    return {name: ANOTHER.format(name=name, table=table, of=of)}


# Rows of other tables: what is copied are those of one that they are made of.
SOURCES = {"bulletin_rulechange": "settlement_feerule"}
# What copying a row cannot guess: expressions of the row `r` and the number `n`.
CHANGES = {
    "catalog_listing": another("resource_id", "identity_computeresource", of="catalog_listing"),
    "identity_suspension": {"organization_id": "r.organization_id"},  # One at a time, not in all.
    # Only disputes that go on are one a contract, and only stops that last one a listing.
    "assurance_tradedispute": {
        "contract_id": "r.contract_id",
        "state": "'WITHDRAWN'",
        "proposal_id": "NULL::uuid",
        "adjustment_id": "NULL::uuid",
    },
    "assurance_listingstop": {"listing_id": "r.listing_id", "ended_at": "r.warned_at"},
    "assurance_resourcescore": another(
        "resource_id", "identity_computeresource", of="assurance_resourcescore"
    ),
    "assurance_levelevaluation": another(
        "month_id", "assurance_levelmonth", of="assurance_levelevaluation"
    ),
    "assurance_surveillancerule": {"version": "r.version + n"},
    "vouchers_controlrule": {"version": "r.version + n"},
    "vouchers_controlfinding": {"subject": "md5(r.subject || n)"},
    "catalog_pricecollar": {"index_day": "r.index_day + n"},
    "baselines_referenceprice": {"proposal_id": "uuidv7()"},
    "pricing_pricegroupentry": {"about": "r.about + n", "buyer_id": "r.buyer_id"},
    "orders_bookhalt": {"book_id": "r.book_id"},  # Only halts that stay are one a book.
    "payouts_payoutrun": {"proposal_id": "NULL::uuid"},
    # Of audits only those that are over are not one a supplier.
    "assurance_capacityaudit": {"supplier_id": "r.supplier_id", "state": "'CANCELLED'"},
    "fulfilment_computedelivery": {"order_id": "uuidv7()"},
    # Of a contract one charge closes it, and one is of a usage record.
    "settlement_charge": {
        "contract_id": "r.contract_id",
        **another("usage_id", "metering_usagerecord", of="settlement_charge"),
    },
    "fulfilment_deliverychange": {
        "sequence": "r.sequence + n",
        "kind": "r.kind",
        "state": "'WITHDRAWN'",
    },
    "fulfilment_deliverymessage": {"sequence": "r.sequence + n"},
    "fulfilment_handoverkey": {"fingerprint": "md5(r.fingerprint || n)"},
    "drivers_providerdriver": {"resource_id": "uuidv7()"},
    "fulfilment_deliverypolicy": {"version": "r.version + n", "proposal_id": "uuidv7()"},
    "privacy_seen": {"id": "uuidv7()"},  # Identifiers are of this month: others have no partition.
    "payouts_taxrule": {"starts_on": "r.starts_on + n::integer", "proposal_id": "uuidv7()"},
    "payouts_payoutline": another("provider_id", "identity_organization", of="payouts_payoutline"),
    # Only claims that are being checked are one a programme and provider.
    "claims_voucherclaim": {"provider_id": "r.provider_id"},
    "claims_reimbursement": {"state": "'WITHDRAWN'", "applicant_id": "r.applicant_id"},
    "claims_reimbursementline": {"is_live": "false"},
    "claims_claimshare": {"claim_id": "r.claim_id"},
    # Only requests that wait are one an organisation.
    "identity_poolrequest": {
        "organization_id": "r.organization_id",
        "state": "'WITHDRAWN'",
        "pool_id": "NULL::uuid",
    },
    "appeals_appeal": {"suspension_id": "uuidv7()", "organization_id": "r.organization_id"},
    # Of requests that wait there is one a kind.
    "certifying_certificaterequest": {"kind": "r.kind", "state": "'WITHDRAWN'"},
    "metering_energy_greensupply": {"number": "upper(md5(r.number || n))"},
    "metering_reading": {"event_id": "r.event_id || '-' || n"},  # Its name is of another table.
    "metering_window": another("meter_id", "metering_meter", of="metering_window"),
    "metering_conversiontableversion": {"version": "r.version + n", "proposal_id": "NULL::uuid"},
    # Only assessors that go on are one an organisation, and only what is under way one a resource.
    "metering_verifying_assessor": {
        "organization_id": "r.organization_id",
        "ended_at": "r.named_at",
    },
    "metering_verifying_thirdpartyassessment": {
        "resource_id": "r.resource_id",
        "state": "'WITHDRAWN'",
    },
    "entry_invitation": {
        "organization_id": "r.organization_id",
        "user_id": "r.user_id",
        "state": "'WITHDRAWN'",
    },
    "entry_ssoconnection": {
        "organization_id": "r.organization_id",
        "ended_at": "r.connected_at",
    },
    # Only requests that wait are one a person.
    "rights_erasurerequest": {"user_id": "r.user_id", "state": "'WITHDRAWN'"},
    "rights_ownexport": {"user_id": "r.user_id", "state": "'EXPIRED'"},
    "metering_senders_mapping": {"name": "r.name || n"},
    "metering_senders_mappingversion": {"version": "r.version + n"},
    "metering_senders_series": {"key": "md5(r.key || n)"},
    "metering_senders_unmappedmetric": {"metric": "r.metric || n"},
    # Of what counts there is one a month, of a transfer one line, of a statement one request.
    "statements_statement": {"is_live": "false"},
    "statements_statementline": {"is_live": "false", "position": "r.position + n * 10000"},
    "statements_fapiao": {"statement_id": "r.statement_id"},
    "statements_accountmonitor": {"ended_at": "r.made_at"},
    "statements_bookclosing": {"month": "r.month", "state": "'PROPOSED'"},
}


SCENES = Path(__file__).parents[2] / "marketplace/drivers/data/scenes.json"


@pytest.fixture(scope="module", params=[FEW, pytest.param(COPIES, marks=pytest.mark.slow)])
def stage(request, django_db_setup, django_db_blocker) -> Iterator[World]:
    """A market of its own in which every list that somebody sees has more rows than these."""
    with django_db_blocker.unblock():
        connections.close_all()
        databases.clone(environment.DATABASE)
        stage = World()
        stage.copies = request.param
        make_what_is_missing(stage)
        for path in sorted(listed(stage), key=lambda path: not path.startswith(EARLY)):
            fill(stage, path)
        fill_what_pages_narrow(stage)
        make_rows_beside(stage)
        yield stage
        connections.close_all()
        databases.drop(environment.DATABASE)


# --- Rows --------------------------------------------------------------------------------------
def make_what_is_missing(stage: World) -> None:
    now = timezone.now()
    deposits = [
        Transfer(
            id=uuid7(),
            debit=accounts.bank(),
            credit=stage.known["account"][0],
            asset=accounts.CNY,
            amount=1,
            reason=accounts.TransferReason.DEPOSIT,
            effective_at=now,
        )
        for _each in range(stage.copies)
    ]
    ledger.post(transfers=deposits)
    with tenancy.acting_as_platform():
        metering_services.install_shipped_rules(now=now)  # Tables of every class, each a list.
        window = Window.objects.get(pk=stage.known["window_id"][0])
        somebody = Organization.objects.exclude(pk=window.provider_id).first()
        WindowDecision.objects.create(
            window=window,
            provider_id=window.provider_id,
            verdict="DISCARD",
            quantity=1,
            reason="tried",
            decided_by=somebody,
            decided_by_person_id=stage.people[Role.OPERATOR].pk,
            decided_at=now,
        )
        WitnessedLog.objects.create(
            origin="p/ledger", size=1, root=bytes(32), note="tried", cosigned_at=now
        )
        LogConflict.objects.create(
            origin="p/ledger",
            kind="FORKED",
            held_size=1,
            held_note="tried",
            offered_size=1,
            offered_root=bytes(32),
            offered_note="tried",
            found_at=now,
        )
        DayTotals.objects.create(
            node="P00001",
            day=date(2026, 11, 1),
            resource_class="AI",
            capacity=[],
            withheld=[],
            digest=f"sha256:{'0' * 64}",
            sequence=1,
            said_at=now,
            kept_at=now,
        )
        DailyIndex.objects.create(
            methodology=1,
            day=date(2026, 11, 1),
            resource_class="AI",
            standing="PUBLISHED",
            price=1,
            standard_hours=1,
            trades=1,
            providers=1,
            excluded={},
            inputs_hash="0" * 64,
            content_hash="0" * 64,
            published_at=now,
        )
        CapacityCertificate.objects.create(
            resource_id=stage.known["resource_id"][0],
            provider_id=window.provider_id,
            precision="FP16",
            density="DENSE",
            path="TENSOR",
            value=1,
            unit="TFLOPS",
            assessment="MEASURED",
            source="tried",
            verifier=somebody,
            verifier_person_id=stage.people[Role.OPERATOR].pk,
            valid_from=now,
            valid_to=now + timedelta(days=1),
            certified_at=now,
        )
    make_proposals_and_a_tie(stage)
    make_a_halt(stage)
    make_a_suspension(stage)
    adjusted(Organization.objects.order_by("id")[0])
    make_a_payout_run(stage)
    make_a_tax(stage)
    make_guards(stage)
    with tenancy.acting_as_platform():
        case_world.opened(Organization.objects.first(), at=timezone.now())
        audit_world.an_audit(Organization.objects.first(), at=timezone.now())
        audit_world.a_draw(at=timezone.now())
    make_demands_and_a_claim(stage)
    make_payments(stage)
    energy_cast.certificate(Organization.objects.get(pk=window.provider_id))
    make_attempts()
    make_a_hold_and_a_look(stage)
    make_a_notice(stage)
    make_a_token_and_a_delivery(stage)
    make_a_statement(stage)
    make_a_closing_and_a_monitor(stage)
    make_verification(stage)
    make_what_a_provider_is_held_to(stage)
    make_entries_and_rights(stage)


def make_entries_and_rights(stage: World) -> None:
    """Let organisations have invited people and connected a provider, and data have leaked."""
    now = timezone.now()
    organization = Organization.objects.get(pk=stage.known["organization_id"][0])
    with tenancy.acting_as_platform():
        for name in ("invitation_id", "connection_id"):
            foreign.OF[name](organization)
    for person in stage.people.values():
        rights.ask_export(person_id=person.pk, now=now)
    rights.ask_erasure(person_id=stage.people[Role.OPERATOR].pk, words="", now=now)
    rights_cast.reported(now)
    rights_cast.erased(now)


def make_what_a_provider_is_held_to(stage: World) -> None:
    """Let a contract be disputed and measured, a listing have been stopped, and a code move."""
    now = timezone.now()
    with tenancy.acting_as_platform():
        provider = stage.people[Role.PROVIDER].memberships.get().organization
        contract = Contract.objects.get(pk=stage.known["contract_id"][0])
        TradeDispute.objects.create(
            number="TD-1",
            rule="tried",
            contract=contract,
            buyer_id=contract.buyer_id,
            provider_id=contract.provider_id,
            subject=DisputeSubject.CHARGE,
            subject_reference="tried",
            claim="tried",
            claimed_minor=1,
            frozen_minor=0,
            opened_at=now,
            opened_by=stage.people[Role.BUYER],
            answer_due_at=now + timedelta(days=1),
        )
        levels.an_evaluation(contract)
        ListingStop.objects.create(
            listing_id=contract.listing_id,
            provider_id=contract.provider_id,
            rule="tried",
            availability_ppm=1,
            warned_at=now,
            stops_at=now + timedelta(days=1),
            ended_at=now,
        )
    foreign.a_move(provider)
    foreign.an_expected_move(provider)
    levels.a_score(provider)
    crowd(LevelMonth._meta.db_table, "true", times=stage.copies)


def make_verification(stage: World) -> None:
    """Let a provider have a certificate, and have been challenged, assessed and compared."""
    with tenancy.acting_as_platform():
        verifying_cast.one_of_each(stage.people[Role.PROVIDER].memberships.get().organization)


def make_demands_and_a_claim(stage: World) -> None:
    """Let a buyer have posted a demand and kept a search, and a provider have claimed."""
    with tenancy.acting_as_platform():
        buyer, provider = (
            stage.people[role].memberships.get().organization
            for role in (Role.BUYER, Role.PROVIDER)
        )
        for name in (
            "demand_id",
            "saved_search_id",
            "round_order_id",
            "project_id",
            "cap_id",
            "subscription_id",
            "handover_key_id",
            "grant_id",
            "pool_request_id",
        ):
            foreign.OF[name](buyer)
        for name in ("certificate_request_id", "submission_id", "batch_id"):
            foreign.OF[name](buyer)
        for name in ("finding_id", "sample_id", "recovery_id", "assessment_id"):
            foreign.OF[name](provider)
        foreign.OF["maintenance_id"](provider)
        pricing_services.enter_price_group(
            provider_id=provider.pk,
            uscc=buyer.uscc,
            group=PriceGroup.PARTNER,
            reason="a partner",
            now=timezone.now(),
        )
        drafted = pricing_services.keep_plan_draft(
            provider_id=provider.pk,
            plan_id=UUID(str(stage.known["plan_id"][0])),
            name="draft",
            terms=plan_templates.plan_templates()[0].terms,
            now=timezone.now(),
        )
        stage.known["plan_draft_id"] = [str(drafted.pk)]
        for name in ("driver_id",):
            foreign.OF[name](provider)
        stage.known["mapping_id"] = [foreign.OF["mapping_id"](provider)]
        foreign.OF["policy_run_id"](stage.people[Role.ISSUER].memberships.get().organization)
        entered = RoundOrder.objects.values_list("round_id", flat=True).first()
        stage.known["call_round_id"] = [str(entered)]
        programme = Programme.objects.get(pk=stage.known["programme_id"][0])
        Application.objects.create(
            number="A-OPEN",
            programme_version=programme.versions.first(),
            applicant=buyer,
            beneficiary="SME",
            amount_minor=1,
            state="PUBLISHED",
            applied_by=stage.people[Role.BUYER],
            applied_at=timezone.now(),
            reviewed_by=stage.people[Role.ISSUER],
            decided_by=stage.people[Role.FINANCE],
            decided_by_organization_id=programme.issuer_id,
            decided_at=timezone.now(),
            publicity_until=timezone.now() + timedelta(days=30),
        )
        foreign.OF["reimbursement_id"](buyer)
        claim = VoucherClaim.objects.create(
            sequence=1,
            number="VC-1",
            state="WITHDRAWN",
            programme=programme,
            issuer_id=programme.issuer_id,
            provider=provider,
            claimed_minor=1,
            submitted_at=timezone.now(),
            submitted_by=stage.people[Role.PROVIDER],
        )
    with tenancy.acting_as_platform():
        payer = stage.people[Role.ISSUER].memberships.get().organization_id
    with databases.admin(environment.DATABASE) as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute(
            "INSERT INTO claims_claimshare (id, claim_id, provider_id, issuer_id, payer_id,"
            " source, amount_minor, payment_reference, arrival)"
            " VALUES (%s, %s, %s, %s, %s, 'city', 1, '', '')",
            [uuid7(), claim.pk, provider.pk, programme.issuer_id, payer],
        )


def make_payments(stage: World) -> None:
    """Let a buyer have paid in, and let the desk have a statement, a difference and a run."""
    with tenancy.acting_as_platform():
        buyer = stage.people[Role.BUYER].memberships.get().organization
        payments_cast.paid_in(buyer, 1_00)
        for name in ("line_id", "difference_id"):
            foreign.OF[name](buyer)
        now = timezone.now()
        payments.ask_reconciliation(since=None, person_id=stage.people[Role.FINANCE].pk, now=now)
        Reconciliation.objects.update(ended_at=now, due_at=None)


def make_a_statement(stage: World) -> None:
    """Let this month's statement of a buyer be issued, and its fapiao have been asked for."""
    now = timezone.now()
    made = statements.issue_statement(
        subject=of_organization(BillSide.BUYER, UUID(stage.known["account"][0].split(":")[1])),
        month=market_date(now),
        now=now + timedelta(days=40),
    )
    stage.known["statement_id"] = [str(made.pk)]
    with databases.admin(environment.DATABASE) as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute(
            "INSERT INTO statements_fapiao (id, sequence, number, statement_id, organization_id,"
            " kind, title, taxpayer_code, email, amount_minor, tax_minor, state, fapiao_number,"
            " answer, requested_at, requested_by_id, moved_at) SELECT %s, 1, 'FP-000001', id,"
            " organization_id, 'ORDINARY', 'tried', '1', '', 1, 0, 'WITHDRAWN', '', '', now(), %s,"
            " now() FROM statements_statement LIMIT 1",
            [uuid7(), stage.people[Role.BUYER].pk],
        )


def make_a_closing_and_a_monitor(stage: World) -> None:
    """Let a month wait to be closed, and a buyer watch its cash."""
    now, clerk = timezone.now(), stage.people[Role.FINANCE]
    with tenancy.acting_as_platform():
        BookClosing.objects.create(
            month=date(2026, 1, 1),
            starts_at=now - timedelta(days=2),
            ends_at=now - timedelta(days=1),
            checklist=[],
            trial_hash="0" * 64,
            proposed_at=now,
            proposed_by=clerk,
        )
        buyer = stage.people[Role.BUYER]
        AccountMonitor.objects.create(
            organization_id=buyer.memberships.get().organization_id,
            is_desk=False,
            account=stage.known["account"][0],
            kind="BELOW",
            below_minor=1,
            made_at=now,
            made_by=buyer,
            due_at=now,
        )


def make_attempts() -> None:
    """Let every delivery of a webhook have been tried."""
    with tenancy.acting_as_platform():
        for each in Delivery.objects.all():
            Attempt.objects.create(
                delivery=each,
                organization_id=each.organization_id,
                started_at=each.created_at,
                duration_ms=1,
                status=200,
            )


def make_a_halt(stage: World) -> None:
    """Let a book have been halted, and trade again by now."""
    began = timezone.now() - timedelta(days=2)
    with tenancy.acting_as_platform():
        BookHalt.objects.create(
            book=Book.objects.first(),
            reason="tried",
            since=began,
            until=began + timedelta(hours=1),
            halted_by=stage.people[Role.OPERATOR],
        )


def make_a_suspension(stage: World) -> None:
    """Let an organisation have been suspended, and be reinstated by now."""
    first, second = standing.operators()
    subject = Organization.objects.get(pk=stage.known["organization_id"][0])
    for act in (standing.suspend, standing.reinstate):
        act(subject, by=first, second=second, at=timezone.now())


def make_a_payout_run(stage: World) -> None:
    """Let a run wait that pays one provider."""
    with tenancy.acting_as_platform():
        payee, now = Organization.objects.order_by("id")[0], timezone.now()
        adjusted(payee, payee=Party.PROVIDER, amount_minor=120_00, reference="case 2")
        account(payee)
        clerk = stage.people[Role.FINANCE]
        payouts.propose_run(
            until=market_date(now),
            threshold_minor=100,
            by=Person(clerk.pk, clerk.memberships.get().organization_id),
            now=now,
        )


def make_a_tax(stage: World) -> None:
    """Let a tax hold that nobody agreed on."""
    with databases.admin(environment.DATABASE) as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute(
            "INSERT INTO payouts_taxrule (id, kind, rate, starts_on, source, published_at,"
            " published_by_id, approved_by_id, proposal_id) VALUES (uuidv7(), 'OTHER', 0,"
            " '2026-11-01', 'tried', now(), %s, %s, uuidv7())",
            [stage.people[Role.FINANCE].pk, stage.people[Role.OPERATOR].pk],
        )


def make_guards(stage: World) -> None:
    """Let a book have had a collar, which nobody agreed on, and an organisation have a rate."""
    with databases.admin(environment.DATABASE) as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute(
            "INSERT INTO catalog_pricecollar (id, book_id, reference, below_bp, above_bp, reason,"
            " index_day, announced_at, valid_from) SELECT %s, id, 1, 100, 100, '', '2026-11-01',"
            " now(), now() + interval '1 day' FROM catalog_book ORDER BY id LIMIT 1",
            [uuid7()],
        )
        admin.execute(
            "INSERT INTO baselines_referenceprice (id, hour_class, reference, below_bp, above_bp,"
            " off_peak_bp, baseline_version, reason, announced_at, valid_from, proposed_by_id,"
            " agreed_by_id, proposal_id) VALUES (%s, 'training', 1, 100, 100, 0, 1, 'tried', now(),"
            " now() + interval '1 day', 1, 1, %s)",
            [uuid7(), uuid7()],
        )
    with tenancy.acting_as_platform():
        OrderRate.objects.create(
            organization=Organization.objects.first(),
            placed_per_minute=1,
            cancelled_per_minute=1,
            reason="tried",
            set_by=stage.people[Role.OPERATOR],
            set_at=timezone.now(),
        )


def make_a_hold_and_a_look(stage: World) -> None:
    """Let something be held, and somebody have opened what is about an operator."""
    owner, reader = Organization.objects.order_by("id")[:2]
    privacy.held(HeldKind.ORGANIZATION, owner.pk, at=timezone.now())
    with databases.admin(environment.DATABASE) as admin:
        admin.execute(
            "INSERT INTO privacy_seen (organization_id, person_id, reader_id,"
            " reader_organization_id, object_kind, object_id, page, request_id)"
            " VALUES (%s, %s, 1, %s, 'order', 'tried', '', '')",
            [owner.pk, stage.people[Role.OPERATOR].pk, reader.pk],
        )


def make_a_token_and_a_delivery(stage: World) -> None:
    """Let an operator have a token of their own, and a provider be asked for an order."""
    operator, now = stage.people[Role.OPERATOR], timezone.now()
    with tenancy.acting_as_platform():
        ApiKey.objects.create(
            organization=operator.memberships.get().organization,
            created_by=operator,
            name="tried",
            prefix="spp_tried",
            secret_hash="0" * 64,
            roles=[Role.OPERATOR],
            scopes=["orders:read"],
            expires_at=now + timedelta(days=1),
            kind="PERSONAL",
        )
        asked = foreign.OF["delivery_change_id"](
            stage.people[Role.PROVIDER].memberships.get().organization
        )
        delivery_id = DeliveryChange.objects.get(pk=asked).delivery_id
        stage.known["order_delivery_id"] = [str(delivery_id)]


def make_a_notice(stage: World) -> None:
    """Tell one person something: what the record tells waits for the whole cluster's writers."""
    operator = stage.people[Role.OPERATOR]
    with tenancy.acting_as_platform():
        Notice.objects.create(
            user=operator,
            organization_id=operator.memberships.get().organization_id,
            name="identity.member.invited",
            topic=Topic.PEOPLE,
            bundle="tried",
            happened_at=timezone.now(),
            noticed_at=timezone.now(),
            letter=LetterState.NONE,
        )


def make_proposals_and_a_tie(stage: World) -> None:
    now = timezone.now()
    with tenancy.acting_as_platform():
        for role in (Role.FINANCE, Role.ISSUER, Role.OPERATOR):
            person = stage.people[role]
            desk_id = person.memberships.order_by("id")[0].organization_id
            approvals.propose(
                Draft(
                    kind=DEPOSIT_KIND,
                    reference=f"tried {role}",
                    label="tried",
                    content={
                        "organization_id": desk_id,
                        "amount_minor": 1,
                        "reference": f"tried {role}",
                    },
                    amount_minor=1,
                    role=role,
                    by=Person(person.pk, desk_id),
                ),
                now=now,
            )
        holder, held = Organization.objects.order_by("id")[:2]
        OrganizationTie.objects.create(
            holder=holder,
            held=held,
            kind="CONTROL",
            valid_from=now.date(),
            valid_to=now.date() + timedelta(days=1),
            source="tried",
            recorded_by=stage.people[Role.OPERATOR],
            recorded_at=now,
            ended_by=stage.people[Role.OPERATOR],
        )


def fill(stage: World, path: str) -> None:
    """Copy what somebody sees of a list."""
    view = resolve(path).func.cls
    for browser in browsers(stage, path) if getattr(view, "queryset", None) is not None else ():
        rows = rows_of(browser.get(path).json())
        if rows:
            table = view.queryset.model._meta.db_table
            where = f"id = '{rows[0]['id']}'" if "id" in rows[0] else "true"
            if table in SOURCES:
                table = SOURCES[table]
                where = (
                    f"(SELECT count(*) FROM {table}) < {stage.copies}"  # Its own list comes first.
                )
            crowd(table, where, times=stage.copies, **CHANGES.get(table, {}))
            break
    if view.__name__ == "VoucherList":
        open_voucher_accounts()
    if view.__name__ == "ProgrammeList":
        first = ProgrammeVersion.objects.first().pk
        versions = ProgrammeVersion._meta.db_table
        programmes = another("programme_id", Programme._meta.db_table, of=versions)
        crowd(versions, f"id = '{first}'", times=stage.copies, **programmes)


def open_voucher_accounts() -> None:
    """Give each voucher that was copied the account that issuing opens."""
    with tenancy.acting_as_platform():
        specs = [
            AccountSpec(
                accounts.voucher(each.pk),
                each.programme_version.programme.asset,
                accounts.AccountKind.VOUCHER,
                each.holder_id,
            )
            for each in Voucher.objects.select_related("programme_version__programme")
        ]
        ledger.open_accounts(specs=specs)


def fill_what_pages_narrow(stage: World) -> None:
    """Copy rows in the states, and of the owners, that pages keep to."""
    crowd(Application._meta.db_table, "state = 'APPROVED'", times=stage.copies)
    crowd(Contract._meta.db_table, "state = 'ACTIVE'", times=stage.copies)
    # Identifiers are of this month: others have no partition.
    crowd("events_event", "place = 0", times=stage.copies, id="uuidv7()")


# Rows that stand behind copies of others, or that take two people each.
BESIDE = (
    """
    INSERT INTO drivers_batchjob (order_id, buyer_id, command, image, data_reference,
        result_reference, environment, sealed_names, wall_seconds, content_hash, made_at)
    SELECT o.id, o.buyer_id, '["train"]', '', '', '', '{}', '[]', 60, repeat('0', 64), now()
    FROM orders_order o
    """,
    """
    INSERT INTO drivers_orderscene (id, code, version, content, content_hash, published_at,
        published_by_id, approved_by_id, proposal_id)
    SELECT uuidv7(), 'scene-' || n, 1, %(scene)s, repeat('0', 64), now(), %(person)s, %(person)s,
        uuidv7()
    FROM generate_series(1, %(copies)s) n
    """,
    """
    INSERT INTO drivers_ordertemplate (id, organization_id, name, content, made_at)
    SELECT uuidv7(), %(buyer)s, 'kept ' || n, '{"units_milli": 1000, "seconds": 3600}', now()
    FROM generate_series(1, %(copies)s) n
    """,
    """
    INSERT INTO appeals_appeal (id, suspension_id, organization_id, text, files, made_by_id,
        made_at, state, answer, answered_at, answered_by_id, agreed_by_id, proposal_id)
    SELECT uuidv7(), s.id, s.organization_id, 'All is paid.', '[]', %(person)s, now(), 'LIFTED',
        'So it is.', now(), %(person)s, %(person)s, uuidv7()
    FROM identity_suspension s
    """,
    """
    INSERT INTO sensing_probedendpoint (resource_id, provider_id, url, next_at, problem, failures)
    SELECT id, provider_id, 'https://probe.example.com/' || id, now(), '', 1
    FROM identity_computeresource
    """,
    """
    INSERT INTO fulfilment_deliverymessage (id, order_id, order_number, buyer_id, provider_id,
        sequence, side, body, attachments, sent_at, sent_by_id)
    SELECT uuidv7(), o.id, o.number, o.buyer_id, l.provider_id, n + spoken.after, spoken.side,
        'tried', '[]', now(), %(person)s
    FROM orders_order o
        JOIN catalog_listing l ON l.id = coalesce(o.listing_id, o.wanted_listing_id),
        (VALUES ('BUYER', 0), ('PROVIDER', 1000000)) AS spoken (side, after),
        generate_series(1, %(copies)s) AS n
    WHERE o.id = %(order)s
    """,
    """
    INSERT INTO fulfilment_deliverychange (id, order_id, order_number, buyer_id, provider_id,
        sequence, kind, side, words, asked_at, asked_by_id, expires_at, state, closed_at)
    SELECT uuidv7(), o.id, o.number, o.buyer_id, l.provider_id, n, 'MOVE', 'BUYER', 'tried', now(),
        %(person)s, now() + interval '1 day', 'WITHDRAWN', now()
    FROM orders_order o
        JOIN catalog_listing l ON l.id = coalesce(o.listing_id, o.wanted_listing_id),
        generate_series(1, %(copies)s) AS n
    WHERE o.id = %(order)s
    """,
)


def make_rows_beside(stage: World) -> None:
    """Let orders run jobs and be talked about, scenes be published, suspensions be appealed."""
    buyer = stage.people[Role.BUYER]
    with tenancy.acting_as_platform():
        organization_id = buyer.memberships.get().organization_id
    facts = {
        "scene": json.dumps(json.loads(SCENES.read_text())[0]["content"]),
        "person": buyer.pk,
        "buyer": organization_id,
        "order": stage.known["order_id"][0],
        "copies": stage.copies + 1,  # Of the others there is one that was copied.
    }
    with databases.admin(environment.DATABASE) as admin:
        admin.execute("SET session_replication_role = replica")
        for statement in BESIDE:
            admin.execute(statement, facts)


# --- Lists -------------------------------------------------------------------------------------
def lists(schema: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """Yield every operation that answers a list, and whether it does so by pages."""
    for path, operations in schema["paths"].items():
        answers = operations.get("get", {}).get("responses", {})
        content = answers.get("200", {}).get("content", {}).get("application/json", {})
        shape = content.get("schema", {})
        name = shape.get("$ref", "").rpartition("/")[2]
        members = schema["components"]["schemas"].get(name, shape)
        if {"next", "previous"} <= members.get("properties", {}).keys():
            yield path, True
        elif members.get("type") == "array":
            yield path, False


def listed(stage: World) -> list[str]:
    """Return the address of every list of the API that has pages."""
    found = []
    for path, is_paged in lists(Client().get("/api/schema/?format=json").json()):
        if is_paged:
            found.append(re.sub(r"{(\w+)}", lambda name: stage.known[name[1]][0], path))
    return found


def browsers(stage: World, path: str) -> Iterator[Client]:
    """Yield everyone who may read an address."""
    for role in ROLES:
        browser = Client()
        browser.cookies.load(stage.session(role.value))
        if browser.get(path).status_code == 200:
            yield browser


def rows_of(page: dict[str, Any]) -> list[dict[str, Any]]:
    return page["results"] if "results" in page else page["lines"]


# --- Walks -------------------------------------------------------------------------------------
def walked(step: Any, address: str, beside: str) -> tuple[list[list[str]], str]:
    """Return the pages of a list up to one end, and the address that leads back from there."""
    pages: list[list[str]] = []
    back = ""
    while address:
        rows, onward, before = step(address)
        pages.append(rows)
        if len(pages) > STEPS_MAX:
            pytest.fail(f"{address} does not end")
        address, back = (onward, before) if beside == "next" else (before, onward)
    return pages, back


def defects_of(step: Any, start: str, copies: int) -> str:
    """Walk a list to its end and back; return what is wrong."""
    forward, back = walked(step, start, "next")
    backward, _edge = walked(step, back, "previous")
    rows = [row for page in forward for row in page]
    if len(rows) <= copies:
        return f"only {len(rows)} rows"
    if len(set(rows)) < len(rows):
        return f"{len(rows) - len(set(rows))} rows come twice"
    return "" if backward[::-1] == forward[:-1] else "the way back is another one"


def test_every_list_of_the_api_ends_and_leads_back(stage, monkeypatch):
    defects = {}
    for path in listed(stage):
        now = timezone.now()  # Rows say how old they are: on the way back, they are as old.
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        for browser in browsers(stage, path):

            def step(address, browser=browser):
                page = browser.get(address).json()
                rows = [json.dumps(row, sort_keys=True) for row in rows_of(page)]
                return rows, page["next"], page["previous"]

            defects[path] = defects_of(
                step, f"{path}?page_size={stage.copies // PAGES}", stage.copies
            )
            if not defects[path]:
                break

    assert {path: defect for path, defect in defects.items() if defect} == {}


def test_what_is_answered_whole_is_bounded(stage):
    found = dict(lists(Client().get("/api/schema/?format=json").json()))

    assert {path for path, is_paged in found.items() if not is_paged} == WHOLE.keys()


def test_rows_that_a_list_sorts_are_alike_but_for_the_last_column(stage, monkeypatch):
    """Else the walks above would prove nothing about ties."""
    seen = {}
    real = paging.page_of

    def noted(found, **options):
        seen[found.model] = options["order"] or found.query.order_by
        return real(found, **options)

    monkeypatch.setattr(paging, "page_of", noted)
    for path in listed(stage):
        next(browsers(stage, path), None)

    for model, (first, *others) in seen.items():
        if others:
            name = model._meta.get_field(first.removeprefix("-")).column
            with databases.admin(environment.DATABASE) as admin:
                most = admin.execute(
                    f"SELECT count(*) FROM {model._meta.db_table}"
                    f" GROUP BY {name} ORDER BY 1 DESC LIMIT 1"
                ).fetchone()
            assert most[0] > stage.copies, model


# --- Pages -------------------------------------------------------------------------------------
def pagers(response: Any) -> dict[str, Pager]:
    """Return the links to neighbours that a page shows, by the name of their list."""
    found = {}
    for layer in response.context or ():
        for each in layer.dicts if hasattr(layer, "dicts") else [layer]:
            for value in dict(each).values():
                if isinstance(value, Pager):
                    found[value.name] = value
    return found


@pytest.mark.slow
def test_every_list_of_the_pages_ends_and_leads_back(stage, monkeypatch):
    keys: dict[str, list[str]] = {}
    real = paging.sliced

    def noted(rows, *, key, scope, **options):
        page = real(rows, key=key, scope=scope, **options)
        keys[scope[3] if scope[0] == "page" else ""] = [str(key(row)) for row in page.rows]
        return page

    monkeypatch.setattr(paging, "sliced", noted)
    defects: dict[str, str] = {}
    for path, exists in addresses(stage):
        for browser in browsers(stage, path) if exists else ():
            for name, pager in pagers(browser.get(path)).items():
                place = f"{path} {name}"
                is_given_whole = name not in keys and not (pager.next or pager.previous)
                if is_given_whole or defects.get(place) == "":
                    continue

                def step(address, browser=browser, name=name, path=path):
                    response = browser.get(urljoin(path, address))
                    assert response.status_code == 200
                    lines = response.context.get("statement")
                    rows = [str(line.entry) for line in lines.lines] if lines else keys[name]
                    shown = pagers(response)[name]
                    return rows, shown.next, shown.previous

                defects[place] = defects_of(step, "?", stage.copies)

    assert len(defects) >= 12
    assert {place: defect for place, defect in defects.items() if defect} == {}
