"""Notices as pages and over HTTP: what concerns a person, read once, letters as they choose."""

import pytest
from django.db import connection

from common import tenancy
from common.ids import uuid7
from identity.contracts import Role
from identity.events.registry import labels
from identity.notices import selectors, services
from identity.notices.contracts import Letters, Topic
from identity.notices.models import Notice
from tests.cast import NOW, member, organization, signed_in

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}
NAME = "identity.member.invited"


@pytest.fixture
def buyer():
    return organization("Buyer")


@pytest.fixture
def person(buyer):
    return member(buyer, Role.BUYER)


@pytest.fixture
def browser(person):
    return signed_in(person)


def notice(person, organization, **changes) -> Notice:
    values = {
        "name": NAME,
        "topic": Topic.PEOPLE,
        "bundle": str(uuid7()),
        "object_kind": "member",
        "object_id": str(uuid7()),
        "object_label": "M-17",
        "happened_at": NOW,
        "noticed_at": NOW,
        "letter": "NONE",
    }
    with tenancy.acting_as_platform():
        return Notice.objects.create(user=person, organization=organization, **values | changes)


def read_at(notice):
    with tenancy.acting_as_platform():
        return Notice.objects.get(pk=notice.pk).read_at


def test_without_notices_the_page_says_so(browser):
    assert "You have read everything." in browser.get("/notices/", headers=ENGLISH).text
    assert "No notices yet" in browser.get("/notices/", headers=ENGLISH).text


def test_the_bell_counts_what_is_unread_here(browser, person, buyer):
    notice(person, buyer)
    notice(person, buyer)
    notice(person, buyer, read_at=NOW)
    notice(person, organization("Other"))
    notice(member(buyer, Role.BUYER), buyer)

    assert "2 unread notices" in browser.get("/notices/bell/", headers=ENGLISH).text


def test_the_bell_counts_up_to_a_bound(browser, person, buyer):
    with tenancy.acting_as_platform():
        Notice.objects.bulk_create(
            Notice(
                user=person, organization=buyer, name=NAME, topic=Topic.PEOPLE, bundle=str(number),
                happened_at=NOW, noticed_at=NOW, letter="NONE",
            )
            for number in range(selectors.UNREAD_COUNTED_MAX + 5)
        )  # fmt: skip

    assert "99+ unread notices" in browser.get("/notices/bell/", headers=ENGLISH).text


def test_opening_a_notice_leads_on_and_marks_it_as_read(browser, person, buyer):
    seen = notice(person, buyer, object_kind="api_key")

    answer = browser.get(f"/notices/{seen.pk}/")

    assert answer.headers["Location"] == "/developers/"
    assert read_at(seen) is not None
    page = browser.get("/notices/", headers=ENGLISH).text
    assert "You have read everything." in page
    assert "M-17" in browser.get("/notices/", headers=ENGLISH).text


def test_a_notice_of_another_of_ones_organisations_leads_there(browser, person):
    other = organization("Other")
    with tenancy.acting_as_platform():
        from identity import services as identity

        identity.add_member(organization_id=other.pk, user_id=person.pk, role=Role.BUYER)
    seen = notice(person, other)

    browser.get(f"/notices/{seen.pk}/")

    assert other.name in browser.get("/notices/", headers=ENGLISH).text


def test_somebody_elses_notice_is_not_found(browser, buyer):
    theirs = notice(member(buyer, Role.BUYER), buyer)

    assert browser.get(f"/notices/{theirs.pk}/").status_code == 404
    assert read_at(theirs) is None


def test_all_is_marked_as_read_but_not_what_came_later(browser, person, buyer):
    seen, later = notice(person, buyer), notice(person, buyer, noticed_at=NOW.replace(year=2999))

    browser.post("/notices/read/", {"until": "not a time"})

    assert read_at(seen) is not None
    assert read_at(later) is None


def test_letters_are_chosen_by_topic(browser, person, buyer):
    values = {topic.value: Letters.NEVER.value for topic in Topic} | {"MONEY": "AT_ONCE"}

    page = browser.post("/notices/letters/", values, headers=ENGLISH, follow=True).text
    wrong = browser.post("/notices/letters/", values | {"MONEY": "SOON"}, headers=ENGLISH).text

    assert "Your choice holds from the next notice on." in page
    assert "SOON is not one of the available choices" in wrong
    with tenancy.acting_as_platform():
        chosen = selectors.letter_choices(person_actor(person, buyer))
    assert chosen[Topic.MONEY] == Letters.AT_ONCE
    assert chosen[Topic.ORDERS] == Letters.NEVER


def person_actor(person, organization):
    from identity.contracts import Actor

    return Actor(organization.pk, frozenset({Role.BUYER}), person.pk)


def test_the_api_lists_filters_and_marks(browser, person, buyer):
    unread, _read = notice(person, buyer), notice(person, buyer, read_at=NOW)
    theirs = notice(member(buyer, Role.BUYER), buyer)

    found = browser.get("/api/v1/notices?unread=true&topic=PEOPLE", headers=ENGLISH).json()

    assert [each["id"] for each in found["results"]] == [str(unread.pk)]
    assert found["results"][0]["title"] == str(labels()[NAME])
    refused = post(browser, "/api/v1/notices/read", {"ids": [str(unread.pk), str(theirs.pk)]})
    assert (refused.status_code, refused.json()["code"]) == (400, "unknown_notice")
    assert post(browser, "/api/v1/notices/read", {"ids": [str(unread.pk)]}).json() == {"read": 1}
    assert post(browser, "/api/v1/notices/read", {"ids": [str(unread.pk)]}).json() == {"read": 0}


def post(browser, address, body):
    return browser.post(
        address, body, "application/json", headers={"Idempotency-Key": str(uuid7())}
    )


def test_the_api_keeps_choices_of_letters(browser):
    chosen = browser.patch("/api/v1/notices/letters", {"ORDERS": "NEVER"}, "application/json")
    wrong = browser.patch("/api/v1/notices/letters", {"ORDERS": "SOON"}, "application/json")

    assert chosen.json()["ORDERS"] == "NEVER"
    assert chosen.json()["DECISIONS"] == "AT_ONCE"
    assert wrong.status_code == 400
    assert browser.get("/api/v1/notices/letters").json()["ORDERS"] == "NEVER"


def test_the_bell_asks_the_database_once_for_the_count(browser, django_assert_max_num_queries):
    browser.get("/notices/bell/")

    with django_assert_max_num_queries(12, connection=connection):
        browser.get("/notices/bell/")


def test_notices_older_than_they_are_kept_are_dropped(person, buyer):
    notice(person, buyer)

    assert services.forget(before=NOW.replace(year=2999)) == 1


def test_every_kind_of_object_leads_to_pages_that_exist():
    from identity.contracts import Actor
    from marketplace.portal import objects

    everybody = Actor(uuid7(), frozenset(Role), 1)

    for kind in objects.LISTS:
        assert objects.address(kind, "", everybody).startswith("/"), kind
    assert objects.address("membership", "7", everybody) == ""
    assert objects.address("order", "no identifier", everybody) == ""
    asked = uuid7()
    assert objects.address("access_request", str(asked), everybody) == f"/oversight/access/{asked}/"
