"""Agents' heartbeats: signed as a batch, taken whole, newest first; silence is told once."""

import base64
import json
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import Error, connection, transaction
from django.test import Client

from common import clock, tenancy
from gateway.sensing import selectors, services
from gateway.sensing.models import SourceState, StateHistory
from tests import cast
from tests.senders.cast import api_key

pytestmark = pytest.mark.django_db
ADDRESS = "/api/gateway/v1/heartbeats"


class Beating:
    """A provider with a resource of eight cards, an agent that signs, and a client with a key."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.provider = cast.organization("Provider")
        self.resource = cast.resource(self.provider)
        self.agent = cast.agent(self.provider, self.key)
        secret = api_key(self.provider, now=clock.now())
        self.client = Client(headers={"Authorization": f"Bearer {secret}"})

    def body(self, *, at: datetime, sequence: int = 1, **facts) -> dict:
        beat = {"resource": str(self.resource.pk), "health": "OK", "free_milli": 3_000} | facts
        return {
            "format": "suanpan-heartbeat/1",
            "boot_id": str(uuid4()),
            "sequence": sequence,
            "observed_at": at.isoformat(),
            "interval_seconds": 30,
            "resources": [beat],
        }

    def send(self, content: dict, *, signed: bytes | None = None, key=None):
        body = json.dumps(content).encode()
        signature = (key or self.key).sign(body if signed is None else signed)
        return self.client.post(
            ADDRESS,
            data=body,
            content_type="application/json",
            headers={
                "Suanpan-Agent": self.agent.key_id,
                "Suanpan-Signature": base64.b64encode(signature).decode(),
            },
        )

    def beat(self, *, at: datetime, sequence: int = 1, **facts):
        return self.send(self.body(at=at, sequence=sequence, **facts))

    def row(self) -> SourceState:
        with tenancy.acting_as(self.provider.pk):
            return SourceState.objects.get()


@pytest.fixture
def beating() -> Beating:
    return Beating()


def test_a_heartbeat_is_what_the_resolver_answers(beating):
    reply = beating.beat(at=clock.now(), free_milli=3_000)
    found = Client().get(f"/api/v1/identifiers/{beating.resource.identifier}").json()

    assert (reply.status_code, reply.json()["taken"], reply.json()["older"]) == (200, 1, 0)
    assert found["state"]["available_milli"] == 3_000
    assert (found["state"]["told_by"], found["state"]["health"]) == ("AGENT", "OK")
    assert found["available"]["milli"] == 8_000  # the market's own book, as before


def test_a_resource_may_be_named_by_its_identifier(beating):
    assert beating.beat(at=clock.now(), resource=beating.resource.identifier).status_code == 200


def test_an_older_word_changes_nothing_and_of_equals_the_higher_number_counts(beating):
    now = clock.now()
    beating.beat(at=now, sequence=5, free_milli=3_000)
    assert (
        beating.beat(at=now - timedelta(seconds=1), sequence=9, free_milli=1).json()["older"] == 1
    )
    assert beating.beat(at=now, sequence=4, free_milli=1).json()["older"] == 1
    assert beating.row().free_milli == 3_000
    assert beating.beat(at=now, sequence=6, free_milli=2_000).json()["taken"] == 1
    assert beating.row().free_milli == 2_000


def test_what_is_silent_is_unknown_and_told_once(beating):
    now = clock.now()
    beating.beat(at=now)
    later = now + timedelta(seconds=90)

    shown = selectors.state_shown(beating.resource.pk, later)
    assert (shown["available_milli"], shown["health"], shown["is_stale"]) == (None, "UNKNOWN", True)
    assert services.tell_of_silence(now=now + timedelta(seconds=89)) == 0
    assert [services.tell_of_silence(now=later) for _ in range(2)] == [1, 0]
    beating.beat(at=now + timedelta(seconds=1), sequence=2)
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM events_event WHERE name LIKE 'sensing.%' ORDER BY id")
        assert [name for (name,) in cursor.fetchall()] == [
            "sensing.source.silent",
            "sensing.source.back",
        ]


@pytest.mark.parametrize(
    ("status", "code", "change"),
    [
        (400, "observed_in_future", {"observed_at": "2999-01-01T00:00:00Z"}),
        (400, "heartbeat_malformed", {"format": "suanpan-heartbeat/2"}),
        (400, "heartbeat_malformed", {"interval_seconds": 4}),
        (400, "heartbeat_malformed", {"observed_at": "2026-11-01T00:00:00"}),
        (400, "heartbeat_malformed", {"resources": []}),
        (400, "heartbeat_malformed", {"more": 1}),
        (413, "heartbeat_too_large", {"resources": [{"resource": "x", "health": "OK"}] * 10_001}),
    ],
)
def test_what_is_no_heartbeat_is_named(beating, status, code, change):
    reply = beating.send(beating.body(at=clock.now()) | change)

    assert (reply.status_code, reply.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    "facts",
    [
        {"health": "FINE"},
        {"free_milli": -1},
        {"free_milli": 9, "total_milli": 8},
        {"free_milli": 1.5},
    ],
)
def test_figures_that_contradict_themselves_are_refused(beating, facts):
    assert beating.beat(at=clock.now(), **facts).json()["code"] == "heartbeat_malformed"


def test_a_batch_that_names_anothers_resource_is_refused_whole(beating):
    other = cast.resource(cast.organization("Other"))
    content = beating.body(at=clock.now())
    content["resources"].append({"resource": str(other.pk), "health": "DOWN"})
    reply = beating.send(content)

    assert (reply.status_code, reply.json()["code"]) == (403, "resource_not_bound")
    assert reply.json()["resource"] == str(other.pk)
    with tenancy.acting_as_platform():
        assert not SourceState.objects.exists()


def test_a_resource_named_twice_is_refused(beating):
    content = beating.body(at=clock.now())
    content["resources"].append({"resource": beating.resource.identifier, "health": "DOWN"})

    assert beating.send(content).json()["code"] == "heartbeat_malformed"


def test_bytes_that_nobody_signed_are_refused(beating):
    content = beating.body(at=clock.now())

    assert beating.send(content, signed=b"other bytes").json()["code"] == "signature_refused"
    stranger = Ed25519PrivateKey.generate()
    assert beating.send(content, key=stranger).json()["code"] == "signature_refused"


def test_five_minutes_are_kept_as_lowest_highest_and_mean(beating):
    start = clock.now().replace(second=0, microsecond=0) - timedelta(minutes=10)
    start -= timedelta(minutes=start.minute % 5)
    for number, free in enumerate((3_000, 1_000, 8_000)):
        at = start + timedelta(seconds=30 * number)
        beating.beat(at=at, sequence=number, free_milli=free)
    beating.beat(at=start, sequence=9, free_milli=0)  # older: it changes no history

    with tenancy.acting_as(beating.provider.pk):
        row = StateHistory.objects.get()
    assert (row.slot_at, row.low_milli, row.high_milli, row.sum_milli, row.words) == (
        start,
        1_000,
        8_000,
        12_000,
        3,
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sensing_sourcestate SET observed_at = observed_at - interval '1 second'",
        "UPDATE sensing_sourcestate SET sequence = sequence - 1",
        "UPDATE sensing_sourcestate SET free_milli = -1, sequence = sequence + 1",
        "UPDATE sensing_sourcestate SET total_milli = 1, sequence = sequence + 1",
        "UPDATE sensing_sourcestate SET health = 'FINE', sequence = sequence + 1",
        "DELETE FROM sensing_sourcestate",
        "DELETE FROM sensing_statehistory",
        "UPDATE sensing_statehistory SET low_milli = high_milli + 1",
    ],
)
def test_the_database_keeps_what_was_told(beating, statement):
    beating.beat(at=clock.now(), free_milli=3_000)
    with (
        tenancy.acting_as_platform(),
        connection.cursor() as cursor,
        pytest.raises(Error),
        transaction.atomic(),
    ):
        cursor.execute(statement)


def test_others_see_the_state_and_not_who_told_it(beating):
    beating.beat(at=clock.now())
    with tenancy.acting_as(cast.organization("Other").pk):
        assert not SourceState.objects.exists()
        assert selectors.state_shown(beating.resource.pk, clock.now())["available_milli"] == 3_000
