"""One code is answered here, or by the node that a grant names; and what is not is refused."""

import base64
import json
from datetime import timedelta

import pytest

from common import clock, outbound, statements, tenancy
from gateway import asking, fetching, kept_answers, keys, selectors, services
from gateway.breaker import breaker
from gateway.contracts import KeyPurpose
from gateway.fetching import fetch
from gateway.models import DueSigning
from gateway.rules import keysets
from gateway.services.keeping import StatementDraft, say
from identity import services as identity
from identity.contracts import ResourceStatus
from tests import factories, gateway_vectors
from tests.factories import NOW
from tests.gateway.levels import FarNode

CODE = "SP1-91350100M000100Y43-I65-510116-A-C-NA10000002.NT04000404-RACK0007-P"
OWNER = "SP1-91350100M000100Y43"
RESOLVE = "/api/gateway/v1/resolve"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def node(key_folder):
    fetching._fetched_at.clear()
    breaker.reset()
    with tenancy.acting_as_platform():
        services.publish_keyset(now=clock.now())


def registered():
    resource = factories.ResourceFactory()
    with tenancy.acting_as_platform():
        DueSigning.objects.update(due_at=NOW)
        services.sign_due(now=NOW)
    return resource


def grant(prefix, host):
    body = {
        "prefix": prefix,
        "host": host,
        "state": "active",
        "not_before": "2020-01-01T00:00:00.000Z",
        "not_after": "2099-01-01T00:00:00.000Z",
    }
    with tenancy.acting_as_platform():
        say([StatementDraft("grant", prefix, 1, body)], purpose=KeyPurpose.GRANT, now=NOW)


@pytest.fixture
def far(monkeypatch):
    """A regional node, which this one admitted and granted a prefix."""
    region = FarNode("R31000", clock.now())
    with tenancy.acting_as_platform():
        region.admit()
    grant(OWNER, region.code)
    reach(monkeypatch, region)
    return region


def reach(monkeypatch, *nodes):
    by_code = {each.code: each for each in nodes}
    monkeypatch.setattr(
        fetching, "fetch", lambda host, path, *, ends_at: by_code[host.code].handle(path)
    )


def verified(content, name="N00000/answer"):
    purpose = KeyPurpose(name.partition("/")[2])
    usable = keysets.usable(
        statements.parse(selectors.own_keyset().text).body, purpose=purpose, at=clock.now()
    )
    statements.require_signature(content["text"], content["signatures"], usable, name=name)
    return statements.parse(content["text"]).body


def test_a_code_of_ours_is_answered_with_a_signed_row(client):
    resource = registered()

    reply = client.get(RESOLVE, {"code": resource.identifier, "nonce": "6f1c"})

    content = reply.json()
    body = verified(content["answer"])
    assert reply.status_code == 200
    assert body["asked"] == {"nonce": "6f1c"}
    assert body["row"] == content["view"]
    assert body["row"]["freshness"] == "live"
    assert body["row"]["record"] == statements.digest(content["record"]["text"])
    assert reply["Cache-Control"] == "no-store"
    assert resource.provider.uscc[:10] not in json.dumps(content["view"]["status"])


def test_a_new_key_answers_once_others_may_know_it(client, monkeypatch):
    resource = registered()
    old = keys.newest_key(KeyPurpose.ANSWER)
    new = keys.add_key(KeyPurpose.ANSWER)

    def signer():
        content = client.get(RESOLVE, {"code": resource.identifier}).json()
        verified(content["answer"])
        (line,) = content["answer"]["signatures"]
        return base64.b64decode(line.split()[2])[:4].hex()

    assert signer() == old.hash_hex
    with tenancy.acting_as_platform():
        services.publish_keyset(now=clock.now())
    assert signer() == old.hash_hex
    later = clock.now() + timedelta(seconds=61)
    monkeypatch.setattr(clock, "now", lambda: later)
    kept_answers.forget()
    assert signer() == new.hash_hex


def test_what_did_not_change_is_answered_304(client):
    resource = registered()
    first = client.get(RESOLVE, {"code": resource.identifier})

    again = client.get(
        RESOLVE, {"code": resource.identifier}, headers={"If-None-Match": first["ETag"]}
    )

    assert (first["Cache-Control"], again.status_code, again.content) == (
        "public, max-age=2",
        304,
        b"",
    )
    identity.observe_capacity({resource.pk: 1000}, at=clock.now())
    changed = client.get(
        RESOLVE, {"code": resource.identifier}, headers={"If-None-Match": first["ETag"]}
    )
    assert changed.status_code == 200


