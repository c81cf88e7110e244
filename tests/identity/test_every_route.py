"""
Every address × everyone: generated from the URLconf and the API's schema, never from a list.

The default run reads of every view which roles it declares, and asks for each address as one of
each class: a stranger, a person without organisation, a role that may and one that may not, which
take turns through the table. `--all` asks for each address as every role.

The people are made once; what belongs to others, for each address. All of it is undone.
"""

import json
from collections.abc import Iterator

import pytest
from django.db import connections
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from identity.contracts import ANY_MEMBER, PLATFORM_ROLES, Role
from tests import cast, databases, environment
from tests.flow.strangers import undone
from tests.identity import access, foreign

TABLE = access.table()
# Answer 403 to a person who has no password, second factor or passkey to show again.
SIGN_IN_AGAIN = {
    "/accounts/reauthenticate/",
    "/accounts/2fa/reauthenticate/",
    "/accounts/2fa/webauthn/reauthenticate/",
}
REFUSED_TO_STRANGERS = {401, 403, 404}


class Town:
    """The visitors' own organisation, and one person for each role who has signed in."""

    def __init__(self) -> None:
        self.own = cast.organization("Own")
        self.cookies: dict[Role | None, str] = {}
        for role in (None, *Role):
            person = cast.member(self.own, *([role] if role else []))
            self.cookies[role] = cast.signed_in(person).cookies["sessionid"].value

    def browser(self, role: Role | None) -> Client:
        """Return a browser in which a person of the own organisation is signed in."""
        browser = Client()
        browser.cookies["sessionid"] = self.cookies[role]
        return browser


@pytest.fixture(scope="module")
def town(django_db_setup, django_db_blocker) -> Iterator[Town]:
    """Everything is made in one transaction, which is rolled back at the end."""
    with django_db_blocker.unblock():
        databases.ensure(environment.DATABASE)
        with undone():
            yield Town()
        connections.close_all()


@pytest.fixture(autouse=True)
def _nothing_stays(town, django_db_blocker) -> Iterator[None]:
    with django_db_blocker.unblock(), undone():
        yield


def call(browser: Client, line: access.Access, path: str):
    """Send a request without a useful body; a defect shows as a 500, not as an exception."""
    browser.raise_request_exception = False
    method = "GET" if line.method == "PAGE" else line.method
    response = browser.generic(
        method,
        path,
        b"" if method == "GET" else json.dumps({}),
        content_type="application/json",
        headers={"Idempotency-Key": "every route"},
    )
    if response.streaming:
        b"".join(response.streaming_content)  # A download holds its file open until its end.
    return response


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


PAGES = [r for r in access.routes() if hasattr(r.callback, "required_roles")]


@pytest.mark.parametrize("route", PAGES, ids=lambda route: route.route)
def test_a_page_declares_what_the_table_says(route):
    (line,) = (line for line in TABLE if line.route == route.route)

    assert (route.callback.required_roles or frozenset(Role)) == line.roles


@pytest.mark.parametrize("number", range(len(TABLE)), ids=lambda number: str(TABLE[number]))
def test_each_class_reaches_what_is_theirs_and_nothing_else(town, number):
    line = TABLE[number]
    classes = [[role for role in Role if (role in line.roles) is may] for may in (True, False)]

    assert_each_reaches_what_is_theirs(town, line, [of[number % len(of)] for of in classes if of])


@pytest.mark.slow
@pytest.mark.parametrize("line", TABLE, ids=str)
def test_everyone_reaches_what_is_theirs_and_nothing_else(town, line):
    assert_each_reaches_what_is_theirs(town, line, list(Role))


def assert_each_reaches_what_is_theirs(town, line, roles):
    path = foreign.address(line.route, line.parameters, cast.organization("Foreign"))

    for visitor, browser in visitors(town, roles):
        with undone():
            response = call(browser, line, path)

        answer = (visitor, response.status_code)
        assert response.status_code < 500, answer
        if isinstance(visitor, Role):
            assert is_right(line, visitor, response.status_code), answer
        elif line.who not in OPEN_TO[visitor]:
            assert response.status_code in REFUSED_TO_STRANGERS or is_sign_in(response), answer


STRANGER, NOBODY = "a stranger", "a person without organisation"
OPEN_TO = {STRANGER: {"everyone"}, NOBODY: {"everyone", "person"}}


def visitors(town, roles):
    """Yield who comes by, each in a browser of their own."""
    yield STRANGER, Client()
    yield NOBODY, town.browser(None)
    for role in roles:
        yield role, town.browser(role)


# A node's signature counts there, and nobody's session.
OF_NODES = "/api/peer/"


def is_right(line, role, status):
    """Return whether a role was answered as the table says, about what belongs to others."""
    if line.route.startswith(OF_NODES):
        return status in {401, 405}
    if role not in line.roles:
        return status in {403, 404}
    if line.who in ("everyone", "person"):
        return status not in {401, 403} or line.route in SIGN_IN_AGAIN
    if set(line.parameters) - foreign.PUBLIC and role not in PLATFORM_ROLES:
        # A body without sense may be refused before the object is looked for.
        return status == 404 or (status == 400 and line.method in ("POST", "PUT", "PATCH"))
    return status not in {401, 403}


def test_every_id_in_an_address_has_a_foreign_example():
    named = {name for line in TABLE for name in line.parameters}

    assert named - foreign.PUBLIC <= foreign.OF.keys()


def test_the_table_knows_members():
    assert access.Access("GET", "x", "member").roles == ANY_MEMBER
