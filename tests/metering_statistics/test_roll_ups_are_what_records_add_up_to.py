"""Roll-ups are written after windows close, and are always what their records add up to."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from common import tenancy
from metering.contracts import ComputePath, Density, Precision
from metering.energy import selectors as energy_selectors
from metering.models import UsageRecord
from metering.statistics import selectors, services
from metering.statistics.contracts import (
    Dimension,
    Grain,
    StatisticsCell,
    StatisticsRefused,
)
from metering.statistics.models import CapacitySpan, RollUp
from metering.statistics.selectors import StatisticsQuestion
from metering.statistics.services.rolling import roll_hours
from tests import factories
from tests.energy import cast
from tests.energy.cast import HOUR, LATER, NOON

pytestmark = pytest.mark.django_db
END = LATER + 90 * 24 * HOUR
DAYS = StatisticsQuestion(Grain.DAY, date(2026, 11, 1), date(2026, 11, 30))
ONE_DAY = replace(DAYS, span=Grain.HOUR, first=date(2026, 11, 20), last=date(2026, 11, 20))


@pytest.fixture
def provider():
    return factories.OrganizationFactory(stem="Provider")


def roll(*, now: datetime = END) -> None:
    """Close, count and roll up all that is due."""
    cast.close_and_count()
    with tenancy.acting_as_platform():
        while services.roll_up(now=now).is_full:
            pass


def cells(
    asked: StatisticsQuestion = DAYS, *, now: datetime = END, **narrowed
) -> list[StatisticsCell]:
    with tenancy.acting_as_platform():
        found = selectors.cells(replace(asked, **narrowed), now=now)
    return [cell for cell in found if cell.records]


def recomputed(meter) -> dict[object, Decimal]:
    """Add up a meter's current records by market day, one by one."""
    sums: dict[object, Decimal] = {}
    for row in cast.current(meter):
        day = (row.starts_at + 8 * HOUR).date()
        sums[day] = sums.get(day, Decimal(0)) + row.native_hours
    return sums


def by_day(found: list[StatisticsCell]) -> dict[object, Decimal]:
    return {(cell.starts_at + 8 * HOUR).date(): cell.native_hours for cell in found}


def test_days_and_months_are_those_of_the_market(provider):
    meter = cast.meter(provider, at=NOON - 60 * 24 * HOUR)
    edge = NOON.replace(month=10, day=31, hour=16)  # Midnight of 1 November in the market.
    for at, seconds in ((edge - HOUR, 3600), (edge, 7200), (NOON, 1800)):
        cast.read(meter, seconds, at=at)

    roll()

    october = replace(DAYS, first=date(2026, 10, 31), last=date(2026, 11, 30))
    assert by_day(cells(october)) == recomputed(meter)
    months = cells(replace(october, span=Grain.MONTH))
    assert [cell.native_hours for cell in months] == [1, Decimal("2.5")]
    hours = cells(replace(october, span=Grain.HOUR))
    assert sum(cell.native_hours for cell in hours) == Decimal("3.5")


def test_a_revision_after_the_roll_up_corrects_it_exactly(provider):
    meter = cast.meter(provider)
    cast.read(meter, 3600)
    roll()
    assert [cell.native_hours for cell in cells()] == [1]
    cast.read(meter, 900, event_id="late")

    roll()

    (cell,) = cells()
    assert (cell.native_hours, cell.it_kwh, cell.records) == (
        Decimal("1.25"),
        Decimal("0.875"),
        1,
    )
    assert by_day([cell]) == recomputed(meter)


def test_rolling_up_again_changes_nothing(provider):
    meter = cast.meter(provider)
    cast.read(meter, 3600)
    roll()
    with tenancy.acting_as_platform():
        before = list(RollUp.objects.order_by("id").values())
        hours = {(meter.resource_id, NOON)}
        roll_hours(hours)
        roll_hours(hours)

        assert list(RollUp.objects.order_by("id").values()) == before
        assert energy_selectors.changed_hours().count() == 0


def test_windows_of_a_day_enter_days_and_no_hour(provider):
    meter = cast.meter(provider, rule="card-hours")
    cast.read(meter, 80_000, at=NOON.replace(hour=0), seconds=86_400)
    roll()

    assert cells(replace(DAYS, span=Grain.HOUR)) == []
    assert [cell.native_hours for cell in cells()] == [Decimal("22.222222222")]


def test_trial_meters_are_in_no_statistics(provider):
    meter = cast.meter(provider, is_trial=True)
    cast.read(meter, 3600)

    roll()

    assert cells() == []


def test_utilisation_is_what_was_measured_of_what_there_was(provider):
    meter = cast.meter(provider)  # Eight cards, since noon.
    cast.read(meter, 6 * 3600)
    roll(now=NOON + HOUR)
    with tenancy.acting_as_platform():
        CapacitySpan.objects.filter(resource=meter.resource).update(starts_at=NOON)

    (cell,) = cells(
        replace(DAYS, span=Grain.HOUR, first=date(2026, 11, 20), last=date(2026, 11, 20))
    )

    assert (cell.capacity_hours, cell.utilisation) == (8, Decimal("0.75"))
    (day,) = cells(now=NOON + 2 * HOUR)
    assert (day.capacity_hours, day.utilisation) == (16, Decimal("0.375"))


