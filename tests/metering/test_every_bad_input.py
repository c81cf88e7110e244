"""Forged, replayed, missing, swapped, overlapping, too much: a table of what becomes of it."""

import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from common import tenancy
from identity.models import MeteringAgent
from metering.chaining import NONE_BEFORE
from metering.models import ChainFault, Reading, Window
from tests.metering import cast
from tests.metering.test_batches_in_a_chain import sender, sha  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
SET_ASIDE = "set aside"


def changed(it, number=1, previous=NONE_BEFORE, **members) -> bytes:
    """Return a signed batch's bytes with other data in its event."""
    (event,) = json.loads(it.body(number, previous))
    event["data"] |= members
    return json.dumps([event]).encode()


def at(hours: float, seconds: int = 60) -> dict[str, str]:
    starts_at = cast.NOON + timedelta(hours=hours)
    ends_at = starts_at + timedelta(seconds=seconds)
    return {"starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat()}


def data(**members):
    """Return what sends one event with other data."""
    return lambda it: it.post(changed(it, **members))


def forged(it):
    return it.browser.post(
        "/api/v1/metering/events", it.body(1, NONE_BEFORE),
        content_type="application/cloudevents-batch+json",
        headers={"Suanpan-Agent": it.agent.key_id, "Suanpan-Signature": "A" * 86 + "=="},
    )  # fmt: skip


def of_another_key(it):
    return it.post(it.body(1, NONE_BEFORE), key=Ed25519PrivateKey.generate())


def unsigned(it):
    return it.browser.post(
        "/api/v1/metering/events", it.body(1, NONE_BEFORE),
        content_type="application/cloudevents-batch+json",
    )  # fmt: skip


def revoked(it):
    with tenancy.acting_as_platform():
        MeteringAgent.objects.filter(pk=it.agent.pk).update(revoked_at=cast.NOON)
    return it.post(it.body(1, NONE_BEFORE))


def replayed(it):
    body = it.body(1, NONE_BEFORE)
    it.post(body)
    return it.post(body)


def one_number_twice(it):
    it.post(it.body(1, NONE_BEFORE))
    return it.post(it.body(1, NONE_BEFORE, quantity=61))


def swapped(it):
    it.post(it.body(1, NONE_BEFORE))
    return it.post(it.body(2, "a" * 64))


def gap(it):
    it.post(it.body(1, NONE_BEFORE))
    return it.post(it.body(3, "b" * 64))


def same_name_other_content(it):
    it.post(changed(it))
    (event,) = json.loads(it.body(2, sha(changed(it))))
    event["id"] = json.loads(it.body(1, NONE_BEFORE))[0]["id"]
    return it.post(json.dumps([event]).encode())


def of_another_meter(it):
    return it.post(changed(it, meter=str(cast.meter().pk)))


def years_ago(it):
    return it.post(changed(it, starts_at="2024-01-01T00:00:00Z", ends_at="2024-01-01T00:01:00Z"))


def overlapping(it):
    first = changed(it, **at(0))
    it.post(first)
    (event,) = json.loads(changed(it, 2, sha(first), **at(0)))
    event["id"] = "again"
    return it.post(json.dumps([event]).encode())


def above_capacity_together(it):
    bodies, previous = [], NONE_BEFORE
    for number in (1, 2):
        (event,) = json.loads(changed(it, number, previous, quantity="28800", **at(0, 3600)))
        event |= {"id": f"whole-{number}", "source": f"urn:card:{number}"}
        bodies.append(json.dumps([event]).encode())
        previous = sha(bodies[-1])
    it.post(bodies[0])
    return it.post(bodies[1])


# What is done, what the answer's status and code are, how many readings are then known.
TABLE = {
    "a forged signature": (forged, 401, "signature_refused", 0),
    "a signature by another key": (of_another_key, 401, "signature_refused", 0),
    "a revoked key": (revoked, 401, "signature_refused", 0),
    "no signature": (unsigned, 422, "signature_required", 0),
    "a batch again": (replayed, 200, "", 1),
    "a number with two contents": (one_number_twice, 409, "batch_conflict", 1),
    "an exchanged batch": (swapped, 409, "batch_out_of_chain", 1),
    "a gap": (gap, 200, "", 2),
    "a name with other content": (same_name_other_content, 422, "reading_conflict", 1),
    "another provider's meter": (of_another_meter, 422, "unknown_meter", 0),
    "of years ago": (years_ago, 422, "reading_too_old", 0),
    "of before the meter": (data(**at(-1)), 422, "reading_before_meter", 0),
    "in the future": (data(**at(3)), 422, "reading_in_future", 0),
    "over an edge": (data(**at(0.5, 3600)), 422, "reading_crosses_window", 0),
    "ends before it starts": (data(**at(0, -60)), 422, "invalid_period", 0),
    "below zero": (data(quantity="-1"), 422, "negative_quantity", 0),
    "no number": (data(quantity="NaN"), 422, "invalid_quantity", 0),
    "an exponent": (data(quantity="1e3"), 422, "invalid_quantity", 0),
    "another unit": (data(unit="token"), 422, "unit_mismatch", 0),
    "more than a card can": (data(quantity="481"), 422, "above_capacity", 0),
    "the same time twice": (overlapping, 200, SET_ASIDE, 2),
    "more than all cards can, together": (above_capacity_together, 200, SET_ASIDE, 2),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_what_cannot_be_is_refused_by_its_code_or_set_aside(sender, name):  # noqa: F811
    done, status, code, kept = TABLE[name]

    answer = done(sender)

    assert answer.status_code == status, answer.content
    if code == SET_ASIDE:
        assert cast.close(now=cast.NOON + timedelta(days=2)).set_aside == 1
    elif code:
        told = answer.json()
        codes = [row["code"] for row in told.get("refused", [])]
        assert code in (told["code"], *codes)
    with tenancy.acting_as_platform():
        assert Reading.objects.count() == kept
        assert Window.objects.filter(state="SET_ASIDE").count() == (code == SET_ASIDE)


@pytest.mark.parametrize(
    ("done", "kind"),
    [(one_number_twice, "CONFLICT"), (swapped, "OUT_OF_CHAIN"), (gap, "GAP")],
    ids=["conflict", "exchange", "gap"],
)
def test_what_the_chain_shows_is_kept_also_where_the_batch_is_refused(sender, done, kind):  # noqa: F811
    done(sender)

    with tenancy.acting_as_platform():
        assert list(ChainFault.objects.values_list("kind", flat=True)) == [kind]
