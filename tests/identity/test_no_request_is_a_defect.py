"""Requests that nobody would send, made from the schema: each gets an answer, never a 500."""

import json
from datetime import timedelta
from urllib.parse import quote, urlencode
from uuid import uuid4

import pytest
import schemathesis
from django.test import Client
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, settings

from common import tenancy
from identity import services as identity
from identity.api.scopes import known_scopes
from identity.contracts import Role
from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def headers(db):
    """Let the requests act in every role, with every scope."""
    organization = cast.organization()
    maker = cast.member(organization, *Role)
    now = timezone.now()
    with tenancy.acting_as_platform():
        issued = identity.create_api_key(
            organization_id=organization.pk,
            created_by=maker.pk,
            name="curious",
            roles=list(Role),
            scopes=known_scopes(),
            now=now,
            expires_at=now + timedelta(days=1),
        )
    return {"Authorization": f"Bearer {issued.secret}"}


schema = schemathesis.openapi.from_dict(
    json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str))
)


def send(case, headers):
    """Send a generated request through Django itself, in the test's own transaction."""
    browser = Client(raise_request_exception=False)
    path = "/" + quote(case.formatted_path.lstrip("/"), safe="/%")
    query = urlencode(case.query or {}, doseq=True)
    body = case.body
    if not isinstance(body, bytes):
        is_empty = body is None or type(body).__name__ == "NotSet"
        body = b"" if is_empty else json.dumps(body, default=str).encode()
    sent = {str(name): str(value) for name, value in (case.headers or {}).items()}
    response = browser.generic(
        case.method,
        f"{path}?{query}",
        body,
        content_type=case.media_type or "application/json",
        headers={"Idempotency-Key": uuid4().hex} | sent | headers,
    )
    if response.streaming:
        b"".join(response.streaming_content)  # A download holds its file open until its end.
    return response


@schema.include(path_regex="^/api/v1/").parametrize()
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_request_is_a_defect(case, headers):
    response = send(case, headers)

    assert response.status_code < 500, (case.method, case.path, case.query, case.body)
