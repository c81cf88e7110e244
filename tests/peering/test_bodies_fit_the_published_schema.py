"""Nodes send and answer what the published schema says: each body of the suite is compared."""

import json
from collections import defaultdict
from urllib.parse import urlsplit

import jsonschema
import pytest

from gateway.peering import openapi, suite
from gateway.peering.suite_asker import Asker
from tests.peering import test_the_suite_finds_what_is_wrong as suite_world
from tests.peering.test_the_suite_finds_what_is_wrong import everything

ourselves, liar = suite_world.ourselves, suite_world.liar
TAKEN = (200, 409)  # what the node read, whatever it then said
SIGNED = {"text": "x", "signatures": []}
PUSH = {"dataset": "register", "first": 1, "items": [SIGNED]}
ONLY = ("B24a", "D", "E54a", "H", "C2", "C3")


def operations():
    return {
        (method.upper(), path): told
        for path, methods in openapi.document()["paths"].items()
        for method, told in methods.items()
    }


def faults(schema, value):
    whole = {**schema, "components": openapi.document()["components"]}
    found = jsonschema.Draft202012Validator(whole).iter_errors(value)
    return [f"{each.json_path}: {each.message[:120]}" for each in found]


def schema_of(content):
    (told,) = content["content"].values()
    return told["schema"]


@pytest.fixture
def exchanges(monkeypatch):
    """Each request of the suite with its reply: method, path, body sent, status, body got."""
    kept = []
    real = Asker.bytes_of

    def bytes_of(self, method, path, body=b"", headers=None):
        reply = real(self, method, path, body, headers)
        kept.append((method, urlsplit(path).path, body, reply.status, reply.body))
        return reply

    monkeypatch.setattr(Asker, "bytes_of", bytes_of)
    return kept


def compared(exchanges):
    """Return what does not fit, and which operations were compared in which direction."""
    wrong, seen = [], defaultdict(set)
    known = operations()
    for method, path, sent, status, got in exchanges:
        told = known.get((method, path))
        if told is None or "witness" in path:
            continue
        name = told["operationId"]
        if sent and status in TAKEN:
            seen[name].add("sent")
            wrong += [f"{name} sent {each}" for each in body_faults(told, sent)]
        if sent and status == 400:
            seen[name].add("refused")
            if not body_faults(told, sent):
                wrong.append(f"{name} refuses {sent[:80]!r}, which fits")
        if str(status) not in told["responses"]:
            wrong.append(f"{name} answers {status}, of which nothing is said")
            continue
        seen[name].add(str(status))
        schema = schema_of(told["responses"][str(status)])
        wrong += [f"{name} {status} {each}" for each in faults(schema, json.loads(got))]
    return wrong, seen


def body_faults(told, sent):
    return faults(schema_of(told["requestBody"]), json.loads(sent))


@pytest.mark.django_db
def test_each_body_of_the_suite_fits_the_schema(exchanges, liar, tmp_path, settings):
    target = everything(liar, tmp_path, settings, with_slow=False)
    for only in ONLY:
        assert suite.run(target, only=only)["failed"] == 0, only

    wrong, seen = compared(exchanges)

    assert wrong == []
    assert seen["peer_push"] >= {"sent", "200", "401", "409"}
    assert seen["peer_difference"] >= {"sent", "refused", "200", "400"}
    assert seen["peer_countersign"] >= {"sent", "refused", "400", "409"}
    assert seen["peer_resolve"] >= {"401"}
    assert seen["peer_directory"] & {"200", "404"}


@pytest.mark.parametrize(
    ("sent", "status", "got", "told"),
    [
        ({"dataset": "register", "items": []}, 200, {"receipt": SIGNED}, "peer_push sent"),
        (PUSH, 200, {"receipt": {"text": "x"}}, "peer_push 200"),
        (PUSH, 409, {"code": 7, "status": 409}, "peer_push 409"),
        (PUSH, 418, {"code": "teapot", "status": 418}, "answers 418"),
        (PUSH, 400, {"code": "peer_body_malformed", "status": 400}, "which fits"),
    ],
)
def test_a_body_that_drifts_is_found(sent, status, got, told):
    body, reply = json.dumps(sent).encode(), json.dumps(got).encode()

    wrong, _seen = compared([("POST", "/api/peer/v1/push", body, status, reply)])

    assert len(wrong) >= 1
    assert told in wrong[0]
