"""Each usage record has its electricity: measured, else estimated and said to be, else unknown."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest

from common import tenancy
from metering import definitions
from metering.energy import published, rules, services
from metering.energy.contracts import EnergyBasis, PueBasis, UnknownEnergy
from metering.energy.models import UsageEnergy
from metering.models import Meter
from tests import factories
from tests.energy import cast
from tests.energy.cast import HOUR, NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider():
    return factories.OrganizationFactory(stem="Provider")


def used(provider, quantity="28800", **facts):
    """Return a meter of eight H100 cards that were used for an hour, and its resource."""
    meter = cast.meter(provider, **facts)
    cast.read(meter, quantity)
    return meter


def test_the_handbooks_numbers(provider):
    """8 × 0.7 kW × 100 h = 560 kWh; PUE 1.20: 672 kWh; Gansu 2022, 0.4772: 320.68 kg."""
    meter = cast.meter(provider)
    for hour in range(100):
        cast.read(meter, 8 * 3600, at=NOON + hour * HOUR)
    centre = cast.centre(provider, meter.resource)
    cast.pue(centre, "1.20")

    cast.close_and_count()

    month = cast.month_of(centre)
    assert (month.used.estimated, month.used.measured, month.used.records) == (560, 0, 100)
    assert month.facility_kwh == 672
    assert (month.factor.year, month.factor.value) == (2022, Decimal("0.4772"))
    assert month.location_kg.quantize(Decimal("0.01")) == Decimal("320.68")
    each = cast.energy(cast.current(meter)[0])
    assert (each.emission.it_kwh, each.emission.location_g) == (
        Decimal("5.6"),
        Decimal("5.6") * Decimal("1.2") * Decimal("477.2"),
    )
    assert each.emission.basis == EnergyBasis.ESTIMATED
    assert each.told == "NVIDIA H100 SXM: 700 W × 1 (v1)"


def test_what_was_measured_is_shared_by_use_and_nothing_is_lost(provider):
    mine, yours = cast.new_id(), cast.new_id()
    meter = cast.meter(provider)
    cast.read(meter, 7200, subject=mine)
    cast.read(meter, 3600, subject=yours)
    power = cast.meter(provider, meter.resource, name="pdu", rule=cast.rule_of_energy())
    cast.read(power, "10", unit="kWh")

    cast.close_and_count()

    shares = {row.subject: cast.energy(row).emission for row in cast.current(meter)}
    assert shares[mine].it_kwh == Decimal("6.666666666666")
    assert shares[yours].it_kwh == Decimal("3.333333333333")
    rest = cast.energy(cast.current(power)[0]).emission.it_kwh
    assert rest + sum(each.it_kwh for each in shares.values()) == 10
    assert {each.basis for each in shares.values()} == {EnergyBasis.MEASURED}


def test_power_is_read_over_its_window_and_beside_energy_it_counts_nothing(provider):
    meter = used(provider)
    watts = cast.meter(provider, meter.resource, name="watts", rule=cast.rule_of_energy("W"))
    cast.read(watts, 4000, unit="W")
    cast.close_and_count()
    assert cast.energy(cast.current(meter)[0]).emission.it_kwh == 4

    energy = cast.meter(provider, meter.resource, name="pdu", rule=cast.rule_of_energy())
    cast.read(energy, 3, unit="kWh")
    cast.close_and_count()

    assert cast.energy(cast.current(meter)[0]).emission.it_kwh == 3


def test_a_silent_meter_of_energy_leaves_an_estimate(provider):
    meter = used(provider)
    for name in ("a", "b"):
        cast.meter(provider, meter.resource, name=name, rule=cast.rule_of_energy())
    with tenancy.acting_as_platform():
        first = Meter.objects.get(name="a", provider=provider)
    cast.read(first, 2, unit="kWh")

    cast.close_and_count()

    assert cast.energy(cast.current(meter)[0]).emission.basis == EnergyBasis.ESTIMATED
    assert cast.energy(cast.current(first)[0]).reason == UnknownEnergy.INCOMPLETE


def test_energy_by_the_day_is_shared_among_its_hours(provider):
    meter = cast.meter(provider)
    morning = NOON.replace(hour=0)
    for hour, seconds in ((1, 3600), (9, 7200), (23, 1800)):
        cast.read(meter, seconds, at=morning + hour * HOUR)
    daily = cast.meter(provider, meter.resource, name="d", rule=cast.rule_of_energy(window=86_400))
    cast.read(daily, 70, at=morning, unit="kWh", seconds=86_400)

    cast.close_and_count()

    assert [cast.energy(row).emission.it_kwh for row in cast.current(meter)] == [20, 40, 10]


def test_a_late_reading_counts_the_hour_again_and_keeps_what_was_superseded(provider):
    meter = used(provider, "3600")
    cast.close_and_count()
    (before,) = cast.current(meter)
    cast.read(meter, 3600, event_id="late")

    cast.close_and_count()

    (after,) = cast.current(meter)
    assert (before.revision, after.revision) == (1, 2)
    assert cast.energy(before).emission.it_kwh == Decimal("0.7")
    assert cast.energy(after).emission.it_kwh == Decimal("1.4")
    with tenancy.acting_as_platform():
        current = UsageEnergy.objects.filter(is_current=True)
        assert [row.usage_id for row in current] == [after.pk]


@pytest.mark.parametrize(
    ("chip", "reason"),
    [("Huawei Ascend 910B", UnknownEnergy.NO_POWER_FIGURE), ("H100", UnknownEnergy.NONE)],
)
def test_a_chip_whose_figures_contradict_each_other_has_no_estimate(provider, chip, reason):
    resource = factories.ResourceFactory(provider=provider, chip=chip)
    meter = used(provider, resource=resource)

    cast.close_and_count()

    found = cast.energy(cast.current(meter)[0])
    assert found.reason == reason
    assert (found.emission.it_kwh is None) == bool(reason)


def test_without_a_pue_or_a_factor_carbon_is_not_known_and_no_zero(provider):
    resource = factories.ResourceFactory(provider=provider, region="540100", pue=None)
    meter = used(provider, resource=resource)
    cast.close_and_count()
    found = cast.energy(cast.current(meter)[0]).emission
    assert (found.it_kwh, found.facility_kwh, found.location_g) == (Decimal("5.6"), None, None)
    assert found.pue.basis == PueBasis.MISSING

    centre = cast.centre(provider, resource, region="540100")  # Tibet has no factor.
    cast.pue(centre, "1.5")

    found = cast.energy(cast.current(meter)[0]).emission
    assert (found.facility_kwh, found.factor, found.location_g) == (Decimal("8.40"), None, None)


@pytest.mark.parametrize(
    ("year", "in_force"), [(2020, None), (2021, 2021), (2022, 2022), (2026, 2022)]
)
def test_the_year_in_force_is_the_newest_that_is_not_later(year, in_force):
    assert rules.factor_year([2021, 2022], year) == in_force


def test_months_are_the_markets_and_end_at_its_midnight(provider):
    """The hour from 16:00 UTC on the last day of October is November in the market."""
    meter = cast.meter(provider, at=NOON - 60 * 24 * HOUR)
    last = NOON.replace(month=10, day=31, hour=15)
    cast.read(meter, 3600, at=last)
    cast.read(meter, 7200, at=last + HOUR)
    centre = cast.centre(provider, meter.resource)

    cast.close_and_count()

    assert cast.month_of(centre, date(2026, 10, 1)).used.total == Decimal("0.7")
    assert cast.month_of(centre, date(2026, 11, 1)).used.total == Decimal("1.4")


def test_another_version_of_a_pue_changes_its_month_alone(provider):
    meter = used(provider)
    centre = cast.centre(provider, meter.resource)
    cast.close_and_count()
    cast.pue(centre, "1.4")
    cast.pue(centre, "1.9", month=date(2026, 10, 1))
    assert cast.energy(cast.current(meter)[0]).emission.pue.value == Decimal("1.4")

    cast.pue(centre, "1.25")

    found = cast.energy(cast.current(meter)[0]).emission
    assert (found.pue.value, found.pue.version) == (Decimal("1.25"), 2)


def test_counting_again_changes_nothing_and_a_second_counter_leaves(provider):
    meter = used(provider)
    cast.close_and_count()
    first = cast.energy(cast.current(meter)[0])

    with tenancy.acting_as_platform():
        again = services.count_due(now=NOON)

    assert (again.records, again.is_full) == (0, False)
    assert cast.energy(cast.current(meter)[0]) == first


def test_a_providers_own_figure_serves_where_no_published_one_does():
    table = published.power_table()

    assert table.power_of("", {"watts_per_unit": 350}).watts == 350
    assert table.power_of("H100", {"watts_per_unit": 1}).watts == 700
    assert table.power_of("", {"watts_per_unit": True}) is None


def test_the_shipped_metric_of_energy_is_one_that_is_shared_out():
    shipped = json.loads((definitions.RULES_DIR / "metrics.json").read_text())

    (unit,) = [each["unit"] for each in shipped if each["code"] == "it-energy"]

    assert published.power_table().energy_units[unit] == 1


@pytest.mark.parametrize("seconds", ["0", "1", "0.000000000001", "999999999999999"])
def test_an_estimate_is_exact_and_rounded_once(seconds):
    row = rules.MeteredRow(
        cast.NOON, cast.NOON, "", None, NOON, NOON + timedelta(hours=1), Decimal(seconds)
    )
    power = published.Power(Decimal(700), "")

    found = rules.estimate(row, power).it_kwh

    assert abs(found * 3_600_000 - Decimal(seconds) * 700) <= Decimal("0.0000018")
