"""What happened, page by page: of the own organisation, or for oversight of everybody."""

import pytest
from django.test import Client
from django.utils import timezone

from common import tenancy
from identity.models import User
from marketplace.orders.event_names import OrderEvent
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
    return reply.context["lines"]


def test_a_buyer_sees_what_concerns_the_own_organisation(browsers):
    lines = shown(browsers["buyer"], kind=OrderEvent.PLACED)

    assert lines
    assert {line.told.name for line in lines} == {OrderEvent.PLACED}
    assert all(line.address.startswith("/orders/") for line in lines)
    assert len({tuple(line.told.concerns) for line in lines}) == 1


def test_a_room_an_object_and_days_narrow_the_list(browsers):
    buyer, today = browsers["buyer"], timezone.localdate().isoformat()
    first = shown(buyer, kind="orders")[0].told

    by_number = shown(buyer, thing=first.object_label)
    by_id = shown(buyer, thing=first.object_id)

    assert {line.told.object_id for line in by_number} == {first.object_id}
    assert [line.told.id for line in by_id] == [line.told.id for line in by_number]
    assert shown(buyer, starts_on="2020-01-01", ends_on="2020-01-02") == []
    assert shown(buyer, ends_on=today)


def test_a_person_is_found_by_address_and_nobody_of_another_organisation(browsers):
    own = shown(browsers["auditor"], person=demo("auditor"))

    assert shown(browsers["buyer"], person=demo("provider")) == []
    assert shown(browsers["buyer"], person="nobody@test.example") == []
    assert {line.who for line in own} <= {demo("auditor"), f"{demo('auditor')} (API)"}


def test_oversight_reads_what_everybody_did(browsers):
    reply = browsers["auditor"].get(PAGE)

    assert "Action log" in reply.content.decode()
    assert len({line.organization for line in shown(browsers["auditor"], kind="catalog")}) >= 1
    assert shown(browsers["auditor"], kind=OrderEvent.ROUND_CLEARED)
    assert shown(browsers["buyer"], kind=OrderEvent.ROUND_CLEARED) == []


def test_what_cannot_be_asked_is_said_beside_the_field(browsers):
    asked = {"starts_on": "2026-02-02", "ends_on": "2026-01-01"}

    reply = browsers["buyer"].get(PAGE, asked)

    assert reply.status_code == 422
    assert "It ends before it begins." in reply.content.decode()
    assert browsers["buyer"].get(PAGE, {"cursor": "x"}).status_code == 400
    assert browsers["buyer"].get(f"{PAGE}file/", asked).status_code == 302


def test_the_list_is_read_page_by_page(browsers):
    first = browsers["auditor"].get(PAGE)
    second = browsers["auditor"].get(PAGE + first.context["pages"].next)

    assert first.context["pages"].next
    seen = [{line.told.id for line in reply.context["lines"]} for reply in (first, second)]
    assert seen[0].isdisjoint(seen[1])


def test_the_same_is_had_as_a_file(browsers):
    reply = browsers["buyer"].get(f"{PAGE}file/", {"kind": OrderEvent.PLACED})
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
