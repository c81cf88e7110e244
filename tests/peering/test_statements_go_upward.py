"""What this node signs goes upward, and what comes from below is believed item by item."""

import json

import pytest
from django.db import IntegrityError, connection, transaction

from common import clock, outbound, statements, tenancy
from gateway import fetching, keys
from gateway import selectors as gateway_selectors
from gateway import services as gateway_services
from gateway.contracts import KeyPurpose, PeerAnswerRefused, own_code
from gateway.models import Entry, SignedStatement
from gateway.peering import pushing, selectors, services
from gateway.peering.models import Incoming, Outgoing, Peer, PushDifference
from gateway.peering.rules import differing
from gateway.rules import renames
from identity import services as identity
from identity.contracts import GrantLevel
from tests.factories import NOW
from tests.gateway.levels import reply_of
from tests.peering.cast import admit, code_of, far, keep, push

PREFIX = "SP2-P00001-0001-0001"
CODE = f"{PREFIX}-A-B-00000001-0"


def granted(node, prefix=PREFIX):
    """Let this node grant a prefix: it stands in the register, and the worker signs it."""
    identity.grant_prefix(
        draft=identity.GrantDraft(
            prefix=prefix,
            profile="2",
            level=GrantLevel.NODE,
            issuer=own_code(),
            subject_node=node.code,
            name=node.code,
            rights=("allot", "answer", "register"),
        ),
        now=NOW,
    )
    with tenancy.acting_as_platform():
        gateway_services.sign_due(now=clock.now())


def record(node, code=CODE, sequence=1, **over):
    body = {
        "code": code,
        "form": "BARE_METAL",
        "region": "310115",
        "resource_class": "AI",
        "sequence": sequence,
        "specification": {"chip": "H100", "cards": 8},
        "total_milli": 8000,
        "verification": {"level": 2},
    }
    return node.say("record", body | over, KeyPurpose.REGISTER)


def status(node, value, sequence, code=CODE):
    body = {
        "by": node.code,
        "code": code,
        "sequence": sequence,
        "since": statements.moment(clock.now()),
        "value": value,
    }
    return node.say("status", body, KeyPurpose.REGISTER)


def receipt_of(reply):
    assert reply.status_code == 200, reply.content
    return statements.parse(reply.json()["receipt"]["text"]).body


@pytest.fixture
def below(node):
    below = far("P00001")
    admit(below)
    granted(below)
    return below


def test_records_and_statuses_are_taken_and_answered(below):
    told = receipt_of(push(below, [record(below), status(below, "ACTIVE", 1)]))

    assert (told["applied"], told["refused"], told["first"], told["last"]) == (2, [], 1, 2)
    entry = Entry.objects.get(code=CODE)
    assert (entry.authority, entry.status, entry.total_milli) == ("P00001", "ACTIVE", 8000)
    assert entry.available_milli is None


def test_a_batch_again_gets_its_receipt_and_a_gap_the_number(below):
    batch = [record(below), status(below, "ACTIVE", 1)]
    first = push(below, batch)
    again = push(below, batch)
    gap = push(below, [status(below, "SUSPENDED", 2)], first=7)
    other = push(below, [record(below, sequence=9), status(below, "ACTIVE", 1)])

    assert again.json() == first.json()
    assert (gap.status_code, code_of(gap), gap.json()["expected"]) == (409, "sequence_gap", 3)
    assert code_of(other) == "push_conflict"
    with tenancy.acting_as_platform():
        assert Incoming.objects.count() == 2


def test_what_does_not_hold_is_refused_by_name_and_the_rest_taken(below):
    stranger = far("P00009")
    flipped = record(below, sequence=2)
    flipped["text"] = flipped["text"].replace("8000", "9000")
    elsewhere = record(below, code="SP2-P00002-0001-0001-A-B-00000001-0")
    answer = below.say("answer", {"at": "now"}, KeyPurpose.ANSWER)
    told = receipt_of(
        push(below, [flipped, record(stranger), elsewhere, answer, status(below, "GONE", 2)])
    )

    assert [each["code"] for each in told["refused"]] == [
        "statement_signature",
        "issuer_not_below",
        "prefix_not_granted",
        "type_not_taken",
        "status_malformed",
    ]
    assert not Entry.objects.exists()


def rename(node, to, receiver, signers=(), sequence=1):
    body = renames.body(
        from_code=CODE.replace("00000001", f"{sequence:08}"),
        to=[to],
        kind="move" if receiver else "rename",
        reason="x",
        owner=None,
        record=None,
        receiver=receiver,
        renamed_at=NOW,
        at=NOW,
    )
    said = node.say("rename", body, KeyPurpose.REGISTER)
    for name, key in signers:
        line = statements.sign(said["text"], f"{name}/register", key.keys[KeyPurpose.REGISTER])
        said["signatures"].append(line.rstrip("\n"))
    return said


