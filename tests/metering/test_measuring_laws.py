"""Batching, order and repetition never change the measure; PostgreSQL and the rules agree."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.money import EXACT
from metering import rules
from metering.contracts import Reading
from tests.metering import cast

METER = UUID(int=7)
ORDERS = [None, UUID(int=1), UUID(int=2)]

quantities = st.integers(min_value=0, max_value=10**15).map(lambda n: Decimal(n).scaleb(-12))
texts = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=8
)


@st.composite
def readings(draw):
    """Return distinct readings of one hour, among them some that differ in one character only."""
    # One source counts each moment once, so that no window is set aside for overlapping readings.
    names = draw(st.lists(st.tuples(texts, texts), max_size=12, unique_by=lambda name: name[0]))
    return [
        Reading(
            source=source,
            event_id=event_id,
            meter_id=METER,
            starts_at=cast.NOON + timedelta(microseconds=draw(st.integers(0, 3_599_999_999))),
            ends_at=cast.NOON + timedelta(hours=1),
            quantity=draw(quantities),
            unit="card-second",
            subject=draw(st.sampled_from(ORDERS)),
        )
        for source, event_id in sorted(names)
    ]


@given(readings(), st.randoms(use_true_random=False), st.integers(min_value=0, max_value=12))
def test_order_and_repetition_never_change_the_measure(batch, random, again):
    shuffled = batch + batch[:again]
    random.shuffle(shuffled)

    assert rules.measure(shuffled) == rules.measure(batch)


@given(readings(), st.integers(min_value=0, max_value=12))
def test_the_parts_of_a_measure_add_up_to_the_whole(batch, split):
    whole = rules.measure(batch)
    first, second = rules.measure(batch[:split]), rules.measure(batch[split:])

    assert EXACT.add(first.quantity, second.quantity) == whole.quantity
    assert first.reading_count + second.reading_count == whole.reading_count


@given(readings())
def test_any_change_to_a_reading_changes_the_hash(batch):
    if not batch:
        return
    changed = replace(batch[0], quantity=EXACT.add(batch[0].quantity, Decimal("0.000000000001")))

    assert rules.measure([changed, *batch[1:]]).inputs_hash != rules.measure(batch).inputs_hash


@given(quantities, st.sampled_from(["1.000000", "3.169872", "0.474359", "0.529327"]))
def test_hours_are_rounded_once_to_nine_digits(quantity, factor):
    exact = EXACT.multiply(quantity, Decimal(factor))

    hours = rules.standard_hours(quantity, Decimal(factor))

    assert hours.as_tuple().exponent == -9
    assert abs(EXACT.subtract(EXACT.multiply(hours, Decimal(3600)), exact)) <= Decimal("1.8e-6")


@pytest.mark.parametrize(
    ("unit_seconds", "hours"),
    [
        ("0.0000018", "0.000000000"),  # half of the last digit goes to the even neighbour
        ("0.0000054", "0.000000002"),
        ("0.000001800001", "0.000000001"),
        ("3600", "1.000000000"),
    ],
)
def test_a_half_is_rounded_to_the_even_neighbour(unit_seconds, hours):
    assert rules.native_hours(Decimal(unit_seconds)) == Decimal(hours)


@given(st.integers(0, 10**9), st.integers(1, 10**6), st.sampled_from([1, 10, 3600, 86_400]))
def test_a_reading_crosses_a_window_if_its_last_moment_lies_in_another(start, length, seconds):
    starts_at = cast.NOON + timedelta(microseconds=start)
    ends_at = starts_at + timedelta(microseconds=length)
    last = ends_at - timedelta(microseconds=1)

    crosses = rules.crosses_window(starts_at, ends_at, seconds=seconds)

    assert crosses == (
        rules.window_start(starts_at, seconds=seconds) != rules.window_start(last, seconds=seconds)
    )


def exceeds_eight_cards(reading):
    duration = reading.ends_at - reading.starts_at
    return rules.exceeds_capacity(reading.quantity, total_milli=8000, duration=duration)


@pytest.mark.django_db
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(batch=readings(), split=st.integers(0, 12), random=st.randoms(use_true_random=False))
def test_postgresql_measures_what_the_rules_measure(db, batch, split, random):
    meter = cast.meter()
    mine = [
        replace(reading, meter_id=meter.pk) for reading in batch if not exceeds_eight_cards(reading)
    ]
    shuffled = [*mine, *mine[:split]]
    random.shuffle(shuffled)

    cast.ingest(meter, *shuffled[:split])
    cast.close()  # What comes now is late.
    cast.ingest(meter, *shuffled[split:])
    cast.close()

    latest = {record.subject: record for record in cast.records(meter)}
    for subject in ORDERS:
        expected = rules.measure(reading for reading in mine if reading.subject == subject)
        if not expected.reading_count:
            assert subject not in latest
            continue
        record = latest[subject]
        assert record.quantity == expected.quantity
        assert record.reading_count == expected.reading_count
        assert record.inputs_hash == expected.inputs_hash
        assert record.standard_hours == rules.standard_hours(expected.quantity, Decimal("3.169872"))
