"""`add-checkpoint` by the protocol: each status, what is stored, what is kept as evidence."""

import json
from pathlib import Path

import pytest
from django.db import Error, connection, transaction

from common import clock, tenancy
from gateway import keys
from gateway.contracts import KeyPurpose
from gateway.witness import high_water, rules, services
from gateway.witness.contracts import WitnessRestored
from gateway.witness.models import ConflictKind, LogConflict, WitnessedLog
from tests.witness.cast import Log, event_names

ADDRESS = "/api/witness/v1/add-checkpoint"


def post(client, body: bytes):
    return client.post(ADDRESS, data=body, content_type="application/octet-stream")


def witness_key() -> rules.NoteKey:
    key = keys.newest_key(KeyPurpose.WITNESS)
    return rules.NoteKey(key.name, rules.COSIGNER_KEY, key.public_key)


@pytest.fixture
def held(db, log, client, django_capture_on_commit_callbacks) -> Log:
    """The log, cosigned at five entries."""
    with django_capture_on_commit_callbacks(execute=True):
        assert post(client, log.grow(5).request(0)).status_code == 200
    return log


def test_a_new_log_and_what_continues_it_are_cosigned(client, held):
    held.grow(300)
    reply = post(client, held.request(5))

    head = rules.read_note(held.note() + reply.content.decode())
    assert (reply.status_code, reply["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert abs(head.cosigned_at(witness_key()) - clock.now().timestamp()) < 60
    (row,) = client.get("/api/witness/v1/logs").json()["results"]
    assert (row["origin"], row["size"], row["note"]) == (held.origin, 305, held.note())
    assert client.get("/api/witness/v1/key").json()["key"] == witness_key().text


def test_the_same_checkpoint_is_cosigned_again(client, held):
    assert post(client, held.request(5, 5)).status_code == 200


def test_who_goes_on_from_another_size_is_told_the_right_one(client, held):
    held.grow(3)
    for old in (0, 4, 8):
        reply = post(client, held.request(old))
        told = (reply.status_code, reply["Content-Type"], reply.content)
        assert told == (409, "text/x.tlog.size", b"5\n"), old


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (404, "log_unknown"),
        (403, "checkpoint_unsigned"),
        (400, "checkpoint_malformed"),
        (413, "too_large"),
        (422, "history_unproven"),
    ],
)
def test_what_is_refused_has_a_code(client, held, status, code):
    held.grow(4)
    body = {
        404: Log(origin="other.example/ledger").grow(3).request(0),
        403: Log().grow(9).request(5),
        400: rules.write_request(old_size=10, proof=[], note=held.note()),
        413: b"old 0\n\n" + b"x" * 8_192,
        422: rules.write_request(old_size=5, proof=[bytes(32)], note=held.note()),
    }[status]
    reply = post(client, body)

    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert WitnessedLog.objects.get().size == 5


def test_two_roots_of_one_size_are_kept_and_named(client, held):
    fork = Log(private=held.private).grow(5, mark="rewritten")
    reply = post(client, fork.request(5, 5))

    (row,) = client.get("/api/witness/v1/conflicts").json()["results"]
    assert (reply.status_code, reply.content) == (409, b"5\n")
    assert (row["kind"], row["held_note"], row["offered_note"]) == (
        "FORKED",
        held.note(),
        fork.note(),
    )
    assert "witness.log.forked" in event_names()
    post(client, fork.request(5, 5))
    assert LogConflict.objects.count() == 1


def test_what_is_not_shown_is_settled_when_it_is_shown(client, held):
    held.grow(4)
    post(client, rules.write_request(old_size=5, proof=[bytes(32)], note=held.note()))
    found = LogConflict.objects.get()
    assert (found.kind, found.settled_at) == (ConflictKind.UNPROVEN, None)

    post(client, held.request(5))
    found.refresh_from_db()
    assert found.settled_at is not None


def test_a_witness_that_was_put_back_cosigns_nothing(client, held, settings):
    noted = json.loads(Path(settings.WITNESS_HIGH_WATER_FILE).read_text())
    assert noted == {held.origin: 5}
    high_water.raise_to(held.origin, 7)
    high_water.raise_to(held.origin, 6)
    assert high_water.read() == {held.origin: 7}

    with pytest.raises(WitnessRestored):
        services.add_checkpoint(body=held.grow(9).request(5), now=clock.now())
    assert post(client, held.request(5)).json()["code"] == "witness_restored"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE witness_witnessedlog SET size = 4",
        "UPDATE witness_witnessedlog SET root = decode(repeat('00', 32), 'hex')",
        "UPDATE witness_witnessedlog SET origin = 'x'",
        "DELETE FROM witness_witnessedlog",
        "UPDATE witness_logconflict SET offered_note = 'x'",
        "UPDATE witness_logconflict SET settled_at = now() WHERE kind = 'FORKED'",
        "DELETE FROM witness_logconflict",
    ],
)
def test_nobody_makes_a_witness_forget(client, held, statement):
    post(client, Log(private=held.private).grow(5, mark="rewritten").request(5, 5))
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute("UPDATE witness_witnessedlog SET size = 6")  # a probe: rising is allowed
        with pytest.raises(Error), transaction.atomic():
            cursor.execute(statement)
