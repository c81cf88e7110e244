"""Deliveries that are stopped, or taken back, at the instant at which something else happens."""

import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, OperationalError
from django.db.models import QuerySet

from common import tenancy
from marketplace.fulfilment import locks, services
from marketplace.fulfilment.contracts import DeliveryMove, DeliveryReason
from marketplace.fulfilment.models import EmergencyStop, PreemptionNotice
from marketplace.fulfilment.services import changing, closing, moving, steps, stopping
from marketplace.orders.models import Order
from marketplace.settlement import services as settlement
from marketplace.settlement.models import EarlyEnd
from tests.fulfilment.cast import HOUR, NOON, Delivering, propose_stop
from tests.fulfilment.test_parties_of_an_order_talk import Talking
from tests.instant import at_once
from tests.settlement.cast import is_balanced

pytestmark = pytest.mark.slow
MINUTE = timedelta(minutes=1)
READY, EXIT = DeliveryMove.READY, DeliveryMove.EXIT


@pytest.mark.parametrize("other", ["exit", "ready", "charge", "stop", "settle"])
def test_a_stop_at_the_instant_of_anything_else_has_one_outcome(fresh_database, other):
    market = Delivering()
    order = market.order(cards=8, hours=8) if other == "ready" else market.running()
    if other == "ready":
        market.asked(order)
        settlement.open_contracts(now=NOON)
    market.use(order, "8")
    proposed, second = propose_stop(order, at=NOON)
    moment = NOON + 20 * MINUTE

    def stopping() -> object:
        return settlement.stop_delivery(proposal_id=proposed.id, now=moment, **second)

    def rival() -> object:
        return {
            "exit": lambda: market.say(order, EXIT, at=moment, reason="job_done"),
            "ready": lambda: market.say(order, READY, at=moment),
            "charge": lambda: market.charge(at=NOON + 2 * HOUR),
            "stop": stopping,
            "settle": lambda: settlement.end_undelivered(now=moment),
        }[other]()

    assert at_once(stopping, rival) == []
    settlement.end_undelivered(now=moment)
    market.settle(at=NOON + 3 * HOUR)

    with tenancy.acting_as_platform():
        stops = EmergencyStop.objects.count()
    delivery = market.delivery(order)
    assert stops == (delivery.reason == "emergency_stop")
    assert delivery.state in ("EXITED", "FAILED")
    assert market.contract(order).state == "SETTLED"
    ran = market.ran(order)
    assert all(ends_at is not None and ends_at <= moment for _starts_at, ends_at in ran)
    posted, available = market.cash()
    assert posted == available
    assert is_balanced()


def test_two_that_take_back_at_one_instant_give_one_notice(fresh_database):
    market = Delivering(preemption_minutes=15)
    order = market.running()
    acts = [
        lambda: market.take_back(order, now=NOON),
        lambda: market.take_back(order, now=NOON, at=NOON + 16 * MINUTE),
        lambda: market.say(order, DeliveryMove.INTERRUPT, at=NOON, reason="hardware_fault"),
    ]
    assert at_once(*acts) == []
    with tenancy.acting_as_platform():
        (notice,) = PreemptionNotice.objects.all()
    assert market.delivery(order).leaves_at == notice.takes_back_at


def test_without_the_lock_ready_and_stop_meet_and_only_the_database_keeps_them_apart(
    fresh_database, monkeypatch
):
    """The control of the tests above: where nobody waits, one of the two runs into a trigger."""
    market = Delivering()
    order = market.order(cards=8, hours=8)
    market.asked(order)
    settlement.open_contracts(now=NOON)
    proposed, second = propose_stop(order, at=NOON)
    gate, taken = threading.Barrier(2, timeout=10), steps.take_step

    def together(*args, **given):
        gate.wait()  # Both have read that it is being prepared.
        return taken(*args, **given)

    for module in (moving, stopping):
        monkeypatch.setattr(module, "take_step", together)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda found, **_how: found)
    wrong = at_once(
        lambda: settlement.stop_delivery(proposal_id=proposed.id, now=NOON, **second),
        lambda: market.say(order, READY, at=NOON),
    )
    assert [type(each).__mro__[1] for each in wrong] == [DatabaseError]


class Ending(Talking):
    """A market in which the provider asks to end what runs, at half past two."""

    def __init__(self) -> None:
        super().__init__()
        self.say(self.sold, READY, at=NOON)
        settlement.open_contracts(now=NOON)
        self.asks = self.ask_for("provider", "END", at=NOON, moment=NOON + 2.5 * HOUR)

    def agree(self) -> object:
        return self.answer("buyer", self.asks, "ACCEPT", at=NOON + MINUTE)

    def refuse(self) -> object:
        return self.answer("buyer", self.asks, "REFUSE", at=NOON + MINUTE, reason="no")


