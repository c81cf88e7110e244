"""
Requests that no client makes: every operation of the API, every odd address, header and body.

They go through the web server's own entry as raw bytes. Each is answered with less than 500, a
refusal is a problem document, and what was refused changed nothing.
"""

import io
import json
import sys
from collections import Counter
from itertools import cycle
from urllib.parse import unquote_to_bytes
from uuid import uuid4

import pytest
from django.test import Client, RequestFactory

from identity.http.problems import PROBLEM_TYPE
from tests.flow.facts import market_facts
from tests.flow.hostile import HUGE, Request, Schema, some, spoilt
from tests.flow.strangers import NOBODY, VISITORS, Credentials, World, undone_if_done
from tests.identity import access

pytestmark = pytest.mark.django_db
FEW = 12
PARTS = 4
API_PREFIX = "/api/v1/"


class Hammer:
    """Sends raw requests, and notes every answer that is not as promised."""

    def __init__(self, stage: World, application) -> None:
        self.stage, self.application = stage, application
        self.credentials = {name: stage.credentials(name) for name in VISITORS}
        self.sent: Counter[int] = Counter()
        self.defects: dict[str, str] = {}

    def send(self, request: Request, credentials: Credentials) -> None:
        with undone_if_done() as status:
            code, kind, body = self._answer(request, credentials)
            status.append(code)
        self.sent[code] += 1
        if defect := _defect(request, code, kind, body):
            name = f"{request.method} {access.PARAMETER.sub('*', request.path)[:80]} {defect[:60]}"
            if name not in self.defects:
                self.defects[name] = f"{request}\n{code} {body[:300]!r}"
                sys.stderr.write(f"\nDEFECT {name}: {self.defects[name]}\n")

    def _answer(self, request: Request, credentials: Credentials) -> tuple[int, str, bytes]:
        line: list[str] = []
        kinds: dict[str, str] = {}

        def start(status, headers, exc_info=None):
            line.append(status)
            kinds.update({name.lower(): value for name, value in headers})

        answer = self.application(self._environ(request, credentials), start)
        return int(line[0][:3]), kinds.get("content-type", ""), b"".join(answer)

    def _environ(self, request: Request, credentials: Credentials) -> dict:
        cookies = "; ".join(f"{name}={value}" for name, value in credentials.cookies.items())
        headers = {
            f"HTTP_{name.upper().replace('-', '_')}": value
            for name, value in credentials.headers.items()
        }
        return RequestFactory()._base_environ(
            REQUEST_METHOD=request.method,
            PATH_INFO=unquote_to_bytes(request.path).decode("latin-1"),
            QUERY_STRING=request.query,
            CONTENT_TYPE=request.content_type,
            CONTENT_LENGTH=str(len(request.body)),
            HTTP_COOKIE=cookies,
            HTTP_IDEMPOTENCY_KEY=uuid4().hex,
            HTTP_ACCEPT_LANGUAGE="en",
            **{"wsgi.input": io.BytesIO(request.body)},
        ) | (headers | request.headers)


def _defect(request: Request, code: int, kind: str, body: bytes) -> str:
    """Return what is wrong with an answer; nothing, if nothing is."""
    if code >= 500:
        return f"{code}"
    # Whose key is none is told so first, whatever the method.
    if request.must_be and code not in (request.must_be, 401):
        return f"{code}, not {request.must_be}"
    if code < 400 or not request.path.startswith(API_PREFIX):
        return ""
    if kind != PROBLEM_TYPE:
        return f"{code} is no problem document"
    problem = json.loads(body)
    return "" if problem["code"] and problem["status"] == code else f"{code} without a code"


def callers(method: str, path: str) -> list[str]:
    """Return who may call an operation and, at last, one who may not or is nobody."""
    for line in access.table():
        if line.method == method and access.PARAMETER.sub(r"{\1}", line.route) == path:
            may = [role.value for role in sorted(line.roles)]
            return [*may[:2], *[name for name in VISITORS if name not in may][:2]]
    return [NOBODY]


def hammer(application, part: int, *, times: int) -> None:
    stage = World()
    schema = Schema(json.loads(Client().get("/api/schema/?format=json").content), stage)
    hammer, before = Hammer(stage, application), market_facts()

    for method, path, operation in list(schema.operations())[part::PARTS]:
        requests = list(spoilt(schema, method, path, operation))
        people = callers(method, path)
        if times:
            requests = some(requests, times, f"{method} {path}")
        ways = cycle([way for name in people for way in hammer.credentials[name]])
        for request in requests:
            hammer.send(request, next(ways))
        if not times and method != "GET":
            sound = schema.sound(method, path, operation)
            hammer.send(Request(method, sound.path, body=HUGE), next(ways))
        sys.stderr.write(f"\n{method} {path}: {hammer.sent.total()} requests so far\n")

    sys.stderr.write(f"\n{hammer.sent.total()} requests: {dict(sorted(hammer.sent.items()))}\n")
    assert not hammer.defects, "\n\n".join(f"{k}\n{v}" for k, v in hammer.defects.items())
    assert market_facts() == before


@pytest.mark.parametrize("part", range(PARTS))
def test_no_hostile_request_makes_a_500(application, part):
    hammer(application, part, times=FEW)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_no_hostile_request_of_all_makes_a_500(application, part):
    hammer(application, part, times=0)