def test_capacity_is_that_of_its_time(provider):
    meter = cast.meter(provider)
    resource = meter.resource
    cast.read(meter, 3600)
    roll(now=NOON)
    with tenancy.acting_as_platform():
        type(resource).objects.filter(pk=resource.pk).update(total_milli=16_000)
        services.roll_up(now=NOON + HOUR)
        CapacitySpan.objects.filter(total_milli=8_000).update(starts_at=NOON - HOUR)
        hours = selectors.cells(
            ONE_DAY,
            now=NOON + 2 * HOUR,
        )

    assert [cell.capacity_hours for cell in hours] == [8, 8, 16]


def test_an_idle_resource_is_told_of_with_nothing_used(provider):
    factories.ResourceFactory(provider=provider, at=NOON)
    with tenancy.acting_as_platform():
        services.roll_up(now=NOON)

        (cell,) = selectors.cells(replace(DAYS, span=Grain.MONTH), now=NOON + 10 * 24 * HOUR)

    assert (cell.native_hours, cell.utilisation, cell.providers) == (0, 0, 1)


@pytest.mark.parametrize(
    ("by", "group"),
    [
        (Dimension.REGION, "640000"),
        (Dimension.CLASS, "AI"),
        (Dimension.CHIP, "NVIDIA H100 SXM"),
        (Dimension.NONE, ""),
    ],
)
def test_figures_are_told_apart_and_narrowed(provider, by, group):
    cast.read(cast.meter(provider), 3600)
    other = factories.ResourceFactory(provider=provider, region="510100", chip="H20", cards=4)
    cast.read(cast.meter(provider, other), 1800)
    roll()

    found = cells(by=by, region="640000", chip="NVIDIA H100 SXM")

    assert [(cell.group, cell.native_hours) for cell in found] == [(group, 1)]
    assert sum(cell.native_hours for cell in cells(by=by)) == Decimal("1.5")
    assert cells(by=by, provider=factories.OrganizationFactory().pk) == []


def test_months_of_roll_ups_are_the_months_of_records(provider):
    meter = cast.meter(provider)
    for hour in range(5):
        cast.read(meter, 100 + hour, at=NOON + hour * HOUR)
    roll()
    ids, month = [meter.resource_id], date(2026, 11, 1)

    with tenancy.acting_as_platform():
        assert selectors.month_sums(ids, first=month, last=month) == energy_selectors.month_sums(
            ids, first=month, last=month
        )


def cell(group: str, providers: int) -> StatisticsCell:
    one = Decimal(1)
    return StatisticsCell(NOON, group, "card-second", one, one, one, one, one, 1, 0, providers)


@pytest.mark.parametrize(
    ("providers", "withheld"),
    [
        ({"a": 3, "b": 4}, ""),
        ({"a": 2, "b": 4, "c": 3}, "ac"),  # One alone is what the others leave of the sum.
        ({"a": 2, "b": 1, "c": 3}, "ab"),
        ({"a": 2}, "a"),
        ({"a": 0, "b": 3}, "ab"),
    ],
)
def test_the_public_is_told_of_no_single_firm(providers, withheld):
    found = selectors.suppressed([cell(*each) for each in providers.items()])

    assert "".join(each.group for each in found if each.is_suppressed) == withheld
    assert all(each.quantity is None for each in found if each.is_suppressed)
    assert all(each.quantity == 1 for each in found if not each.is_suppressed)


def test_p_is_told_in_one_precision_and_contested_chips_stay_beside(provider):
    factories.ResourceFactory(provider=provider, chip="H100", cards=1000)
    factories.ResourceFactory(provider=provider, chip="Huawei Ascend 910B", cards=64)
    with tenancy.acting_as_platform():

        def of(precision: Precision, *, is_public: bool = False):
            found = selectors.capacity_by(
                Dimension.REGION, precision=precision, is_public=is_public
            )
            return next(each for each in found if each.group == "640000")

        fp16, int8 = of(Precision.FP16), of(Precision.INT8)
        hidden = of(Precision.FP16, is_public=True)

    assert (fp16.petaflops, fp16.units, fp16.unknown_units) == (989, 1000, 64)
    assert (fp16.density, fp16.path) == (Density.DENSE, ComputePath.TENSOR)
    assert (int8.petaflops, int8.unknown_units) == (None, 1064)
    assert (hidden.is_suppressed, hidden.petaflops) == (True, None)


@pytest.mark.parametrize(
    ("span", "first", "last"),
    [
        (Grain.HOUR, date(2026, 1, 1), date(2026, 3, 1)),
        (Grain.DAY, date(2025, 1, 1), date(2026, 6, 1)),
        (Grain.DAY, date(2026, 6, 2), date(2026, 6, 1)),
        (Grain.MONTH, date(2000, 1, 1), date(2026, 6, 1)),
    ],
)
def test_periods_have_a_limit(span, first, last):
    with pytest.raises(StatisticsRefused):
        _ = StatisticsQuestion(span, first, last).periods


def test_records_of_other_windows_stay_as_they_were(provider):
    meter = cast.meter(provider)
    cast.read(meter, 3600)
    cast.read(meter, 3600, at=NOON + timedelta(days=1))
    roll()
    cast.read(meter, 60, event_id="late")
    roll()

    with tenancy.acting_as_platform():
        assert UsageRecord.objects.count() == 3
    assert by_day(cells()) == recomputed(meter)
