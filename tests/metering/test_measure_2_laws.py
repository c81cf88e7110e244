"""`measure-2`: the pure function and PostgreSQL agree on every line, whatever comes in."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common import tenancy
from common.ids import uuid7
from identity.contracts import CapacityUnit
from metering import measure_2, rules, services, units
from metering.contracts import Aggregate, Combine, Reading, Reads
from metering.models import Metric
from metering.selectors.terms import rule_terms
from tests import cast as people
from tests.metering import cast

ORDERS = [None, UUID(int=1), UUID(int=2)]
HOUR = timedelta(hours=1)
WEIGHTS = [("vcpu-time", "1.0"), ("memory-time", "0.25"), ("accelerator-time", "2.0")]
STATES = [("active", "1"), ("suspended", "0.75"), ("stopped", "0.5"), ("shelved", "0")]
WAYS = [
    (reads, aggregate)
    for reads in Reads
    for aggregate in Aggregate
    if not (reads == Reads.CUMULATIVE and aggregate != Aggregate.SUM)
    and not (reads != Reads.GAUGE and aggregate == Aggregate.TIME_WEIGHTED_MEAN)
]


def definition(reads="delta", aggregate="sum", *, weighed="", states=(), **more):
    weights = [{"metric": m, "weight": w, "source": "a test"} for m, w in WEIGHTS]
    return {
        "metric": "vcpu-time",
        "aggregate": aggregate,
        "window_seconds": 3600,
        "grace_seconds": 0,
        "standard": False,
        "accepts_certificates": False,
        "measuring_rule": "measure-2",
        "reads": reads,
        "weights": weights if weighed else [],
        "combine": weighed,
        "multipliers": [{"state": s, "factor": f, "source": "a test"} for s, f in states],
    } | more


def published(said):
    """Publish a rule of its own, with every metric that a test may weigh."""
    Metric.objects.get_or_create(
        code="memory-time",
        defaults={
            "name": "内存",
            "name_en": "Memory",
            "unit": "memory-gb-second",
            "kind": "TIME",
        },
    )
    rule = services.publish_rule_version(
        code=f"law-{uuid7().hex[-20:]}",
        version=1,
        name="律",
        name_en="Law",
        definition=said,
        source="a test",
        valid_from=cast.NOON - timedelta(days=1),
        now=cast.NOON - timedelta(days=1),
    )
    return rule.id


def metered(said, *, total_milli=10**12):
    """Return a meter of a rule on so many virtual processors."""
    provider = people.organization()
    resource = people.resource(
        provider,
        specification={"vcpu": 64},
        capacity_unit=CapacityUnit.VCPU,
        total_milli=total_milli,
        resource_class="GENERAL",
    )
    with tenancy.acting_as_platform():
        version = published(said)
    with tenancy.acting_as(provider.pk):
        return services.register_meter(
            provider_id=provider.pk,
            resource_id=resource.pk,
            name="law",
            rule_version_id=version,
            now=cast.NOON - timedelta(days=1),
        )


def latest(meter):
    """Return the newest record of each window and subject."""
    return {(record.starts_at, record.subject): record for record in cast.records(meter)}


@st.composite
def readings(draw, unit_list, states):
    """Return readings of two hours: ties, overlaps, gaps, resets, parts and states, no order."""
    names = draw(
        st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9)), max_size=14, unique=True)
    )
    found = []
    for source, number in names:
        start = draw(st.integers(0, 7_199)) * 1_000_000
        edge = (start // 3_600_000_000 + 1) * 3_600_000_000
        length = draw(st.sampled_from([1, 1_000_000, 1_500_001, 60_000_000]))
        found.append(
            Reading(
                source=f"s{source}" if source else "源",
                event_id=f"e{number}",
                meter_id=UUID(int=7),
                starts_at=cast.NOON + timedelta(microseconds=start),
                ends_at=cast.NOON + timedelta(microseconds=min(start + length, edge)),
                quantity=Decimal(draw(st.sampled_from([0, 1, 7, 999, 10**6, 10**8]))).scaleb(-9),
                unit=draw(st.sampled_from(unit_list)),
                subject=draw(st.sampled_from(ORDERS)),
                state=draw(st.sampled_from(["", *states])),
            )
        )
    return found


@st.composite
def cases(draw):
    reads, aggregate = draw(st.sampled_from(WAYS))
    can_weigh = aggregate != Aggregate.UNIQUE
    weighed = draw(st.sampled_from(["", *Combine])) if can_weigh else ""
    states = draw(st.sampled_from([(), tuple(STATES)]))
    said = definition(
        str(reads),
        str(aggregate),
        weighed=str(weighed),
        states=states,
        increment=draw(st.sampled_from(["0", "0.001", "60"])),
        minimum=draw(st.sampled_from(["0", "0.5"])),
    )
    names = ["vcpu-second", "memory-gb-second", "card-second"] if weighed else ["vcpu-second"]
    in_units = [units.reading_unit(name, reads) for name in names]
    batch = draw(readings(in_units, [state for state, _ in states]))
    return said, batch, draw(st.integers(0, 14))


def measured_purely(batch, terms):
    """Return what the pure function says of each hour and subject."""
    found = {}
    for hour in (0, 1):
        start = cast.NOON + hour * HOUR
        inside = [each for each in batch if start <= each.starts_at < start + HOUR]
        before = [each for each in batch if start - HOUR <= each.starts_at < start]
        for subject, whole in measure_2.measure_window(inside, terms, before=before).items():
            found[start, subject] = whole
    return found


def is_doubtful(batch, said, hour):
    """Return whether a source counted the same time twice, which sets its window aside."""
    if said["aggregate"] != "sum" or said["reads"] == "cumulative":
        return False
    start = cast.NOON + hour * HOUR
    ended = {}
    for each in sorted(batch, key=lambda it: it.starts_at):
        if start <= each.starts_at < start + HOUR:
            key = each.subject, each.unit, each.source
            if each.starts_at < ended.get(key, start):
                return True
            ended[key] = max(each.ends_at, ended.get(key, start))
    return False


@pytest.mark.django_db
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(case=cases())
def test_postgresql_measures_what_the_pure_function_measures(db, case):
    said, batch, split = case
    meter = metered(said)
    mine = [
        each.__class__(
            **{name: getattr(each, name) for name in each.__slots__} | {"meter_id": meter.pk}
        )
        for each in batch
    ]

    first = cast.ingest(meter, *mine[:split])
    cast.close()  # What comes now is late.
    rest = cast.ingest(meter, *mine[split:])
    cast.close()

    assert not first.refused
    assert not rest.refused
    terms = rule_terms([meter.rule_version_id])[meter.rule_version_id].terms
    expected = {
        key: whole
        for key, whole in measured_purely(mine, terms).items()
        if not is_doubtful(mine, said, (key[0] - cast.NOON) // HOUR)
    }
    stored = latest(meter)
    for key, whole in expected.items():
        record = stored[key]
        assert record.quantity == whole.quantity, said
        assert record.reading_count == whole.reading_count
        assert record.inputs_hash == whole.inputs_hash
        assert [
            (part["unit"], Decimal(part["quantity"]), Decimal(part["weight"]))
            for part in record.parts
        ] == [(part.unit, part.quantity, part.weight) for part in whole.parts]


def test_without_more_the_second_rule_measures_as_the_first():
    batch = [
        Reading("s", f"e{n}", UUID(int=1), cast.NOON, cast.NOON + HOUR, Decimal(n), "vcpu-second")
        for n in range(5)
    ]

    first, second = rules.measure(batch), measure_2.measure_as_one(batch)

    assert (second.quantity, second.reading_count) == (first.quantity, first.reading_count)
    assert second.inputs_hash == first.inputs_hash


def at(second, quantity, *, until=None, unit="vcpu-second", **more):
    """Return a reading of one second, or until another, from noon on."""
    ends = second + 1 if until is None else until
    return Reading(
        **{
            "source": "s",
            "event_id": f"{second}-{unit}",
            "meter_id": UUID(int=1),
            "starts_at": cast.NOON + timedelta(seconds=second),
            "ends_at": cast.NOON + timedelta(seconds=ends),
            "quantity": Decimal(quantity),
            "unit": unit,
        }
        | more
    )


def made(*batch, **said):
    terms = measure_2.MeasureTerms(**{"unit": "vcpu-second"} | said)
    return measure_2.measure_as_one(batch, terms).quantity


def test_one_processor_and_eight_gigabytes_are_three_or_two_as_slurm_counts():
    """`TRESBillingWeights=CPU=1.0,Mem=0.25G,GRES/gpu=2.0`: the sum of them is 3.0, the most 2.0."""
    weights = {
        "vcpu-second": Decimal(1),
        "memory-gb-second": Decimal("0.25"),
        "card-second": Decimal(2),
    }
    batch = [at(0, 1), at(0, 8, unit="memory-gb-second")]

    assert made(*batch, weights=weights) == 3
    assert made(*batch, weights=weights, combine=Combine.MAX) == 2


@pytest.mark.parametrize(
    ("state", "hours"), [("active", "1"), ("suspended", ".75"), ("stopped", ".5"), ("shelved", "0")]
)
def test_a_state_counts_as_jetstream_counts_it(state, hours):
    multipliers = {name: Decimal(factor) for name, factor in STATES}

    quantity = made(at(0, 3600, until=3600, state=state), multipliers=multipliers)

    assert rules.native_hours(quantity) == Decimal(hours)


def test_a_counter_is_its_increases_and_begins_again_where_it_fell():
    counter = {"reads": Reads.CUMULATIVE}

    assert made(at(0, 100), **counter) == 0  # The first figure is where it stands.
    assert made(at(0, 100), at(1, 130), **counter) == 30
    assert made(at(1, 130), at(0, 100), at(2, 5), at(3, 9), **counter) == 39


def test_levels_add_up_over_the_time_that_was_read_and_are_held_otherwise():
    levels = at(0, 4, until=900), at(1800, 2, until=2700)
    gauge = {"reads": Reads.GAUGE}

    assert made(*levels, **gauge) == 4 * 900 + 2 * 900
    assert made(*levels, aggregate=Aggregate.MAX, **gauge) == 4 * 3600
    assert made(*levels, aggregate=Aggregate.LATEST, **gauge) == 2 * 3600
    assert made(*levels, aggregate=Aggregate.TIME_WEIGHTED_MEAN, **gauge) == 3 * 3600
    share = {"aggregate": Aggregate.TIME_WEIGHTED_MEAN, "is_time": False}
    assert made(at(0, 1, until=2), at(2, 0, until=3), **gauge, **share) == Decimal("0.666666666667")


def test_sources_that_counted_nothing_are_not_counted():
    batch = at(0, 1), at(1, 2), at(2, 3, source="other"), at(3, 0, source="idle")

    assert made(*batch, aggregate=Aggregate.UNIQUE) == 2


def test_a_use_counts_for_no_less_than_the_minimum_and_in_whole_steps():
    step = {"increment": Decimal(60), "minimum": Decimal(90)}

    assert made(at(0, 0), **step) == 0
    assert made(at(0, "0.000000000001"), **step) == 120
    assert made(at(0, 120), **step) == 120
    assert made(at(0, "120.000000000001"), **step) == 180


def test_all_fifteen_and_twelve_digits_are_kept():
    most = Decimal("999999999999999.999999999999")

    assert made(at(0, most), at(1, most)) == Decimal("1999999999999999.999999999998")
    assert made(at(0, 0), at(1, most), reads=Reads.CUMULATIVE) == most
    assert made() == 0


@pytest.mark.django_db
def test_a_late_figure_of_a_counter_moves_what_comes_after_it():
    meter = metered(definition("cumulative"))
    order = UUID(int=5)
    ids = {"meter_id": meter.pk, "subject": order}
    cast.ingest(meter, at(0, 100, **ids), at(3600, 160, **ids), at(3700, 200, **ids))
    cast.close()
    assert latest(meter)[cast.NOON + HOUR, order].quantity == 100

    cast.ingest(meter, at(3000, 140, **ids))
    assert cast.close().records == 2  # The hour before, and the one that begins where it ended.

    assert latest(meter)[cast.NOON, order].quantity == 40
    later = latest(meter)[cast.NOON + HOUR, order]
    assert (later.quantity, later.revision) == (60, 2)
    assert cast.close().windows == 0


@pytest.mark.django_db
def test_a_record_of_a_weighed_window_names_every_metric_and_its_weight():
    meter = metered(definition(weighed="sum"))
    ids = {"meter_id": meter.pk, "until": 3600}
    cast.ingest(meter, at(0, 3600, **ids), at(0, 8 * 3600, unit="memory-gb-second", **ids))
    cast.close()

    (record,) = cast.records(meter)
    assert record.native_hours == 3
    assert record.parts == [
        {"unit": "vcpu-second", "quantity": "3600.000000000000", "weight": "1.0"},
        {"unit": "memory-gb-second", "quantity": "28800.000000000000", "weight": "0.25"},
    ]


@pytest.mark.django_db
def test_levels_above_capacity_states_and_units_that_the_rule_does_not_know_are_refused():
    gauge, plain = metered(definition("gauge"), total_milli=4000), metered(definition())

    def refused(meter, reading):
        (row,) = cast.ingest(meter, reading).refused
        return str(row.code)

    level = at(0, "4.001", unit="vcpu", meter_id=gauge.pk)
    assert refused(gauge, level) == "above_capacity"
    assert refused(gauge, at(0, 1, meter_id=gauge.pk)) == "unit_mismatch"
    assert refused(plain, at(0, 1, meter_id=plain.pk, state="stopped")) == "unknown_state"
    memory = at(0, 1, meter_id=plain.pk, unit="memory-gb-second")
    assert refused(plain, memory) == "unit_mismatch"
    assert not cast.ingest(gauge, at(0, 4, unit="vcpu", meter_id=gauge.pk)).refused


@pytest.mark.django_db
def test_a_rule_on_trial_measures_and_says_so_in_every_record():
    meter = metered(definition(trial=True))
    cast.ingest(meter, at(0, 1, meter_id=meter.pk))
    cast.close()

    assert [record.is_trial for record in cast.records(meter)] == [True]
