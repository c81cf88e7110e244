"""The directory tells the rules that there are, and what operators entered."""

from uuid import uuid4

import pytest
from django.db import Error, connection, transaction
from django.test import Client

from common import rulebooks, tenancy
from gateway.standards import selectors
from identity.contracts import Role
from tests import cast

ADDRESS = "/api/gateway/v1/standards"
ENTRY = {
    "kind": "POLICY",
    "code": "X/2026",
    "version": "1",
    "title": "办法",
    "support": "PARTLY",
    "clause": "3",
    "rule": "rating/rate-1",
    "decision": "0501",
}
pytestmark = pytest.mark.django_db


def operator():
    return cast.signed_in(cast.member(cast.organization(), Role.OPERATOR))


def enter(**over):
    return operator().post(ADDRESS, ENTRY | over, content_type="application/json")


def found(**asked):
    return Client().get(ADDRESS, asked).json()["entries"]


def test_every_rule_of_the_release_is_told_by_its_version():
    told = {line["rule"] for line in found(kind="RULE")}
    for book in rulebooks.books():
        assert {f"{book.kind}/{version}" for version in book.versions} <= told
    assert {"rating/rate-1", "clearing/clear-1"} <= told


def test_a_search_narrows():
    assert [line["code"] for line in found(text="7064")] == ["ISO/IEC 7064"]
    assert {line["support"] for line in found(support="PARTLY")} == {"PARTLY"}
    assert not found(text="no such thing")


def test_an_operator_enters_a_clause_with_rule_and_decision():
    assert enter().status_code == 201
    line = found(text="X/2026")[0]
    assert (line["clause"], line["rule"], line["decision"]) == ("3", "rating/rate-1", "0501")
    again = enter()
    assert (again.status_code, again.json()["code"]) == (409, "directory_entry_there")
    assert enter(version="2").status_code == 201


@pytest.mark.parametrize(
    "over",
    [
        {"kind": "RULE"},
        {"rule": "rating/none"},
        {"decision": "x"},
        {"url": "http://a"},
        {"title": " "},
    ],
    ids=str,
)
def test_what_has_not_its_form_is_refused(over):
    assert enter(**over).status_code == 400


def test_others_read_and_do_not_enter():
    assert Client().post(ADDRESS, ENTRY, content_type="application/json").status_code in (401, 403)
    buyer = cast.signed_in(cast.member(cast.organization(), Role.BUYER))
    assert buyer.post(ADDRESS, ENTRY, content_type="application/json").status_code == 403


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE standards_directoryentry SET support = 'NONE'",
        "DELETE FROM standards_directoryentry",
    ],
)
def test_an_entry_stays(statement):
    enter()
    with tenancy.acting_as_platform(), pytest.raises(Error), transaction.atomic():
        connection.cursor().execute(statement)


def test_the_page_is_for_everybody_and_its_form_for_operators():
    shown = Client().get("/directory/", {"text": "clearing"}, headers={"accept-language": "en"})
    assert "Clearing of books" in shown.content.decode()
    sent = ENTRY | {"key": str(uuid4())}
    assert operator().post("/directory/new/", sent).status_code == 302
    assert selectors.directory(text="X/2026")
