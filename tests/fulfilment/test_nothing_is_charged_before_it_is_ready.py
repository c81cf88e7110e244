"""What a provider owes of an order, and that nobody pays for time in which it did not run."""

from datetime import timedelta

import pytest

from common import tenancy
from marketplace.fulfilment import services
from marketplace.fulfilment.contracts import (
    DeliveryMove,
    DeliveryReasonMissing,
    MoveRefused,
    NotRunningYet,
)
from marketplace.fulfilment.models import ComputeDelivery
from marketplace.orders import services as orders
from marketplace.orders.models import Order
from marketplace.settlement import services as settlement
from tests.fulfilment.cast import HOUR, NOON, Delivering
from tests.settlement.cast import Market, is_balanced

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
READY, FAIL, EXIT = DeliveryMove.READY, DeliveryMove.FAIL, DeliveryMove.EXIT
INTERRUPT = DeliveryMove.INTERRUPT


def state_of(order: Order) -> str:
    with tenancy.acting_as_platform():
        return Order.objects.get(pk=order.pk).state


def run_over(market: Delivering, order: Order) -> None:
    """Let the market look at everything once the order's time is over, then settle."""
    services.advance(now=NOON + timedelta(days=2))
    market.settle()


def test_without_a_policy_the_clock_alone_decides():
    market = Market()
    order = market.order()
    services.advance(now=NOON)
    market.use(order, "1")
    market.settle()

    with tenancy.acting_as_platform():
        assert not ComputeDelivery.objects.exists()
    assert market.contract(order).gross_minor == 1200


def test_an_order_that_is_ready_in_time_is_charged_whole():
    market = Delivering()
    order = market.order()
    market.asked(order)
    market.say(order, DeliveryMove.CONNECT, at=NOON - 2 * MINUTE)
    market.say(order, READY, at=NOON - MINUTE)
    market.use(order, "1")
    run_over(market, order)

    assert market.contract(order).gross_minor == 1200
    delivery = market.delivery(order)
    assert (delivery.state, delivery.reason) == ("EXITED", "order_ended")
    assert market.steps(order) == ["CONNECT", "READY", "EXIT"]
    assert market.ran(order) == [(NOON - MINUTE, NOON + HOUR)]
    assert delivery.confirmed_by == "reading"


def test_use_before_it_was_ready_costs_nothing_and_says_why():
    """Two hours of one card, ready after 90 minutes: half an hour is charged, ¥6.00."""
    market = Delivering()
    order = market.order(hours=2)
    market.asked(order)
    market.say(order, READY, at=NOON + 45 * MINUTE)  # within the hour that it has
    market.say(order, INTERRUPT, at=NOON + 60 * MINUTE, reason="network_fault")
    market.say(order, READY, at=NOON + 90 * MINUTE)
    market.use(order, "1", hour=0)
    market.use(order, "1", hour=1)
    run_over(market, order)

    first, second = market.charges(order)
    assert (first.gross_minor, second.gross_minor) == (300, 600)  # 15 and 30 minutes
    assert (first.remark, second.remark) == ("not_ready", "not_ready")
    assert market.contract(order).gross_minor == 900
    assert market.cash() == ("99991.00", "99991.00")
    assert is_balanced()


def test_what_never_got_ready_costs_nothing_and_frees_capacity_and_holds():
    market = Delivering()
    order = market.order(cards=8, hours=5)
    market.asked(order)
    settlement.open_contracts(now=NOON + MINUTE)
    services.advance(now=NOON + 59 * MINUTE)
    assert market.delivery(order).state == "PREPARING"

    services.advance(now=NOON + 60 * MINUTE)
    settlement.end_undelivered(now=NOON + 61 * MINUTE)

    delivery = market.delivery(order)
    assert (delivery.state, delivery.reason) == ("FAILED", "not_ready_in_time")
    assert market.contract(order).ends_at == NOON + 2 * HOUR  # where the window ends that runs
    again = market.order(cards=8, hours=1, starts_at=NOON + 2 * HOUR)
    assert again.state == "CLEARED"
    market.settle(at=NOON + timedelta(hours=3))
    (record,) = market.records(order)
    assert (record.gross_minor, state_of(order)) == (0, "SETTLED")
    assert market.cash()[0] == "100000.00"


def test_readings_without_readiness_are_shown_and_cost_nothing():
    market = Delivering()
    order = market.order()
    market.asked(order)
    market.use(order, "1")
    run_over(market, order)

    (charge,) = market.charges(order)
    assert (charge.gross_minor, charge.remark) == (0, "not_ready")
    assert market.delivery(order).confirmed_at is None