def test_a_suspension_counts_at_its_commit_before_anything_is_signed(client):
    resource = registered()

    with tenancy.acting_as(resource.provider_id):
        identity.change_resource_status(
            resource_id=resource.pk,
            provider_id=resource.provider_id,
            status=ResourceStatus.SUSPENDED,
        )

    view = client.get(RESOLVE, {"code": resource.identifier}).json()["view"]
    assert view["status"]["value"] == "SUSPENDED"


def test_what_was_registered_just_now_is_answered_and_not_countersigned(client):
    resource = factories.ResourceFactory()

    content = client.get(RESOLVE, {"code": resource.identifier}).json()

    assert (content["view"]["countersigned"], content["record"]) == (False, None)


def test_an_unknown_code_of_ours_is_denied_with_a_signature(client):
    reply = client.get(RESOLVE, {"code": CODE, "nonce": "ab"})

    problem = reply.json()
    assert (reply.status_code, problem["code"]) == (404, "identifier_unknown")
    body = verified(problem["negative"])
    assert (body["code"], body["authority"], body["asked"]) == (CODE, "N00000", {"nonce": "ab"})


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        ("", "identifier_wrong_length"),
        ("SP1-" + "A" * 8_000, "identifier_wrong_length"),
        (CODE.replace("0", "\uff10", 1), "identifier_not_ascii"),
        (CODE.replace("A", "\u0410", 1), "identifier_not_ascii"),
        (CODE + "\u200f", "identifier_not_ascii"),
        ("\ufeff" + CODE, "identifier_not_ascii"),
        (CODE.lower(), "identifier_lower_case"),
        (CODE.replace("RACK", "RA%K"), "identifier_malformed"),
        (CODE[:-1] + "Q", "identifier_check_character"),
        ("SP9" + CODE[3:], "identifier_unknown_profile"),
    ],
)
def test_a_slip_is_named(client, code, refusal):
    reply = client.get(RESOLVE, {"code": code})

    assert (reply.status_code, reply.json()["code"]) == (400, refusal)


def test_an_address_of_ten_kilobytes_is_too_long(client):
    assert client.get(RESOLVE, {"code": "SP1-" + "A" * 10_000}).status_code == 414


@pytest.mark.parametrize("nonce", ["x", "AB", "0" * 33])
def test_a_nonce_has_one_form(client, nonce):
    reply = client.get(RESOLVE, {"code": CODE, "nonce": nonce})

    assert (reply.status_code, reply.json()["code"]) == (400, "invalid_nonce")


def test_a_code_under_a_grant_is_answered_by_its_host_and_kept_with_its_proof(client, far):
    reply = client.get(RESOLVE, {"code": CODE, "nonce": "aa"})

    content = reply.json()
    assert reply.status_code == 200, content
    assert content["view"]["authority"] == "R31000"
    assert content["view"]["path"] == ["N00000"]
    assert verified(content["answer"])["row"] == content["view"]
    assert statements.parse(content["authority_answer"]["text"]).issuer == "R31000"
    assert far.asked == ["/api/gateway/v1/resolve", "/api/gateway/v1/keys"]
    assert selectors.entry(CODE).chips == ["NH1S"]


def test_who_asks_not_to_follow_gets_the_grant(client, far):
    content = client.get(RESOLVE, {"code": CODE, "follow": "0"}).json()

    assert statements.parse(content["referral"]["text"]).body["host"] == "R31000"
    assert far.asked == []


def test_a_referral_leads_over_three_levels(client, far, monkeypatch):
    deep = FarNode("P00001", clock.now())
    with tenancy.acting_as_platform():
        deep.admit()
    longer = OWNER + "-I65-510116"
    far.grants = {longer: "P00001"}
    reach(monkeypatch, far, deep)

    view = client.get(RESOLVE, {"code": CODE}).json()["view"]

    assert view["authority"] == "P00001"


def refusing(client, expected_status, code):
    reply = client.get(RESOLVE, {"code": CODE})
    problem = reply.json()
    assert (reply.status_code, problem["code"]) == (expected_status, code), problem
    assert selectors.entry(CODE) is None
    return problem


def test_a_referral_in_a_circle_is_refused(client, far):
    far.grants = {OWNER + "-I65": "R31000"}

    assert refusing(client, 508, "referral_loop")["node"] == "R31000"


