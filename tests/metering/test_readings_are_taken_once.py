from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from common import tenancy
from metering.contracts import IngestResult, RefusedRow, RowRefusal
from metering.models import Reading, Window
from tests import cast as people
from tests.metering import cast

pytestmark = pytest.mark.django_db


def stored(meter):
    with tenancy.acting_as_platform():
        return list(
            Reading.objects.filter(meter=meter).order_by("id").values_list("event_id", "quantity")
        )


def test_new_readings_are_accepted_and_their_window_becomes_due():
    meter = cast.meter()

    result = cast.ingest(meter, cast.reading(meter, "0.1", event_id="a"))

    assert result == IngestResult(accepted=1, duplicates=0)
    assert stored(meter) == [("a", Decimal("0.100000000000"))]
    with tenancy.acting_as_platform():
        window = Window.objects.get(meter=meter)
    assert (window.state, window.revision) == ("OPEN", 0)
    assert (window.starts_at, window.ends_at) == (cast.NOON, cast.NOON + timedelta(hours=1))
    assert window.due_at == cast.NOON + timedelta(hours=1, seconds=300)


def test_the_same_reading_again_is_a_duplicate_in_this_batch_or_a_later_one():
    meter = cast.meter()
    reading = cast.reading(meter)

    assert cast.ingest(meter, reading, reading) == IngestResult(1, 1)
    assert cast.ingest(meter, reading) == IngestResult(0, 1)
    assert len(stored(meter)) == 1


def test_the_same_id_with_other_content_is_a_conflict_and_changes_nothing():
    meter = cast.meter()
    cast.ingest(meter, cast.reading(meter, 10, event_id="a"))

    result = cast.ingest(
        meter, cast.reading(meter, 20, event_id="b"), cast.reading(meter, 11, event_id="a")
    )

    assert result == IngestResult(1, 0, (RefusedRow(1, RowRefusal.READING_CONFLICT),))
    assert stored(meter) == [("a", Decimal(10)), ("b", Decimal(20))]


def test_a_conflict_inside_one_batch_keeps_the_first():
    meter = cast.meter()

    result = cast.ingest(
        meter, cast.reading(meter, 20, event_id="a"), cast.reading(meter, 11, event_id="a")
    )

    assert result == IngestResult(1, 0, (RefusedRow(1, RowRefusal.READING_CONFLICT),))
    assert stored(meter) == [("a", Decimal(20))]


def test_two_providers_may_use_the_same_source_and_id():
    mine, theirs = cast.meter(), cast.meter()
    cast.ingest(mine, cast.reading(mine, 10, event_id="a", source="urn:lab"))

    result = cast.ingest(theirs, cast.reading(theirs, 20, event_id="a", source="urn:lab"))

    assert result == IngestResult(1, 0)


BAD = {
    "another meter": (RowRefusal.UNKNOWN_METER, {"meter_id": uuid4()}),
    "another unit": (RowRefusal.UNIT_MISMATCH, {"unit": "token"}),
    "negative": (RowRefusal.NEGATIVE_QUANTITY, {"quantity": Decimal("-0.000000000001")}),
    "not a number": (RowRefusal.INVALID_QUANTITY, {"quantity": Decimal("NaN")}),
    "infinite": (RowRefusal.INVALID_QUANTITY, {"quantity": Decimal("Infinity")}),
    "a bomb": (RowRefusal.INVALID_QUANTITY, {"quantity": Decimal("1E+1000000")}),
    "too fine": (RowRefusal.INVALID_QUANTITY, {"quantity": Decimal("1E-13")}),
    "ends as it starts": (RowRefusal.INVALID_PERIOD, {"ends_at": cast.NOON}),
    "ends before": (RowRefusal.INVALID_PERIOD, {"ends_at": cast.NOON - timedelta(seconds=1)}),
    "crosses": (
        RowRefusal.CROSSES_WINDOW,
        {"ends_at": cast.NOON + timedelta(microseconds=3600000001)},
    ),
    "above eight cards": (RowRefusal.ABOVE_CAPACITY, {"quantity": Decimal("28800.000000000001")}),
    "in the future": (
        RowRefusal.READING_IN_FUTURE,
        {
            "starts_at": cast.NOON + timedelta(days=3),
            "ends_at": cast.NOON + timedelta(days=3, seconds=301),
        },
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_reading_is_refused_by_its_place_and_spoils_no_other(case):
    code, change = BAD[case]
    meter = cast.meter()

    result = cast.ingest(
        meter,
        cast.reading(meter, 1, event_id="good"),
        cast.reading(meter, **({"quantity": 1, "event_id": "bad"} | change)),
        cast.reading(meter, 2, event_id="fine"),
    )

    assert result == IngestResult(2, 0, (RefusedRow(1, code),))
    assert [event_id for event_id, _ in stored(meter)] == ["good", "fine"]


def test_exactly_full_capacity_and_the_clock_tolerance_are_still_taken():
    meter = cast.meter()

    full = cast.reading(meter, 28_800)
    ahead = cast.reading(
        meter,
        0,
        starts_at=cast.NOON + timedelta(days=3),
        ends_at=cast.NOON + timedelta(days=3, seconds=300),
    )

    assert cast.ingest(meter, full, ahead) == IngestResult(2, 0)


def test_a_reading_for_another_providers_meter_looks_like_one_for_no_meter():
    mine, theirs = cast.meter(), cast.meter()

    result = cast.ingest(mine, cast.reading(theirs))

    assert result == IngestResult(0, 0, (RefusedRow(0, RowRefusal.UNKNOWN_METER),))
    assert stored(theirs) == []


def test_a_meter_with_an_agent_takes_only_what_that_agent_signed():
    provider = people.organization()
    agent, other = people.agent(provider), people.agent(provider)
    meter = cast.meter(provider, agent_id=agent.pk)
    refused = IngestResult(0, 0, (RefusedRow(0, RowRefusal.SIGNATURE_REQUIRED),))

    assert cast.ingest(meter, cast.reading(meter)) == refused
    assert cast.ingest(meter, cast.reading(meter), agent_id=other.pk) == refused
    assert cast.ingest(meter, cast.reading(meter), agent_id=agent.pk) == IngestResult(1, 0)


def test_the_counts_add_up_to_the_batch():
    meter = cast.meter()
    known = cast.reading(meter, 1)
    cast.ingest(meter, known)
    batch = [
        known,
        cast.reading(meter, 2),
        cast.reading(meter, -1),
        cast.reading(meter, 2, event_id=known.event_id),
    ]

    result = cast.ingest(meter, *batch)

    assert (result.accepted, result.duplicates) == (1, 1)
    assert [(row.index, row.code) for row in result.refused] == [
        (2, RowRefusal.NEGATIVE_QUANTITY),
        (3, RowRefusal.READING_CONFLICT),
    ]
