from datetime import timedelta
from decimal import Decimal

import pytest

from common import tenancy
from metering import selectors
from metering.contracts import DailyHours, MeterState
from tests import cast as people
from tests.metering import cast

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
SHANGHAI = "Asia/Shanghai"


@pytest.fixture
def provider():
    return people.organization()


def span(provider, days=7):
    return {
        "provider_id": provider.pk,
        "since": cast.NOON - days * DAY,
        "until": cast.NOON + DAY,
        "zone": SHANGHAI,
    }


def as_provider(provider):
    return tenancy.acting_as(provider.pk)


def test_hours_are_summed_by_local_day_and_superseded_ones_are_left_out(
    provider, django_assert_num_queries
):
    meter = cast.meter(provider)
    native = cast.meter(provider, resource=people.resource(provider, chip="910B"))
    cast.ingest(meter, cast.reading(meter, 3600), cast.reading(native, 7200))
    cast.ingest(meter, cast.reading(meter, 3600, at=4 * cast.HOUR))  # midnight in Shanghai
    cast.close()
    cast.ingest(
        meter, cast.reading(meter, 1800)
    )  # late: one and a half hours count, not two and a half
    cast.close()

    with as_provider(provider), django_assert_num_queries(1):
        hours = selectors.daily_hours(**span(provider))

    assert hours == [
        DailyHours("2026-11-20", "AI", Decimal("4.754808"), Decimal("3.5")),
        DailyHours("2026-11-21", "AI", Decimal("3.169872"), Decimal(1)),
    ]


def test_a_strangers_chart_is_empty(provider):
    meter = cast.meter(provider)
    cast.ingest(meter, cast.reading(meter))
    cast.close()

    with as_provider(people.organization()):
        assert selectors.daily_hours(**span(provider)) == []
        assert (
            selectors.meter_health(provider_id=provider.pk, now=cast.NOON, lookback=DAY, limit=10)
            == []
        )


def test_utilisation_is_the_share_of_capacity_in_each_hour_of_the_week(
    provider, django_assert_num_queries
):
    meter = cast.meter(provider)  # eight cards
    cast.ingest(meter, cast.reading(meter, 4 * 3600))  # Friday 20:00 in Shanghai, half full
    cast.close()

    with as_provider(provider), django_assert_num_queries(1):
        cells = selectors.utilisation_by_hour(
            provider_id=provider.pk,
            since=cast.NOON - 7 * DAY,
            until=cast.NOON + 7 * DAY,
            zone=SHANGHAI,
        )

    assert len(cells) == 7 * 24
    full = {(cell.weekday, cell.hour): cell.utilisation for cell in cells if cell.utilisation}
    assert full == {(5, 20): Decimal("0.25")}  # one of the two Fridays


def test_without_capacity_nothing_is_utilised(provider):
    with as_provider(provider):
        cells = selectors.utilisation_by_hour(**span(provider))

    assert {cell.utilisation for cell in cells} == {0}


def health(provider, *, now, lookback=DAY):
    with as_provider(provider):
        rows = selectors.meter_health(provider_id=provider.pk, now=now, lookback=lookback, limit=10)
    return {row.name: row for row in rows}


def test_a_meter_is_live_then_late_then_silent(provider):
    meter = cast.meter(provider)
    cast.ingest(meter, cast.reading(meter))
    last = cast.NOON + cast.HOUR
    late_after = timedelta(seconds=2 * 3900)

    def state(now):
        return health(provider, now=now)["main"].state

    assert state(last) == MeterState.LIVE
    assert state(last + late_after) == MeterState.LIVE
    assert state(last + late_after + timedelta(seconds=1)) == MeterState.LATE
    assert state(last + 12 * late_after + timedelta(seconds=1)) == MeterState.SILENT
    assert health(provider, now=last)["main"].last_reading_at == last


def test_coverage_is_the_share_of_windows_with_readings_since_the_meter_is_there(provider):
    meter = cast.meter(provider)  # registered at noon
    cast.ingest(meter, cast.reading(meter), cast.reading(meter, at=3 * cast.HOUR))

    row = health(provider, now=cast.NOON + 4 * cast.HOUR)["main"]

    assert row.coverage == Decimal("0.5")


def test_a_meter_without_readings_is_silent_and_one_above_capacity_is_set_aside(provider):
    resource = people.resource(provider)
    cast.meter(provider, resource=resource, name="quiet")
    loud = cast.meter(provider, resource=resource, name="loud")
    cast.ingest(loud, cast.reading(loud, 28_800), cast.reading(loud, 1))
    cast.close()

    rows = health(provider, now=cast.NOON + 2 * cast.HOUR)

    assert (rows["quiet"].state, rows["quiet"].coverage) == (MeterState.SILENT, 0)
    assert rows["loud"].state == MeterState.SET_ASIDE