@pytest.mark.parametrize(
    ("prefix", "host", "reason"),
    [
        ("SP1", "P00001", "prefix_not_longer"),
        (OWNER, "P00001", "prefix_not_longer"),
        (OWNER + "-I6", "P00001", "prefix_does_not_cover"),
        (OWNER + "-I64", "P00001", "prefix_does_not_cover"),
        (OWNER + "-I65", "P99999", "host_unknown"),
    ],
)
def test_a_referral_goes_one_way(client, far, monkeypatch, prefix, host, reason):
    other = FarNode("P00001", clock.now())
    with tenancy.acting_as_platform():
        other.admit()
    reach(monkeypatch, far, other)
    monkeypatch.setattr(far, "reply", lambda code, nonce: {"referral": far.grant(prefix, host)})

    problem = refusing(client, 502, "peer_answer_refused")

    assert (problem["node"], problem["reason"]) == ("R31000", reason)


def test_five_levels_are_too_deep(client, far, monkeypatch):
    parts = CODE.split("-")
    nodes = [far, *(FarNode(f"P0000{n}", clock.now()) for n in range(1, 6))]
    for depth, each in enumerate(nodes[:-1]):
        each.grants = {"-".join(parts[: depth + 3]): nodes[depth + 1].code}
    with tenancy.acting_as_platform():
        for each in nodes[1:]:
            each.admit()
    reach(monkeypatch, *nodes)

    refusing(client, 508, "referral_too_deep")


def spoilt(far, how):
    """Return what a lying node replies instead."""
    other = FarNode(far.code, far.at)
    code_of_another = "SP1-91520100UH8NDBMWC0-I64-520100-G-V-VCPU000096-0000000Z-E"

    def flipped(code, nonce):
        answer = far.answer(code, nonce)
        answer["answer"]["text"] = answer["answer"]["text"].replace("3000", "8000")
        return answer

    return {
        "forge": other.answer,
        "flip": flipped,
        "wrong_code": lambda code, nonce: far.answer(code_of_another, nonce),
        "wrong_nonce": lambda code, nonce: far.answer(code, "ff"),
        "old": lambda code, nonce: far.answer(code, nonce, at="2026-01-01T00:00:00.000Z"),
        "other_authority": lambda code, nonce: far.answer(code, nonce, row={"authority": "I65001"}),
        "other_record": lambda code, nonce: far.answer(
            code, nonce, record=far.record(code_of_another)
        ),
        "record_of_another": lambda code, nonce: far.answer(code, nonce, record=other.record(code)),
        "no_record": lambda code, nonce: far.answer(code, nonce) | {"record": None},
        "more_free_than_a_number": lambda code, nonce: far.answer(
            code, nonce, row={"state": {"total": {"milli": "all"}}}
        ),
        "status_of_no_form": lambda code, nonce: far.answer(code, nonce, row={"status": "ACTIVE"}),
        "nothing": lambda code, nonce: {},
        "list": lambda code, nonce: [],
        "wrong_type": lambda code, nonce: {
            "negative": far.say(
                "receipt", {"code": code, "asked": {"nonce": nonce}}, KeyPurpose.ANSWER
            )
        },
        "grant_by_answer_key": lambda code, nonce: {
            "referral": far.say("grant", {"prefix": OWNER, "host": "P00001"}, KeyPurpose.ANSWER)
        },
        "expired_grant": lambda code, nonce: {
            "referral": far.grant(OWNER + "-I65", "P00001", not_after="2021-01-01T00:00:00.000Z")
        },
        "issuer_of_another": lambda code, nonce: {
            "answer": far.say(
                "answer", {"asked": {"nonce": nonce}}, KeyPurpose.ANSWER, issuer="I65001"
            ),
            "record": far.record(code),
        },
    }[how]


LIES = {
    "forge": "statement_signature",
    "flip": "statement_signature",
    "wrong_code": "other_code",
    "wrong_nonce": "nonce_missing",
    "old": "answer_of_another_time",
    "other_authority": "other_code",
    "other_record": "other_record",
    "record_of_another": "statement_signature",
    "no_record": "incomplete",
    "more_free_than_a_number": "row_malformed",
    "status_of_no_form": "row_malformed",
    "nothing": "incomplete",
    "list": "unreadable",
    "wrong_type": "other_statement",
    "grant_by_answer_key": "statement_signature",
    "expired_grant": "grant_does_not_hold",
    "issuer_of_another": "other_statement",
}


@pytest.mark.parametrize("how", LIES)
def test_a_lying_node_is_refused_and_named(client, far, monkeypatch, how):
    monkeypatch.setattr(far, "reply", spoilt(far, how))

    problem = refusing(client, 502, "peer_answer_refused")

    assert (problem["node"], problem["reason"]) == ("R31000", LIES[how])


def test_a_keyset_that_another_root_signed_is_refused(client, far, monkeypatch):
    monkeypatch.setattr(far, "keyset", FarNode(far.code, far.at).keyset)

    assert refusing(client, 502, "peer_answer_refused")["reason"] == "statement_signature"


