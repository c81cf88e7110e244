"""What Prometheus writes becomes readings: each sample once, in order, exactly."""

import random
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from common import tenancy
from metering.models import Reading
from metering.senders import selectors
from metering.senders.models import Series, UnmappedMetric, WaitingSample
from tests import factories
from tests.senders import cast
from tests.senders.test_series_count_as_the_agent_counts import agent

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def later():
    with time_machine.travel(cast.LATER, tick=False):
        yield


@pytest.fixture
def provider_and_meter():
    return cast.provider_with_meter()


def recomputed(samples):
    """Return what a counter grew by, over the agent's own functions."""
    before, total = None, Decimal(0)
    for at, value in samples:
        step = agent.counter_step(
            before, Decimal(repr(value)), cast.NOON_MS * 1000 + round(at * 10**6), gap=300 * 10**6
        )
        if step is not None:
            before = step.baseline
            total += step.stretch.quantity if step.stretch else 0
    return total


def test_a_request_becomes_readings_and_is_answered_without_words(provider_and_meter):
    provider, meter = provider_and_meter
    cast.mapping(provider, [cast.counter(meter)])
    samples = cast.restarting(1, 120)

    reply = cast.post(cast.sender(provider), cast.first(cast.series({"gpu": "0"}, *samples)))

    assert (reply.status_code, reply.content) == (204, b"")
    assert reply["X-Prometheus-Remote-Write-Samples-Written"] == "120"
    assert cast.used(meter) == recomputed(samples)
    assert len(cast.by_window(meter)) == 2


def test_the_second_version_and_the_first_count_the_same(provider_and_meter):
    provider, meter = provider_and_meter
    cast.mapping(provider, [cast.counter(meter)])
    client, told = cast.sender(provider), cast.series({"gpu": "0"}, *cast.restarting(2, 60))

    reply = cast.post(client, cast.second(told), proto="io.prometheus.write.v2.Request")
    counted = cast.used(meter)
    again = cast.post(client, cast.first(told), proto="prometheus.WriteRequest")

    assert (reply.status_code, again.status_code) == (204, 204)
    assert reply["X-Prometheus-Remote-Write-Samples-Written"] == "60"
    assert reply["X-Prometheus-Remote-Write-Histograms-Written"] == "0"
    assert reply["X-Prometheus-Remote-Write-Exemplars-Written"] == "0"
    assert counted == cast.used(meter) == recomputed(cast.restarting(2, 60))


@pytest.mark.parametrize("seed", [1, 2])
def test_shuffled_split_and_doubled_requests_are_the_same_usage(provider_and_meter, seed):
    provider, meter = provider_and_meter
    chance = random.Random(seed)  # noqa: S311
    cast.mapping(provider, [cast.counter(meter)], wait_seconds=30)
    shown = {name: cast.restarting(seed * 10 + int(name), 40) for name in "012"}
    told = [cast.series({"gpu": name}, *samples) for name, samples in shown.items()]

    for number, request in enumerate(cast.doubled_and_shuffled(chance, told)):
        cast.take(provider, *request, now=cast.LATER + timedelta(milliseconds=number))
    cast.follow_due(cast.LATER + timedelta(minutes=1))

    assert cast.used(meter) == sum(map(recomputed, shown.values()))
    with tenancy.acting_as_platform():
        assert not WaitingSample.objects.exists()
        assert not Series.objects.filter(due_at__isnull=False).exists()


def test_a_request_that_is_sent_again_adds_nothing(provider_and_meter):
    provider, meter = provider_and_meter
    cast.mapping(provider, [cast.counter(meter)])
    told = cast.series({}, (0, 0), (60, 30), (120, 75))

    cast.take(provider, told)
    again = cast.take(provider, told)

    assert cast.used(meter) == 75
    assert (again.readings, again.odd["behind"]) == (0, 3)


def test_a_place_survives_whatever_happens_between_requests(provider_and_meter):
    provider, meter = provider_and_meter
    cast.mapping(provider, [cast.counter(meter)])
    samples = cast.restarting(3, 90)

    for sample in samples:
        cast.take(provider, cast.series({"gpu": "0"}, sample))

    assert cast.used(meter) == recomputed(samples)


