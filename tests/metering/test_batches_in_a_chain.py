"""Batches that an agent numbers: gaps, repeats, exchanged and cut-off ones are named."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import IntegrityError, connection, transaction
from django.test import Client

from common import tenancy
from identity import services as identity
from identity.contracts import Role
from metering import chaining, services
from metering.chaining import NONE_BEFORE, ChainStanding, Neighbours
from metering.cloudevents import BATCH
from metering.contracts import ChainPlace
from metering.models import AgentChain, ChainedBatch, ChainFault, Reading
from tests import cast as people
from tests import factories
from tests.metering import cast

pytestmark = pytest.mark.django_db


class Sender:
    """A program that signs and numbers, over HTTP."""

    def __init__(self, provider, browser):
        self.provider, self.browser = provider, browser
        self.key = Ed25519PrivateKey.generate()
        self.agent = self.registered(self.key)
        self.meter = factories.MeterFactory(provider=provider, at=cast.NOON, agent_id=self.agent.pk)

    def registered(self, key):
        return identity.register_agent(
            organization_id=self.provider.pk, name="site", public_key=raw(key)
        )

    def body(self, number, previous, *, quantity=60, minute=None):
        starts_at = cast.NOON + timedelta(minutes=number if minute is None else minute)
        first = {"suanpannumber": number, "suanpanprevious": previous}
        event = {
            "specversion": "1.0",
            "type": "org.suanpan.reading.v1",
            "source": "urn:suanpan:test",
            "id": f"{starts_at:%H%M}-{quantity}",
            "data": {
                "meter": str(self.meter.pk),
                "starts_at": starts_at.isoformat(),
                "ends_at": (starts_at + timedelta(minutes=1)).isoformat(),
                "quantity": str(quantity),
                "unit": "card-second",
            },
        }
        return json.dumps([first | event]).encode()

    def post(self, body, key=None):
        key = key or self.key
        return self.browser.post(
            "/api/v1/metering/events",
            body,
            content_type=BATCH,
            headers={
                "Suanpan-Agent": hashlib.sha256(raw(key)).hexdigest()[:16],
                "Suanpan-Signature": base64.b64encode(key.sign(body)).decode(),
            },
        )

    def chain(self, key=None):
        key_id = hashlib.sha256(raw(key or self.key)).hexdigest()[:16]
        return self.browser.get(f"/api/v1/metering/chains/{key_id}").json()


def raw(key):
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def sha(body):
    return hashlib.sha256(body).hexdigest()


def refused(reply):
    return reply.status_code, reply.json()["code"]


@pytest.fixture
def sender():
    provider = people.organization()
    person = people.member(provider, Role.PROVIDER)
    with tenancy.acting_as_platform():
        issued = identity.create_api_key(
            organization_id=provider.pk,
            created_by=person.pk,
            name="agent",
            roles=[Role.PROVIDER],
            scopes=["metering:write", "metering:read"],
            now=datetime.now(UTC),
            expires_at=datetime.now(UTC) + timedelta(days=1),
        )
    with time_machine.travel(cast.NOON + timedelta(hours=2), tick=False):
        yield Sender(provider, Client(headers={"Authorization": f"Bearer {issued.secret}"}))


def test_batches_in_order_leave_no_gap_and_the_agent_reads_where_it_stands(sender):
    first = sender.body(1, NONE_BEFORE)
    second = sender.body(2, sha(first))
    assert sender.chain()["content_hash"] == NONE_BEFORE

    assert [sender.post(body).status_code for body in (first, second)] == [200, 200]

    chain = sender.chain()
    assert (chain["number"], chain["content_hash"], chain["arrived"]) == (2, sha(second), 2)
    assert (chain["missing"], chain["faults"], chain["is_good"]) == ([], [], True)
    assert [(each["unit"], each["window_seconds"]) for each in chain["meters"]] == [
        ("card-second", 3600)
    ]


def test_a_missing_batch_is_named_and_its_late_arrival_fills_the_gap(sender):
    first = sender.body(1, NONE_BEFORE)
    second = sender.body(2, sha(first))
    third = sender.body(3, sha(second))
    sender.post(first)

    assert sender.post(third).json()["accepted"] == 1
    gapped = sender.chain()
    assert sender.post(second).json()["accepted"] == 1
    filled = sender.chain()

    assert gapped["missing"] == [{"first": 2, "last": 2}]
    assert [each["kind"] for each in gapped["faults"]] == ["GAP"]
    assert (filled["missing"], filled["number"], filled["arrived"]) == ([], 3, 3)


def test_the_same_batch_again_is_a_repeat_and_no_fault(sender):
    first = sender.body(1, NONE_BEFORE)
    sender.post(first)

    again = sender.post(first)

    assert again.json() == {"accepted": 0, "duplicates": 1, "refused": []}
    assert (sender.chain()["arrived"], sender.chain()["faults"]) == (1, [])


def test_one_number_for_two_contents_is_refused_named_and_tells_the_provider(sender):
    first, other = sender.body(1, NONE_BEFORE), sender.body(1, NONE_BEFORE, minute=9)
    sender.post(first)

    assert refused(sender.post(other)) == (409, "batch_conflict")

    chain = sender.chain()
    assert [(each["kind"], each["first"]) for each in chain["faults"]] == [("CONFLICT", 1)]
    with tenancy.acting_as_platform():
        assert Reading.objects.count() == 1


def test_an_exchanged_batch_does_not_follow(sender):
    first, exchanged = sender.body(1, NONE_BEFORE), sender.body(1, NONE_BEFORE, minute=8)
    sender.post(first)

    assert refused(sender.post(sender.body(2, sha(exchanged)))) == (409, "batch_out_of_chain")
    assert refused(sender.post(sender.body(2, NONE_BEFORE))) == (409, "batch_out_of_chain")
    assert sender.chain()["number"] == 1
    assert {each["kind"] for each in sender.chain()["faults"]} == {"OUT_OF_CHAIN"}


def test_what_fills_a_gap_must_be_what_the_next_one_named(sender):
    first = sender.body(1, NONE_BEFORE)
    second = sender.body(2, sha(first))
    sender.post(sender.body(3, sha(second)))
    sender.post(first)

    exchanged = sender.body(2, sha(first), minute=30)

    assert refused(sender.post(exchanged)) == (409, "batch_out_of_chain")
    assert sender.post(second).status_code == 200


def test_a_batch_of_which_nothing_is_taken_keeps_its_number(sender):
    bad = sender.body(1, NONE_BEFORE, quantity=-1)

    assert refused(sender.post(bad)) == (422, "events_refused")

    assert sender.post(sender.body(2, sha(bad))).status_code == 200
    with tenancy.acting_as_platform():
        assert list(ChainedBatch.objects.order_by("number").values_list("refused", flat=True)) == [
            1,
            0,
        ]


def test_half_a_place_or_none_that_could_be_is_no_message(sender):
    whole = json.loads(sender.body(1, NONE_BEFORE))
    for change in (
        {"suanpannumber": None},
        {"suanpanprevious": None},
        {"suanpannumber": 0},
        {"suanpannumber": "1"},
        {"suanpannumber": 2**53 + 1},
        {"suanpanprevious": "F" * 64},
    ):
        body = json.dumps([whole[0] | change]).encode()
        assert refused(sender.post(body)) == (400, "invalid_envelope"), change


def test_a_later_key_goes_on_with_the_chain_and_both_are_good_for_a_while(sender):
    first = sender.body(1, NONE_BEFORE)
    sender.post(first)
    new = Ed25519PrivateKey.generate()
    with tenancy.acting_as(sender.provider.pk):
        services.rotate_agent(
            provider_id=sender.provider.pk,
            agent_id=sender.agent.pk,
            public_key=raw(new),
            now=cast.NOON + timedelta(hours=2),
            overlap=timedelta(hours=1),
        )
    second = sender.body(2, sha(first))
    third = sender.body(3, sha(second))

    assert sender.post(second).json()["accepted"] == 1  # by the former key
    assert sender.post(third, new).json()["accepted"] == 1
    assert (sender.chain(new)["number"], sender.chain()["number"]) == (3, 3)
    with time_machine.travel(cast.NOON + timedelta(hours=3), tick=False):
        fourth = sender.body(4, sha(third))
        assert refused(sender.post(fourth)) == (401, "signature_refused")
        assert sender.post(fourth, new).json()["accepted"] == 1
        assert (sender.chain()["is_good"], sender.chain(new)["is_good"]) == (False, True)


def test_a_revoked_key_strands_no_meter(sender):
    first = sender.body(1, NONE_BEFORE)
    with tenancy.acting_as(sender.provider.pk):
        identity.revoke_agent(
            organization_id=sender.provider.pk, agent_id=sender.agent.pk, now=cast.NOON
        )
    assert refused(sender.post(first)) == (401, "signature_refused")
    new = Ed25519PrivateKey.generate()

    with tenancy.acting_as(sender.provider.pk):
        services.rotate_agent(
            provider_id=sender.provider.pk,
            agent_id=sender.agent.pk,
            public_key=raw(new),
            now=cast.NOON,
        )

    assert sender.post(first, new).json()["accepted"] == 1


def test_the_database_keeps_batches_faults_and_their_count(sender):
    first = sender.body(1, NONE_BEFORE)
    sender.post(first)
    sender.post(sender.body(1, NONE_BEFORE, minute=5))
    for broken in (
        "UPDATE metering_chainedbatch SET number = 7",
        "DELETE FROM metering_chainfault",
        "DELETE FROM metering_agentchain",
        "UPDATE metering_agentchain SET arrived = 5",
    ):
        with (
            tenancy.acting_as_platform(),
            pytest.raises(Exception, match=r"append-only|permission denied|chain_adds_up"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(broken)
    with tenancy.acting_as_platform():
        batch = ChainedBatch.objects.get()
        batch.pk = None
        with pytest.raises(IntegrityError, match="chained_batch_once"), transaction.atomic():
            batch.save(force_insert=True)


def test_others_see_no_chain(sender):
    sender.post(sender.body(1, NONE_BEFORE))
    other = people.organization()

    with tenancy.acting_as(other.pk):
        assert not AgentChain.objects.exists()
        assert not ChainFault.objects.exists()
        assert not ChainedBatch.objects.exists()


@pytest.mark.parametrize(
    ("number", "previous", "known", "told"),
    [
        (1, NONE_BEFORE, Neighbours(0, None, None, None), ChainStanding.IN_ORDER),
        (1, "a" * 64, Neighbours(0, None, None, None), ChainStanding.OUT_OF_CHAIN),
        (5, "a" * 64, Neighbours(0, None, None, None), ChainStanding.AFTER_GAP),
        (5, "a" * 64, Neighbours(4, None, "a" * 64, None), ChainStanding.IN_ORDER),
        (5, "a" * 64, Neighbours(4, None, "b" * 64, None), ChainStanding.OUT_OF_CHAIN),
        (3, "a" * 64, Neighbours(9, None, None, None), ChainStanding.LATE),
        (3, "a" * 64, Neighbours(9, None, None, "c" * 64), ChainStanding.LATE),
        (3, "a" * 64, Neighbours(9, None, None, "d" * 64), ChainStanding.OUT_OF_CHAIN),
        (3, "a" * 64, Neighbours(9, "c" * 64, None, None), ChainStanding.REPEAT),
        (3, "a" * 64, Neighbours(9, "d" * 64, None, None), ChainStanding.CONFLICT),
    ],
)
def test_a_place_is_judged_by_its_neighbours(number, previous, known, told):
    assert chaining.standing(ChainPlace(number, previous), "c" * 64, known) is told