def test_readiness_without_a_reading_costs_nothing():
    market = Delivering()
    order = market.order()
    market.asked(order)
    market.say(order, READY, at=NOON)
    run_over(market, order)

    assert market.charges(order) == []
    assert market.cash() == ("100000.00", "100000.00")


def test_what_is_declined_before_its_start_returns_at_once():
    market = Delivering()
    order = market.order(cards=8)
    market.asked(order)
    market.say(order, FAIL, at=NOON - MINUTE, reason="declined")

    assert state_of(order) == "CANCELLED"
    assert market.cash() == ("100000.00", "100000.00")
    assert market.order(cards=8).state == "CLEARED"


def test_an_order_that_its_buyer_cancels_is_called_off():
    market = Delivering()
    order = market.order()
    market.asked(order)
    orders.cancel_order(order_id=order.pk, buyer_id=market.buyer.pk, now=NOON - 2 * MINUTE)
    run = services.advance(now=NOON - MINUTE)

    assert run.called_off == 1
    assert market.delivery(order).state == "CALLED_OFF"
    with pytest.raises(MoveRefused):
        market.say(order, READY, at=NOON)


def test_an_interruption_that_lasts_ends_the_delivery():
    market = Delivering()
    order = market.order(hours=8)
    market.asked(order)
    market.say(order, READY, at=NOON)
    settlement.open_contracts(now=NOON)
    market.say(order, INTERRUPT, at=NOON + 30 * MINUTE, reason="hardware_fault")
    services.advance(now=NOON + 89 * MINUTE)
    assert market.delivery(order).state == "INTERRUPTED"

    services.advance(now=NOON + 90 * MINUTE)
    settlement.end_undelivered(now=NOON + 90 * MINUTE)
    market.use(order, "1")
    market.settle()

    assert market.delivery(order).reason == "not_restored_in_time"
    assert market.contract(order).ends_at == NOON + 2 * HOUR
    assert market.contract(order).gross_minor == 600


def test_said_twice_it_changes_nothing():
    market = Delivering()
    order = market.order()
    market.asked(order)
    market.say(order, READY, at=NOON)
    market.say(order, READY, at=NOON + MINUTE)
    market.say(order, EXIT, at=NOON + 30 * MINUTE, reason="taken_back")
    market.say(order, EXIT, at=NOON + 40 * MINUTE, reason="taken_back")

    assert market.steps(order) == ["READY", "EXIT"]
    assert market.ran(order) == [(NOON, NOON + 30 * MINUTE)]
    with pytest.raises(MoveRefused):
        market.say(order, READY, at=NOON + 50 * MINUTE)


def test_nobody_dates_anything_back():
    market = Delivering()
    order = market.order()
    market.asked(order)
    market.say(order, READY, at=NOON + 30 * MINUTE)
    market.say(order, INTERRUPT, at=NOON + 20 * MINUTE, reason="network_fault")

    assert market.ran(order) == [(NOON + 30 * MINUTE, NOON + 30 * MINUTE)]


def test_stopping_has_a_reason_of_the_list():
    market = Delivering()
    order = market.order()
    market.asked(order)
    with pytest.raises(DeliveryReasonMissing):
        market.say(order, FAIL, at=NOON)
    with pytest.raises(DeliveryReasonMissing):
        market.say(order, FAIL, at=NOON, reason="not_ready_in_time")


def test_a_buyer_confirms_what_runs():
    market = Delivering()
    order = market.order()
    asked = market.asked(order)
    with pytest.raises(NotRunningYet):
        services.confirm(delivery_id=asked.pk, buyer_id=market.buyer.pk, now=NOON)
    market.say(order, READY, at=NOON)
    first = services.confirm(delivery_id=asked.pk, buyer_id=market.buyer.pk, now=NOON + MINUTE)
    again = services.confirm(delivery_id=asked.pk, buyer_id=market.buyer.pk, now=NOON + HOUR)

    assert (first.confirmed_by, again.confirmed_at) == ("buyer", NOON + MINUTE)


def test_a_contract_that_its_buyer_ends_early_takes_its_delivery_along():
    market = Delivering()
    order = market.order(hours=8)
    market.asked(order)
    market.say(order, READY, at=NOON)
    settlement.open_contracts(now=NOON)
    contract = market.contract(order)
    ended = settlement.end_early(
        contract_id=contract.pk, buyer_id=market.buyer.pk, now=NOON + 30 * MINUTE
    )
    services.advance(now=ended.ends_at)

    assert market.delivery(order).state == "EXITED"
    assert market.ran(order) == [(NOON, ended.ends_at)]
    market.say(order, DeliveryMove.WIPE, at=ended.ends_at + HOUR)
    assert market.delivery(order).wiped_at == ended.ends_at + HOUR
