"""An order pays for its own units in its own time, at every moment, whatever a provider reports."""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import tenancy
from common.ids import uuid7
from common.period import Period
from marketplace.settlement import services
from marketplace.settlement.bounding import DeliveredUse, Ordered
from marketplace.settlement.contracts import NOTHING_MEASURED, Measured
from metering import selectors as metering_selectors
from metering import services as metering
from metering.contracts import MeasuredUsage, Reading
from tests.settlement.cast import HOUR, NOON, OPENED, Market, is_balanced

LATER = NOON + timedelta(days=2)
MINUTE = timedelta(minutes=1)
_events = count(1)
with_database = pytest.mark.django_db


@pytest.fixture
def market(db) -> Market:
    return Market()


def read(market, order, cards: str, *, minutes: tuple[int, int], meter=None, source: str = ""):
    """Report cards in use from one minute after noon to another."""
    meter = meter or market.meter
    name = f"bound {next(_events)}"
    starts_at, ends_at = (NOON + minute * MINUTE for minute in minutes)
    reading = Reading(
        source=source or f"urn:card:{name}",
        event_id=name,
        meter_id=meter.pk,
        starts_at=starts_at,
        ends_at=ends_at,
        quantity=Decimal(cards) * (minutes[1] - minutes[0]) * 60,
        unit=market.unit,
        subject=order.pk,
    )
    with tenancy.acting_as(meter.provider_id):
        result = metering.ingest(
            provider_id=meter.provider_id, readings=[reading], received_at=LATER
        )
    assert not result.refused, result.refused


def another_meter(market, name: str, *, rule: str = "accelerator-hours"):
    with tenancy.acting_as_platform():
        return metering.register_meter(
            provider_id=market.provider.pk,
            resource_id=market.meter.resource_id,
            name=name,
            rule_version_id=metering_selectors.rule_version(code=rule).id,
            now=OPENED,
        )


def hours(market, order) -> tuple[Decimal, Decimal]:
    """Return the card-hours that an order was charged, and those beyond it."""
    contract = market.contract(order)
    return contract.quantity / 3600, contract.beyond_quantity / 3600


# --- Units, at every moment ----------------------------------------------------------------------
def test_four_cards_for_an_order_of_one_do_not_collect_the_hold_in_half_the_time(market):
    order = market.order(cards=1, hours=2)
    read(market, order, "4", minutes=(0, 60))

    market.charge()

    (charge,) = market.charges(order)
    assert (charge.gross_minor, charge.uncollected_minor, charge.remark) == (
        1_200,
        0,
        "beyond_order",
    )
    assert hours(market, order) == (1, 3)
    assert market.cash() == ("99988.00", "99976.00")


def test_four_cards_for_a_quarter_of_an_hour_are_not_one_card_for_an_hour(market):
    order = market.order(cards=1, hours=1)
    read(market, order, "4", minutes=(0, 15))

    market.charge()

    assert hours(market, order) == (Decimal("0.25"), Decimal("0.75"))
    assert market.contract(order).gross_minor == 300


def test_the_same_seconds_under_two_sources_are_charged_once(market):
    order = market.order(cards=1, hours=1)
    read(market, order, "1", minutes=(0, 30), source="urn:one")
    read(market, order, "1", minutes=(0, 30), source="urn:two")

    market.charge()

    assert hours(market, order) == (Decimal("0.5"), Decimal("0.5"))


def test_each_card_may_have_a_source_of_its_own(market):
    order = market.order(cards=8, hours=1)
    for card in range(8):
        read(market, order, "1", minutes=(0, 60), source=f"urn:card:{card}")

    market.charge()

    (charge,) = market.charges(order)
    assert (charge.gross_minor, charge.beyond_quantity, charge.remark) == (9_600, 0, "")


