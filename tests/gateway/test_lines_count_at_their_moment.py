"""A line counts when its key did; what comes up later is taken only if its node stands by it."""

import base64
import copy
import json
from datetime import timedelta
from importlib import util
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from common import clock, statements, tenancy
from common.moments import parse_moment
from gateway import fetching, keys, selectors, services
from gateway.breaker import breaker
from gateway.contracts import KeyPurpose, PeerAnswerRefused
from gateway.models import SignedStatement
from gateway.rules import believing, chains, keysets, renames, renewals
from gateway.rules.believing import Carry
from gateway.rules.renewals import KnownText, LineRefused
from gateway.services.keeping import StatementDraft, say
from identity.identifiers import codec
from identity.identifiers.chain import ChainInvalid
from tests import gateway_vectors, rename_vectors
from tests.factories import NOW
from tests.gateway.levels import FarNode
from tests.gateway.test_codes_are_resolved import CODE, OWNER, RESOLVE, grant, reach
from tests.gateway.test_codes_give_way_signed import checked, registered, rename, resolved, sign

PUBLISHED = json.loads(gateway_vectors.FILE.read_text(encoding="utf-8"))["renames"]
THERE = "SP2-P00001-0001-0001-A-B-00000001-"
THERE += codec._check_character(THERE[:-1])
SPEC = util.spec_from_file_location(
    "verify_answer", Path(__file__).resolve().parents[2] / "gateway" / "verify_answer.py"
)
VERIFIER = util.module_from_spec(SPEC)
SPEC.loader.exec_module(VERIFIER)


def theirs(vector):
    pinned = {node: base64.b64decode(key) for node, key in vector["pinned"].items()}
    try:
        VERIFIER.verify(vector["answer"], pinned, vector["code"])
    except VERIFIER.FaultError as fault:
        return fault.rule
    return ""


def _granted(file):
    """Return what a file holds of grants: them, the sets of keys, and what bears grants out."""
    again = [
        each
        for each in file["renewals"]
        if statements.parse(each["text"]).body["purpose"] == KeyPurpose.GRANT
    ]
    return [*file["grants"], *file["keysets"], *again]


def ours(vector):
    """Read a file step by step, as a node reads what it is answered."""
    pinned = {node: base64.b64decode(key) for node, key in vector["pinned"].items()}
    try:
        _read(vector["answer"], vector["code"], {}, pinned)
    except ChainInvalid as refusal:
        return refusal.facts["rule"]
    except PeerAnswerRefused as refusal:
        return refusal.facts["reason"]
    except LineRefused as refusal:
        return refusal.code
    return ""


def _read(file, code, known_keys, pinned):
    chains.follow(
        [msgspec.convert(file_of, Carry) for file_of in _granted(file)],
        code=code,
        boundaries=["-".join(code.split("-")[:end]) for end in (2, 3, 4)],
        pinned=pinned,
        at=parse_moment(rename_vectors.AT),
    )
    sets = [statements.parse(each["text"]) for each in file["keysets"]]
    known_keys |= {each.issuer: each.body for each in sets}
    reply = msgspec.convert({**file, "current": None}, believing.PeerReply)
    node, now = statements.parse(reply.answer.text).issuer, parse_moment(rename_vectors.AT)
    found = believing.answer(
        reply, node=node, keys=known_keys[node], code=code, nonce="00ff", now=now, seen={}
    )
    if found.gave_way is None:
        return
    _read(file["current"], found.gave_way.to[0], known_keys, pinned)
    receiver = found.gave_way.receiver
    if receiver is not None:
        if not any(f" {receiver}/register " in each for each in found.rename.signatures):
            raise LineRefused("not_countersigned")
        renewals.require_line(
            statements.parse(found.rename.text),
            text=found.rename.text,
            lines=found.rename.signatures,
            node=receiver,
            purpose=KeyPurpose.REGISTER,
            keys=known_keys[receiver],
            now=now,
            known=KnownText(renewals=believing.parsed(reply.renewals)),
        )


def test_the_published_renames_are_those_that_the_code_makes():
    assert json.loads(json.dumps(rename_vectors.of_renames())) == PUBLISHED


@pytest.mark.parametrize("vector", PUBLISHED, ids=lambda each: each["name"])
def test_both_programs_say_the_same_of_a_chain_of_renames(vector):
    assert theirs(vector) == vector.get("error", "")
    assert ours(vector) == vector.get("error", "")


