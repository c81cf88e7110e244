"""What happened, page by page: of the own organisation, or for oversight of everybody."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone, translation

from common import tenancy
from identity.events import registry
from identity.models import User
from marketplace.orders.event_names import OrderEvent
from marketplace.portal import activity
from tests.portal.visitor import demo

PAGE = "/activity/"


@pytest.fixture(scope="module")
def browsers(sample_market) -> dict[str, Client]:
    """Return a browser of each role in which English is read."""
    found = {}
    for role in ("buyer", "provider", "auditor"):
        browser = Client(HTTP_ACCEPT_LANGUAGE="en")
        with tenancy.acting_as_platform():
            person = User.objects.get(email=demo(role))
            User.objects.filter(pk=person.pk).update(language="en")
        browser.force_login(person)
        found[role] = browser
    return found


def shown(browser: Client, **query: str) -> list:
    reply = browser.get(PAGE, query)
    assert reply.status_code == 200
    return [row.it for row in reply.context["table"].rows]


def test_a_buyer_sees_what_concerns_the_own_organisation(browsers):
    lines = shown(browsers["buyer"], name=OrderEvent.PLACED)

    assert lines
    assert {line.told.name for line in lines} == {OrderEvent.PLACED}
    assert all(line.address.startswith("/orders/") for line in lines)
    assert len({tuple(line.told.concerns) for line in lines}) == 1


def test_a_room_an_object_and_days_narrow_the_list(browsers):
    buyer, later = browsers["buyer"], f"{timezone.localdate() + timedelta(days=2)}"
    first = shown(buyer, name="orders")[0].told

    by_number = shown(buyer, q=first.object_label)
    by_id = shown(buyer, q=first.object_id)

    assert {line.told.object_id for line in by_number} == {first.object_id}
    assert [line.told.id for line in by_id] == [line.told.id for line in by_number]
    assert shown(buyer, recorded_from="2020-01-01", recorded_until="2020-01-02") == []
    assert shown(buyer, recorded_until=later)


def test_a_person_is_found_by_address_and_nobody_of_another_organisation(browsers):
    own = shown(browsers["auditor"], person=demo("auditor"))

    assert shown(browsers["buyer"], person=demo("provider")) == []
    assert shown(browsers["buyer"], person="nobody@test.example") == []
    assert {line.who for line in own} <= {demo("auditor"), f"{demo('auditor')} (API)"}


def test_oversight_reads_what_everybody_did(browsers):
    reply = browsers["auditor"].get(PAGE)

    assert "Action log" in reply.content.decode()
    assert len({line.organization for line in shown(browsers["auditor"], name="catalog")}) >= 1
    assert shown(browsers["auditor"], name=OrderEvent.ROUND_CLEARED)
    assert shown(browsers["buyer"], name=OrderEvent.ROUND_CLEARED) == []


def test_what_cannot_be_asked_is_said_beside_the_field(browsers):
    asked = {"recorded_from": "2026-02-02", "recorded_until": "2026-01-01"}

    reply = browsers["buyer"].get(PAGE, asked)

    assert reply.context["table"].rows == []
    assert "It ends before it begins." in reply.content.decode()
    assert browsers["buyer"].get(PAGE, {"cursor": "x"}).status_code == 400
    assert browsers["buyer"].get(f"{PAGE}file/", asked).status_code == 302


def test_the_list_is_read_page_by_page(browsers):
    first = browsers["auditor"].get(PAGE)
    second = browsers["auditor"].get(PAGE + first.context["pages"].next)

    assert first.context["pages"].next
    seen = [{row.it.told.id for row in reply.context["table"].rows} for reply in (first, second)]
    assert seen[0].isdisjoint(seen[1])


def test_the_same_is_had_as_a_file(browsers):
    reply = browsers["buyer"].get(f"{PAGE}file/", {"name": OrderEvent.PLACED})
    rows = reply.content.decode().removeprefix("\ufeff").splitlines()

    assert rows[0].startswith("recorded_at,happened_at,name,object_kind")
    assert len(rows) > 1
    assert all(",orders.order.placed,order," in row for row in rows[1:])


def test_it_speaks_chinese(browsers):
    with tenancy.acting_as_platform():
        User.objects.filter(email=demo("provider")).update(language="zh-hans")
    reply = browsers["provider"].get(PAGE, HTTP_ACCEPT_LANGUAGE="zh-hans")

    text = reply.content.decode()
    assert "活动记录" in text
    assert "挂牌已上架" in text


def test_facts_are_read_as_people_write_them():
    with translation.override("en"):
        told = activity.facts_shown(
            {
                "gross_minor": 3021,
                "matched_at": "2026-11-26T14:48:39Z",
                "book_id": 16,
                "code": "capacity_exhausted",
            }
        )

    assert told == (
        "Reason Not enough capacity was left for the whole period."
        " · amount ¥30.21 · matched 2026-11-26 22:48 (UTC+8)"
    )


def test_every_room_that_tells_something_has_a_word():
    rooms = {name.partition(".")[0] for name in registry.labels()}

    assert rooms - activity.ROOMS.keys() == set()
