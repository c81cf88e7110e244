"""Bad requests are refused so that a sender does the right thing: drops, or tries again."""

import struct
import zlib
from datetime import timedelta

import pytest
import time_machine

from common import tenancy
from metering.senders import selectors
from metering.senders.contracts import UNMAPPED_METRICS_MAX
from metering.senders.models import Series, UnmappedMetric
from metering.senders.wire import remote_write
from tests.senders import cast

pytestmark = pytest.mark.django_db
SECOND = "io.prometheus.write.v2.Request"


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


def refused(reply):
    assert reply["Content-Type"] == "application/problem+json", reply.content
    return reply.status_code, reply.json()["code"]


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


GARBAGE = {
    "empty": b"",
    "no snappy": b"\xff\xff\xff\xff\xff\xff",
    "cut off": cast.packed(cast.first(cast.series({"a": "b" * 500}, (0, 1))))[:20],
    "snappy of garbage": bytes(cast.cramjam.snappy.compress_raw(b"\xff" * 30)),
    "framed snappy": bytes(cast.cramjam.snappy.compress(b"\x0a\x00")),
    "gzip": zlib.compress(b"nothing"),
}


@pytest.mark.parametrize("named", GARBAGE)
def test_garbage_is_said_to_be_garbage_and_is_not_sent_again(client, named):
    reply = cast.post(client, None, body=GARBAGE[named])

    assert refused(reply) in [(400, "unreadable_samples"), (413, "request_too_large")]


def test_a_bomb_is_refused_by_what_it_says_it_holds(client, settings):
    bomb = bytes(
        cast.cramjam.snappy.compress_raw(b"\0" * (settings.METERING_SENDERS_BYTES_MAX + 1))
    )
    liar = varint(2**31) + b"\0"

    assert refused(cast.post(client, None, body=bomb)) == (413, "request_too_large")
    assert refused(cast.post(client, None, body=liar)) == (413, "request_too_large")


def test_a_million_samples_are_too_many_at_once(client, settings):
    settings.METERING_SENDERS_BYTES_MAX = 64 << 20
    request = cast.first(cast.series({}, *((number / 1000, 1) for number in range(1_000_000))))

    reply = cast.post(client, request)

    assert refused(reply) == (413, "request_too_large")
    assert "50000 samples" in reply.json()["detail"]


@pytest.mark.parametrize(
    ("content_type", "encoding"),
    [
        ("application/json", "snappy"),
        ("text/plain", "snappy"),
        ("application/x-protobuf", ""),
        ("application/x-protobuf", "gzip"),
        ("application/x-protobuf;proto=io.prometheus.write.v3.Request", "snappy"),
    ],
)
def test_another_kind_of_message_is_said_to_be_unsupported(client, content_type, encoding):
    reply = client.post(
        cast.ADDRESS,
        data=cast.packed(cast.first(cast.series({}, (0, 1)))),
        content_type=content_type,
        headers={"Content-Encoding": encoding},
    )

    assert reply.status_code == 415


def test_times_and_values_that_cannot_be_are_counted_and_spoil_nothing(client, provider_and_meter):
    provider, meter = provider_and_meter
    good = cast.series({"gpu": "0"}, (0, 0), (60, 30), (120, 45))
    bad = cast.series(
        {"gpu": "0"},
        (4 * 3600, 99),  # in the future
        (-93 * 86400, 1),
        (10, float("nan")),
        (20, float("inf")),
        (30, -5.0),
        (40, 1e300),
        (50, 5e-324),
    )
    request = cast.first(good, bad)
    request.timeseries[1].samples.add(timestamp=2**63 - 1, value=1)
    request.timeseries[1].samples.add(timestamp=-(2**63), value=1)

    reply = cast.post(client, request)

    assert refused(reply) == (400, "samples_refused")
    told = reply.json()["taken"]
    assert told["refused"] == {"sample_in_future": 2, "sample_too_old": 2}
    assert told["nothing_new"]["not_numbers"] == 4
    assert reply["X-Prometheus-Remote-Write-Samples-Written"] == "8"
    assert cast.used(meter) == 45
    with tenancy.acting_as(provider.pk):
        assert selectors.series(provider.pk).get().passed_at == cast.NOON + timedelta(minutes=2)


