"""Proposals, requests for access, fees, sessions and links are lists like all others."""

import pytest
from django.urls import reverse

from common import clock, tenancy
from identity import access_requests, appointments
from identity.approvals.contracts import Person
from identity.contracts import Role
from marketplace.bulletin import wall_links
from marketplace.portal import names
from tests import cast
from tests.factories.base import uscc

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def operators():
    office = cast.organization("Platform")
    return office, [cast.member(office, Role.OPERATOR) for _each in range(2)]


def read(person, page: str, **query: str):
    answer = cast.signed_in(person).get(reverse(page), query, headers=ENGLISH)
    assert answer.status_code == 200
    return answer


def keys(answer) -> list[str]:
    return [row.label for row in answer.context["table"].rows]


def test_proposals_are_narrowed_by_words_and_had_as_a_file(operators):
    office, (first, second) = operators
    by = Person(first.pk, office.pk)
    firms = [cast.organization(name) for name in ("Ash", "Birch")]
    for firm in firms:
        with tenancy.acting_as_platform():
            appointments.propose_role(
                organization_id=firm.pk, email="new@test.example", role=Role.AUDITOR,
                reason="audits", by=by, now=clock.now(),
            )  # fmt: skip

    both = read(second, "portal:approvals")
    one = read(second, "portal:approvals", q="Birch")
    file = read(second, "portal:approvals", export="csv").content.decode()

    assert len(keys(both)) == 2
    assert [row.it.label for row in one.context["table"].rows] == [names.named(firms[1])]
    assert one.context["table"].chips
    assert file.count("\n") >= 3
    assert keys(read(second, "portal:approvals", show="decided", state="REFUSED")) == []


def ask(number: int) -> None:
    access_requests.ask(
        uscc=uscc(7_100_000 + number),
        organization_name=f"Newcomer {number}",
        person_name="Li Na",
        email=f"li{number}@newcomer.example",
        role=Role.BUYER,
        message="",
        language="en",
        now=clock.now(),
    )


def test_requests_for_access_are_found_by_state_and_by_name(operators):
    _office, (first, _second) = operators
    ask(1)
    ask(2)

    assert keys(read(first, "portal:access-requests")) == ["Newcomer 2", "Newcomer 1"]
    assert keys(read(first, "portal:access-requests", q="comer 1")) == ["Newcomer 1"]
    assert keys(read(first, "portal:access-requests", state="ACCEPTED")) == []
    assert "2 requests wait for an answer." in read(first, "portal:access-requests").text


def test_links_to_the_big_screen_are_sorted_and_revoked_ones_say_so(operators):
    _office, (first, _second) = operators
    for label in ("Lobby", "Hall"):
        with tenancy.acting_as_platform():
            made = wall_links.issue(label=label, days=3, issued_by_id=first.pk, now=clock.now())
    with tenancy.acting_as_platform():
        wall_links.revoke(link_id=made.id, revoked_by_id=first.pk, now=clock.now())

    listed = read(first, "portal:wall-links", sort="issued_at")

    assert keys(listed) == ["Lobby", "Hall"]
    assert "Revoked" in listed.text


def test_fees_are_a_list_with_what_each_says(operators):
    _office, (first, _second) = operators

    assert keys(read(first, "portal:fees"))[0] == "3.00%"
    assert "paid by the provider out of what is collected" in read(first, "portal:fees").text


def test_a_person_sees_the_browser_that_is_used_now_among_the_sessions(operators):
    _office, (first, _second) = operators
    browser = cast.signed_in(first)
    browser.get(reverse("portal:devices"))  # It is known from the first answer on.

    listed = browser.get(reverse("portal:devices"), headers=ENGLISH)

    assert len(keys(listed)) == 1
    assert "This browser" in listed.text