@pytest.mark.parametrize("other", ["agree", "refuse", "end_early", "charge", "sweep", "settle"])
def test_an_agreed_end_at_the_instant_of_anything_else_has_one_outcome(fresh_database, other):
    market = Ending()
    market.use(market.sold, "1")
    contract = market.contract(market.sold)

    def rival() -> object:
        return {
            "agree": market.agree,
            "refuse": market.refuse,
            "end_early": lambda: settlement.end_early(
                contract_id=contract.pk, buyer_id=contract.buyer_id, now=NOON + MINUTE
            ),
            "charge": lambda: market.charge(at=NOON + 2 * HOUR),
            "sweep": lambda: settlement.end_agreed(now=NOON + 2 * MINUTE),
            "settle": lambda: market.settle(at=NOON + 9 * HOUR),
        }[other]()

    assert at_once(market.agree, rival) == []
    market.settle(at=NOON + 9 * HOUR)

    with tenancy.acting_as_platform():
        market.asks.refresh_from_db()
        ends = list(EarlyEnd.objects.values_list("rule_version", "ends_at"))
    ended = market.contract(market.sold)
    if market.asks.state == "ACCEPTED":
        assert ends == [("agreed-2", NOON + 2.5 * HOUR)]
    elif other == "end_early":
        assert ends == [("end-1", NOON + 2 * HOUR)]
    else:
        assert ends == []
    assert ended.state == "SETTLED"
    assert ended.gross_minor == 12_00
    posted, available = market.cash()
    assert posted == available
    assert is_balanced()


def test_without_the_lock_two_answers_meet_and_only_the_database_keeps_one(
    fresh_database, monkeypatch
):
    """The control of the answers above: where nobody waits, the later one runs into a trigger."""
    market = Ending()
    gate, closed = threading.Barrier(2, timeout=10), changing._close

    def together(*args, **given):
        gate.wait()  # Both have read that it waits for its answer.
        return closed(*args, **given)

    monkeypatch.setattr(changing, "_close", together)
    monkeypatch.setattr(locks, "conversation", lambda _order_id: None)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda found, **_how: found)
    wrong = at_once(market.agree, market.refuse)
    assert [type(each).__mro__[1] for each in wrong] == [DatabaseError]


class Crossing:
    """Two listings; each of two sweeps gives back an order of one and an order of the other."""

    def __init__(self) -> None:
        self.here, self.there = Delivering(), Delivering()
        self.orders = [each.order(cards=2) for each in (self.here, self.there) for _n in range(2)]
        for order in self.orders:
            self.here.asked(order)
        first, second, third, fourth = (self.here.delivery(each).pk for each in self.orders)
        self.sweeps = [[first, third], [fourth, second]]

    def sweep(self, number: int) -> object:
        declined = DeliveryReason.DECLINED
        return services.fail_declined(
            reasons=dict.fromkeys(self.sweeps[number], declined), now=NOON - 2 * MINUTE
        )

    def at_once(self) -> list[BaseException]:
        return at_once(lambda: self.sweep(0), lambda: self.sweep(1))

    def states(self) -> set[str]:
        with tenancy.acting_as_platform():
            return set(Order.objects.values_list("state", flat=True))


def test_two_that_give_back_orders_of_the_same_listings_wait_for_each_other(
    fresh_database, monkeypatch
):
    market = Crossing()
    gate, all_of_them = threading.Barrier(2, timeout=10), moving.return_all_holds

    def together(deliveries, *, now):
        gate.wait()
        all_of_them(deliveries, now=now)

    monkeypatch.setattr(moving, "return_all_holds", together)
    assert market.at_once() == []
    assert market.states() == {"CANCELLED"}
    for each in (market.here, market.there):
        posted, available = each.cash()
        assert posted == available
    assert is_balanced()


def test_one_order_after_the_other_would_meet_in_a_deadlock(fresh_database, monkeypatch):
    """The control of the test above."""
    market = Crossing()
    gate = threading.Barrier(2, timeout=10)

    def one_by_one(deliveries, *, now):
        given = {each.pk: each for each in deliveries}
        (own,) = [sweep for sweep in market.sweeps if set(sweep) == given.keys()]
        closing.return_holds(given[own[0]], now=now)
        gate.wait()
        closing.return_holds(given[own[1]], now=now)

    monkeypatch.setattr(moving, "return_all_holds", one_by_one)
    wrong = market.at_once()
    assert [type(each) for each in wrong] == [OperationalError]
    assert "deadlock" in str(wrong[0])
    assert market.states() == {"CANCELLED", "CLEARED"}
