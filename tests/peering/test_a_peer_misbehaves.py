"""A peer over a real socket that lies, stalls, floods or forges: refused, named, and bounded."""

import time

import pytest
from django.db import transaction

from common import clock, networks, tenancy
from common.errors import Refusal
from common.outbound import InsideTransaction
from gateway import asking, fetching, selectors
from gateway.breaker import breaker
from gateway.contracts import KnownHost, NodeState
from gateway.models import LevelNode
from gateway.peering import outgoing
from gateway.peering.fake import FakePeer
from tests.factories import NOW

CODE = "SP2-R31000-0A7K-0003-A-B-00000001-0"
QUICK = {
    "forge": "statement_signature",
    "wrong_key": "statement_signature",
    "wrong_code": "other_code",
    "other_record": "other_record",
    "replay": "nonce_missing",
    "skew": "answer_of_another_time",
    "deep_json": "unreadable",
    "redirect_inside": "outbound_redirected",
    "redirect_loopback": "outbound_redirected",
    "redirect_mapped": "outbound_redirected",
    "split_part": "prefix_does_not_cover",
    "foreign_grant": "other_statement",
    "old_grant": "grant_does_not_hold",
    "garbage": "unreadable",
    "error_500": "status_500",
    "unknown_host": "host_unknown",
}


@pytest.fixture
def peer(node, settings, monkeypatch):
    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.0/8"),)
    monkeypatch.setattr("common.outbound.sending._require_no_transaction", lambda: None)
    settings.SUANPAN_NODE_KIND, settings.SUANPAN_NODE_CODE = "R", "R52000"
    fetching._fetched_at.clear()
    breaker.reset()
    peer = FakePeer("N00000", asker="R52000").start()
    with tenancy.acting_as_platform():
        LevelNode.objects.create(
            code=peer.code,
            kind="N",
            name="Fake",
            state=NodeState.ADMITTED,
            root_key=peer._public(peer_root()),
            url=peer.url,
            proposal_id="01900000-0000-7000-8000-000000000001",
            proposed_by_id=1,
            agreed_by_id=2,
            since=NOW,
        )
        LevelNode.objects.create(
            code="R52000", parent="N00000", name="Own", state=NodeState.OWN, root_key=b"", since=NOW
        )
    monkeypatch.setattr(
        "gateway.answering.signed", lambda body, **_options: {"text": str(body), "signatures": []}
    )
    yield peer
    peer.stop()


def peer_root():
    from gateway.contracts import KeyPurpose

    return KeyPurpose.ROOT


def resolve():
    return asking.resolve(CODE, nonce="", follow=True, with_proof=False)


def test_an_honest_peer_is_believed(peer):
    assert resolve().content["view"]["authority"] == "N00000"


@pytest.mark.parametrize("mode", QUICK)
def test_a_lie_is_refused_and_the_liar_named(peer, mode):
    peer.mode = mode
    with pytest.raises(Refusal) as refused:
        resolve()

    assert refused.value.facts == {"node": "N00000", "reason": QUICK[mode]}
    assert selectors.entry(CODE) is None


@pytest.mark.parametrize("mode", ["loop", "wide_prefix", "same_prefix"])
def test_a_loop_is_refused(peer, mode):
    peer.mode = mode
    with pytest.raises(Refusal) as refused:
        resolve()

    assert refused.value.code == "referral_loop"
    assert not selectors.covering_grants(CODE)  # it would be followed the next time


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["stall", "drip", "flood", "bomb"])
def test_stalls_and_floods_end_in_time(peer, mode):
    peer.mode = mode
    began = time.monotonic()
    with pytest.raises(Refusal) as refused:
        resolve()

    assert time.monotonic() - began < 2.2
    assert refused.value.facts["node"] == "N00000"


def test_nothing_is_asked_inside_a_transaction(node):
    host = KnownHost("R31000", "https://r31000.example", b"")
    with pytest.raises(InsideTransaction), transaction.atomic():
        outgoing.ask(host, "/api/peer/v1/resolve?code=x&nonce=00")
    assert clock.now()
