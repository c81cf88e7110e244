"""
Requests made from the API's schema, fitting and unfitting, sent as everyone through WSGI.

Each is answered as the schema says; a refusal is a problem document and changes nothing.
"""

import sys
from collections import Counter
from uuid import uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from identity.http.problems import PROBLEM_TYPE
from tests.flow.facts import market_facts
from tests.flow.strangers import VISITORS, Credentials, World, undone_if_done

pytestmark = pytest.mark.django_db
# Requests made for each operation; each is sent by every visitor: 101 operations × 7 visitors.
FEW = 2
MANY = 72
# So that several workers can share them.
PARTS = 4
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
PROTOBUF = "application/x-protobuf"  # Its refusals speak it, too.
schemathesis.serializer.alias(PROTOBUF, "application/octet-stream")
IDS_ARE_REAL = 3  # Of four requests, so many name things that exist.


@pytest.fixture(scope="module")
def schema(django_db_setup, django_db_blocker, application):
    config = SchemathesisConfig.from_dict({"generation": {"with-security-parameters": False}})
    with django_db_blocker.unblock():
        return schemathesis.openapi.from_wsgi(
            "/api/schema/?format=json", application, config=config
        )


class Hammer:
    """Sends generated requests as everyone, and notes every answer that is not as promised."""

    def __init__(self, stage: World) -> None:
        self.stage = stage
        self.credentials = {name: stage.credentials(name) for name in VISITORS}
        self.sent: Counter[int] = Counter()
        self.defects: dict[str, str] = {}

    def strike(self, operation, *, times: int) -> None:
        """Make so many requests for the operation, and send each as every visitor."""
        cases = st.one_of(
            operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
            operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
        )

        @given(case=cases, choices=st.randoms())
        @settings(
            max_examples=times,
            database=None,
            deadline=None,
            derandomize=times == FEW,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def send(case, choices):
            self.aim(case, choices)
            for ways in self.credentials.values():
                self.send(case, choices.choice(ways))

        send()

    def aim(self, case, choices) -> None:
        """Make some of the generated request point at things that exist."""
        body = case.body if isinstance(case.body, dict) else {}
        for values in (case.path_parameters or {}, case.query or {}, body):
            for name in values:
                real = self.stage.real(name)
                if real and choices.randrange(4) < IDS_ARE_REAL:
                    values[name] = choices.choice(real)

    def send(self, case, credentials: Credentials) -> None:
        key = (case.headers or {}).get("Idempotency-Key", uuid4().hex)
        with undone_if_done() as status:
            response = case.call(
                headers=credentials.headers | {"Idempotency-Key": key, "Accept-Language": "en"},
                cookies=credentials.cookies,
            )
            status.append(response.status_code)
        self.sent[response.status_code] += 1
        try:
            case.validate_response(response, checks=CHECKS)
            is_a_problem_document(response)
        except (AssertionError, Failure, FailureGroup) as defect:
            name = f"{case.method} {case.operation.path}: {response.status_code}"
            self.defects.setdefault(name, f"{defect}\n{case.as_curl_command()}"[:3000])


def is_a_problem_document(response) -> None:
    if response.status_code < 400:
        return
    if response.headers["content-type"] == [PROTOBUF]:
        assert response.request.headers["Content-Type"] == PROTOBUF
        return
    assert response.headers["content-type"] == [PROBLEM_TYPE]
    problem = response.json()
    assert problem["code"]
    assert problem["status"] == response.status_code


def hammer(schema, part: int, *, times: int) -> None:
    hammer = Hammer(World())
    operations = [operation.ok() for operation in schema.get_all_operations()]
    before = market_facts()

    for operation in operations[part::PARTS]:
        hammer.strike(operation, times=times)

    sys.stderr.write(f"\n{hammer.sent.total()} requests: {dict(sorted(hammer.sent.items()))}\n")
    assert not hammer.defects, "\n\n".join(f"{k}\n{v}" for k, v in hammer.defects.items())
    assert market_facts() == before


@pytest.mark.parametrize("part", range(PARTS))
def test_no_request_makes_a_500(schema, part):
    hammer(schema, part, times=FEW)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_no_request_of_many_makes_a_500(schema, part):
    hammer(schema, part, times=MANY)
