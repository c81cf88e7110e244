"""Disputes about a charge, a delivery, a certificate, what a voucher covered; whose turn it is."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from common import tenancy
from identity.contracts import Role
from identity.events.models import RecordedEvent
from marketplace import accounts
from marketplace.assurance import dispute_selectors, dispute_subjects, services
from marketplace.assurance.dispute_contracts import (
    DISPUTE_RULES,
    NEWEST_RULE,
    DisputeBeyondCharged,
    DisputeState,
    DisputeSubject,
    DisputeTooLate,
    InvalidDispute,
)
from marketplace.assurance.models import LevelCredit, TradeDispute
from marketplace.claims import selectors as claims
from marketplace.settlement import services as settlement
from marketplace.settlement.contracts import Adjusting, AdjustmentReason, Party
from marketplace.settlement.models import Adjustment
from marketplace.vouchers.models import Programme
from metering.verifying.models import Certificate
from tests import cast
from tests.assurance.disputes import LATER, Disputing
from tests.settlement.cast import balance, is_balanced
from tests.verifying.cast import Site

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def again(dispute):
    with tenancy.acting_as_platform():
        return TradeDispute.objects.select_related("contract").get(pk=dispute.pk)


def told(name):
    with tenancy.acting_as_platform():
        return list(RecordedEvent.objects.filter(name=f"assurance.dispute.{name}").order_by("id"))


def test_a_charge_is_claimed_up_to_itself_and_no_other_contracts_charge():
    case, other = Disputing(), Disputing()
    (charge,), (foreign,) = case.market.charges(case.order), other.market.charges(other.order)
    with pytest.raises(InvalidDispute):
        case.open(subject_id=foreign.pk)
    with pytest.raises(DisputeBeyondCharged) as refused:
        case.open(charge.cash_minor + 1, subject_id=charge.pk)
    assert refused.value.facts["most_minor"] == charge.cash_minor
    dispute = case.open(charge.cash_minor, subject_id=charge.pk, subject_reference="")
    assert dispute.subject_reference.startswith("2026-11-20 20:00:00–")
    assert dispute.frozen_minor == 69_84  # the fee was never the provider's


def test_a_delivery_and_a_certificate_have_to_be_the_contracts():
    case = Disputing()
    for subject in (DisputeSubject.DELIVERY, DisputeSubject.CERTIFICATE, DisputeSubject.COVER):
        with pytest.raises(InvalidDispute):
            case.open(subject=subject, subject_id=uuid4())


def test_a_certificate_is_disputed_longer_than_what_was_delivered():
    case = Disputing()
    site = Site(at=LATER - 2 * DAY)
    site.send()
    with tenancy.acting_as_platform():
        certificate = Certificate.objects.get()
        case.contract.resource_id = certificate.resource_id
        thing = dispute_subjects.disputed_thing(
            case.contract, DisputeSubject.CERTIFICATE, certificate.pk
        )
        called = dispute_subjects.disputed_thing(
            case.contract, DisputeSubject.CERTIFICATE, None, certificate.content_hash[:12]
        )
    assert thing.reference.startswith(certificate.benchmark)
    assert called == thing
    with pytest.raises(DisputeTooLate):
        case.open(at=LATER + 31 * DAY)
    for name in ("CERT-NOPE", certificate.content_hash[:12]):  # none; that of another resource
        given = {"subject": DisputeSubject.CERTIFICATE, "subject_reference": name}
        with pytest.raises(InvalidDispute) as refused:
            case.open(at=LATER + 31 * DAY, **given)
        assert refused.value.field == "subject_reference"
    assert DISPUTE_RULES[NEWEST_RULE].opens_for(DisputeSubject.CERTIFICATE) == 90 * DAY


def test_what_a_voucher_covered_is_frozen_against_claims_and_goes_back_to_the_voucher():
    """¥72.00, of it 30 % by voucher: ¥21.60. Half of that is awarded: the voucher has it again."""
    case = Disputing(share="0.30")
    market = case.market
    with tenancy.acting_as_platform():
        fund = case.contract.funds.get(voucher_id__isnull=False)
        programme = Programme.objects.get(code=case.code)

    def unclaimed():
        with tenancy.acting_as_platform():
            found = claims.unclaimed(
                provider_id=market.provider.pk,
                programme_id=programme.pk,
                programme_code=case.code,
            )
        return sum(each.amount_minor for each in found)

    cash, voucher = market.cash(), balance(accounts.voucher(fund.voucher_id)).posted
    assert unclaimed() == 21_60
    cover = {"subject": DisputeSubject.COVER, "subject_reference": ""}
    with pytest.raises(DisputeBeyondCharged):
        case.open(21_61, **cover)
    dispute = case.open(21_60, **cover)
    assert (dispute.frozen_minor, dispute.asset) == (21_60, f"VCH-{case.code}")
    held = balance(accounts.voucher_claim(case.code, market.provider.pk))
    assert held.pending == 21_60
    assert unclaimed() == 0  # the programme pays nothing of it meanwhile

    case.answer(dispute)
    case.decide(dispute, 10_80)
    services.sweep_disputes(now=LATER + 8 * DAY)

    assert again(dispute).state == DisputeState.CLOSED
    assert balance(accounts.voucher(fund.voucher_id)).posted == voucher + 10_80
    assert market.cash() == cash
    assert unclaimed() == 10_80
    with tenancy.acting_as_platform():
        (adjustment,) = Adjustment.objects.all()
        record = adjustment.trade_record
    assert (adjustment.asset, record.voucher_minor, record.cash_minor) == (
        f"VCH-{case.code}",
        -10_80,
        0,
    )
    assert is_balanced()


def test_of_two_vouchers_of_a_programme_the_named_one_has_it_again_and_no_more_than_it_paid():
    """¥21.60 by vouchers of one programme: ¥3.75 by the first, ¥17.85 by the other."""
    case = Disputing(share="0.30", vouchers=("10.00", "1000.00"))
    with tenancy.acting_as_platform():
        first, other = case.contract.funds.filter(voucher_id__isnull=False).order_by("position")
    assert (first.captured_minor, other.captured_minor) == (3_75, 17_85)
    before = [balance(accounts.voucher(each.voucher_id)).posted for each in (first, other)]

    def award(voucher_id, minor, at):
        cover = {"subject": DisputeSubject.COVER, "subject_reference": ""}
        dispute = case.open(minor, subject_id=voucher_id, at=at, **cover)
        case.answer(dispute, at=at)
        case.decide(dispute, minor, at=at)
        services.sweep_disputes(now=at + 8 * DAY)
        now = [balance(accounts.voucher(each.voucher_id)).posted for each in (first, other)]
        return [after - was for after, was in zip(now, before, strict=True)]

    assert award(first.voucher_id, 2_00, LATER) == [2_00, 0]
    assert award(other.voucher_id, 17_85, LATER + 9 * DAY) == [2_00, 17_85]
    assert award(first.voucher_id, 1_75, LATER + 18 * DAY) == [3_75, 17_85]
    assert is_balanced()


def test_what_is_lost_for_want_of_an_answer_gives_back_what_is_there_still():
    case = Disputing()
    dispute = case.open(72_00)
    services.sweep_disputes(now=LATER + 6 * DAY)
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute("SELECT assurance_dispute_standing(%s, 'CNY')", [case.contract.pk])
        assert cursor.fetchone() == (dispute_subjects.claimable_minor(case.contract),) == (72_00,)
    give_goodwill(case, 50_00)
    for wrong in (72_00, 21_99):
        with pytest.raises(InvalidDispute):
            case.propose(dispute, wrong, at=LATER + 6 * DAY)
    case.decide(dispute, 22_00, at=LATER + 6 * DAY)
    services.sweep_disputes(now=LATER + 14 * DAY)
    assert (again(dispute).state, again(dispute).awarded_minor) == (DisputeState.CLOSED, 22_00)
    assert is_balanced()


def give_goodwill(case, minor):
    """Let two people give something back of the contract."""
    office = cast.organization("Money")
    first, second = (Disputing.person(office, Role.FINANCE) for _n in range(2))
    proposed = settlement.propose_adjustment(
        Adjusting(
            reason=AdjustmentReason.GOODWILL,
            payer=Party.PROVIDER,
            payee=Party.BUYER,
            amount_minor=minor,
            reference="goodwill",
            evidence="a letter",
            contract_id=case.contract.pk,
        ),
        by=first,
        now=LATER,
    )
    settlement.book_adjustment(
        proposal_id=proposed.id,
        person_id=second.id,
        organization_id=second.organization_id,
        now=LATER,
    )


def test_of_a_contract_that_runs_the_award_waits_for_its_settlement():
    case = Disputing(is_settled=False)
    at = case.order.starts_at + timedelta(hours=1, minutes=45)
    dispute = case.open(30_00, at=at)
    assert dispute_selectors.waits_for_settlement(again(dispute))
    case.answer(dispute, at=at)
    case.decide(dispute, 10_00, at=at)
    assert services.sweep_disputes(now=LATER + 8 * DAY) == 0  # it is final, and nothing moves
    case.market.settle()
    assert services.sweep_disputes(now=LATER + 8 * DAY) == 1
    with tenancy.acting_as_platform():
        (adjustment,) = Adjustment.objects.all()
        assert (adjustment.contract_id, adjustment.trade_record.gross_minor) == (
            case.contract.pk,
            -10_00,
        )
    assert not dispute_selectors.waits_for_settlement(again(dispute))
    assert is_balanced()


def test_whose_turn_it_is_is_reminded_by_the_rule():
    case = Disputing()
    dispute = case.open()
    assert services.remind_of_disputes(now=LATER + 2 * DAY) == 0
    for at in (3 * DAY, 3 * DAY, 4.5 * DAY, 4.9 * DAY):
        services.remind_of_disputes(now=LATER + at)
    assert len(told("answer_due")) == 2  # two days and half a day before it is due
    assert told("answer_due")[0].facts["answer_due_at"]
    case.answer(dispute, at=LATER + 4.9 * DAY)
    services.remind_of_disputes(now=LATER + 7 * DAY)
    assert len(told("undecided")) == 1
    proposed = case.propose(dispute, 10_00, at=LATER + 7 * DAY)
    services.remind_of_disputes(now=LATER + 9 * DAY)
    assert len(told("unapproved")) == 1
    case.agree(proposed, at=LATER + 9 * DAY)
    assert services.remind_of_disputes(now=LATER + 30 * DAY) == 0


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE assurance_tradedispute SET asset = 'VCH-X'",
        "UPDATE assurance_tradedispute SET subject_id = gen_random_uuid()",
    ],
)
def test_the_database_keeps_what_a_dispute_is_about(attack):
    Disputing().open()
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute(attack)
        assert not LevelCredit.objects.exists()
