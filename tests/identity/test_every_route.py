"""Every address × everyone: generated from the URLconf and the API's schema, never from a list."""

import json

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from identity.contracts import ANY_MEMBER, PLATFORM_ROLES, Role
from tests import cast
from tests.identity import access, foreign

TABLE = access.table()
# Answer 403 to a person who has no password or second factor to show again.
SIGN_IN_AGAIN = {"/accounts/reauthenticate/", "/accounts/2fa/reauthenticate/"}
REFUSED_TO_STRANGERS = {401, 403, 404}
pytestmark = pytest.mark.django_db


def call(browser: Client, line: access.Access, path: str):
    """Send a request without a useful body; a defect shows as a 500, not as an exception."""
    browser.raise_request_exception = False
    if line.method in ("PAGE", "GET"):
        return browser.get(path)
    return browser.generic(
        line.method,
        path,
        json.dumps({}),
        content_type="application/json",
        headers={"Idempotency-Key": "every route"},
    )


def is_sign_in(response) -> bool:
    return response.status_code == 302 and "/accounts/login/" in response["Location"]


def test_every_address_is_listed_once():
    there = sorted(f"{m} {route.route}" for route in access.routes() for m in route.methods)
    listed = sorted(str(line) for line in TABLE)

    assert listed == there, "tests/identity/routes.txt and the URLconf differ"


def test_the_schema_describes_every_operation():
    schema = SchemaGenerator().get_schema(request=None, public=True)
    described = {
        (method.upper(), path)
        for path, operations in schema["paths"].items()
        for method in operations
        if path.startswith(access.API_PREFIX)
    }
    there = {
        (line.method, access.PARAMETER.sub(r"{\1}", line.route))
        for line in TABLE
        if line.route.startswith(access.API_PREFIX)
    }

    assert described == there


@pytest.mark.parametrize("route", [r for r in access.routes() if r.is_api], ids=lambda r: r.route)
def test_a_view_declares_what_the_table_says(route):
    view = route.callback.cls
    for line in (line for line in TABLE if line.route == route.route):
        is_public = line.method == "GET" and getattr(view, "public", False)
        if line.who == "everyone":
            assert is_public
        elif line.who != "person":
            assert not is_public
            assert view.required_roles[line.method] == line.roles
    for scope in getattr(view, "required_scopes", {}).values():
        assert scope.rpartition(":")[2] in ("read", "write")


@pytest.mark.parametrize("line", TABLE, ids=str)
def test_strangers_get_in_nowhere_else(line, client):
    path = foreign.address(line.route, line.parameters, cast.organization("Foreign"))

    response = call(client, line, path)

    assert response.status_code < 500
    if line.who != "everyone":
        assert response.status_code in REFUSED_TO_STRANGERS or is_sign_in(response)


@pytest.mark.parametrize("line", TABLE, ids=str)
@pytest.mark.parametrize("role", Role)
def test_every_role_reaches_what_is_its_own_and_nothing_else(line, role):
    browser = cast.signed_in(cast.member(cast.organization("Own"), role))
    path = foreign.address(line.route, line.parameters, cast.organization("Foreign"))

    status = call(browser, line, path).status_code

    if role not in line.roles:
        assert status in {403, 404}
    elif line.who not in ("everyone", "person") and is_foreign(line) and not spans(role):
        # A body without sense may be refused before the object is looked for.
        assert status == 404 or (status == 400 and line.method in ("POST", "PUT", "PATCH"))
    else:
        assert status < 500
        assert status not in {401, 403} or line.route in SIGN_IN_AGAIN


def is_foreign(line: access.Access) -> bool:
    return bool(set(line.parameters) - foreign.PUBLIC)


def spans(role: Role) -> bool:
    return role in PLATFORM_ROLES


@pytest.mark.parametrize("line", [x for x in TABLE if x.who not in ("everyone", "person")], ids=str)
def test_a_person_without_organisation_is_nobody(line):
    browser = cast.signed_in(cast.member(cast.organization("Own")))
    path = foreign.address(line.route, line.parameters, cast.organization("Foreign"))

    response = call(browser, line, path)

    assert response.status_code in REFUSED_TO_STRANGERS or is_sign_in(response)


def test_every_id_in_an_address_has_a_foreign_example():
    named = {name for line in TABLE for name in line.parameters}

    assert named - foreign.PUBLIC <= foreign.OF.keys()


def test_the_table_knows_members():
    assert access.Access("GET", "x", "member").roles == ANY_MEMBER