def test_what_was_seen_while_a_key_held_stays_good_and_what_comes_later_does_not():
    kept = rename_vectors.sets()["R31000"]
    text = rename_vectors.rename(rename_vectors.A, rename_vectors.B, rename_vectors.FIRST, "R31000")
    name = rename_vectors.OLD
    line = rename_vectors.line(name, text["text"])
    said = statements.parse(text["text"])

    def told(seen):
        try:
            renewals.require_line(
                said,
                text=text["text"],
                lines=[line],
                node="R31000",
                purpose=KeyPurpose.REGISTER,
                keys=statements.parse(kept["text"]).body,
                now=parse_moment(rename_vectors.AT),
                known=KnownText(seen_at=parse_moment(seen) if seen else None),
            )
        except LineRefused as refusal:
            return refusal.code
        return ""

    assert told(rename_vectors.FIRST) == ""
    assert told(rename_vectors.TURNED) == "key_over"
    assert told(None) == "key_over"


@pytest.fixture
def node(db, key_folder):
    fetching._fetched_at.clear()
    breaker.reset()
    with tenancy.acting_as_platform():
        services.publish_keyset(now=clock.now())


def turn_register_key():
    """Make a new register key, and take the old one out of its file."""
    new = keys.add_key(KeyPurpose.REGISTER)
    file = keys._path(KeyPurpose.REGISTER)
    file.write_text(file.read_text(encoding="ascii").splitlines()[-1] + "\n", encoding="ascii")
    return new


def test_a_node_stands_by_its_renames_when_its_key_changes(node, client, tmp_path):
    old, new = registered(2)
    rename(old, new)
    before = resolved(client, old.identifier)
    turn_register_key()
    sign()  # its set of keys, with which the rest is due
    sign()

    content = resolved(client, old.identifier)

    found = checked(content, tmp_path)
    assert found["ok"], found
    assert found["current"]["code"] == new.identifier
    digest = statements.digest(content["rename"]["text"])
    assert content["rename"] == before["rename"]
    (again,) = [
        each
        for each in content["renewals"]
        if statements.parse(each["text"]).body["statement"] == digest
    ]
    path = f"/api/gateway/v1/renewals/{digest.removeprefix('sha256:')}"
    assert client.get(path).json() == {"renewal": again}
    assert client.get(f"/api/gateway/v1/renewals/{'0' * 64}").status_code == 404
    spoilt = copy.deepcopy(content)
    spoilt["renewals"] = [each for each in content["renewals"] if each != again]
    assert checked(spoilt, tmp_path)["rule"] == "key_over"
    with tenancy.acting_as_platform():
        kept = SignedStatement.objects.filter(type="renewal").count()
    sign()
    assert SignedStatement.objects.filter(type="renewal").count() == kept


@pytest.fixture
def moved(node, monkeypatch):
    """A regional node that says that a code moved to a provider's node, and that one."""
    region, provider = FarNode("R31000", clock.now()), FarNode("P00001", clock.now())
    with tenancy.acting_as_platform():
        region.admit()
        provider.admit()
    grant(OWNER, region.code)
    grant("SP2-P00001", provider.code)
    reach(monkeypatch, region, provider)
    return region, provider


def say_moved(region, provider, *, key=None, receiver="P00001", to=THERE, at=None):
    """Let the region answer that the code moved; return the digest of what it says."""
    body = renames.body(
        from_code=CODE,
        to=[to],
        kind="move",
        reason="x",
        owner=None,
        record=None,
        receiver=receiver,
        renamed_at=at or region.at,
        at=at or region.at,
    )
    said = region.say("rename", body, KeyPurpose.REGISTER)
    if key is not None:
        said["signatures"].append(
            statements.sign(said["text"], f"{provider.code}/register", key).rstrip("\n")
        )
    digest = statements.digest(said["text"])
    row = {"renamed": {"statement": digest, "to": [to]}}

    def reply(code, nonce):
        status = {"value": "RENAMED", "sequence": 2, "since": statements.moment(region.at)}
        return region.answer(code, nonce, row=row | {"status": status}) | {"rename": said}

    region.reply = reply
    return digest


def asked(client):
    reply = client.get(RESOLVE, {"code": CODE, "follow": "1"})
    return reply.status_code, reply.json()