def test_a_code_moves_to_another_node_only_by_that_nodes_signature(below, monkeypatch):
    monkeypatch.setattr(fetching, "refresh_receiver", lambda _code, _digest: None)
    other = far("P00002")
    admit(other)
    there = "SP2-P00002-0001-0001-A-B-00000001-0"
    signed = [("P00002", other)]
    told = receipt_of(
        push(
            below,
            [
                rename(below, there, "P00002", sequence=1),
                rename(below, there, "P00002", [("P00002", below)], sequence=2),
                rename(below, CODE.replace("P00001", "P00003"), "P00002", signed, sequence=3),
                rename(below, there, None, signed, sequence=4),
                rename(below, there, "P00001", sequence=5),
                rename(below, there, "P00002", signed, sequence=6),
                rename(below, CODE.replace("-B-", "-C-"), None, sequence=7),
            ],
        )
    )

    assert [(each["sequence"], each["code"]) for each in told["refused"]] == [
        (1, "not_countersigned"),
        (2, "not_countersigned"),
        (3, "prefix_not_granted"),
        (4, "prefix_not_granted"),
        (5, "rename_malformed"),
    ]
    assert SignedStatement.objects.filter(type="rename").count() == 2


def test_keys_of_a_node_that_a_code_moves_to_are_fetched_before(below, monkeypatch):
    other = far("P00002")
    with tenancy.acting_as_platform():
        other.admit()
    asked = []

    def fetch(code, _digest):
        asked.append(code)
        with tenancy.acting_as_platform():
            keep(other, other.keyset(), subject=code)

    monkeypatch.setattr(fetching, "refresh_receiver", fetch)
    there = "SP2-P00002-0001-0001-A-B-00000001-0"
    first = rename(below, there, "P00002", [("P00002", other)])
    second = rename(below, there, "P00002", [("P00002", other)], sequence=2)

    assert receipt_of(push(below, [first]))["refused"] == []
    assert receipt_of(push(below, [second], first=2))["refused"] == []
    assert asked == ["P00002"]


def test_two_texts_of_one_number_are_both_kept_and_named(below):
    push(below, [record(below)])
    told = receipt_of(push(below, [record(below, total_milli=9000)], first=2))

    assert told["refused"] == [{"code": "equivocation", "sequence": 2}]
    kept = SignedStatement.objects.filter(type="record", subject=CODE).order_by("is_second")
    assert [each.is_second for each in kept] == [False, True]
    assert Entry.objects.get(code=CODE).total_milli == 8000


def test_an_older_status_changes_nothing(below):
    push(below, [record(below), status(below, "SUSPENDED", 5)])
    push(below, [status(below, "ACTIVE", 3)], first=3)

    assert Entry.objects.get(code=CODE).status == "SUSPENDED"


def test_a_new_key_is_believed_once_the_root_named_it(below):
    from tests.gateway.levels import FarNode

    renewed = FarNode("P00001", clock.now())
    renewed.keys[KeyPurpose.ROOT] = below.keys[KeyPurpose.ROOT]
    keyset = renewed.keyset()
    text = keyset["text"].replace('"sequence":1', '"sequence":2')
    line = statements.sign(text, "P00001/root", below.keys[KeyPurpose.ROOT]).rstrip("\n")
    told = receipt_of(
        push(below, [record(renewed), {"text": text, "signatures": [line]}, record(renewed)])
    )

    assert [each["sequence"] for each in told["refused"]] == [1]


class Above:
    """A node above that answers pushes and comparisons as told."""

    def __init__(self, node, monkeypatch):
        self.node, self.held, self.spoil = node, [], {}
        self.refuse = None
        monkeypatch.setattr(outbound, "ask", self.ask)
        fetching._fetched_at.clear()

    def ask(self, request, *, limits):
        assert "signature" in request.headers
        if self.refuse:
            return reply_of({"code": self.refuse}, status=409)
        body = json.loads(request.body)
        if request.url.endswith("/push"):
            return self.pushed(body)
        return self.compared(body)

    def pushed(self, body):
        digests = [statements.digest(each["text"]) for each in body["items"]]
        self.held += [each for each in digests if each not in self.held]
        from gateway.peering.rules.pushed import batch_root

        said = {
            "applied": len(digests),
            "count": len(digests),
            "dataset": body["dataset"],
            "first": body["first"],
            "from": "P00001",
            "last": body["first"] + len(digests) - 1,
            "refused": [],
            "root": batch_root(digests),
        }
        return reply_of({"receipt": self.node.say("receipt", said | self.spoil, KeyPurpose.ANSWER)})

    def compared(self, body):
        level, within = body["level"], body.get("within", [])
        if level == "root":
            return reply_of({"root": differing.root(self.held), "items": len(self.held)})
        if level in ("groups", "buckets"):
            digits = 2 if level == "groups" else 4
            ranges = differing.ranges(self.held, digits=digits, within=within)
            return reply_of({"ranges": ranges})
        if level == "items":
            return reply_of({"items": differing.items(self.held, within=within)})
        digest = statements.digest(body["conclusion"]["text"])
        said = {"of": digest, "with": "P00001", "items": len(self.held)}
        return reply_of({"difference": self.node.say("difference", said, KeyPurpose.ANSWER)})


