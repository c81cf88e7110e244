"""Deliveries that end early, on pages and over HTTP, as each who may see them."""

import re
from datetime import timedelta

import pytest

from common import clock, moments, tenancy
from identity.contracts import Role
from marketplace.fulfilment import maintenance_contracts, services
from marketplace.fulfilment.ending_contracts import PreemptionTooShort
from marketplace.orders.models import Order
from tests import cast as people
from tests.fulfilment.cast import HOUR, NOON, Delivering, stop
from tests.fulfilment.test_deliveries_on_pages import key_of, signed_in

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def soon(monkeypatch):
    """Let pages and programs act while the delivery runs."""
    monkeypatch.setattr(clock, "now", lambda: NOON + MINUTE)


def test_the_moment_that_a_refusal_names_is_accepted(market):
    """The sentence and the form know minutes alone: what is named is the next whole one."""
    order = market.running()
    with pytest.raises(PreemptionTooShort) as refused:
        market.take_back(order, now=NOON + timedelta(seconds=45), at=NOON + 15 * MINUTE)
    named = NOON + 16 * MINUTE
    assert refused.value.facts["moment"] == moments.written(named)
    assert market.take_back(order, now=NOON + timedelta(seconds=46), at=named)


@pytest.fixture
def market() -> Delivering:
    return Delivering(preemption_minutes=15)


def running(market: Delivering) -> tuple[Order, str]:
    order = market.running()
    return order, f"/deliveries/{market.delivery(order).pk}/"


def test_a_provider_gives_notice_on_the_page_and_its_buyer_reads_the_clock(market, soon):
    order, address = running(market)
    provider, buyer = signed_in(market.provider, Role.PROVIDER), signed_in(market.buyer, Role.BUYER)
    page = provider.get(address)
    assert "The listing promised 15 minutes of notice" in page.content.decode()
    assert "Preemptible: the provider may take it back" in buyer.get(address).content.decode()
    sent = {"key": key_of(page), "note": "needed elsewhere", "takes_back_at": "2026-11-20T20:10"}
    refused = provider.post(address, sent)  # 20:10 of the market is 12:10 UTC, after nine minutes
    assert refused.status_code == 422
    assert "not before 2026-11-20 20:16" in refused.content.decode()
    second_tab = sent | {"key": key_of(provider.get(address)), "takes_back_at": ""}
    assert provider.post(address, sent | {"takes_back_at": ""}).status_code == 302
    told = provider.post(address, second_tab, follow=True).content.decode()
    assert "Notice was given already: it is taken back at 2026-11-20 20:16" in told
    listed = provider.get("/supply/listings/").content.decode()
    assert "Preemptible, 15 min notice" in listed

    for seen in (buyer.get(address), buyer.get(f"/orders/{order.pk}/")):
        text = seen.content.decode()
        assert "The provider takes it back at" in text
        assert "needed elsewhere" in text
    assert "Give notice" not in provider.get(address).content.decode()
    assert text.count("Deliveries of compute</a></li>") == 1  # in the side bar
    events = buyer.get(f"/orders/{order.pk}/?part=events").content.decode()
    assert "Delivery is taken back with notice" in events
    assert "Delivery ready" in events


def test_an_operator_proposes_a_stop_and_both_parties_read_why(market, soon):
    order, address = running(market)
    office = people.organization("Office")
    operator = signed_in(office, Role.OPERATOR)
    page = operator.get(address)
    sent = {"key": key_of(page), "reason": "it mines coins", "evidence": ""}
    assert operator.post(address, sent).status_code == 422
    assert operator.post(address, sent | {"evidence": "report 7"}).status_code == 302
    again = operator.get(address).content.decode()
    assert "A stop is proposed." in again
    assert "Propose the stop" not in again
    assert re.search(r'href="/approvals/[0-9a-f-]{36}/"', again)
    buyer = signed_in(market.buyer, Role.BUYER)
    assert "Emergency stop" not in buyer.get(address).content.decode()
    waiting = signed_in(office, Role.OPERATOR).get("/approvals/").content.decode()
    assert order.number in waiting


