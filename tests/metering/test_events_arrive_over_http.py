import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client

from common import tenancy
from identity import services as identity
from identity.contracts import Role
from metering.cloudevents import BATCH, BINARY, STRUCTURED
from metering.models import Reading
from tests import cast as people
from tests.metering import cast

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/metering/events"


def event(meter, *, event_id="e1", **data):
    values = {
        "meter": str(meter.pk),
        "starts_at": "2026-11-20T12:00:00Z",
        "ends_at": "2026-11-20T13:00:00+00:00",
        "quantity": "3600.25",
        "unit": "card-second",
    }
    return {
        "specversion": "1.0",
        "type": "org.suanpan.reading.v1",
        "source": f"urn:suanpan:meter:{meter.pk}",
        "id": event_id,
        "time": "2026-11-20T13:00:01Z",
        "data": values | data,
    }


@pytest.fixture
def provider():
    return people.organization()


@pytest.fixture
def meter(provider):
    return cast.meter(provider)


@pytest.fixture
def agent_key():
    return Ed25519PrivateKey.generate()


@pytest.fixture
def sender(provider):
    person = people.member(provider, Role.PROVIDER)
    with tenancy.acting_as_platform():
        issued = identity.create_api_key(
            organization_id=provider.pk,
            created_by=person.pk,
            name="agent",
            roles=[Role.PROVIDER],
            scopes=["metering:write"],
            now=datetime.now(UTC),
            expires_at=datetime.now(UTC) + timedelta(days=1),
        )
    return Client(headers={"Authorization": f"Bearer {issued.secret}"})


@pytest.fixture(autouse=True)
def after_the_readings():
    with time_machine.travel(cast.NOON + timedelta(hours=2), tick=False):
        yield


def send(sender, body, content_type=BATCH, **headers):
    if not isinstance(body, bytes | str):
        body = json.dumps(body)
    return sender.post(ADDRESS, body, content_type=content_type, headers=headers)


def stored():
    with tenancy.acting_as_platform():
        return list(Reading.objects.order_by("id").values_list("event_id", flat=True))


def test_a_structured_event_is_taken(sender, meter):
    order = uuid4()

    reply = send(sender, event(meter) | {"subject": str(order), "partitionkey": "x"}, STRUCTURED)

    assert (reply.status_code, reply.json()) == (
        200,
        {"accepted": 1, "duplicates": 0, "refused": []},
    )
    with tenancy.acting_as_platform():
        reading = Reading.objects.get()
    assert (reading.subject, str(reading.quantity)) == (order, "3600.250000000000")
    assert (reading.starts_at, reading.ends_at) == (cast.NOON, cast.NOON + timedelta(hours=1))


def test_a_binary_event_is_the_same_event(sender, meter):
    same = event(meter)
    send(sender, same, STRUCTURED)

    reply = send(
        sender,
        same["data"],
        BINARY,
        **{f"ce-{name}": value for name, value in same.items() if name != "data"},
    )

    assert reply.json() == {"accepted": 0, "duplicates": 1, "refused": []}


def test_headers_of_binary_mode_are_percent_decoded(sender, meter):
    headers = {f"ce-{name}": value for name, value in event(meter).items() if name != "data"}

    send(sender, event(meter)["data"], BINARY, **(headers | {"ce-id": "%E7%AE%97%20%25"}))

    assert stored() == ["算 %"]


