"""Mappings are tried, published as immutable versions, told apart, and ended."""

import json

import pytest
import time_machine
from django.db import DatabaseError, transaction

from common import tenancy
from metering.senders import definitions, selectors, services
from metering.senders.contracts import InvalidMapping, MappingChanged, MappingEnded
from metering.senders.models import MappingVersion
from tests import cast as people
from tests.senders import cast

pytestmark = pytest.mark.django_db
API = "/api/v1/metering"


@pytest.fixture(autouse=True)
def later():
    with time_machine.travel(cast.LATER, tick=False):
        yield


@pytest.fixture
def provider_and_meter():
    return cast.provider_with_meter()


def call(client, method, path, body=None, **headers):
    return getattr(client, method)(
        f"{API}/{path}",
        data=json.dumps(body) if body is not None else None,
        content_type="application/json",
        headers={"Accept-Language": "en", "Idempotency-Key": f"{method}{path}"} | headers,
    )


BROKEN = [
    {},
    {"metric": "m", "reads": "counter"},
    {"metric": "m", "reads": "histogram", "meter_label": "host"},
    {"metric": "m", "reads": "counter", "meter_label": "host", "factor": "0"},
    {"metric": "m", "reads": "counter", "meter_label": "host", "factor": "NaN"},
    {"metric": "m", "reads": "counter", "meter_label": "host", "factor": "1e999999"},
    {"metric": "m", "reads": "counter", "meter_label": "host", "surplus": 1},
    {"metric": "m\0", "reads": "counter", "meter_label": "host"},
    {"metric": "m", "reads": "counter", "meter": "no id"},
    {"metric": "m", "reads": "counter", "meter_label": "", "orders": {"a": "no id"}},
]


@pytest.mark.parametrize("number", range(len(BROKEN)))
def test_what_breaks_the_form_of_a_mapping_is_refused(number):
    with pytest.raises(InvalidMapping):
        definitions.parse({"rules": [BROKEN[number]]})
    for told in (None, [], {"rules": []}, {"rules": [1]}, {"wait_seconds": 10**9, "rules": []}):
        with pytest.raises(InvalidMapping):
            definitions.parse(told)


def test_a_mapping_names_nothing_but_meters_of_its_provider(provider_and_meter):
    provider, meter = provider_and_meter
    _other, foreign = cast.provider_with_meter()

    with pytest.raises(InvalidMapping, match="you have no meter"):
        cast.mapping(provider, [cast.counter(foreign)])
    with pytest.raises(InvalidMapping, match="counts card-second, not token"):
        cast.mapping(provider, [cast.counter(meter, unit="token")])


def test_a_version_follows_the_one_that_was_looked_at_and_the_same_is_none(provider_and_meter):
    provider, meter = provider_and_meter
    first = cast.mapping(provider, [cast.counter(meter)])
    person = people.member(provider, cast.Role.PROVIDER)

    def publish(metric, begun_from):
        with tenancy.acting_as(provider.pk):
            return services.publish_version(
                provider_id=provider.pk,
                mapping_id=first.mapping_id,
                definition={"rules": [cast.counter(meter, metric)], "wait_seconds": 0},
                begun_from=begun_from,
                by_id=person.pk,
                now=cast.LATER,
            )

    assert publish("gpu_seconds_total", 1).pk == first.pk
    assert publish("other_total", 1).version == 2
    with pytest.raises(MappingChanged):
        publish("third_total", 1)
    told = cast.take(provider, cast.series({}, (0, 0), metric="gpu_seconds_total"))
    assert told.unmapped == 1
    with tenancy.acting_as(provider.pk):
        services.end_mapping(provider_id=provider.pk, mapping_id=first.mapping_id, now=cast.LATER)
    with pytest.raises(MappingEnded):
        publish("third_total", 2)
    assert cast.take(provider, cast.series({}, (0, 0), metric="other_total")).unmapped == 1


def test_a_version_is_never_edited_nor_removed(provider_and_meter):
    provider, meter = provider_and_meter
    cast.mapping(provider, [cast.counter(meter)])

    with tenancy.acting_as(provider.pk):
        rows = MappingVersion.objects.all()
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(version=7)
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.delete()


def test_two_versions_are_told_apart_by_rules():
    before = {"rules": [{"metric": "a"}, {"metric": "b"}], "gap_seconds": 300}
    after = {"rules": [{"metric": "b"}, {"metric": "c"}], "gap_seconds": 60}

    told = [(each.sign, dict(each.rule)) for each in definitions.changes(before, after)]

    assert told == [
        ("-", {"gap_seconds": 300}),
        ("-", {"metric": "a"}),
        ("+", {"gap_seconds": 60}),
        ("+", {"metric": "c"}),
    ]


