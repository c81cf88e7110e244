"""The directory tells the rules that there are, and what operators entered."""

from uuid import uuid4

import pytest
from django.db import Error, connection, transaction
from django.test import Client

from common import rulebooks, tenancy
from gateway.standards import selectors
from identity.contracts import Role
from marketplace.portal import decisions
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


def test_a_clause_leads_to_its_rule_and_to_the_decision():
    for line in found():
        assert not line["decision"] or decisions.address(line["decision"]), line
        assert line["kind"] == "RULE" or line["rule"] in {
            "",
            *(x["rule"] for x in found(kind="RULE")),
        }
    shown = Client().get("/directory/", {"text": "算力交易"}, headers={"accept-language": "en"})
    assert (
        '<a class="cm-mono" href="/directory/?kind=RULE&amp;text=clearing%2Fclear-3">' in shown.text
    )
    assert 'href="/directory/decisions/602/">ADR 0602</a>' in shown.text
    (rule,) = found(kind="RULE", text="clearing/clear-3")
    assert all(x["title"] != x["code"].removeprefix("rule:") for x in found(kind="RULE"))
    assert rule["clause"] == "算力互联互通行动计划 算力交易"


def test_a_decision_record_is_read_by_everybody_and_names_what_rests_on_it():
    shown = Client().get("/directory/decisions/602/", headers={"accept-language": "zh-hans"})
    assert shown.status_code == 200
    assert "Clearing is a pure rule with a stored input" in shown.text
    assert "算力互联互通行动计划" in shown.text
    assert Client().get("/directory/decisions/9999/").status_code == 404
    for number in decisions.files():
        assert decisions.rendered(decisions.record(number).text)