BAD_LABELS = {
    "no name": [("gpu", "0")],
    "twice": [("__name__", "gpu_seconds_total"), ("a", "1"), ("a", "2")],
    "too many": [("__name__", "m"), *((f"l{number}", "x") for number in range(65))],
    "too long": [("__name__", "m"), ("a", "x" * 1025)],
    "without a name of its own": [("__name__", "m"), ("", "x")],
    "with NUL": [("__name__", "m"), ("a", "x\0y")],
}


@pytest.mark.parametrize("named", BAD_LABELS)
def test_labels_that_break_their_form_spoil_no_other_series(client, provider_and_meter, named):
    request = cast.first(cast.series({"gpu": "0"}, (0, 0), (60, 5)))
    row = request.timeseries.add()
    for name, value in BAD_LABELS[named]:
        row.labels.add(name=name, value=value)
    row.samples.add(timestamp=cast.NOON_MS, value=1)

    reply = cast.post(client, request)

    assert refused(reply) == (400, "samples_refused")
    assert reply.json()["taken"]["refused"] == {"invalid_labels": 1}
    assert cast.used(provider_and_meter[1]) == 5


def test_symbols_that_are_not_there_spoil_no_other_series(client, provider_and_meter):
    request = cast.second(cast.series({"gpu": "0"}, (0, 0), (60, 5)))
    for references in ([99, 1], [1], [2**32 - 1, 2**32 - 1]):
        row = request.timeseries.add(labels_refs=references)
        row.samples.add(timestamp=cast.NOON_MS, value=1)

    reply = cast.post(client, request, proto=SECOND)

    assert reply.json()["taken"]["refused"] == {"invalid_labels": 3}
    assert cast.used(provider_and_meter[1]) == 5
    request = cast.second(cast.series({}, (0, 0)))
    request.symbols[0] = "x"
    assert refused(cast.post(client, request, proto=SECOND)) == (400, "unreadable_samples")


def test_histograms_and_exemplars_are_not_read_and_this_is_said(client):
    request = cast.first(cast.series({}, (0, 0)))
    request.timeseries[0].histograms.append(b"\x08\x01")
    request.timeseries[0].exemplars.append(struct.pack("<d", 1))

    reply = cast.post(client, request)

    assert reply.json()["taken"]["refused"] == {"histogram_unread": 1}
    assert reply["X-Prometheus-Remote-Write-Samples-Written"] == "1"
    assert reply["X-Prometheus-Remote-Write-Histograms-Written"] == "0"


def test_series_are_bounded_by_number_and_those_beyond_are_named(
    client, provider_and_meter, settings
):
    settings.METERING_SENDERS_SERIES_MAX = 2
    told = [cast.series({"gpu": str(number)}, (0, 0), (60, 5)) for number in range(3)]

    reply = cast.post(client, cast.first(*told))

    assert reply.json()["taken"]["refused"] == {"too_many_series": 2}
    assert cast.used(provider_and_meter[1]) == 10
    with tenancy.acting_as_platform():
        assert Series.objects.count() == 2


def test_metrics_that_nobody_reads_are_bounded_and_the_others_are_counted_together(client):
    many = UNMAPPED_METRICS_MAX + 5
    told = [cast.series({}, (0, 0), metric=f"m{number}") for number in range(many)]

    assert cast.post(client, cast.first(*told)).status_code == 204

    with tenancy.acting_as_platform():
        assert UnmappedMetric.objects.count() == UNMAPPED_METRICS_MAX + 1
        assert UnmappedMetric.objects.get(metric="").samples == 5


def test_who_may_not_write_is_not_let_in(provider_and_meter, client):
    told = cast.first(cast.series({}, (0, 0)))

    assert cast.post(cast.Client(), told).status_code == 401
    reader = cast.sender(provider_and_meter[0], scopes=["metering:read"])
    assert cast.post(reader, told).status_code == 403
    assert client.get(cast.ADDRESS).status_code == 405


def test_a_reading_beyond_the_capacity_is_refused_by_name(client, provider_and_meter):
    reply = cast.post(client, cast.first(cast.series({}, (0, 0), (60, 60 * 9))))

    assert reply.json()["taken"]["refused"] == {"above_capacity": 1}
    assert cast.used(provider_and_meter[1]) == 0


def test_fields_of_later_versions_are_passed_over():
    told = cast.first(cast.series({}, (0, 0))).SerializeToString() + b"\x1a\x02\x08\x01"

    assert remote_write.read_first(told, samples_max=1).count == 1
