"""
The portal's pages under junk: addresses with hostile queries, forms filled with nonsense.

The forms are those that the pages themselves show, with one field at a time spoilt; what a page
refuses changes nothing.

The default run glances at each page as each visitor whom it is for: what spoils its address takes
turns, and a form that many pages show is spoilt once. Roles that the table of access refuses take
turns, too: each page refuses one of three. `--all` asks as everyone for everything, and
spoils every field of every form in every way.
"""

import re
import sys
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from django.db import connections
from django.test import Client

from identity.contracts import Role
from tests import databases, environment
from tests.flow.facts import market_facts
from tests.flow.strangers import NOBODY, VISITORS, World, undone, undone_if_done
from tests.identity import access

JUNK = [
    "",
    "\0",
    "-1",
    "0",
    "NaN",
    "Infinity",
    "1e400",
    "٣",
    "9" * 30,
    "0.0000000000000000001",
    "x" * 20_000,
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "算力" * 300,
    "\x1b\u202e\ufeff",
    "../../etc/passwd",
    "2026-02-30",
    "0001-01-01T00:00",
    "9999-12-31T23:59:59-14:00",
    "9999-12-31",
    "0001-01-01",
    "2026-11-20T14:05:00",
    "１２",
    "1" * 5_000,
    "00000000-0000-0000-0000-000000000000",
    "%s%n{0}{}",
    "[]",
]
NOT_PAGES = {"/healthz", "/readyz"}
NOWHERE = "00000000-0000-0000-0000-000000000000"
# Names that pages read from their address; others are found in the forms.
NAMES = sorted(
    {"page", "q", "sort", "state", "view", "days", "month", "year"}
    | {"next", "language", "theme", "compare", "programme", "resource", "meter", "kind", "party"}
)
SPOILT_ADDRESSES = [dict.fromkeys(NAMES, "\0"), {"cursor": "WzAsMCxbIjEiXV0:x"}]
# Of so many roles that a page refuses, one asks for it.
REFUSING = 3
# To the sign-in page, or by the page's guard.
REFUSED = {302, 401, 403, 404}


class Form(HTMLParser):
    """The forms of a page: where each goes, how, and with what."""

    def __init__(self, page: str, path: str) -> None:
        super().__init__()
        self.path = path
        self.forms: list[tuple[str, str, dict[str, str]]] = []
        self.select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = given.get("action") or given.get("hx-post") or self.path
            self.forms.append((given.get("method", "get").lower(), urlsplit(action).path, {}))
        elif not self.forms:
            return
        elif tag == "select":
            self.select = given.get("name", "")
        elif tag == "option":
            if self.select and ("selected" in given or self.select not in self.fields):
                self.fields[self.select] = given.get("value", "")
        elif tag in ("input", "textarea", "button") and given.get("name"):
            self.fields.setdefault(given["name"], given.get("value", ""))

    @property
    def fields(self) -> dict[str, str]:
        return self.forms[-1][2]