def test_bad_rows_are_named_and_the_good_ones_stay(sender, meter):
    theirs = cast.meter()
    batch = [
        event(meter, event_id="good"),
        event(meter, event_id="negative", quantity=-1),
        event(meter, event_id="nan", quantity="NaN"),
        event(meter, event_id="backwards", ends_at="2026-11-20T11:00:00Z"),
        event(theirs, event_id="foreign"),
        event(meter, event_id="naive", starts_at="2026-11-20T12:00:00"),
        event(meter, event_id="before the calendar", starts_at="0001-01-01T00:00:00+08:00"),
        event(meter, event_id="extra", note="x"),
        {"specversion": "1.0"},
        "no event",
        event(meter, event_id="fine", quantity=1.5),
    ]

    reply = send(sender, batch)

    assert reply.status_code == 200
    assert reply.json()["accepted"] == 2
    assert [(row["index"], row["code"]) for row in reply.json()["refused"]] == [
        (1, "negative_quantity"),
        (2, "invalid_quantity"),
        (3, "invalid_period"),
        (4, "unknown_meter"),
        (5, "invalid_period"),
        (6, "invalid_period"),
        (7, "invalid_event"),
        (8, "invalid_event"),
        (9, "invalid_event"),
    ]
    assert stored() == ["good", "fine"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"specversion": "0.3"}, "invalid_event"),
        ({"type": "com.example.other"}, "invalid_event"),
        ({"id": ""}, "invalid_event"),
        ({"id": "x" * 101}, "invalid_event"),
        ({"id": "a\u0000b"}, "invalid_event"),
        ({"source": 7}, "invalid_event"),
        ({"subject": "order 7"}, "invalid_event"),
        ({"datacontenttype": "text/xml"}, "invalid_event"),
        ({"data": None}, "invalid_event"),
    ],
    ids=str,
)
def test_an_event_that_is_none_of_ours_is_refused(sender, meter, change, code):
    reply = send(sender, event(meter) | change, STRUCTURED)

    assert reply.status_code == 422
    assert reply.headers["Content-Type"].startswith("application/problem+json")
    assert reply.json()["code"] == "events_refused"
    assert [row["code"] for row in reply.json()["refused"]] == [code]
    assert stored() == []


@pytest.mark.parametrize(
    "quantity",
    [
        "1e3",
        "1_000",
        "１２",
        "",
        " 1",
        "+1",
        ".5",
        "0x10",
        "Infinity",
        "9" * 16,
        "0." + "1" * 13,
        None,
        True,
        [],
        {},
    ],
    ids=str,
)
def test_a_quantity_in_anything_but_plain_digits_is_refused(sender, meter, quantity):
    reply = send(sender, [event(meter, quantity=quantity)])

    assert reply.status_code == 422
    assert [row["code"] for row in reply.json()["refused"]] == ["invalid_quantity"]


def test_a_number_keeps_every_digit(sender, meter):
    body = json.dumps([event(meter)]).replace('"3600.25"', "0.123456789012")

    assert send(sender, body).json()["accepted"] == 1

    with tenancy.acting_as_platform():
        assert str(Reading.objects.get().quantity) == "0.123456789012"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", STRUCTURED),
        (b"{", STRUCTURED),
        (b"[]", STRUCTURED),
        (b"{}", BATCH),
        (b"null", BATCH),
        (b"\xff\xfe", BATCH),
        (b'[{"quantity": NaN}]', BATCH),
        (b'[{"quantity": 1e999999999}', BATCH),
        (b"[" * 100_000, BATCH),
        (b'"\\ud800"', STRUCTURED),
        (b"{}", BINARY),
    ],
)
def test_a_message_that_is_no_cloudevents_message_is_a_bad_request(sender, body, content_type):
    reply = send(sender, body, content_type)

    assert reply.status_code == 400
    assert reply.json()["code"] == "invalid_envelope"


def test_what_is_no_unicode_is_no_message_and_a_bomb_is_refused_with_its_row(sender, meter):
    surrogate = json.dumps([event(meter)]).replace('"e1"', '"\\ud800"')
    bomb = json.dumps([event(meter)]).replace('"3600.25"', "1e999999999")

    assert send(sender, surrogate).status_code == 400
    assert send(sender, bomb).json()["refused"][0]["code"] == "invalid_quantity"


def test_an_unknown_media_type_is_named(sender):
    assert send(sender, b"<x/>", "text/xml").status_code == 415


def test_an_empty_batch_is_taken(sender):
    assert send(sender, []).json() == {"accepted": 0, "duplicates": 0, "refused": []}


def test_batches_are_bounded(sender, meter, settings):
    settings.METERING_BATCH_EVENTS_MAX = 1
    settings.METERING_BATCH_BYTES_MAX = 1000

    many = send(sender, [event(meter), event(meter, event_id="e2")])
    large = send(sender, b" " * 1001)

    for reply in (many, large):
        assert reply.status_code == 413
        assert (reply.json()["code"], reply.json()["events_max"]) == ("batch_too_large", 1)
    assert stored() == []


def sign(key, body):
    return {
        "Suanpan-Agent": key_id(key),
        "Suanpan-Signature": base64.b64encode(key.sign(body)).decode(),
    }


def key_id(key):
    return hashlib.sha256(key.public_key().public_bytes_raw()).hexdigest()[:16]