@pytest.fixture
def above(node, settings, monkeypatch):
    settings.SUANPAN_NODE_KIND, settings.SUANPAN_NODE_CODE = "P", "P00001"
    for purpose in KeyPurpose:
        (keys._path(purpose)).unlink(missing_ok=True)
    keys.make_missing()
    above = far("R31000")
    with tenancy.acting_as_platform():
        gateway_services.publish_keyset(now=clock.now())
    admit(above, pushes=True)
    return Above(above, monkeypatch)


def say(number):
    with tenancy.acting_as_platform():
        from gateway.services.keeping import StatementDraft

        drafts = [
            StatementDraft("status", f"SP2-P00001-0001-0001-A-B-{n:08d}-0", 1, {"n": n})
            for n in range(number)
        ]
        gateway_services.say(drafts, purpose=KeyPurpose.REGISTER, now=clock.now())


def test_what_is_signed_waits_for_the_peer_above_and_is_receipted(above):
    say(3)

    with tenancy.acting_as_platform():
        assert Outgoing.objects.filter(told_at__isnull=True).count() == 4  # and the set of keys
        assert pushing.deliver() == {"R31000": 4}
        rows = list(Outgoing.objects.order_by("sequence"))
    assert [each.sequence for each in rows] == [1, 2, 3, 4]
    assert all(each.told_at and each.receipt for each in rows)


@pytest.mark.parametrize("lie", [{"count": 9}, {"root": "0" * 64}, {"from": "P00002"}])
def test_a_receipt_about_something_else_settles_nothing(above, lie):
    say(2)
    above.spoil = lie

    with tenancy.acting_as_platform():
        assert pushing.deliver() == {"R31000": 0}
        assert Outgoing.objects.filter(told_at__isnull=False).count() == 0
        assert selectors.links()["R31000"].refusal == PeerAnswerRefused.code


def test_a_superseded_copy_stops_pushing(above):
    say(1)
    above.refuse = "epoch_superseded"

    with tenancy.acting_as_platform():
        assert pushing.deliver() == {"R31000": 0}
        above.refuse = None
        assert pushing.deliver() == {}


def test_a_planted_hole_is_found_repaired_and_said_by_both(above):
    say(6)
    with tenancy.acting_as_platform():
        pushing.deliver()
        hole = above.held.pop(4)

        found = pushing.compare("R31000", "register")

        assert found.missing_above == (hole,)
        assert hole in above.held
        kept = PushDifference.objects.get()
        assert (kept.items, kept.repaired, kept.missing_above) == (7, 1, [hole])
        assert gateway_selectors.statement(kept.countersigned).issuer == "R31000"
        assert pushing.compare("R31000", "register").missing_above == ()


def test_a_hole_in_what_is_held_here_is_found_and_repaired(below):
    items = [record(below), status(below, "ACTIVE", 1), status(below, "SUSPENDED", 2)]
    sent = [statements.digest(each["text"]) for each in items]
    push(below, items[:2])
    with tenancy.acting_as_platform():  # the third was numbered, and what it says is lost
        Incoming.objects.create(
            peer="P00001", dataset="register", sequence=3, digest=sent[2], came_at=NOW
        )

    def answer(level, within=()):
        asked = {"dataset": "register", "as_of": 3, "level": level, "within": list(within)}
        body = services.read_compare(json.dumps(asked).encode())
        return services.answer_round(peer="P00001", asked=body, now=NOW)

    bucket = sent[2].removeprefix("sha256:")[: differing.BUCKET_DIGITS]
    mine = differing.ranges(sent, digits=differing.BUCKET_DIGITS)
    assert answer("root") == {"items": 2, "root": differing.root(sent[:2])}
    assert differing.differing(mine, answer("buckets")["ranges"]) == [bucket]
    assert sent[2] not in answer("items", [bucket])["items"]

    receipt_of(push(below, [items[2]], first=3, repair=True))

    assert answer("root") == {"items": 3, "root": differing.root(sent)}
    assert Entry.objects.get(code=CODE).status == "SUSPENDED"


def test_nothing_is_told_without_a_receipt(node):
    with pytest.raises(IntegrityError), tenancy.acting_as_platform(), transaction.atomic():
        Outgoing.objects.create(
            peer="R31000", dataset="register", digest="x", due_at=NOW, told_at=NOW
        )


def test_what_was_numbered_keeps_its_number(above):
    say(1)
    with tenancy.acting_as_platform():
        pushing.deliver()
        for change in ("sequence = sequence + 9", "told_at = NULL, receipt = ''", "digest = 'x'"):
            with (
                pytest.raises(IntegrityError, match="changes"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(f"UPDATE gateway_outbox SET {change}")
    assert Peer.objects.count() == 1


__all__ = ["keep"]