def test_a_mapping_is_made_tried_published_and_ended_over_http(provider_and_meter):
    provider, meter = provider_and_meter
    client = cast.sender(provider, scopes=["metering:read", "metering:write"])
    definition = {"rules": [cast.counter(meter)]}

    made = call(client, "post", "mappings", {"name": "cluster", "definition": definition})
    mapping_id = made.json()["mapping_id"]
    taken = call(
        client,
        "post",
        "mappings",
        {"name": "cluster", "definition": definition},
        **{"Idempotency-Key": "other"},
    )
    changed = call(
        client,
        "post",
        f"mappings/{mapping_id}/versions",
        {"definition": definition | {"wait_seconds": 5}, "begun_from": 1},
    )

    assert (made.status_code, taken.status_code, changed.status_code) == (201, 409, 201)
    assert taken.json()["code"] == "mapping_name_taken"
    assert call(client, "get", f"mappings/{mapping_id}").json()["version"] == 2
    versions = call(client, "get", f"mappings/{mapping_id}/versions").json()["results"]
    assert [each["version"] for each in versions] == [2, 1]
    assert call(client, "delete", f"mappings/{mapping_id}").status_code == 204
    assert call(client, "get", "mappings").json()["results"][0]["ended_at"]


SAMPLES = {
    "pages": 'gpu_seconds_total{gpu="0"} 10\n# EOF\ngpu_seconds_total{gpu="0"} 40.5\n',
    "table": (
        "metric,time,value,gpu\n"
        "gpu_seconds_total,2026-11-20T12:00:00Z,10,0\n"
        "gpu_seconds_total,2026-11-20T12:01:00Z,40.5,0\n"
    ),
    "OTLP": json.dumps(
        {
            "resourceMetrics": [
                {
                    "scopeMetrics": [
                        {
                            "metrics": [
                                {
                                    "name": "gpu_seconds_total",
                                    "sum": {
                                        "aggregationTemporality": 2,
                                        "isMonotonic": True,
                                        "dataPoints": [
                                            {"timeUnixNano": str(at), "asDouble": value}
                                            for at, value in [
                                                (cast.NOON_MS * 10**6, 10),
                                                ((cast.NOON_MS + 60_000) * 10**6, 40.5),
                                            ]
                                        ],
                                    },
                                }
                            ]
                        }
                    ]
                }
            ]
        }
    ),
}


@pytest.mark.parametrize("named", SAMPLES)
def test_a_sample_shows_what_would_come_of_it_and_nothing_is_kept(provider_and_meter, named):
    provider, meter = provider_and_meter
    client = cast.sender(provider)

    reply = call(
        client,
        "post",
        "mapping-trials",
        {"definition": {"rules": [cast.counter(meter)]}, "sample": SAMPLES[named]},
    )

    (told,) = reply.json()
    assert (told["meter_id"], told["reads"], told["samples"]) == (str(meter.pk), "counter", 2)
    assert [each["quantity"] for each in told["readings"]] == ["30.5"]
    assert cast.used(meter) == 0
    with tenancy.acting_as(provider.pk):
        assert not selectors.series(provider.pk).exists()


@pytest.mark.parametrize("sample", ["", "{", "metric,time,value\nm,now,1\n", "a b c d", "# EOF"])
def test_a_sample_that_is_none_is_said_to_be_none(provider_and_meter, sample):
    provider, meter = provider_and_meter

    reply = call(
        cast.sender(provider),
        "post",
        "mapping-trials",
        {"definition": {"rules": [cast.counter(meter)]}, "sample": sample},
    )

    assert reply.status_code == 400
    assert reply.json()["errors"][0]["field"] == "sample"


def test_what_came_is_listed_read_or_not(provider_and_meter):
    provider, meter = provider_and_meter
    cast.mapping(provider, [cast.counter(meter)])
    cast.take(
        provider, cast.series({"gpu": "0"}, (0, 0), (60, 5)), cast.series({}, (0, 1), metric="up")
    )
    client = cast.sender(provider)

    def first(path):
        return call(client, "get", path).json()["results"][0]

    assert (first("series")["readings"], first("series")["labels"]) == (1, {"gpu": "0"})
    assert (first("unmapped-series")["metric"], first("unmapped-series")["samples"]) == ("up", 1)
    (door,) = call(client, "get", "senders").json()
    assert (door["via"], door["samples"]) == ("remote-write-1", 3)


def test_a_provider_is_told_when_many_metrics_are_unread(provider_and_meter, settings):
    provider, _meter = provider_and_meter
    settings.METERING_SENDERS_TELL_UNMAPPED = 3
    cast.take(provider, *(cast.series({}, (0, 1), metric=f"m{number}") for number in range(3)))

    with tenancy.acting_as_platform():
        assert services.tell_unmapped(now=cast.LATER) == 1
        assert services.tell_unmapped(now=cast.LATER) == 0


def test_series_that_are_long_gone_are_forgotten(provider_and_meter):
    provider, meter = provider_and_meter
    cast.mapping(provider, [cast.counter(meter)])
    cast.take(provider, cast.series({}, (0, 0), (60, 5)), cast.series({}, (0, 1), metric="up"))

    with tenancy.acting_as_platform():
        assert services.forget_series(now=cast.LATER) == 0
        assert services.forget_series(now=cast.LATER + 93 * 24 * cast.HOUR) == 2
    assert cast.used(meter) == 5
