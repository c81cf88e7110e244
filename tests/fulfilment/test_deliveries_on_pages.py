"""Deliveries on pages and over HTTP, as each who may see them."""

import re

import pytest
from django.test import Client

from identity.contracts import Role
from marketplace.fulfilment import services
from marketplace.fulfilment.contracts import DeliveryMove
from marketplace.settlement import services as settlement
from tests import cast as people
from tests.fulfilment.cast import HOUR, NOON, Delivering

pytestmark = pytest.mark.django_db


def signed_in(organization, role: Role) -> Client:
    browser = people.signed_in(people.member(organization, role))
    browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return browser


def key_of(page) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page.content.decode())
    assert found
    return found[1]


@pytest.fixture
def market() -> Delivering:
    return Delivering()


def test_the_provider_says_what_happened_and_the_buyer_that_it_runs(market):
    order = market.order()
    asked = market.asked(order)
    provider = signed_in(market.provider, Role.PROVIDER)
    address = f"/deliveries/{asked.pk}/"
    inbox = provider.get("/deliveries/").content.decode()
    assert order.number in inbox
    page = provider.get(address)
    sent = {"key": key_of(page), "move": "INTERRUPT", "reason": "", "detail": ""}
    assert provider.post(address, sent).status_code == 422  # nothing runs that could stop
    without = provider.post(address, sent | {"move": "FAIL"})
    assert without.status_code == 422
    assert "Choose the reason." in without.content.decode()
    keyless = provider.post(address, sent | {"move": "READY"})
    assert "Say on the page of its access that you wait for a key" in keyless.content.decode()
    market.say(order, DeliveryMove.READY, at=NOON)  # a program may let nobody in
    assert market.delivery(order).state == "RUNNING"

    buyer = signed_in(market.buyer, Role.BUYER)
    seen = buyer.get(address)
    assert "no reading has confirmed it yet" in seen.content.decode()
    calendar = buyer.get("/deliveries/calendar/").content.decode()
    assert "Announced maintenance of what runs for you" in calendar
    assert buyer.post(address, {"key": key_of(seen)}).status_code == 302
    assert market.delivery(order).confirmed_by == "buyer"
    assert "First ready at" in buyer.get(address).content.decode()
    assert f'href="{address}"' in buyer.get(f"/orders/{order.pk}/").content.decode()


def test_a_step_that_was_said_in_another_window_is_told_and_nothing_is_chosen(market):
    order = market.order()
    asked = market.asked(order)
    provider = signed_in(market.provider, Role.PROVIDER)
    address = f"/deliveries/{asked.pk}/"
    sent = {"key": key_of(provider.get(address)), "move": "READY", "reason": "", "detail": ""}
    market.say(order, DeliveryMove.READY, at=NOON)
    stale = provider.post(address, sent).content.decode()
    assert "perhaps it was said already" in stale
    assert '<option value="">–</option>' in stale.replace(" selected", "")
    assert 'value="INTERRUPT" selected' not in stale


def test_the_history_says_who_said_it(market):
    """A program's word is its provider's; what the market alone finds is the market's."""
    order = market.order()
    asked = market.asked(order)
    market.say(order, DeliveryMove.READY, at=NOON)
    buyer = signed_in(market.buyer, Role.BUYER)
    assert "The market" not in buyer.get(f"/deliveries/{asked.pk}/").content.decode()
    services.advance(now=NOON + HOUR)
    page = buyer.get(f"/deliveries/{asked.pk}/").content.decode()
    assert page.count("The market") == 1
    assert "The provider" in page


def test_a_buyer_sees_what_runs_until_when_and_what_it_may_do_there(market):
    runs, waits = market.running(cards=2), market.order(cards=2)
    asked = market.asked(waits)
    buyer = signed_in(market.buyer, Role.BUYER)

    home = buyer.get("/home/").content.decode()
    running = buyer.get("/deliveries/?state=RUNNING").content.decode()
    both = buyer.get("/deliveries/").content.decode()

    assert "/deliveries/?state=RUNNING" in home
    assert f"/orders/{runs.pk}/end/" in running
    assert f"?again={runs.pk}&amp;extend=1" in running
    assert f"/deliveries/{market.delivery(runs).pk}/access/" in running
    assert str(asked.pk) not in running
    assert f"/deliveries/{asked.pk}/talk/" in both
    assert f"/orders/{waits.pk}/end/" not in both  # it has not begun: it is cancelled on its page
    provider = signed_in(market.provider, Role.PROVIDER)
    assert "extend=1" not in provider.get("/deliveries/").content.decode()