class Visit:
    """One visitor, who asks for pages and notes each answer that is a defect."""

    def __init__(self, stage: World, visitor: str) -> None:
        self.stage, self.visitor = stage, visitor
        self.cookies = stage.session(visitor)
        if visitor != NOBODY:
            self._has_just_signed_in()
        self.sent = 0
        self.defects: list[str] = []
        self.is_refused = False
        self.spoilt_forms: set[tuple[str, str, frozenset[str]]] = set()

    def _has_just_signed_in(self) -> None:
        """Let the pages that ask for the password again be satisfied."""
        browser = self._browser()
        session = browser.session
        session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
        session.save()

    def _browser(self) -> Client:
        browser = Client(raise_request_exception=False)
        browser.cookies.load(self.cookies)
        return browser

    def send(self, method: str, path: str, fields: dict[str, str]) -> str:
        """Return the page that a request is answered with."""
        self.sent += 1
        with undone_if_done() as status:
            browser = self._browser()
            ask = browser.post if method == "post" else browser.get
            response = ask(path, fields, headers={"Accept-Language": "en"})
            body = b"".join(response)
            status.append(response.status_code)
        if response.status_code >= 500:
            spoilt = {name: value[:60] for name, value in fields.items()}
            self.defects.append(f"{self.visitor} {method} {path} {spoilt}: {response.status_code}")
        self.is_refused = response.status_code in REFUSED
        is_page = response.get("Content-Type", "").startswith("text/html")
        if response.status_code >= 400 and response.status_code != 405 and not (is_page and body):
            self.defects.append(f"{self.visitor} {method} {path}: {response.status_code} no page")
        return body.decode() if is_page else ""

    def glance(self, path: str, turn: int) -> None:
        """Ask for a page, and spoil all at once: its address, and each form not yet spoilt."""
        shown = self.send("get", path, {})
        if not self.is_refused:  # Whoever is refused is so before the page reads its address.
            self.send("get", path, SPOILT_ADDRESSES[turn % len(SPOILT_ADDRESSES)])
        for number, (method, action, fields) in enumerate(Form(shown, path).forms):
            form = (method, action, frozenset(fields))
            if form not in self.spoilt_forms:
                self.spoilt_forms.add(form)
                self.send(method, action, dict.fromkeys(fields, JUNK[number % len(JUNK)]))

    def look(self, path: str) -> None:
        """Ask for a page in every wrong way, and spoil each field of each form in every way."""
        shown = self.send("get", path, {})
        self.send("post", path, {})
        for value in JUNK:
            self.send("get", path, dict.fromkeys(NAMES, value))
            self.send("get", path, {"cursor": value})
        for method, action, fields in Form(shown, path).forms:
            for name in fields:
                for value in JUNK:
                    self.send(method, action, fields | {name: value})


def asks(line: access.Access, visitor: str, turn: int) -> bool:
    """Return whether the default run asks for a page as a visitor."""
    refused = [role.value for role in Role if role not in line.roles]
    if visitor not in refused:
        return True
    return (refused.index(visitor) - turn) % min(REFUSING, len(refused)) == 0


def addresses(stage: World) -> Iterator[tuple[str, access.Access | None]]:
    """Yield the address of every page and its line in the table; None if it leads nowhere."""
    for line in access.table():
        if line.method != "PAGE" or line.route in NOT_PAGES or line.route.startswith("/api/"):
            continue
        yield (
            address(line.route, {n: (stage.real(n) or ["none"])[0] for n in line.parameters}),
            line,
        )
        if line.parameters:
            yield address(line.route, dict.fromkeys(line.parameters, NOWHERE)), None


def address(route: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        route = re.sub(rf"<(\w+:)?{name}>", value, route)
    return route


@pytest.fixture(scope="module")
def town(django_db_setup, django_db_blocker) -> Iterator[World]:
    """The market is made in one transaction, which is rolled back at the end."""
    with django_db_blocker.unblock():
        databases.ensure(environment.DATABASE)
        with undone():
            stage = World()
            stage.known["code"] = stage.known["programme_code"]
            yield stage
        connections.close_all()


@pytest.fixture
def stage(town, django_db_blocker) -> Iterator[World]:
    """The market as it was made, whatever was done to it before."""
    with django_db_blocker.unblock(), undone():
        yield town


@pytest.mark.parametrize("visitor", VISITORS)
def test_no_page_makes_a_500(stage, visitor):
    visit, before = Visit(stage, visitor), market_facts()

    there = [(path, line) for path, line in addresses(stage) if line]
    for turn, (path, line) in enumerate(there):
        if asks(line, visitor, turn):
            visit.glance(path, turn + VISITORS.index(visitor))

    assert visit.defects == []
    assert market_facts() == before


def test_each_page_is_asked_for_by_all_whom_it_is_for_and_refuses_somebody():
    for turn, line in enumerate(one for one in access.table() if one.method == "PAGE"):
        asking = {visitor for visitor in VISITORS if asks(line, visitor, turn)}
        allowed = {role.value for role in line.roles}

        assert allowed | {NOBODY} <= asking
        assert len(allowed) == len(Role) or asking - allowed - {NOBODY}


@pytest.mark.slow
@pytest.mark.parametrize("visitor", VISITORS)
def test_no_junk_on_any_page_makes_a_500(stage, visitor):
    visit, before = Visit(stage, visitor), market_facts()

    for path, _line in addresses(stage):
        visit.look(path)

    sys.stderr.write(f"\n{visit.sent} requests\n")
    assert visit.defects == []
    assert market_facts() == before
