"""Disputes: what is claimed is frozen, two people decide, both sides appeal, money moves once."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from common import tenancy
from common.period import Period
from identity.contracts import SecondPersonRequired
from ledger import selectors as ledger
from marketplace import accounts
from marketplace.assurance import dispute_selectors, level_selectors, services
from marketplace.assurance.dispute_contracts import (
    DISPUTE_STEPS,
    AppealedAlready,
    DisputeBeyondCharged,
    DisputeClockRuns,
    DisputeMoved,
    DisputeNotFound,
    DisputeState,
    DisputeTooLate,
    DisputeUnderWay,
    InvalidDispute,
)
from marketplace.assurance.models import TradeDispute
from marketplace.settlement import services as settlement_services
from marketplace.settlement.models import Adjustment
from tests.assurance.disputes import LATER, Disputing
from tests.settlement.cast import is_balanced

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def case():
    return Disputing()


def payable(case):
    with tenancy.acting_as_platform():
        (found,) = ledger.balances([accounts.provider_payable(case.market.provider.pk)]).values()
    return found.posted, found.available


def cash(case):
    with tenancy.acting_as_platform():
        (found,) = ledger.balances([accounts.buyer_cash(case.market.buyer.pk)]).values()
    return found.available


def again(dispute):
    with tenancy.acting_as_platform():
        return TradeDispute.objects.get(pk=dispute.pk)


def test_what_is_claimed_is_frozen_decided_appealed_and_paid_once(case):
    before = cash(case)
    dispute = case.open(30_00)
    assert payable(case) == (69_84, 39_84)  # no payout takes what is frozen

    case.answer(dispute)
    case.decide(dispute, 10_00)
    services.sweep_disputes(now=LATER + DAY)
    assert cash(case) == before  # the buyer may appeal still, and does
    services.appeal(dispute_id=dispute.pk, text="more", by=case.buyer, now=LATER + DAY)
    case.decide(dispute, 20_00, at=LATER + 2 * DAY)
    services.appeal(dispute_id=dispute.pk, text="less", by=case.clerk, now=LATER + 3 * DAY)
    case.decide(dispute, 15_00, at=LATER + 4 * DAY)  # both appealed: this is the last word

    for _turn in range(2):
        services.sweep_disputes(now=LATER + 4 * DAY + timedelta(seconds=1))

    found = again(dispute)
    assert (found.state, found.awarded_minor) == (DisputeState.CLOSED, 15_00)
    assert cash(case) == before + 15_00
    assert payable(case) == (54_84, 54_84)
    with tenancy.acting_as_platform():
        (adjustment,) = Adjustment.objects.all()
        assert adjustment.trade_record.gross_minor == -15_00
        assert adjustment.reason == "dispute"
        (month,) = dispute_selectors.by_month(until=LATER.date())
        before = dispute_selectors.months_before(LATER.date(), 1)
        assert dispute_selectors.by_month(until=before) == []
        later = dispute_selectors.months_before(LATER.date(), -23)
        assert dispute_selectors.by_month(until=later) == [month]
        later = dispute_selectors.months_before(LATER.date(), -24)
        assert dispute_selectors.by_month(until=later) == []
    assert (month.opened, month.won, month.appealed, month.awarded_minor) == (1, 1, 1, 15_00)
    assert (month.claimed_minor, month.claimed_cover_minor) == (30_00, 0)
    assert is_balanced()


def test_who_does_not_answer_loses_by_rule_and_two_people_carry_it_out(case):
    dispute = case.open(30_00)
    services.sweep_disputes(now=LATER + 5 * DAY + timedelta(seconds=1))
    assert again(dispute).state == DisputeState.LAPSED
    with tenancy.acting_as_platform():
        (month,) = dispute_selectors.by_month(until=LATER.date())
    assert month.lapsed == 1  # lost already, though nobody carried it out
    with pytest.raises(DisputeMoved):
        case.answer(dispute, at=LATER + 4 * DAY)
    with pytest.raises(InvalidDispute):
        case.decide(dispute, 29_99)

    case.decide(dispute, 30_00, at=LATER + 6 * DAY)
    services.sweep_disputes(now=LATER + 14 * DAY)
    assert payable(case) == (39_84, 39_84)
    with pytest.raises(DisputeBeyondCharged):
        case.open(43_00)


def test_what_was_given_back_meanwhile_is_not_awarded_again(case, monkeypatch):
    dispute = case.open(72_00)
    case.answer(dispute)
    monkeypatch.setattr(level_selectors, "credited_minor", lambda _contract_id, asset: 50_00)
    with pytest.raises(DisputeBeyondCharged):
        case.decide(dispute, 22_01)
    proposed = case.propose(dispute, 22_00)
    monkeypatch.setattr(level_selectors, "credited_minor", lambda _contract_id, asset: 50_01)
    with pytest.raises(DisputeBeyondCharged):
        case.agree(proposed)
    assert again(dispute).state == DisputeState.ANSWERED


def test_one_that_cannot_be_booked_keeps_its_freeze_and_holds_up_no_other(case, monkeypatch):
    other = Disputing()
    first, second = case.open(30_00), other.open(30_00)
    for each, row in ((case, first), (other, second)):
        each.answer(row)
        each.decide(row, 10_00)
    refused = again(first).agreed_adjustment_id
    book = settlement_services.book_agreed

    def some(*, adjustment_id, **more):
        if adjustment_id == refused:
            raise RuntimeError
        return book(adjustment_id=adjustment_id, **more)

    monkeypatch.setattr(settlement_services, "book_agreed", some)
    assert services.sweep_disputes(now=LATER + 8 * DAY) == 1
    assert (again(first).state, again(second).state) == (DisputeState.DECIDED, DisputeState.CLOSED)
    assert payable(case) == (69_84, 39_84)

    monkeypatch.undo()
    assert services.sweep_disputes(now=LATER + 8 * DAY) == 1
    assert again(first).state == DisputeState.CLOSED


def test_nothing_awarded_and_withdrawn_let_go_of_what_was_frozen(case):
    first = case.open(30_00)
    services.withdraw_dispute(dispute_id=first.pk, by=case.buyer, now=LATER)
    assert payable(case) == (69_84, 69_84)

    second = case.open(30_00)
    case.answer(second)
    case.decide(second, 0)
    services.sweep_disputes(now=LATER + 8 * DAY)
    assert again(second).state == DisputeState.CLOSED
    assert payable(case) == (69_84, 69_84)
    with tenancy.acting_as_platform():
        assert not Adjustment.objects.exists()


def test_what_was_paid_out_is_not_there_to_freeze_and_is_owed(case):
    dispute = case.open(72_00)
    assert (dispute.claimed_minor, dispute.frozen_minor) == (72_00, 69_84)
    case.answer(dispute)
    case.decide(dispute, 72_00)
    services.sweep_disputes(now=LATER + 8 * DAY)
    with tenancy.acting_as_platform():
        assert Adjustment.objects.get().owed_minor == 2_16
    assert payable(case) == (0, 0)


def test_several_things_are_disputed_at_once_and_never_for_more_than_was_paid(case):
    """Of ¥72.00: 30 for a charge, 30 for the delivery; 12.00 are left, not 12.01."""
    (charge,) = case.market.charges(case.order)
    first = case.open(30_00)
    second = case.open(30_00, subject="DELIVERY")
    with pytest.raises(DisputeUnderWay):
        case.open(1_00, subject="DELIVERY", subject_reference="its second hour")
    with pytest.raises(DisputeBeyondCharged) as refused:
        case.open(12_01, subject_id=charge.pk)
    third = case.open(12_00, subject_id=charge.pk)

    assert refused.value.facts["most_minor"] == 12_00
    assert [each.frozen_minor for each in (first, second, third)] == [30_00, 30_00, 9_84]
    numbers = [int(each.number.rsplit("-", 1)[1]) for each in (first, second, third)]
    assert numbers == [numbers[0] + step for step in range(3)]  # what was refused took none
    case.answer(first)
    case.decide(first, 10_00)
    services.withdraw_dispute(dispute_id=third.pk, by=case.buyer, now=LATER)
    with pytest.raises(DisputeBeyondCharged):  # the first may be appealed against, up to its claim
        case.open(12_01, subject_id=charge.pk)
    assert case.open(12_00, subject_id=charge.pk).frozen_minor == 9_84
    assert is_balanced()


def test_no_statement_claims_more_than_was_paid(case):
    case.open(60_00)
    copied = [each.column for each in TradeDispute._meta.fields]
    spoilt = {
        "id": "gen_random_uuid()",
        "number": "'DP-X'",
        "subject": "'DELIVERY'",
        "claimed_minor": "1201",
        "frozen_minor": "0",
        "hold_id": "NULL",
    }
    values = ", ".join(spoilt.get(each, f'"{each}"') for each in copied)
    names = ", ".join(f'"{each}"' for each in copied)
    with (
        tenancy.acting_as_platform(),
        pytest.raises(DatabaseError, match="no more is claimed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f"INSERT INTO assurance_tradedispute ({names})"
            f" SELECT {values} FROM assurance_tradedispute"
        )


def test_clocks_sides_and_amounts_are_kept(case):
    with pytest.raises(DisputeTooLate):
        case.open(at=LATER + 31 * DAY)
    with pytest.raises(DisputeBeyondCharged):
        case.open(72_01)
    with pytest.raises(DisputeNotFound):
        case.open(by=case.clerk)
    dispute = case.open()
    with pytest.raises(DisputeUnderWay):
        case.open()
    with pytest.raises(DisputeNotFound):
        case.answer(dispute, by=case.buyer)
    with pytest.raises(DisputeClockRuns):
        case.answer(dispute, at=LATER + 6 * DAY)
    case.answer(dispute)
    proposed = services.propose_decision(
        dispute_id=dispute.pk, awarded_minor=1, decision="x", by=case.operator, now=LATER
    )
    with pytest.raises(SecondPersonRequired):
        services.decide_dispute(
            proposal_id=proposed.id,
            person_id=case.operator.id,
            organization_id=case.operator.organization_id,
            now=LATER,
        )


def test_each_side_appeals_once_and_in_time(case):
    dispute = case.open()
    case.answer(dispute)
    case.decide(dispute, 10_00)
    with pytest.raises(DisputeClockRuns):
        services.appeal(dispute_id=dispute.pk, text="x", by=case.buyer, now=LATER + 8 * DAY)
    services.appeal(dispute_id=dispute.pk, text="x", by=case.buyer, now=LATER)
    case.decide(dispute, 12_00)
    with pytest.raises(AppealedAlready):
        services.appeal(dispute_id=dispute.pk, text="x", by=case.buyer, now=LATER)


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE assurance_tradedispute SET state = 'CLOSED', closed_at = now()",
        "UPDATE assurance_tradedispute SET state = 'DECIDED', awarded_minor = 1",
        "UPDATE assurance_tradedispute SET claimed_minor = claimed_minor + 1",
        "UPDATE assurance_tradedispute SET frozen_minor = 0, hold_id = NULL",
        "UPDATE assurance_tradedispute SET answer_due_at = answer_due_at + interval '1 day'",
        "DELETE FROM assurance_tradedispute",
    ],
)
def test_the_database_keeps_a_dispute(case, attack):
    case.open()
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute("UPDATE assurance_tradedispute SET answer = ''")  # a probe that is allowed
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute(attack)


def test_the_database_knows_the_steps_that_the_rules_know(case):
    dispute = case.open()
    allowed = {(old, end) for begins, end in DISPUTE_STEPS.values() for old in begins}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('assurance_dispute_moves'::regproc)")
        text = cursor.fetchone()[0]
    listed = {
        (old, new)
        for old in DisputeState.values
        for new in DisputeState.values
        if f"('{old}', '{new}')" in text
    }
    assert listed == {(str(old), str(end)) for old, end in allowed}
    assert dispute.state == DisputeState.OPEN


def test_a_stranger_sees_no_dispute(case):
    dispute = case.open()
    with tenancy.acting_as(Disputing.person(case.market.provider, "PROVIDER").organization_id):
        assert dispute_selectors.dispute(dispute.pk, party_id=case.market.provider.pk)
    with tenancy.acting_as(case.operator.organization_id), pytest.raises(DisputeNotFound):
        dispute_selectors.dispute(dispute.pk)


def test_only_what_gave_money_back_counts_against_a_resource(case):
    resource_id = case.contract.resource_id
    ended = Period(case.contract.ends_at - DAY, case.contract.ends_at)
    later = Period(case.contract.ends_at, case.contract.ends_at + DAY)

    def counted(period=ended):
        with tenancy.acting_as_platform():
            return dispute_selectors.upheld_counts([resource_id], period)[resource_id]

    dispute = case.open(30_00)
    assert counted() == 0  # a claim is no finding
    case.answer(dispute)
    case.decide(dispute, 10_00)

    assert (counted(), counted(later)) == (1, 0)
