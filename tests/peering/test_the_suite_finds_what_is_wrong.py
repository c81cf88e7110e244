"""The conformance suite passes at ourselves, and each fault of a fake is found by a named case."""

import re
from pathlib import Path

import pytest
from django.test import Client

from common import clock, networks, outbound, tenancy
from common.outbound import Reply
from gateway import asking, fetching, services
from gateway.breaker import breaker
from gateway.contracts import KeyPurpose, NodeState
from gateway.models import DueSigning, LevelNode
from gateway.peering import checklist, suite, suite_data
from gateway.peering import services as peering
from gateway.peering.contracts import PeerScope, PeerState
from gateway.peering.fake import FakePeer
from gateway.peering.models import ConformanceRun, Peer
from gateway.peering.rules import admission
from gateway.peering.suite_asker import SuiteTarget
from gateway.services.keeping import StatementDraft, say
from tests import factories
from tests.factories import NOW
from tests.senders.cast import api_key
from tests.witness.cast import Log, policy_file

URL = "http://127.0.0.1"
UNDER = "SP2-P99999-0001-0001-A-B-00000001-K"
ROOT = Path(__file__).parents[2]
CASES = {each.id: each for each in suite_data.all_cases()}
ASKED = {id_ for id_, each in CASES.items() if each.needs not in (suite_data.INSIDE, "none")}
PEER_PREFIX = "SP2-P99999"
MODE_CASES = {
    # what the fake does, as a node that is asked itself, and the cases that find it
    "wrong_key": {"E46", "E50"},
    "forge": {"E50"},
    "wrong_code": {"E50"},
    "other_record": {"E50"},
    "replay": {"E46"},
    "skew": {"E46"},
    "garbage": {"A01", "A02", "A08", "E46", "E49", "E50"},
    "error_500": {"A01", "A02", "A03", "A05", "A08", "E46", "E49", "E50"},
    "deep_json": {"A01", "E46", "E50"},
    "redirect_inside": {"A01", "E46", "E50"},
}


def in_process(request, *, limits):
    """Carry what the suite asks to our own views."""
    path = request.url.removeprefix(URL)
    headers = {n: v for n, v in request.headers.items() if n != "content-type"}
    client = Client(HTTP_HOST=headers.pop("host", "127.0.0.1"))
    if request.method == "GET":
        reply = client.get(path, headers=headers)
    else:
        kind = request.headers.get("content-type", "application/json")
        reply = client.post(path, data=request.body, content_type=kind, headers=headers)
    told = {name.lower(): value for name, value in reply.items()}
    return Reply(reply.status_code, told, reply.content)


@pytest.fixture
def ourselves(node_keys, monkeypatch, settings):
    """Our own node, asked in this process; what it asks of others goes over real sockets."""
    real = outbound.ask

    def ask(request, *, limits):
        is_ours = request.url.startswith(f"{URL}/")
        return (in_process if is_ours else real)(request, limits=limits)

    monkeypatch.setattr(outbound, "ask", ask)
    monkeypatch.setattr("gateway.peering.suite_asker._sent", lambda r: ask(r, limits=None))
    monkeypatch.setattr("common.outbound.sending._require_no_transaction", lambda: None)
    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.0/8"),)
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    fetching._fetched_at.clear()
    breaker.reset()
    asking.own_keys(now=NOW)


@pytest.fixture
def liar(ourselves):
    """A peer that is admitted and lies, with a prefix of its own."""
    peer = FakePeer("P99999", asker="N00000").start()
    with tenancy.acting_as_platform():
        given = {
            "proposal_id": "01900000-0000-7000-8000-000000000001",
            "proposed_by_id": 1,
            "agreed_by_id": 2,
            "since": NOW,
            "url": peer.url,
        }
        LevelNode.objects.create(
            code=peer.code,
            kind="P",
            name="Liar",
            state=NodeState.ADMITTED,
            root_key=peer._public(KeyPurpose.ROOT),
            **given,
        )
        Peer.objects.create(
            node=peer.code,
            scopes=list(PeerScope.values),
            networks=[],
            rate=1000,
            pushes=False,
            state=PeerState.ADMITTED,
            **given,
        )
        body = {
            "prefix": PEER_PREFIX,
            "host": peer.code,
            "state": "active",
            "not_before": "2020-01-01T00:00:00.000Z",
            "not_after": "2099-01-01T00:00:00.000Z",
        }
        say([StatementDraft("grant", PEER_PREFIX, 1, body)], purpose=KeyPurpose.GRANT, now=NOW)
    yield peer
    peer.stop()