def test_a_signed_batch_is_taken_for_the_agents_meter(sender, provider, agent_key):
    agent = people.agent(provider, agent_key)
    meter = cast.meter(provider, agent_id=agent.pk)
    body = json.dumps([event(meter)]).encode()

    assert send(sender, body, **sign(agent_key, body)).json()["accepted"] == 1

    with tenancy.acting_as_platform():
        assert Reading.objects.get().agent_id == agent.pk


def test_an_unsigned_reading_for_an_agents_meter_is_refused(sender, provider, agent_key):
    meter = cast.meter(provider, agent_id=people.agent(provider, agent_key).pk)

    reply = send(sender, [event(meter)])

    assert [row["code"] for row in reply.json()["refused"]] == ["signature_required"]
    assert stored() == []


def test_forged_altered_foreign_and_revoked_signatures_look_alike(sender, provider, agent_key):
    agent = people.agent(provider, agent_key)
    meter = cast.meter(provider, agent_id=agent.pk)
    body = json.dumps([event(meter)]).encode()
    stranger, foreign_key = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    people.agent(people.organization(), foreign_key)
    headers = sign(agent_key, body)

    replies = [
        send(
            sender,
            body,
            **(headers | {"Suanpan-Signature": sign(stranger, body)["Suanpan-Signature"]}),
        ),
        send(sender, body + b" ", **headers),
        send(sender, body, **sign(foreign_key, body)),
        send(sender, body, **sign(stranger, body)),
        send(sender, body, **(headers | {"Suanpan-Signature": "*"})),
        send(sender, body, **{"Suanpan-Agent": headers["Suanpan-Agent"]}),
        send(sender, body, **{"Suanpan-Signature": headers["Suanpan-Signature"]}),
    ]
    with tenancy.acting_as_platform():
        identity.revoke_agent(organization_id=provider.pk, agent_id=agent.pk, now=datetime.now(UTC))
    replies.append(send(sender, body, **headers))

    assert {(reply.status_code, reply.json()["code"]) for reply in replies} == {
        (401, "signature_refused")
    }
    assert stored() == []


def test_a_replayed_signed_batch_counts_once(sender, provider, agent_key):
    meter = cast.meter(provider, agent_id=people.agent(provider, agent_key).pk)
    body = json.dumps([event(meter)]).encode()
    send(sender, body, **sign(agent_key, body))

    reply = send(sender, body, **sign(agent_key, body))

    assert reply.json() == {"accepted": 0, "duplicates": 1, "refused": []}


def test_a_signature_does_not_cover_headers_so_binary_mode_cannot_be_signed(
    sender, provider, agent_key
):
    meter = cast.meter(provider, agent_id=people.agent(provider, agent_key).pk)
    signed = event(meter)
    body = json.dumps(signed["data"]).encode()
    attributes = {f"ce-{name}": value for name, value in signed.items() if name != "data"}

    reply = send(sender, body, BINARY, **sign(agent_key, body), **attributes)

    assert (reply.status_code, reply.json()["code"]) == (400, "invalid_envelope")


def test_only_providers_with_the_scope_may_send(provider, meter):
    buyer = people.signed_in(people.member(people.organization(), Role.BUYER))

    assert send(Client(), [event(meter)]).status_code == 401
    assert send(buyer, [event(meter)]).status_code == 403
    assert stored() == []


def test_media_types_are_read_by_their_standard(sender, meter):
    """Parameters, case, and any type of JSON in binary mode."""
    one, other, third = (event(meter, event_id=name) for name in ("e1", "e2", "e3"))
    one["datacontenttype"] = "application/json; charset=UTF-8"
    for each, start, end in ((one, 0, 10), (other, 10, 20), (third, 20, 30)):
        each["data"] |= {
            "starts_at": f"2026-11-20T12:{start:02d}:00Z",
            "ends_at": f"2026-11-20T12:{end:02d}:00Z",
            "quantity": "600",
        }
    attributes = {f"ce-{name}": value for name, value in third.items() if name != "data"}

    replies = [
        send(sender, one, "Application/CloudEvents+JSON; charset=UTF-8"),
        send(sender, [other], 'application/cloudevents-batch+json;charset="utf-8"'),
        send(sender, third["data"], "application/vnd.suanpan.reading+json", **attributes),
    ]

    assert [(reply.status_code, reply.json().get("accepted")) for reply in replies] == [
        (200, 1)
    ] * 3
    assert send(sender, b"<a/>", "application/xml").status_code == 415


def test_what_a_client_accepts_is_a_wish(sender, meter):
    reply = send(sender, [event(meter)], Accept="application/problem+json")

    assert reply.status_code == 200