def test_the_same_seconds_on_two_meters_are_charged_once(market):
    order = market.order(cards=1, hours=1)
    second = another_meter(market, "second")
    read(market, order, "1", minutes=(0, 30))
    market.charge()
    read(market, order, "1", minutes=(0, 30), meter=second)
    market.charge(at=LATER + HOUR)

    assert hours(market, order) == (Decimal("0.5"), Decimal("0.5"))
    assert [charge.gross_minor for charge in market.charges(order)] == [600, 0]
    assert market.charges(order)[1].remark == "beyond_order"


def test_two_meters_may_each_count_a_part_of_the_time(market):
    order = market.order(cards=1, hours=1)
    second = another_meter(market, "second")
    read(market, order, "1", minutes=(0, 30))
    read(market, order, "1", minutes=(30, 60), meter=second)

    market.charge()

    assert hours(market, order) == (1, 0)


# --- Time ----------------------------------------------------------------------------------------
def test_only_the_part_of_a_window_inside_the_ordered_time_is_charged(market):
    order = market.order(cards=1, hours=1, starts_at=NOON + 30 * MINUTE)
    read(market, order, "1", minutes=(0, 60))
    read(market, order, "1", minutes=(60, 120))

    market.charge()

    assert hours(market, order) == (1, 1)
    assert [charge.beyond_quantity for charge in market.charges(order)] == [1_800, 1_800]


def test_use_before_an_order_begins_does_not_fill_the_window_of_its_beginning(market):
    order = market.order(cards=1, hours=1, starts_at=NOON + 30 * MINUTE)
    read(market, order, "1", minutes=(0, 30))

    market.charge()

    assert hours(market, order) == (0, Decimal("0.5"))
    assert market.cash()[0] == "100000.00"


def test_use_of_another_time_is_named_and_set_aside(market):
    order = market.order(cards=1, hours=1)
    read(market, order, "1", minutes=(300, 360))

    market.charge()

    (charge,) = market.charges(order)
    assert (charge.remark, charge.gross_minor) == ("outside_period", 0)
    assert (charge.measured_quantity, charge.quantity, charge.beyond_quantity) == (3600, 0, 3600)


def test_a_finer_meter_counts_within_the_windows_of_the_contract(market):
    order = market.order(cards=1, hours=1)
    fine = another_meter(market, "fine", rule="accelerator-hours-10s")
    for start in range(4):
        reading = Reading(
            source="urn:fine",
            event_id=f"fine {start} {order.pk}",
            meter_id=fine.pk,
            starts_at=NOON + timedelta(seconds=10 * start),
            ends_at=NOON + timedelta(seconds=10 * start + 10),
            quantity=Decimal(20),
            unit=market.unit,
            subject=order.pk,
        )
        with tenancy.acting_as(fine.provider_id):
            metering.ingest(provider_id=fine.provider_id, readings=[reading], received_at=LATER)

    market.charge()

    contract = market.contract(order)
    assert (contract.quantity, contract.beyond_quantity) == (40, 40)


def test_a_meter_of_longer_windows_than_the_contracts_counts_for_nothing(market):
    """Nobody could tell which hours its day belongs to."""
    order = market.order(cards=1, hours=1)
    daily = another_meter(market, "daily", rule="card-hours")
    read(market, order, "1", minutes=(0, 60), meter=daily)

    market.charge()

    (charge,) = market.charges(order)
    assert (charge.remark, charge.gross_minor, charge.beyond_quantity) == (
        "rule_mismatch",
        0,
        3600,
    )


# --- Revisions, settlement, many contracts -------------------------------------------------------
def test_revisions_up_and_down_keep_the_bound(market):
    order = market.order(cards=1, hours=2)
    read(market, order, "1", minutes=(0, 60))
    market.charge()
    for figure in ("5", "0.5", "3", "0.25", "1"):
        market.revise(order, figure)
        services.charge_due(now=LATER)
        assert market.contract(order).quantity <= 3600

    assert hours(market, order) == (1, 0)
    assert market.contract(order).gross_minor == 1_200
    market.settle()
    assert market.cash() == ("99988.00", "99988.00")
    assert is_balanced()