def everything(liar, tmp_path, settings, *, with_slow):
    resource = factories.ResourceFactory()
    factories.ResourceFactory(provider=resource.provider)
    log = Log()
    settings.WITNESS_POLICY_FILE = policy_file(tmp_path / "policy.json", logs=[log.key])
    settings.WITNESS_HIGH_WATER_FILE = str(tmp_path / "high-water.json")
    with tenancy.acting_as_platform():
        DueSigning.objects.update(due_at=NOW)
        services.sign_due(now=clock.now())
    return SuiteTarget(
        URL,
        code=resource.identifier,
        node=liar.code,
        key=liar.keys[KeyPurpose.HTTP],
        liar=liar,
        under=UNDER,
        token=api_key(resource.provider, scopes=("gateway:read",), now=clock.now()),
        log_origin=log.origin,
        log_key=log.private,
        with_slow=with_slow,
    )


def failed(report):
    return {case["id"]: case["seen"] for case in report["cases"] if not case["ok"]}


@pytest.mark.slow
def test_we_conform(fresh_database, liar, tmp_path, settings):
    report = suite.run(everything(liar, tmp_path, settings, with_slow=True))

    assert failed(report) == {}
    assert {case["id"] for case in report["cases"]} == ASKED
    assert report["skipped"] == []
    run = peering.keep_run(node="P99999", report=report, now=clock.now())
    assert admission.is_good_run(run, now=clock.now())
    with tenancy.acting_as_platform():
        assert ConformanceRun.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("only", ["D", "C2", "E51", "H", "F"])
def test_we_conform_in_what_is_quickly_asked(liar, tmp_path, settings, only):
    report = suite.run(everything(liar, tmp_path, settings, with_slow=False), only=only)

    assert failed(report) == {}
    assert report["passed"]


@pytest.mark.django_db
def test_what_was_not_given_is_left_and_said(ourselves):
    report = suite.run(SuiteTarget(URL), only="J")

    assert [case["id"] for case in report["cases"]] == ["J92a"]
    assert report["skipped"] == [
        "J92, J93, J94, J97: no key of a log that the node's policy names was given"
    ]


def test_a_node_that_takes_everything_is_found(monkeypatch):
    monkeypatch.setattr(outbound, "ask", lambda _request, *, limits: Reply(200, {}, b"{}"))
    monkeypatch.setattr("gateway.peering.suite_asker._sent", lambda _request: Reply(200, {}, b"{}"))
    report = suite.run(SuiteTarget(URL, code=UNDER, token="x"))

    passed = {case["id"] for case in report["cases"]} - failed(report).keys()
    assert passed <= {"A10", "E54a", "F63"}, passed
    assert report["failed"] >= 20


@pytest.fixture
def fake(settings):
    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.0/8"),)
    peer = FakePeer("P99999").start()
    yield peer
    peer.stop()


def test_an_honest_fake_is_believed(fake):
    report = suite.run(SuiteTarget(fake.url, code=UNDER), only="E50")
    assert failed(report) == {}


@pytest.mark.parametrize("mode", MODE_CASES)
def test_each_lie_is_found_by_its_case(fake, mode):
    fake.mode = mode
    target = SuiteTarget(fake.url, code=UNDER)
    found = {case for only in MODE_CASES[mode] for case in failed(suite.run(target, only=only))}

    assert found >= MODE_CASES[mode]


def test_every_case_of_the_design_stands_in_the_file_once_and_is_tried_or_says_why():
    numbers = [int(each.id[1:3]) for each in CASES.values() if len(each.id) == 3]
    assert sorted(numbers) == list(range(1, 100))
    assert len(CASES) == len(suite_data.all_cases())
    for each in CASES.values():
        assert re.fullmatch(r"[A-J][0-9]{2}[a-z]?", each.id)
        if each.needs == suite_data.NONE:
            assert each.why
            assert not each.tries
        elif each.needs == suite_data.INSIDE:
            assert each.tests
            assert not each.tries
        else:
            assert each.tries, each.id
            assert each.needs in suite_data.NEEDED


def test_every_test_that_a_case_names_is_there():
    for each in CASES.values():
        for named in each.tests:
            file, _mark, name = named.partition("::")
            assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), named


def test_every_item_of_the_checklist_has_words():
    keys_of = [each.key for each in checklist.ITEMS]
    assert len(set(keys_of)) == len(keys_of)
    assert checklist.CONFORMANCE in keys_of
    assert all(str(each.label) and str(each.evidence) for each in checklist.ITEMS)
