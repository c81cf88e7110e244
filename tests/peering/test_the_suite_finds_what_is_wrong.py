"""The conformance suite passes at ourselves, and each fault of a fake is found."""

import pytest
from django.test import Client

from common import outbound
from common.outbound import Reply
from gateway import asking
from gateway.contracts import KeyPurpose
from gateway.peering import checklist, services, suite
from gateway.peering.models import ConformanceRun
from gateway.peering.rules import admission
from tests.factories import NOW
from tests.peering.cast import admit, far


@pytest.fixture
def ourselves(node, monkeypatch):
    def ask(request, *, limits):
        path = request.url.removeprefix("http://127.0.0.1")
        headers = {n: v for n, v in request.headers.items() if n != "content-type"}
        client = Client(HTTP_HOST="127.0.0.1")
        if request.method == "GET":
            reply = client.get(path, headers=headers)
        else:
            reply = client.post(
                path, data=request.body, content_type="application/json", headers=headers
            )
        told = {name.lower(): value for name, value in reply.items()}
        return Reply(reply.status_code, told, reply.content)

    monkeypatch.setattr(outbound, "ask", ask)
    asking.own_keys(now=NOW)
    return "http://127.0.0.1"


def test_we_conform(ourselves):
    peer = far("P00001")
    admit(peer)
    target = suite.SuiteTarget(ourselves, node=peer.code, key=peer.keys[KeyPurpose.HTTP])

    report = suite.run(target)

    assert [each for each in report["cases"] if not each["ok"]] == []
    assert report["passed"] >= 20
    run = services.keep_run(node="P00001", report=report, now=NOW)
    assert admission.is_good_run(run, now=NOW)
    assert ConformanceRun.objects.count() <= 1


def test_a_node_that_takes_everything_is_found(monkeypatch):
    monkeypatch.setattr(outbound, "ask", lambda _request, *, limits: Reply(200, {}, b"{}"))
    report = suite.run(suite.SuiteTarget("http://127.0.0.1"))

    assert report["passed"] == 0
    assert report["failed"] >= 15


def test_every_item_of_the_checklist_has_words():
    keys_of = [each.key for each in checklist.ITEMS]
    assert len(set(keys_of)) == len(keys_of)
    assert checklist.CONFORMANCE in keys_of
    assert all(str(each.label) and str(each.evidence) for each in checklist.ITEMS)
