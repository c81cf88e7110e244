"""However a provider's driver behaves, a delivery has one outcome, and nothing is left behind."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common import tenancy
from common.period import Period
from gateway.sensing import services as sensing
from gateway.sensing.contracts import Health, StateSource
from marketplace.drivers import services
from marketplace.drivers.contracts import Heard
from marketplace.drivers.services.calling import claim_calls
from marketplace.drivers.services.outcomes import CallOutcome, MadeCall, record_calls
from marketplace.orders.models import Order
from tests.drivers.cast import HOUR, MINUTE, NOON, Driving
from tests.drivers.fake_provider import FakeProvider, serving
from tests.fulfilment.cast import stop
from tests.identity import standing
from tests.settlement.cast import is_balanced

pytestmark = pytest.mark.django_db
EARLY = NOON - 3 * MINUTE
DONE = "DONE"


@pytest.fixture
def fake(settings):
    settings.OUTBOUND_ALLOWED = ()
    with serving() as served:
        yield served


@pytest.fixture
def market(fake: FakeProvider, settings) -> Driving:
    from common import networks

    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.0/8"),)
    return Driving(fake)


def swept(market: Driving, order: Order, *, paid: str, is_sold: bool = True) -> None:
    """Assert that nothing is held, no capacity is lost, and what was paid is what ran."""
    posted, available = market.cash()
    assert posted == available, "a hold is stranded"
    assert market.cash()[0] == f"{100_000 - float(paid):.2f}"
    assert is_balanced()
    with tenancy.acting_as_platform():
        assert Order.objects.get(pk=order.pk).state == "SETTLED"
    if not is_sold:
        return
    again = market.order(cards=8, starts_at=NOON + timedelta(days=3))
    assert again.state == "CLEARED", "capacity is stranded"


def test_a_delivery_is_told_step_by_step_and_paid_for_what_ran(market):
    order = market.order()
    market.drive(EARLY)
    assert market.calls(order) == {"PREPARE": DONE, "CONNECT": DONE, "SCHEDULE": DONE}
    assert market.delivery(order).state == "SCHEDULED"

    market.drive(NOON - MINUTE)  # RUN is told a minute ahead.
    assert market.calls(order)["RUN"] == DONE
    market.say_signed(order, "delivery.ready", at=NOON)
    market.use(order, "1")
    market.say_signed(order, "delivery.exited", at=NOON + HOUR / 2, exit_code=3)
    market.drive(NOON + HOUR / 2)
    market.say_signed(order, "delivery.wiped", at=NOON + HOUR)
    market.over(order)

    assert market.ran(order) == [(NOON, NOON + HOUR / 2)]
    assert market.driven(order).exit_code == 3
    assert market.delivery(order).wiped_at == NOON + HOUR
    assert market.delivery(order).reason == "job_done"
    assert list(market.calls(order)) == ["PREPARE", "CONNECT", "SCHEDULE", "RUN", "EXIT", "WIPE"]
    assert market.driven(order).is_over
    swept(market, order, paid="6.00")


def test_each_step_bears_one_name_however_often_it_is_sent(market, fake):
    order = market.order()
    fake.answers["PREPARE"] = (503, {})
    market.drive(EARLY)
    del fake.answers["PREPARE"]
    market.drive(EARLY + MINUTE / 2)

    delivery = str(market.delivery(order).pk)
    assert fake.told[delivery][:2] == ["PREPARE", "PREPARE"]
    assert len(fake.names[delivery, "PREPARE"]) == 1
    assert market.calls(order)["PREPARE"] == DONE


@pytest.mark.parametrize("how", ["silent", "killed", "slow"])
def test_a_driver_that_never_answers_costs_nothing(market, fake, how):
    order = market.order()
    if how == "silent":
        fake.silent = {"PREPARE", "EXIT", "WIPE"}
    elif how == "killed":
        fake.answers["PREPARE"] = (500, {})
    else:
        fake.silent = {"RUN"}
    for minutes in (0, 1, 2, 3, 5, 10, 15, 25, 40, 60):
        market.drive(EARLY + minutes * MINUTE)
    market.use(order, "1")
    market.drive(NOON + HOUR)
    market.over(order)

    assert market.delivery(order).state == "FAILED"
    assert market.delivery(order).reason == "not_ready_in_time"
    assert {"DEAD", "DROPPED"} & set(market.calls(order).values())
    assert market.driven(order).is_ending
    swept(market, order, paid="0.00")


def test_a_driver_that_declines_frees_everything_at_once(market, fake):
    fake.answers["PREPARE"] = (422, {"reason": "maintenance"})
    order = market.order(cards=8)
    market.drive(EARLY)

    assert (market.delivery(order).state, market.delivery(order).reason) == (
        "FAILED",
        "maintenance",
    )
    assert market.calls(order) == {"PREPARE": "DECLINED"}
    assert market.driven(order).is_over
    assert market.order(cards=8, starts_at=NOON).state == "CLEARED"
    assert market.cash()[0] == "100000.00"


def test_what_is_declined_together_is_locked_before_any_listing(market):
    """So does the sweep that ends deliveries: the other way round the two wait in a circle."""
    orders = [market.order(cards=4) for _each in range(2)]
    market.asked(orders[0])
    services.plan(now=EARLY)
    declined = CallOutcome(422, "status_422", "maintenance")
    claimed = claim_calls(now=EARLY, limit=64)
    with CaptureQueriesContext(connection) as said:
        record_calls([MadeCall(c.id, c.driver_id, c.claim, declined) for c in claimed], now=EARLY)

    locked = [each["sql"] for each in said if "FOR NO KEY UPDATE" in each["sql"]]
    first = next(place for place, sql in enumerate(locked) if 'FROM "catalog_listing"' in sql)
    before = " ".join(sql for sql in locked[:first] if "computedelivery" in sql)
    for order in orders:
        assert market.delivery(order).state == "FAILED"
        assert market.delivery(order).pk.hex in before


def test_a_lying_driver_is_paid_for_nothing_that_was_not_measured(market):
    order = market.order()
    market.drive(NOON - MINUTE)
    market.say_signed(order, "delivery.ready", at=NOON)
    market.over(order)

    assert market.delivery(order).confirmed_at is None
    swept(market, order, paid="0.00")


def test_ready_twice_is_ready_once(market):
    order = market.order()
    market.drive(NOON - MINUTE)
    first = market.say_signed(order, "delivery.ready", at=NOON, name="one")
    again = market.say_signed(order, "delivery.ready", at=NOON + MINUTE, name="one")
    other = market.say_signed(order, "delivery.running", at=NOON + 2 * MINUTE, name="two")
    market.use(order, "1")
    market.over(order)

    assert (first.outcome, again.outcome, other.outcome) == (
        Heard.TAKEN,
        Heard.REPEATED,
        Heard.TAKEN,
    )
    assert market.ran(order) == [(NOON, NOON + HOUR)]
    swept(market, order, paid="12.00")


def test_ready_after_the_exit_changes_nothing(market):
    order = market.order()
    market.drive(NOON - MINUTE)
    market.say_signed(order, "delivery.ready", at=NOON)
    market.say_signed(order, "delivery.exited", at=NOON + 15 * MINUTE, exit_code=0)
    late = market.say_signed(order, "delivery.ready", at=NOON + 20 * MINUTE)
    market.use(order, "1")
    market.over(order)

    assert late.code == "delivery_move_refused"
    assert market.ran(order) == [(NOON, NOON + 15 * MINUTE)]
    swept(market, order, paid="3.00")


def test_an_exit_before_ready_is_no_delivery(market):
    order = market.order()
    market.drive(NOON - MINUTE)
    market.say_signed(order, "delivery.exited", at=NOON + MINUTE, exit_code=127)
    late = market.say_signed(order, "delivery.ready", at=NOON + 2 * MINUTE)
    market.use(order, "1")
    market.over(order)

    assert (market.delivery(order).state, market.delivery(order).reason) == (
        "FAILED",
        "never_ready",
    )
    assert market.driven(order).exit_code == 127
    assert late.code == "delivery_move_refused"
    swept(market, order, paid="0.00")


def test_an_interruption_stops_the_charge_at_its_moment(market):
    order = market.order()
    market.drive(NOON - MINUTE)
    market.say_signed(order, "delivery.ready", at=NOON)
    market.say_signed(order, "delivery.interrupted", at=NOON + 30 * MINUTE)
    market.say_signed(order, "delivery.running", at=NOON + 45 * MINUTE)
    market.use(order, "1")
    market.over(order)

    assert market.ran(order) == [(NOON, NOON + HOUR / 2), (NOON + 45 * MINUTE, NOON + HOUR)]
    swept(market, order, paid="9.00")


def test_what_a_driver_takes_back_with_notice_is_paid_to_its_moment(fake, market):
    market = Driving(fake, preemption_minutes=15)
    order = market.order()
    market.drive(NOON - MINUTE)
    market.say_signed(order, "delivery.ready", at=NOON)
    soon = market.say_signed(
        order, "delivery.preempting", at=NOON, takes_back_at="2026-11-20T12:10:00Z"
    )
    given = market.say_signed(order, "delivery.preempting", at=NOON, detail="needed elsewhere")
    again = market.say_signed(order, "delivery.preempting", at=NOON + MINUTE)
    market.drive(NOON + 15 * MINUTE)
    market.use(order, "1")
    market.over(order)

    assert (soon.code, given.code, again.code) == ("preemption_notice_too_short", "", "")
    assert market.ran(order) == [(NOON, NOON + 15 * MINUTE)]
    assert market.delivery(order).reason == "preempted"
    assert {"STOP", "EXIT", "WIPE"} <= set(market.calls(order))
    swept(market, order, paid="3.00")


def test_what_two_operators_stop_is_paid_to_that_moment_and_its_driver_told(market):
    order = market.order(cards=8)
    market.drive(NOON - MINUTE)
    market.say_signed(order, "delivery.ready", at=NOON)
    stop(order, at=NOON + 20 * MINUTE)
    market.drive(NOON + 20 * MINUTE)
    late = market.say_signed(order, "delivery.ready", at=NOON + 21 * MINUTE)
    market.use(order, "8")
    market.over(order)

    assert late.code == "delivery_move_refused"
    assert market.ran(order) == [(NOON, NOON + 20 * MINUTE)]
    assert market.delivery(order).reason == "emergency_stop"
    assert list(market.calls(order))[-3:] == ["STOP", "EXIT", "WIPE"]
    swept(market, order, paid="32.00")


def test_a_reason_that_does_not_fit_stops_all_the_same(market):
    order = market.order()
    market.drive(NOON - MINUTE)
    market.say_signed(order, "delivery.ready", at=NOON)
    market.say_signed(order, "delivery.interrupted", at=NOON + MINUTE, reason="job_done")

    assert market.delivery(order).state == "INTERRUPTED"
    assert market.delivery(order).reason == "hardware_fault"


def test_ready_is_not_taken_while_the_own_agent_says_that_it_stands_still(market, fake):
    """An hour at ¥12.00; ready at 12:06, once the agent's word counts no more: ¥10.80."""
    order = market.order()
    market.drive(EARLY)
    market.drive(NOON - MINUTE)
    sensing.relate(
        resource_ids=[market.listing.resource_id],
        source=StateSource.AGENT,
        health=Health.DOWN,
        period=Period(NOON - MINUTE, NOON + 5 * MINUTE),
        evidence="made up",
    )
    lying = market.say_signed(order, "delivery.ready", at=NOON)
    honest = market.say_signed(order, "delivery.ready", at=NOON + 6 * MINUTE)
    market.use(order, "1")
    market.over(order)

    assert (lying.code, honest.code) == ("delivery_stands_still", "")
    assert market.ran(order) == [(NOON + 6 * MINUTE, NOON + HOUR)]
    swept(market, order, paid="10.80")


def test_a_provider_suspended_in_the_middle_begins_nothing_more(market, fake):
    order = market.order()
    market.drive(EARLY)
    by, second = standing.operators()
    standing.suspend(market.provider, by=by, second=second, at=EARLY)
    market.drive(NOON - MINUTE)
    assert "RUN" not in market.calls(order)
    ready = market.say_signed(order, "delivery.ready", at=NOON)
    market.use(order, "1")
    for hours in (0, 1):
        market.drive(NOON + hours * HOUR)
    market.over(order)

    assert ready.code == "delivery_halted"
    assert market.delivery(order).state == "FAILED"
    assert {"EXIT", "WIPE"} <= set(market.calls(order))
    swept(market, order, paid="0.00", is_sold=False)
