"""What OpenTelemetry exports becomes readings: the same number as by any other door."""

import gzip
import json
from decimal import Decimal

import pytest
import time_machine
from google.protobuf import json_format
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)

from common import tenancy
from metering.senders import selectors
from metering.senders.api.otlp import STATUS
from tests.senders import cast

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/metering/otlp/v1/metrics"
PROTOBUF = "application/x-protobuf"
DELTA, CUMULATIVE = 1, 2
NOON_NS = cast.NOON_MS * 10**6


@pytest.fixture(autouse=True)
def later():
    with time_machine.travel(cast.LATER, tick=False):
        yield


@pytest.fixture
def provider_and_meter():
    provider, meter = cast.provider_with_meter()
    cast.mapping(provider, [cast.counter(meter)])
    return provider, meter


@pytest.fixture
def client(provider_and_meter):
    return cast.sender(provider_and_meter[0])


def request(*points, name="gpu_seconds_total", temporality=CUMULATIVE, kind="sum", labels=None):
    """Return a request; points are (seconds after noon, value, seconds when it began)."""
    told = ExportMetricsServiceRequest()
    resource = told.resource_metrics.add()
    resource.resource.attributes.add(key="telemetry.sdk.version").value.string_value = "1"
    resource.resource.attributes.add(key="host.name").value.string_value = "node1"
    metric = resource.scope_metrics.add().metrics.add(name=name)
    if kind == "sum":
        metric.sum.aggregation_temporality = temporality
        metric.sum.is_monotonic = True
    for at, value, *began in points:
        point = getattr(metric, kind).data_points.add()
        point.time_unix_nano = NOON_NS + round(at * 10**9)
        point.start_time_unix_nano = NOON_NS + round((began[0] if began else 0) * 10**9)
        if kind in ("sum", "gauge"):
            point.as_double = value
        for key, text in (labels or {"gpu": "0"}).items():
            point.attributes.add(key=key).value.string_value = text
    return told


def post(client, told, *, packed=False, content_type=PROTOBUF, body=None, encoding=None):
    if body is None:
        is_binary = content_type == PROTOBUF
        body = told.SerializeToString() if is_binary else json_format.MessageToJson(told).encode()
    headers = {"Accept-Language": "en"}
    if packed or encoding:
        headers["Content-Encoding"] = encoding or "gzip"
    return client.post(
        ADDRESS,
        data=gzip.compress(body) if packed else body,
        content_type=content_type,
        headers=headers,
    )


def answer(reply):
    return ExportMetricsServiceResponse.FromString(reply.content)


def test_cumulative_sums_count_as_remote_write_counts(provider_and_meter, client):
    _provider, meter = provider_and_meter
    samples = cast.restarting(5, 60)

    reply = post(client, request(*samples), packed=True)

    assert (reply.status_code, reply["Content-Type"], reply.content) == (200, PROTOBUF, b"")
    other, their_meter = cast.provider_with_meter()
    cast.mapping(other, [cast.counter(their_meter)])
    cast.take(other, cast.series({"gpu": "0", "host.name": "node1"}, *samples))
    assert cast.used(meter) == cast.used(their_meter) > 0
    assert cast.by_window(meter) == cast.by_window(their_meter)


def test_json_says_the_same_and_a_second_time_adds_nothing(provider_and_meter, client):
    told = request((0, 0), (60, 30))

    first = post(client, told, content_type="application/json")
    again = post(client, told)

    assert (first.status_code, json.loads(first.content)) == (200, {})
    assert again.status_code == 200
    assert cast.used(provider_and_meter[1]) == 30


def test_growth_counts_as_it_is_told_in_any_order_and_once(provider_and_meter, client):
    later, sooner = (120, 7.5, 60), (60, 5.25, 0)

    for points in ([later], [sooner, later], [sooner]):
        reply = post(client, request(*points, temporality=DELTA))
        assert reply.status_code == 200

    assert cast.used(provider_and_meter[1]) == Decimal("12.75")


def test_a_counter_that_says_when_it_began_has_restarted_then(provider_and_meter, client):
    post(client, request((0, 10, -60), (60, 20, 30)))

    assert cast.used(provider_and_meter[1]) == 20


def test_levels_stand_and_what_is_not_recorded_ends_them():
    provider, meter = cast.provider_with_meter()
    cast.mapping(provider, [cast.counter(meter, "gpu.busy", reads="gauge", factor="0.5")])
    told = request((0, 4), (60, 2), (120, 0), (180, 9), name="gpu.busy", kind="gauge")
    told.resource_metrics[0].scope_metrics[0].metrics[0].gauge.data_points[2].flags = 1

    assert post(cast.sender(provider), told).status_code == 200
    assert cast.used(meter) == 120


def test_what_is_not_taken_is_counted_in_the_answer(provider_and_meter, client):
    told = request((0, 0), (60, 5), (5 * 3600, 9))
    metric = told.resource_metrics[0].scope_metrics[0].metrics.add(name="latency")
    metric.histogram.data_points.add(time_unix_nano=NOON_NS)

    partial = answer(post(client, told)).partial_success

    assert partial.rejected_data_points == 2
    assert "histogram_unread 1, sample_in_future 1" in partial.error_message
    assert cast.used(provider_and_meter[1]) == 5


def test_points_of_no_mapping_are_a_warning_and_are_counted(provider_and_meter, client):
    provider, _meter = provider_and_meter

    partial = answer(post(client, request((0, 1), name="other"))).partial_success
    unlike = post(client, request((0, 1), temporality=0))

    assert (partial.rejected_data_points, partial.error_message) == (
        0,
        "1 points belong to no mapping.",
    )
    assert unlike.status_code == 200
    with tenancy.acting_as(provider.pk):
        found = set(selectors.unmapped(provider.pk).values_list("metric", "reason", "kind"))
    assert found == {
        ("other", "no_rule", "cumulative"),
        ("gpu_seconds_total", "unlike", "other"),
    }


BAD = {
    "garbage": (b"\xff\xff\xff", PROTOBUF, None, 400),
    "no JSON": (b"{", "application/json", None, 400),
    "JSON of another kind": (b'{"resourceMetrics": 5}', "application/json", None, 400),
    "deep JSON": (b"[" * 3000, "application/json", None, 400),
    "no gzip": (b"nothing", PROTOBUF, "gzip", 400),
    "gzip cut off": (gzip.compress(b"x" * 100)[:-9], PROTOBUF, "gzip", 400),
    "packed otherwise": (b"x", PROTOBUF, "br", 415),
    "a bomb": (gzip.compress(b"\0" * (5 << 20)), PROTOBUF, "gzip", 413),
    "text": (b"x", "text/plain", None, 415),
}


@pytest.mark.parametrize("named", BAD)
def test_bad_requests_are_refused_in_the_words_of_the_protocol(client, named):
    body, content_type, encoding, status = BAD[named]

    reply = post(client, None, body=body, content_type=content_type, encoding=encoding)

    assert reply.status_code == status, reply.content
    if content_type == PROTOBUF:
        assert STATUS["Status"].FromString(reply.content).message
    else:
        assert reply.json()["detail"]


def test_who_may_not_export_is_told_so_in_bytes():
    reply = post(cast.Client(), request((0, 0)))

    assert reply.status_code == 401
    assert reply["WWW-Authenticate"].startswith("Bearer")
    assert STATUS["Status"].FromString(reply.content).code == 16
