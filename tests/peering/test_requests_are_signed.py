"""RFC 9421 in one profile: the vectors, and everything that is refused of a request."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import IntegrityError, connection, transaction

from common import clock, tenancy
from common.errors import Refusal
from gateway.contracts import KeyPurpose
from gateway.peering import services
from gateway.peering.contracts import PeerScope
from gateway.peering.models import Peer
from gateway.peering.rules import httpsig
from tests.peering.cast import admit, ask, code_of, far, send, signed

VECTORS = json.loads(
    (Path(__file__).parents[2] / "identity/identifiers/data/gateway-vectors.json").read_text()
)
PATH = "/api/peer/v1/resolve?code=SP2-R31000-0A7K-0003-A-B-00000001-0&nonce=00"
PUSH = "/api/peer/v1/push"


def vector(case):
    whole = {each["name"]: each for each in VECTORS["http"]}
    found = whole[case.get("of", case["name"])] | case
    return (
        httpsig.HttpMessage(
            found["method"],
            found["authority"],
            found["path"],
            found["query"],
            found["headers"],
            found["body"].encode(),
        ),
        bytes.fromhex(found["seed_hex"]),
        found,
    )


@pytest.mark.parametrize("case", VECTORS.get("http", []), ids=lambda case: case["name"])
def test_the_vectors_agree(case):
    message, seed, found = vector(case)
    key = Ed25519PrivateKey.from_private_bytes(seed)

    def verify():
        read = httpsig.read(message, own_authority="n00000.example", now=found["now"])
        httpsig.require_key(read, key.public_key().public_bytes_raw())
        return read

    if found["valid"]:
        assert verify().base == found["signature_base"]
        bare = {n: v for n, v in message.headers.items() if not n.startswith("signature")}
        again = httpsig.sign(
            httpsig.HttpMessage(
                message.method, message.authority, message.path, "", bare, message.body
            ),
            key_name="P00001/http",
            private=key,
            now=1796112000,
            nonce="000102030405060708090a0b0c0d0e0f",
        )
        assert again["signature-input"] == message.headers["signature-input"]
        assert again["signature"] == message.headers["signature"]
    else:
        with pytest.raises(Refusal) as refused:
            verify()
        assert refused.value.code == found["error"]


def test_another_library_made_the_same_signature():
    (push,) = (each for each in VECTORS["http"] if each["name"] == "push")

    assert push["headers"]["signature"] == (
        "n1=:i5tyy37pqCxNSwJ7hCSjlPVHhXYybGQWxfMDUmp2fRQHaXZXO2wG1ik7WsQgEV3kryd5RpIUiN8d5dnDvfebDg==:"
    )


def test_a_signed_request_is_answered_and_its_repetition_refused(node):
    peer = far("P00001")
    admit(peer)
    headers = signed(peer, "GET", PATH)

    first, again = (send("GET", PATH, headers=headers) for _ in range(2))

    assert (first.status_code, code_of(first)) == (404, "no_authority")
    assert (again.status_code, code_of(again)) == (401, "signature_replayed")


SPOILS = {
    "no signature": (lambda h: h.pop("signature"), "signature_missing"),
    "two labels": (
        lambda h: h.update({"signature-input": h["signature-input"] + ', n2=("@method")'}),
        "signature_invalid",
    ),
    "component missing": (
        lambda h: h.update({"signature-input": h["signature-input"].replace('"@query" ', "")}),
        "signature_invalid",
    ),
    "another tag": (
        lambda h: h.update(
            {"signature-input": h["signature-input"].replace("suanpan-peer/1", "suanpan-peer/2")}
        ),
        "signature_invalid",
    ),
    "another algorithm": (
        lambda h: h.update({"signature-input": h["signature-input"].replace("ed25519", "hmac")}),
        "signature_invalid",
    ),
    "another node named": (lambda h: h.update({"suanpan-node": "P00002"}), "signature_invalid"),
    "another epoch": (lambda h: h.update({"suanpan-epoch": "2"}), "signature_invalid"),
}


@pytest.mark.parametrize("name", SPOILS)
def test_a_spoilt_signature_is_refused(node, name):
    peer = far("P00001")
    admit(peer)
    headers = signed(peer, "GET", PATH)
    spoil, code = SPOILS[name]
    spoil(headers)

    reply = send("GET", PATH, headers=headers)

    assert (reply.status_code, code_of(reply)) == (401, code)


def test_a_request_of_another_time_host_body_or_purpose_is_refused(node):
    peer = far("P00001")
    admit(peer)
    now = clock.now()
    body = b'{"dataset":"register","first":1,"items":[]}'
    moved = signed(peer, "POST", PUSH, body)

    assert code_of(ask(peer, PATH, at=now - timedelta(seconds=62))) == "signature_expired"
    assert code_of(ask(peer, PATH, at=now + timedelta(seconds=32))) == "signature_expired"
    assert code_of(ask(peer, PATH, host="evil.example")) == "signature_invalid"
    poisoned = send(
        "GET", PATH, headers=signed(peer, "GET", PATH, host="evil.example"), host="evil.example"
    )
    assert (poisoned.status_code, code_of(poisoned)) == (421, "wrong_authority_host")
    assert code_of(send("POST", PUSH, b"{}", moved)) == "signature_invalid"
    assert code_of(ask(peer, PATH, purpose=KeyPurpose.ANSWER)) == "signature_invalid"


def test_strangers_suspended_peers_and_other_networks_are_refused(node):
    peer, stranger, elsewhere = far("P00001"), far("P00002"), far("P00003")
    admit(peer)
    admit(elsewhere, networks=["10.20.0.0/16"])

    assert code_of(ask(stranger, PATH)) == "peer_not_admitted"
    assert code_of(ask(elsewhere, PATH)) == "peer_not_admitted"
    services.suspend_peer(node="P00001", reason="forged an answer")
    assert code_of(ask(peer, PATH)) == "peer_suspended"


def test_a_peer_may_ask_what_it_was_given_and_as_often(node):
    peer = far("P00001")
    admit(peer, scopes=[PeerScope.RESOLVE.value], rate=1)

    refused = send("POST", PUSH, b"{}", signed(peer, "POST", PUSH, b"{}"))
    codes = [code_of(ask(peer, PATH)) for _ in range(4)]

    assert (refused.status_code, code_of(refused)) == (403, "right_missing")
    assert codes[0] == "no_authority"
    assert "rate_limited" in codes


def test_an_older_copy_of_a_node_is_heard_no_more(node):
    peer = far("P00001")
    admit(peer)

    assert code_of(ask(peer, PATH, epoch=2)) == "no_authority"
    late = ask(peer, PATH, epoch=1)
    assert (late.status_code, code_of(late)) == (409, "epoch_superseded")


def test_what_two_people_agreed_on_changes_by_two_alone(node):
    admit(far("P00001"))
    changes = {
        "url = 'https://evil.example'": "two people",
        "scopes = '{push}'": "two people",
        "pushes = true": "two people",
        "agreed_by_id = 1, proposal_id = gen_random_uuid()": "peer_by_two",
        "url = 'http://p00001.example', proposal_id = gen_random_uuid()": "peer_https",
        "rate = 0, proposal_id = gen_random_uuid()": "peer_rate_within",
    }

    with tenancy.acting_as_platform():
        for change, told in changes.items():
            with (
                pytest.raises(IntegrityError, match=told),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(f"UPDATE gateway_peer SET {change}")
        assert Peer.objects.get().url == "https://p00001.example"
