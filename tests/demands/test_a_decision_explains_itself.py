"""Each fill and refusal says who was considered, what excluded whom, and what would have done."""

import html
import json
import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine

from common import clock, tenancy
from identity.contracts import Role
from marketplace.demands import selectors
from marketplace.orders import selectors as orders_selectors
from tests import cast
from tests.cast import NOW
from tests.catalog import supply
from tests.demands.cast import HOUR, START, demanded, option, post, seen, standing, terms
from tests.orders import cast as order_cast
from tests.orders.cast import buyer, clear, place, wish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


def why_of(demand):
    with tenancy.acting_as(demand.buyer_id):
        return selectors.demand_why(seen(demand), at=clock.now())


def why_of_order(order):
    with tenancy.acting_as_platform():
        order = orders_selectors.order(order_id=order.pk)
    with tenancy.acting_as(order.buyer_id):
        return selectors.order_why(order, at=clock.now())


def change(why, kind):
    return next(each for each in why.changes if each.kind == kind)


def test_a_fill_names_the_ranking_and_what_was_taken():
    dear, cheap = supply.listed(price="5.00"), supply.listed(price="2.00")

    why = why_of(demanded(buyer("1000")))

    (judgement,) = why.judgements
    first, second = judgement.judged
    assert (why.rule_version, why.changes, judgement.code) == ("clear-2", (), "")
    assert (first.listing_id, first.rank, first.taken_milli) == (cheap.pk, 1, 1000)
    assert (second.listing_id, second.rank, second.taken_milli) == (dear.pk, 2, 0)
    assert first.amount_minor < second.amount_minor


def test_the_predicate_that_excluded_a_listing_says_what_was_asked_and_what_is_there():
    other = supply.listed(chip="A100")

    why = why_of(demanded(buyer("1000"), terms(option(chips=("H100",)))))

    (judged,) = why.judgements[0].judged
    assert (judged.listing_id, judged.code) == (other.pk, "other_chip")
    assert (judged.asked, judged.there) == (["NVIDIA H100 SXM"], "NVIDIA A100 80GB SXM")
    assert change(why, "chips").value == ("NVIDIA A100 80GB SXM", "NVIDIA H100 SXM")


def test_too_little_room_names_the_hours_in_which_it_was_short():
    supply.listed(cards=2)
    owner = buyer("1000")
    demanded(owner, terms(option(cards=2, start=START + HOUR)))

    why = why_of(demanded(owner, terms(option(cards=1, hours=3))))

    (judged,) = why.judgements[0].judged
    assert (judged.code, judged.asked, judged.there) == ("capacity_exhausted", 1000, 0)
    (short,) = judged.short
    assert (short.starts_at, short.ends_at) == (START + HOUR, START + 2 * HOUR)
    later = change(why, "start")
    assert (later.starts_at, later.before) == (START + 2 * HOUR, START)


def test_a_limit_that_was_too_low_is_raised_to_the_lowest_that_does():
    supply.listed(price="3.18")
    limit = {"max_price_per_standard_hour_minor": 300}

    why = why_of(demanded(buyer("1000"), terms(option(limit=limit))))

    (judged,) = why.judgements[0].judged
    assert judged.code == "above_price_limit"
    assert judged.there == {"max_price_per_standard_hour_minor": 318}
    assert change(why, "price").value == {"max_price_per_standard_hour_minor": 318}


def test_another_hub_a_smaller_amount_and_a_split_are_offered():
    supply.listed(cards=3, region="640500")
    supply.listed(cards=5, region="150123")

    here = why_of(demanded(buyer("1000"), terms(option(cards=4, hubs=("ZHW",)))))
    more = why_of(demanded(buyer("1000"), terms(option(cards=8))))

    assert change(here, "hubs").value == ("HLG", "ZHW")
    assert change(here, "quantity").units_milli == 3000
    assert len(change(more, "split").listings) == 2


def test_each_change_would_be_filled_if_it_were_posted():
    supply.listed(cards=3, price="3.18", region="640500")
    supply.listed(cards=5, price="4.00", region="150123", chip="A100")
    asked = option(
        cards=4, hubs=("ZHW",), chips=("H100",), limit={"max_price_per_unit_hour_minor": 2000}
    )
    owner = buyer("10000")

    why = why_of(demanded(owner, terms(asked)))

    assert why.changes
    for each in why.changes:
        wanted = selectors.changed_terms(why, each.kind)
        assert demanded(buyer("10000"), wanted).state == "FILLED", each.kind


def test_a_waiting_demand_says_how_the_market_stands_now():
    supply.listed(cards=1)
    demand = post(buyer("1000"), standing(option(cards=2)))

    why = why_of(demand)

    assert why.is_now
    assert change(why, "quantity").units_milli == 1000


def test_many_listings_are_named_up_to_a_number_and_the_rest_counted(monkeypatch):
    monkeypatch.setattr("marketplace.demands.judging.JUDGED_SHOWN", 2)
    for price in ("2.00", "3.00", "4.00"):
        supply.listed(price=price)

    (judgement,) = why_of(demanded(buyer("1000"))).judgements

    assert (judgement.considered, len(judgement.judged), judgement.left_out) == (3, 2, 1)


def two_want(listing, owner, cards=3):
    """Let two orders want what one can have; return the one that cleared and the other."""
    made = [place(owner, wish(listing, cards=cards)) for _each in range(2)]
    clear(listing)
    return sorted(map(order_cast.seen, made), key=lambda each: each.state)


