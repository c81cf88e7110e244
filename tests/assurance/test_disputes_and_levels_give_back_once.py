"""A dispute and a service level of one contract give back what was paid, and never more."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from django.db import DatabaseError, connection, transaction

from common import tenancy
from common.ids import uuid7
from ledger import services as ledger
from ledger.contracts import Transfer
from marketplace import accounts
from marketplace.assurance import dispute_subjects, services
from marketplace.assurance.dispute_contracts import DisputeBeyondCharged, DisputeState
from marketplace.assurance.models import LevelCredit, TradeDispute
from marketplace.settlement import services as settlement
from marketplace.settlement.models import Adjustment
from marketplace.settlement.numbering import next_sequence
from tests.assurance.disputes import Disputing
from tests.assurance.levels import NOON, Promising, close, run, stand_still
from tests.settlement.cast import is_balanced

DAY = timedelta(days=1)
SAID = NOON + 2 * DAY


@pytest.fixture
def case():
    """¥115.00 paid, of which the service level gives back a quarter: ¥28.75."""
    market = Promising()
    order = run(market)
    stand_still(market, order, 25)
    close(market, order)
    return Disputing.about(market, order)


def claim(case, minor=115_00):
    dispute = case.open(minor, at=SAID)
    case.answer(dispute, at=SAID)
    return dispute


@pytest.mark.django_db
@pytest.mark.parametrize(("awarded", "credited"), [(115_00, 0), (100_00, 15_00), (80_00, 28_75)])
def test_what_a_dispute_is_decided_to_give_back_no_credit_gives_again(case, awarded, credited):
    market = case.market
    case.decide(claim(case), awarded, at=SAID)

    market.count()

    (month,) = market.months()
    whole = credited == 28_75
    assert (month.refusal_code, month.due_at is None) == (
        ("", True) if whole else ("given_back_already", False)
    )
    assert market.credits() == ([("CNY", credited)] if whole else [])  # it may be appealed against

    services.sweep_disputes(now=SAID + 8 * DAY)
    booked = [market.count(at=SAID + (9 + n) * DAY).booked for n in range(2)]

    assert booked == [int(credited and not whole), 0]
    assert sum(minor for _asset, minor in market.credits()) == credited
    assert market.months()[0].due_at is None
    with tenancy.acting_as_platform():
        assert dispute_subjects.claimable_minor(case.contract) == 115_00 - awarded - credited
    assert is_balanced()


@pytest.mark.django_db
def test_what_was_credited_no_dispute_gives_again(case):
    dispute = claim(case)
    proposed = case.propose(dispute, 115_00, at=SAID)
    case.market.count()
    with pytest.raises(DisputeBeyondCharged):
        case.agree(proposed, at=SAID)
    with (
        pytest.raises(DatabaseError, match="gives back what was paid, once"),
        tenancy.acting_as_platform(),
        transaction.atomic(),
    ):
        TradeDispute.objects.update(state=DisputeState.DECIDED, awarded_minor=115_00)


@pytest.mark.django_db
def test_the_database_takes_no_credit_beyond_what_was_paid(case):
    case.decide(claim(case), 115_00, at=SAID)
    case.market.count()
    (evaluation,) = case.market.evaluated()
    for minor, told in ((28_75, "no more is given back"), (1, "credits come to")):
        with (
            pytest.raises(DatabaseError, match=told),
            tenancy.acting_as_platform(),
            transaction.atomic(),
        ):
            LevelCredit.objects.create(
                id=uuid7(),
                evaluation=evaluation,
                buyer_id=evaluation.buyer_id,
                provider_id=evaluation.provider_id,
                asset="CNY",
                signed_minor=minor,
                booked_at=SAID,
            )


def test_a_credit_waits_for_a_decision_of_the_same_moment(fresh_database, case):
    proposed = case.propose(claim(case), 115_00, at=SAID)
    decided = Event()

    def decide():
        try:
            with transaction.atomic():
                case.agree(proposed, at=SAID)
                decided.set()
                Event().wait(0.5)  # the count runs into what is not written yet
        finally:
            decided.set()
            connection.close()

    def count():
        try:
            decided.wait(5)
            return case.market.count().booked
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=2) as pool:
        deciding, found = pool.submit(decide), pool.submit(count)
        deciding.result()
        assert found.result() == 0
    assert case.market.credits() == []


def test_what_is_carried_out_waits_before_it_locks_an_account(fresh_database, case):
    """Else whoever books credits, and holds the next number, would wait for that account."""
    case.decide(claim(case, 50_00), 50_00, at=SAID)

    def sweep():
        try:
            return services.sweep_disputes(now=SAID + 8 * DAY)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as pool:
        with tenancy.acting_as_platform(), transaction.atomic(), connection.cursor() as cursor:
            settlement.wait_to_adjust()
            next_sequence(Adjustment)
            swept = pool.submit(sweep)
            Event().wait(0.5)
            cursor.execute("SET LOCAL lock_timeout = '300ms'")
            ledger.hold(transfers=[a_cent(case.market)])
        assert swept.result() == 1


def a_cent(market):
    return Transfer(
        id=uuid7(),
        debit=accounts.provider_payable(market.provider.pk),
        credit=accounts.buyer_cash(market.buyer.pk),
        asset=accounts.CNY,
        amount=1,
        reason=accounts.TransferReason.CORRECTION,
        reference="a cent",
        effective_at=SAID,
    )