def test_a_move_is_believed_by_the_receivers_own_signature(moved, client):
    region, provider = moved
    digest = say_moved(region, provider, key=provider.keys[KeyPurpose.REGISTER])

    status, content = asked(client)

    assert (status, content["view"]["outcome"]) == (200, "moved"), content
    assert selectors.statement(digest) is not None
    assert content["followed"] == "current"


@pytest.mark.parametrize(
    ("over", "reason"),
    [
        ({}, "not_countersigned"),
        ({"key": Ed25519PrivateKey.generate()}, "not_countersigned"),
        ({"receiver": None}, "receiver_missing"),
        ({"to": THERE.replace("P00001", "P00002")}, "receiver_missing"),
        ({"receiver": "P00002", "to": THERE.replace("P00001", "P00002")}, "receiver_unknown"),
    ],
)
def test_a_node_that_lies_of_a_move_is_refused_and_named(moved, client, over, reason):
    region, provider = moved
    digest = say_moved(region, provider, **over)

    status, content = asked(client)

    assert status == 502, content
    assert (content["code"], content["node"]) == ("peer_answer_refused", "R31000")
    assert content["reason"] == reason
    assert selectors.statement(digest) is None


def test_a_receiver_whose_key_is_over_is_asked_whether_it_stands_by_the_move(moved, client):
    region, provider = moved
    old = provider.keys[KeyPurpose.REGISTER]
    first = statements.parse(provider.keyset()["text"]).body
    provider.keys[KeyPurpose.REGISTER] = Ed25519PrivateKey.generate()
    turned = clock.now() - timedelta(minutes=5)
    body = keysets.body(
        provider.code,
        epoch=1,
        sequence=2,
        keys=[
            keysets.PublicKey(f"{provider.code}/{each.value}", each, provider.public(each))
            for each in KeyPurpose
            if each != KeyPurpose.ROOT
        ],
        before=first,
        at=turned,
    )
    provider.keyset = lambda: provider.say("keyset", body, KeyPurpose.ROOT)
    digest = say_moved(region, provider, key=old, at=NOW)

    status, content = asked(client)
    assert (status, content.get("reason")) == (502, "key_over")

    again = renewals.body(digest, sequence=1, at=clock.now())
    provider.renewals[digest.removeprefix("sha256:")] = provider.say(
        "renewal", again, KeyPurpose.REGISTER
    )
    assert asked(client)[0] == 200
    assert [each.issuer for each in selectors.renewals(digest)] == ["P00001"]


def test_grants_are_borne_out_by_the_new_key_of_their_issuer(client, moved):
    granted = {
        "at": clock.now(),
        "host": "R31000",
        "not_after": "2099-01-01T00:00:00.000Z",
        "not_before": "2020-01-01T00:00:00.000Z",
        "prefix": "SP2-R31000",
        "state": "active",
    }
    with tenancy.acting_as_platform():
        (old,) = say(
            [StatementDraft("grant", "SP2-R31000", 1, granted)],
            purpose=KeyPurpose.GRANT,
            now=clock.now(),
        )
    keys.add_key(KeyPurpose.GRANT)
    file = keys._path(KeyPurpose.GRANT)
    file.write_text(file.read_text(encoding="ascii").splitlines()[-1] + "\n", encoding="ascii")
    sign()
    sign()

    for host in ("", "%", 'R31000"', "r31000", "R3100000"):
        refused = client.get("/api/gateway/v1/grants", {"host": host})
        assert (refused.status_code, refused.json()["code"]) == (400, "gateway_node_invalid")
    told = client.get("/api/gateway/v1/grants?host=R31000").json()

    (again,) = [
        each
        for each in told["renewals"]
        if statements.parse(each["text"]).body["statement"] == old.digest
    ]
    carried, body = Carry(old.text, old.signatures), selectors.keyset_body("N00000")

    def referred(*renewed_by):
        return believing.referral(
            carried,
            node="N00000",
            keys=body,
            now=clock.now(),
            seen={},
            renewed_by=[msgspec.convert(each, Carry) for each in renewed_by],
        )

    assert referred(again)[0].host == "R31000"
    with pytest.raises(PeerAnswerRefused) as refused:
        referred()
    assert refused.value.facts["reason"] == "key_over"