def test_what_lies_beyond_an_order_stands_on_its_trade_record(market):
    order = market.order(cards=1, hours=1)
    read(market, order, "3", minutes=(0, 60))
    market.settle()

    (record,) = market.records(order)
    assert (record.quantity, record.beyond_quantity, record.gross_minor) == (3600, 7200, 1_200)

    read(market, order, "1", minutes=(0, 60))
    market.charge(at=LATER + HOUR)
    correction = market.records(order)[-1]
    assert (correction.quantity, correction.beyond_quantity, correction.gross_minor) == (
        0,
        3600,
        0,
    )


def test_contracts_of_one_resource_together_are_charged_no_more_than_it_has(market):
    """Each order reports all eight cards for half an hour: the meter's sum hides it."""
    orders = [market.order(cards=1, hours=1) for _ in range(8)]
    for place, order in enumerate(orders):
        read(market, order, "8", minutes=(place * 7, place * 7 + 7))

    market.charge()

    charged = [market.contract(order).quantity for order in orders]
    assert charged == [7 * 60] * 8
    assert sum(charged) <= 8 * 3600


def test_what_is_counted_and_not_timed_was_never_ordered(db):
    market = Market(rule="tokens", unit="unit_hour")
    order = market.order(cards=1, hours=1)
    reading = Reading(
        source="urn:api",
        event_id=f"tokens {order.pk}",
        meter_id=market.meter.pk,
        starts_at=NOON,
        ends_at=NOON + HOUR,
        quantity=Decimal(10**12),
        unit=market.unit,
        subject=order.pk,
    )
    with tenancy.acting_as(market.provider.pk):
        metering.ingest(provider_id=market.provider.pk, readings=[reading], received_at=LATER)

    market.charge()

    (charge,) = market.charges(order)
    assert (charge.gross_minor, charge.quantity) == (0, 0)
    assert charge.beyond_quantity == 10**12


# --- The rule by itself --------------------------------------------------------------------------
ORDERED = Ordered(1_000, "card-second", Period(NOON + 30 * MINUTE, NOON + 150 * MINUTE), 3600)


def usage(hour: int, quantity: int, *, hours_long: int = 1) -> MeasuredUsage:
    starts_at: datetime = NOON + hour * HOUR
    return MeasuredUsage(
        sequence=1,
        id=uuid7(),
        provider_id=UUID(int=1),
        meter_id=UUID(int=2),
        resource_id=UUID(int=3),
        subject=UUID(int=4),
        starts_at=starts_at,
        ends_at=starts_at + hours_long * HOUR,
        revision=1,
        supersedes_id=None,
        quantity=Decimal(quantity),
        unit="card-second",
        native_hours=None,
        standard_hours=Decimal(quantity) / 1000,
        no_standard_reason="",
        rule_version_id=UUID(int=5),
        inputs_hash="",
        reading_count=1,
        units_max=None,
    )


figures = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 20_000)), max_size=15
)


@given(figures)
def test_in_any_order_and_revision_an_order_pays_for_its_own_units_and_time(figures):
    """Each figure is (hour, meter, card-seconds) and replaces an earlier one of the same two."""
    delivery, latest, total = DeliveredUse(ORDERED), {}, NOTHING_MEASURED
    for hour, meter, quantity in figures:
        record = usage(hour, quantity)
        measured = Measured(record.quantity, record.standard_hours)
        total += delivery.add(record, measured + -latest.get((hour, meter), NOTHING_MEASURED))
        latest[hour, meter] = measured

    share = {0: 1800, 1: 3600, 2: 1800, 3: 0}
    sums = {h: sum(m.quantity for (hour, _), m in latest.items() if hour == h) for h in share}
    assert total.quantity == sum(min(share[hour], sums[hour]) for hour in share)
    assert 0 <= total.quantity <= 7200
    assert total.standard_hours >= 0
