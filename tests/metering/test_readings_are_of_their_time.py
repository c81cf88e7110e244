"""Readings of the year 1, of years ago, of before their meter, and of the future are refused."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from common import tenancy
from common.ids import uuid7
from metering import selectors, services
from metering.contracts import RowRefusal, Stretch
from tests.metering import cast

pytestmark = pytest.mark.django_db
RECEIVED = cast.NOON + timedelta(days=3)


def codes(meter, *readings, received_at=RECEIVED, **how):
    with tenancy.acting_as(meter.provider_id):
        result = services.ingest(
            provider_id=meter.provider_id, readings=readings, received_at=received_at, **how
        )
    return [row.code for row in result.refused]


@pytest.mark.parametrize(
    ("starts_at", "code"),
    [
        (datetime(1, 1, 1, tzinfo=UTC), RowRefusal.TOO_OLD),
        (datetime(1969, 12, 31, 23, 59, tzinfo=UTC), RowRefusal.TOO_OLD),
        (datetime(2019, 1, 1, tzinfo=UTC), RowRefusal.TOO_OLD),
        (cast.NOON - timedelta(minutes=6), RowRefusal.BEFORE_METER),
        (cast.NOON - timedelta(days=30), RowRefusal.BEFORE_METER),
        (RECEIVED + timedelta(minutes=6), RowRefusal.READING_IN_FUTURE),
        (datetime(9999, 12, 31, 23, 58, tzinfo=UTC), RowRefusal.READING_IN_FUTURE),
    ],
)
def test_a_reading_of_another_time_is_refused_by_name(starts_at, code):
    meter = cast.meter()
    reading = cast.reading(meter, 1, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=1))

    assert codes(meter, reading) == [code]
    assert not cast.close().windows


def test_clocks_may_be_five_minutes_apart_when_a_meter_begins():
    meter = cast.meter()

    assert codes(meter, cast.reading(meter, 1, at=timedelta(minutes=-5), seconds=60)) == []


def test_a_reading_that_arrives_three_months_late_is_refused_and_one_of_this_quarter_is_not():
    meter = cast.meter()
    later = cast.NOON + timedelta(days=92)

    assert codes(meter, cast.reading(meter), received_at=later) == []
    assert codes(meter, cast.reading(meter), received_at=later + cast.HOUR) == [RowRefusal.TOO_OLD]


def test_an_importer_may_tell_of_the_past_but_of_nothing_before_the_epoch():
    meter = cast.meter()
    year_one = datetime(1, 1, 1, tzinfo=UTC)
    old, oldest = (
        cast.reading(meter, 1, starts_at=at, ends_at=at + timedelta(minutes=1))
        for at in (datetime(2019, 1, 1, tzinfo=UTC), year_one)
    )

    assert codes(meter, old, is_replay=True) == []
    assert codes(meter, oldest, is_replay=True) == [RowRefusal.TOO_OLD]


def test_the_database_takes_no_reading_of_before_the_epoch():
    with (
        tenancy.acting_as_platform(),
        pytest.raises(IntegrityError, match="older than the epoch"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT metering_make_month('0001-01-01')")


# --- How many units were in use at one moment ----------------------------------------------------
def within(meter, subject, *, units="1", minutes=(0, 60)):
    stretch = Stretch(
        subject=subject,
        resource_id=meter.resource_id,
        starts_at=cast.NOON + timedelta(minutes=minutes[0]),
        ends_at=cast.NOON + timedelta(minutes=minutes[1]),
        units=Decimal(units),
        unit="card-second",
    )
    with tenancy.acting_as_platform():
        (used,) = selectors.used_within([stretch])
    return used


def half_hour(meter, subject, quantity, **facts):
    return cast.reading(meter, quantity, seconds=1800, subject=subject, **facts)


def test_a_record_tells_how_many_units_were_in_use_at_once():
    meter, subject = cast.meter(), uuid7()
    cast.ingest(
        meter,
        half_hour(meter, subject, 1800, source="a"),
        half_hour(meter, subject, 900, source="a", at=timedelta(minutes=30)),
        half_hour(meter, subject, 3600, source="b"),
    )
    cast.close()

    (record,) = cast.records(meter)
    assert (record.quantity, record.units_max) == (6300, 3)


def test_the_same_seconds_under_two_sources_are_worth_no_more_than_once():
    meter, subject = cast.meter(), uuid7()
    cast.ingest(
        meter,
        half_hour(meter, subject, 1800, source="urn:one"),
        half_hour(meter, subject, 1800, source="urn:two"),
    )
    cast.close()

    assert within(meter, subject) == 1800
    # Two cards may be in use at once, each counted by a source of its own.
    assert within(meter, subject, units="2") == 3600


def test_the_same_seconds_on_two_meters_are_worth_no_more_than_once():
    meter, subject = cast.meter(), uuid7()
    second = cast.meter(meter.provider, resource=meter.resource, name="second")
    cast.ingest(meter, half_hour(meter, subject, 1800))
    cast.ingest(second, half_hour(second, subject, 1800))
    cast.close()

    assert within(meter, subject) == 1800


def test_more_units_than_the_share_are_cut_off_at_each_moment_not_over_the_hour():
    meter, subject = cast.meter(), uuid7()
    cast.ingest(meter, cast.reading(meter, 3600, seconds=900, subject=subject))
    cast.close()

    assert within(meter, subject) == 900


def test_a_reading_counts_with_the_part_that_lies_inside():
    meter, subject = cast.meter(), uuid7()
    cast.ingest(meter, half_hour(meter, subject, "1000"))
    cast.close()

    assert within(meter, subject, minutes=(20, 60)) == Decimal("333.333333333333")
    assert within(meter, subject, minutes=(30, 60)) == 0
    assert within(meter, uuid7()) == 0


def test_thirds_of_a_second_add_up_to_what_was_read():
    meter, subject = cast.meter(), uuid7()
    cast.ingest(
        meter,
        *(
            cast.reading(
                meter,
                "1.000000000007",
                at=timedelta(seconds=3 * n),
                seconds=3,
                subject=subject,
                source=f"urn:card:{n}",
            )
            for n in range(300)
        ),
    )
    cast.close()

    assert within(meter, subject) == Decimal("300.000000002100")


def test_what_was_set_aside_counts_for_nothing():
    meter, subject = cast.meter(), uuid7()
    cast.ingest(
        meter,
        half_hour(meter, subject, 1800, source="one"),
        half_hour(meter, subject, 1800, source="one"),
    )
    cast.close()

    assert within(meter, subject) == 0