def test_a_level_is_used_for_as_long_as_it_stands(provider_and_meter):
    provider, meter = provider_and_meter
    cast.mapping(
        provider,
        [
            cast.counter(meter, "gpu_busy", reads="gauge"),
            cast.counter(meter, "pod", reads="present"),
        ],
    )

    cast.take(provider, cast.series({}, (0, 0.5), (60, 1), (120, cast.STALE), metric="gpu_busy"))
    cast.take(provider, cast.series({}, (3000, 7), (3060, 7), metric="pod"))

    assert cast.used(meter) == 30 + 60


def test_labels_choose_the_meter_the_order_and_the_factor(provider_and_meter):
    provider, meter = provider_and_meter
    other = cast.metering.meter(provider)
    order = "01a1fb33-b360-7470-8f9c-2aa109a6c0a7"
    cast.mapping(
        provider,
        [
            {
                "metric": "gpu_ms",
                "labels": {"host": "node*", "mig": ["", "1g.*"]},
                "reads": "counter",
                "meter_label": "host",
                "meters": {"node1": str(meter.pk), "node2": str(other.pk)},
                "factor": "0.001",
                "order_label": "pod",
                "orders": {"train-7": order},
            }
        ],
    )
    samples = [(0, 0), (60, 5000)]

    taken = cast.take(
        provider,
        cast.series({"host": "node1", "pod": "train-7"}, *samples, metric="gpu_ms"),
        cast.series({"host": "node2", "mig": "1g.5gb"}, *samples, metric="gpu_ms"),
        cast.series({"host": "node2", "mig": "2g.10gb"}, *samples, metric="gpu_ms"),
        cast.series({"host": "node3"}, *samples, metric="gpu_ms"),
    )

    assert (taken.readings, taken.unmapped) == (2, 4)
    with tenancy.acting_as_platform():
        (reading,) = Reading.objects.filter(meter=meter)
        assert (str(reading.subject), reading.quantity) == (order, 5)
        assert Reading.objects.get(meter=other).subject is None
        unread = set(UnmappedMetric.objects.values_list("metric", "reason", "samples"))
    assert unread == {("gpu_ms", "no_rule", 2), ("gpu_ms", "no_meter", 2)}


def test_a_resource_is_named_by_its_identifier(provider_and_meter):
    provider, meter = provider_and_meter
    cast.mapping(
        provider,
        [
            {
                "metric": "gpu_seconds_total",
                "reads": "counter",
                "meter_label": "resource",
                "unit": "card-second",
            }
        ],
    )

    cast.take(provider, cast.series({"resource": meter.resource.identifier}, (0, 0), (60, 9)))

    assert cast.used(meter) == 9


def test_series_that_nobody_reads_are_counted_and_never_lost_in_silence(provider_and_meter):
    provider, _meter = provider_and_meter

    reply = cast.post(
        cast.sender(provider),
        cast.first(
            cast.series({"cpu": "0"}, (0, 1), (15, 2), metric="node_cpu"),
            cast.series({"cpu": "1"}, (0, 1), metric="node_cpu"),
        ),
    )

    assert reply.status_code == 204, reply.content
    with tenancy.acting_as(provider.pk):
        (row,) = selectors.unmapped(provider.pk)
        assert (row.metric, row.samples, row.labels) == ("node_cpu", 3, {"cpu": "1"})
        (door,) = selectors.senders(provider.pk)
        assert (door.via, door.requests, door.unmapped) == ("remote-write-1", 1, 3)


def test_a_meter_that_an_agent_signs_for_takes_nothing_unsigned_and_says_so(provider_and_meter):
    provider, meter = provider_and_meter
    signed = cast.metering.meter(provider, agent_id=factories.AgentFactory(provider=provider).pk)
    cast.mapping(provider, [cast.counter(meter), cast.counter(signed, "signed_total")])
    told = [
        cast.series({}, (0, 0), (60, 5)),
        cast.series({}, (0, 0), (60, 5), metric="signed_total"),
    ]

    reply = cast.post(cast.sender(provider), cast.first(*told))

    assert reply.status_code == 400
    assert reply.json()["taken"]["refused"] == {"signature_required": 1}
    assert "signature_required 1" in reply.json()["detail"]
    assert (cast.used(meter), cast.used(signed)) == (5, 0)
    with tenancy.acting_as(provider.pk):
        row = selectors.series(provider.pk).get(meter=signed)
        assert (row.refused, row.refused_code) == (1, "signature_required")