def test_what_was_stopped_says_why_to_both_parties_on_the_desk_and_in_the_list(market, soon):
    order, address = running(market)
    stop(order, at=NOON + MINUTE)
    for party, role in ((market.buyer, Role.BUYER), (market.provider, Role.PROVIDER)):
        browser = signed_in(party, role)
        text = browser.get(address).content.decode()
        assert "it mines coins" in text
        assert "report 7" not in text
        assert "it mines coins" in browser.get(f"/orders/{order.pk}/").content.decode()
    desk = browser.get("/deliveries/desk/").content.decode()
    assert "it mines coins" in desk
    listed = browser.get("/deliveries/?reason=emergency_stop").content.decode()
    assert order.number in listed


def test_programs_give_notice_and_operators_propose_a_stop(market, soon):
    _order, address = running(market)
    api = f"/api/v1{address.rstrip('/')}"
    named = {"HTTP_IDEMPOTENCY_KEY": "once"}
    provider, operator = (
        people.signed_in(people.member(each, role))
        for each, role in (
            (market.provider, Role.PROVIDER),
            (people.organization("Office"), Role.OPERATOR),
        )
    )
    said = {"takes_back_at": "2026-11-20T12:10:00Z"}
    short = provider.post(f"{api}/preemption", said, "application/json", **named)
    assert (short.status_code, short.json()["code"]) == (422, "preemption_notice_too_short")
    named["HTTP_IDEMPOTENCY_KEY"] = "twice"
    given = provider.post(f"{api}/preemption", {}, "application/json", **named).json()
    assert given["takes_back_at"] == "2026-11-20T12:16:00Z"
    assert provider.post(f"{api}/stop", {}, "application/json", **named).status_code == 403
    said = {"reason": "it mines coins", "evidence": "report 7"}
    assert operator.post(f"{api}/stop", said, "application/json", **named).status_code == 202
    shown = provider.get(api).json()
    assert (shown["preemption"]["notice_minutes"], shown["emergency_stop"]) == (15, None)
    assert (shown["preemption_rule"], shown["preemption_minutes"]) == ("preemption-1", 15)


def test_the_market_says_it_with_the_price_and_can_leave_it_out(market):
    other = Delivering()
    buyer = signed_in(market.buyer, Role.BUYER)
    tag, listing = "Preemptible, 15 min notice", market.listing
    for view in ("", "&view=table"):
        assert tag in buyer.get(f"/market/?sort=price{view}").content.decode()
        without = buyer.get(f"/market/?sort=price&kept=1{view}").content.decode()
        assert tag not in without
        assert other.listing.number in without
    for page in (f"/market/{listing.pk}/", f"/market/{listing.pk}/order/"):
        assert "Preemptible: the provider may take it back" in buyer.get(page).content.decode()
    api = "/api/v1/listings?is_preemptible="
    assert [each["number"] for each in buyer.get(f"{api}true").json()["results"]] == [
        listing.number
    ]
    assert [each["number"] for each in buyer.get(f"{api}false").json()["results"]] == [
        other.listing.number
    ]


def test_the_page_of_an_order_tells_of_announced_maintenance(market, soon):
    order, _address = running(market)
    with tenancy.acting_as(market.provider.pk):
        services.announce_maintenance(
            provider_id=market.provider.pk,
            work=maintenance_contracts.AnnouncedWork(
                listing_ids=(market.listing.pk,),
                starts_at=NOON + HOUR,
                ends_at=NOON + 2 * HOUR,
                impact=maintenance_contracts.MaintenanceImpact.DEGRADED,
            ),
            now=NOON,
        )
    page = signed_in(market.buyer, Role.BUYER).get(f"/orders/{order.pk}/").content.decode()
    assert "Maintenance announced from" in page
