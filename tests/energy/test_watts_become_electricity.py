"""Power that is shown in watts becomes kilowatt-hours, whichever door it came by, and no gap is."""

import random
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from suanpan_agent import counting as agent

from common import tenancy
from metering.energy.contracts import EnergyBasis, UnknownEnergy
from metering.senders import services as senders_services
from metering.senders.contracts import Via
from metering.senders.wire import otlp
from metering.verifying import services as verifying
from metering.verifying.models import CrossCheck
from tests import cast as people
from tests.energy import cast
from tests.energy.cast import NOON
from tests.senders import cast as senders

pytestmark = pytest.mark.django_db
METRIC = "DCGM_FI_DEV_POWER_USAGE"
LATER = NOON + timedelta(hours=3)
HOUR = 3600


@pytest.fixture
def provider():
    return people.organization()


def used_and_powered(provider):
    """Return a meter of a card that was used for an hour, and one of its power, that is mapped."""
    meter = cast.meter(provider)
    power = cast.meter(
        provider, meter.resource, name="dcgm", rule=cast.rule_of_energy("watt-second")
    )
    cast.read(meter, 2 * HOUR)
    rule = {"metric": METRIC, "reads": "gauge", "meter": str(power.pk), "unit": "watt-second"}
    senders.mapping(provider, [rule], gap_seconds=120)
    return meter, power


def of_noon(power):
    """Return what was measured of power in the hour of the use."""
    (record,) = [each for each in cast.current(power) if each.starts_at == NOON]
    return record


def watts(seed: int = 7, *, without: range = range(0), every: int = 15) -> list[tuple[int, float]]:
    """Return what a card's exporter shows from a minute before noon until a minute past one."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    moments = [at for at in range(-60, HOUR + 61, every) if at not in without]
    return [(at, round(chance.uniform(60, 700), 3)) for at in moments]


def kwh_by_hand(shown, gap: int = 120) -> Fraction:
    """Add up power times time within the hour, in fractions; longer gaps count nothing."""
    total = Fraction(0)
    for (at, value), (until, _next) in pairwise(shown):
        if until - at <= gap:
            inside = max(0, min(until, HOUR) - max(at, 0))
            total += Fraction(Decimal(str(value))) * inside
    return total / 3_600_000


def by_remote_write(provider, shown):
    taken = senders.take(provider, senders.series({"gpu": "0"}, *shown, metric=METRIC), now=LATER)
    assert not taken.refused, taken.refused


def by_otlp(provider, shown):
    told = ExportMetricsServiceRequest()
    metric = told.resource_metrics.add().scope_metrics.add().metrics.add(name=METRIC)
    for at, value in shown:
        point = metric.gauge.data_points.add()
        point.time_unix_nano = senders.NOON_MS * 10**6 + at * 10**9
        point.as_double = value
        point.attributes.add(key="gpu").value.string_value = "0"
    batch = otlp.read(told.SerializeToString(), is_json=False, samples_max=10**6)
    with tenancy.acting_as(provider.pk):
        senders_services.take(provider_id=provider.pk, batch=batch, via=Via.OTLP, now=LATER)


def by_agent(shown) -> Decimal:
    """Return what the agent counts of the hour, in watt-seconds: windows cut as it cuts them."""
    before, total = None, Decimal(0)
    noon = senders.NOON_MS * 1000
    for at, value in shown:
        found = agent.gauge_step(
            before, Decimal(repr(value)), noon + at * 1_000_000, gap=120 * 1_000_000
        )
        if found is None:
            continue
        before = found.baseline
        for piece in agent.cut(found.stretch, window_seconds=HOUR) if found.stretch else ():
            if noon <= piece.starts_at < noon + HOUR * 1_000_000:
                total += piece.quantity
    return total


@pytest.mark.parametrize("door", [by_remote_write, by_otlp])
def test_watts_over_time_are_kilowatt_hours_to_the_last_digit(provider, door):
    meter, power = used_and_powered(provider)
    shown = watts()

    door(provider, shown)
    cast.close_and_count()

    record = of_noon(power)
    emission = cast.energy(cast.current(meter)[0]).emission
    assert record.quantity == by_agent(shown)
    assert Fraction(record.quantity) == kwh_by_hand(shown) * 3_600_000
    assert emission.basis == EnergyBasis.MEASURED
    kwh = kwh_by_hand(shown)
    assert abs(Fraction(emission.it_kwh) - kwh) <= Fraction(1, 10**12)
    mean = record.quantity / HOUR
    assert 60 < mean < 700


def test_a_gap_is_not_filled_and_leaves_an_estimate_that_says_so(provider):
    meter, power = used_and_powered(provider)
    shown = watts(without=range(900, 1800))

    by_remote_write(provider, shown)
    cast.close_and_count()

    record = of_noon(power)
    assert Fraction(record.quantity) == kwh_by_hand(shown) * 3_600_000
    assert cast.energy(cast.current(meter)[0]).emission.basis == EnergyBasis.ESTIMATED
    assert cast.energy(record).reason == UnknownEnergy.INCOMPLETE


def test_a_gap_within_the_mappings_limit_stands_as_it_was_shown_last(provider):
    meter, power = used_and_powered(provider)
    shown = watts(without=range(900, 990))

    by_remote_write(provider, shown)
    cast.close_and_count()

    assert Fraction(of_noon(power).quantity) == kwh_by_hand(shown) * 3_600_000
    assert cast.energy(cast.current(meter)[0]).emission.basis == EnergyBasis.MEASURED


def test_a_marker_of_staleness_ends_the_power(provider):
    meter, power = used_and_powered(provider)
    shown = [*((at, 400.0) for at in range(0, 1801, 60)), (1810, senders.STALE)]

    by_remote_write(provider, [*shown, (3540, 400.0), (3600, 400.0), (3660, 400.0)])
    cast.close_and_count()

    assert of_noon(power).quantity == 400 * (1800 + 60)
    assert cast.energy(cast.current(meter)[0]).emission.basis == EnergyBasis.ESTIMATED


def test_beside_a_meter_of_energy_power_counts_nothing(provider):
    meter, _power = used_and_powered(provider)
    pdu = cast.meter(provider, meter.resource, name="pdu", rule=cast.rule_of_energy())
    cast.read(pdu, 3, unit="kWh")

    by_remote_write(provider, watts())
    cast.close_and_count()

    assert cast.energy(cast.current(meter)[0]).emission.it_kwh == 3


def checked(provider, shown) -> CrossCheck:
    used_and_powered(provider)
    by_remote_write(provider, shown)
    cast.close_and_count()
    with tenancy.acting_as_platform():
        for days in range(1, 7):
            verifying.check_day(now=NOON + timedelta(days=days))
        return CrossCheck.objects.get(provider=provider)


def test_the_cross_check_reads_watts(provider):
    """A card that was billed for an hour and drew 30 W all the while is paper."""
    found = checked(provider, [(at, 30.0) for at in range(-60, HOUR + 61, 15)])

    assert (found.verdict, found.findings) == ("FOUND", ["paper_compute"])
    assert Decimal(found.evidence["watt_hours"]) == 31  # with the minutes before and after


def test_the_cross_check_finds_nothing_where_power_was_not_read(provider):
    found = checked(provider, [(at, 30.0) for at in range(-60, 900, 15)])

    assert (found.verdict, found.findings) == ("UNKNOWN", [])
    assert found.evidence["watt_hours"] is None