# --- Orders of rounds ---------------------------------------------------------------------------
def test_an_order_refused_for_room_says_when_and_how_much_would_have_done():
    listing = supply.listed(cards=4)
    owner = buyer("1000")
    cleared, rejected = two_want(listing, owner)

    filled, refused = why_of_order(cleared), why_of_order(rejected)

    assert filled.judgements[0].judged[0].taken_milli == 3000
    (judged,) = refused.judgements[0].judged
    assert (judged.code, judged.asked, judged.there) == ("capacity_exhausted", 3000, 1000)
    assert judged.short[0].free_milli == 1000
    smaller = change(refused, "quantity")
    assert (smaller.units_milli, smaller.is_now) == (1000, False)
    assert change(refused, "start").is_now


def test_an_order_refused_for_money_says_how_much_was_missing_and_what_it_would_have_paid_for():
    listing = supply.listed(cards=8, price="3.18")
    poor = buyer("15")
    order = place(poor, wish(listing, cards=4))
    clear(listing)

    why = why_of_order(order)

    assert why.judgements[0].code == "insufficient_funds"
    assert why.funds.missing_minor == why.funds.needed_minor - 1500 > 0
    assert change(why, "funds").amount_minor == why.funds.missing_minor
    assert change(why, "quantity").units_milli == 1000


# --- Over HTTP ----------------------------------------------------------------------------------
def test_the_api_explains_and_one_call_orders_the_change():
    supply.listed(cards=3)
    owner = buyer("1000")
    visitor = cast.signed_in(cast.member(owner, Role.BUYER))
    demand = demanded(owner, terms(option(cards=4)))

    said = visitor.get(f"/api/v1/demands/{demand.pk}/why").json()
    made = next(each for each in said["changes"] if each["kind"] == "quantity")
    sent = visitor.post(
        made["path"],
        json.dumps(made["body"]),
        content_type="application/json",
        headers={"Idempotency-Key": uuid4().hex},
    )

    assert sent.status_code == 201, sent.content
    assert sent.json()["terms"]["options"][0]["units_milli"] == 3000


def test_the_change_of_a_refused_order_is_one_call_too():
    listing = supply.listed(cards=4)
    owner = buyer("1000")
    visitor = cast.signed_in(cast.member(owner, Role.BUYER))
    _cleared, rejected = two_want(listing, owner)

    said = visitor.get(f"/api/v1/orders/{rejected.pk}/why").json()

    for made in said["changes"]:
        sent = visitor.post(
            made["path"],
            json.dumps(made["body"]),
            content_type="application/json",
            headers={"Idempotency-Key": uuid4().hex},
        )
        assert sent.status_code == 201, (made, sent.content)


def test_nobody_reads_why_another_was_refused_and_a_provider_its_own_listing_alone():
    listing, other = supply.listed(cards=4), supply.listed(cards=4)
    owner = buyer("1000")
    demand = demanded(owner, terms(option(cards=9)))
    order = place(owner, wish(listing))
    clear(listing)
    stranger = cast.signed_in(cast.member(buyer("1"), Role.BUYER))
    seller = cast.signed_in(cast.member(listing.provider, Role.PROVIDER))
    other_seller = cast.signed_in(cast.member(other.provider, Role.PROVIDER))

    assert stranger.get(f"/api/v1/demands/{demand.pk}/why").status_code == 404
    assert stranger.get(f"/api/v1/orders/{order.pk}/why").status_code == 404
    assert other_seller.get(f"/api/v1/orders/{order.pk}/why").status_code == 404
    sold = seller.get(f"/api/v1/orders/{order.pk}/why").json()
    assert sold["funds"] is None
    assert {each["listing_id"] for each in sold["judgements"][0]["judged"]} == {str(listing.pk)}


def test_what_nobody_decided_has_no_reason():
    owner = buyer("1000")
    visitor = cast.signed_in(cast.member(owner, Role.BUYER))
    order = place(owner, wish(supply.listed()))

    reply = visitor.get(f"/api/v1/orders/{order.pk}/why")

    assert (reply.status_code, reply.json()["code"]) == (404, "not_decided")


def test_an_old_decision_that_does_not_know_later_hours_promises_none(monkeypatch):
    monkeypatch.setattr("marketplace.demands.selectors.supply.KNOWN_AHEAD", timedelta(0))
    supply.listed(cards=1)
    owner = buyer("1000")
    demanded(owner)

    why = why_of(demanded(owner))

    assert "start" not in {each.kind for each in why.changes}


# --- On pages -----------------------------------------------------------------------------------
def test_the_pages_say_why_and_lead_to_a_form_that_orders_just_that():
    listing = supply.listed(cards=3)
    owner = buyer("1000")
    visitor = cast.signed_in(cast.member(owner, Role.BUYER))
    demand = demanded(owner, terms(option(cards=4)))
    _cleared, refused = two_want(listing, owner, cards=2)

    pages = [
        visitor.get(f"/demands/{demand.pk}/", headers={"accept-language": "en"}),
        visitor.get(f"/orders/{refused.pk}/", headers={"accept-language": "en"}),
        visitor.get(f"/orders/{refused.pk}/?part=why", headers={"accept-language": "en"}),
    ]

    for page in pages:
        text = page.content.decode()
        assert page.status_code == 200
        assert "asked: " in text
        assert "there: " in text
        (first, *_rest) = re.findall(r'href="([^"]+(?:change|units)=[^"]+)"', text)
        form = visitor.get(html.unescape(first))
        assert form.status_code == 200
        assert re.search(r'name="units" value="[123]"', form.content.decode())


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.OPERATOR])
def test_who_watches_reads_why_and_is_offered_nothing(role):
    supply.listed(cards=3)
    demand = demanded(buyer("1000"), terms(option(cards=4)))
    watcher = cast.signed_in(cast.member(cast.organization(), role))

    text = watcher.get(f"/demands/{demand.pk}/", headers={"accept-language": "en"}).content.decode()

    assert "How each listing was judged" in text
    assert "Order this" not in text