def test_a_floods_of_unknown_keys_fetches_keys_once(client, far, monkeypatch):
    monkeypatch.setattr(far, "reply", FarNode(far.code, far.at).answer)

    for _ in range(5):
        refusing(client, 502, "peer_answer_refused")

    assert far.asked.count("/api/gateway/v1/keys") == 1


def test_what_another_said_is_live_for_a_second_and_kept_for_one(client, far, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: far.at)
    first = client.get(RESOLVE, {"code": CODE})
    client.get(RESOLVE, {"code": CODE})
    asked = len(far.asked)
    far.at += timedelta(milliseconds=1100)
    client.get(RESOLVE, {"code": CODE})

    assert first["Cache-Control"] == "public, max-age=1"
    assert (asked, len(far.asked)) == (2, 3)  # its keys and the code; then the code


def test_a_node_that_is_away_is_said_stale_with_what_it_said_before(client, far, monkeypatch):
    client.get(RESOLVE, {"code": CODE})
    with tenancy.acting_as_platform():
        entry = selectors.entry(CODE)
        type(entry).objects.filter(code=CODE).update(heard_at=NOW)
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=1))

    def away(host, path, *, ends_at):
        raise asking.PeerTimeout(node=host.code)

    monkeypatch.setattr(fetching, "fetch", away)

    view = client.get(RESOLVE, {"code": CODE}).json()["view"]
    assert view["freshness"] == "stale"
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=25))
    gone = client.get(RESOLVE, {"code": CODE})
    assert (gone.status_code, gone.json()["code"]) == (504, "peer_timeout")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (outbound.TimedOut, 504, "peer_timeout"),
        (outbound.Unreachable, 504, "peer_timeout"),
        (outbound.ReplyTooLarge, 502, "peer_answer_refused"),
        (outbound.Redirected, 502, "peer_answer_refused"),
        (outbound.ReplyUnreadable, 502, "peer_answer_refused"),
        (outbound.AddressRefused, 502, "peer_answer_refused"),
    ],
)
def test_what_the_door_refuses_names_the_node(client, far, monkeypatch, error, status, code):
    monkeypatch.setattr(fetching, "fetch", fetch)

    def ask(request, *, limits):
        assert limits.total_seconds <= 0.8
        raise error

    monkeypatch.setattr(outbound, "ask", ask)

    assert refusing(client, status, code)["node"] == "R31000"


def test_a_node_that_fails_is_left_alone_for_a_while(client, far, monkeypatch):
    asked = []

    def ask(request, *, limits):
        asked.append(request.url)
        raise outbound.TimedOut

    monkeypatch.setattr(fetching, "fetch", fetch)
    monkeypatch.setattr(outbound, "ask", ask)
    codes = [client.get(RESOLVE, {"code": CODE}).json()["code"] for _ in range(7)]

    assert codes == ["peer_timeout"] * 5 + ["peer_circuit_open"] * 2
    assert len(asked) == 5


def test_no_address_comes_from_a_request(client, far):
    reply = client.get(
        RESOLVE,
        {"code": CODE, "url": "http://169.254.169.254/", "host": "evil.example"},
        headers={"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "evil.example"},
    )

    assert reply.status_code == 200
    assert "evil" not in reply.content.decode()


def test_a_foreign_host_header_is_refused(client):
    assert client.get("/api/gateway/v1/keys", headers={"Host": "evil.example"}).status_code == 400


def test_statements_are_kept_under_their_digest_for_ever(client):
    resource = registered()
    digest = selectors.entry(resource.identifier).record

    reply = client.get(f"/api/gateway/v1/statements/{digest.removeprefix('sha256:')}")

    assert statements.digest(reply.json()["text"]) == digest
    assert "immutable" in reply["Cache-Control"]
    assert (
        client.get("/api/gateway/v1/statements/" + "0" * 64).json()["code"] == "statement_unknown"
    )
    assert client.get("/api/gateway/v1/statements/zz").status_code == 404


def test_the_keys_are_published_under_the_root(client):
    content = client.get("/api/gateway/v1/keys").json()

    root = keys.newest_key(KeyPurpose.ROOT)
    statements.require_signature(
        content["keyset"]["text"],
        content["keyset"]["signatures"],
        {root.name: root.public_key},
        name="N00000/root",
    )
    assert content["pin"]["name"] == "N00000/root"


def test_the_vectors_are_published_as_the_tests_read_them(client):
    reply = client.get("/api/gateway/v1/vectors")

    assert reply["Content-Type"] == "application/json"
    assert reply.content == gateway_vectors.FILE.read_bytes()