def test_strangers_find_nothing(market):
    asked = market.asked(market.order())
    other = signed_in(people.organization("Other"), Role.PROVIDER)
    assert other.get(f"/deliveries/{asked.pk}/").status_code == 404
    assert other.get("/deliveries/").status_code == 200


def test_operators_see_all_and_say_nothing(market):
    asked = market.asked(market.order())
    desk = signed_in(people.organization("Desk"), Role.OPERATOR)
    page = desk.get(f"/deliveries/{asked.pk}/").content.decode()
    assert "History" in page
    assert 'name="move"' not in page
    assert "Publish a delivery policy" not in desk.get("/home/").content.decode()


def test_a_policy_is_read_by_all_and_proposed_by_operators():
    buyer = signed_in(people.organization("Buyer"), Role.BUYER)
    assert "No policy was published" in buyer.get("/deliveries/policy/").content.decode()
    assert buyer.post("/deliveries/policy/", {}).status_code == 403
    desk = signed_in(people.organization("Desk"), Role.OPERATOR)
    assert "Publish a delivery policy" in desk.get("/home/").content.decode()
    page = desk.get("/deliveries/policy/")
    sent = {"key": key_of(page), "mode": "BY_CLOCK", "source": "minutes"}
    assert desk.post("/deliveries/policy/", sent).status_code == 422  # it is so already
    assert desk.post("/deliveries/policy/", sent | {"mode": "READY_TO_BILL"}).status_code == 302


def test_the_policy_in_force_is_said_before_ordering(market):
    buyer = signed_in(market.buyer, Role.BUYER)
    page = buyer.get(f"/market/{market.listing.pk}/").content.decode()
    assert "Charged only while it is in operation" in page
    assert "in force" in buyer.get("/deliveries/policy/").content.decode()


def test_programs_report_and_read_over_the_api(market):
    order = market.order()
    asked = market.asked(order)
    provider = signed_in(market.provider, Role.PROVIDER)
    address = f"/api/v1/deliveries/{asked.pk}"

    def say(move: str, key: str, **more: str):
        return provider.post(
            f"{address}/moves",
            {"move": move} | more,
            content_type="application/json",
            headers={"Idempotency-Key": key},
        )

    assert say("READY", "one").json()["state"] == "RUNNING"
    stopped = say("INTERRUPT", "two", reason="network_fault").json()
    assert stopped["possible"] == ["READY", "EXIT", "FAIL"]
    assert [step["move"] for step in stopped["steps"]] == ["READY", "INTERRUPT"]
    assert len(stopped["runs"]) == 1
    refused = say("CONNECT", "three")
    assert (refused.status_code, refused.json()["code"]) == (409, "delivery_move_refused")
    nameless = say("EXIT", "four")
    assert (nameless.status_code, nameless.json()["code"]) == (422, "delivery_reason_missing")
    assert say("READY", "five", reason="bored").status_code == 400
    listed = provider.get("/api/v1/deliveries").json()["results"]
    assert [each["order_number"] for each in listed] == [order.number]
    assert (
        provider.post(f"{address}/confirmation", content_type="application/json").status_code == 403
    )


def test_what_fails_is_told_on_the_order(market):
    order = market.order(hours=5)
    market.asked(order)
    settlement.open_contracts(now=NOON)
    services.advance(now=NOON + HOUR)
    settlement.end_undelivered(now=NOON + HOUR)
    page = signed_in(market.buyer, Role.BUYER).get(f"/orders/{order.pk}/").content.decode()
    assert "Not delivered: Not ready in time" in page
    assert "Nothing is delivered any more" in page
    assert "Its buyer ended it early" not in page
    assert DeliveryMove.FAIL in market.steps(order)
