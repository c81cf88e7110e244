"""Beside a quote: what else could be ordered, the project that it stays with, what is foreseen."""

import json
import re
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from common import clock, moments, tenancy
from common.period import Period
from identity.models import Organization
from identity.projects import services as projects
from marketplace.catalog import services as catalog
from marketplace.catalog.models import Listing
from marketplace.demands import selectors as demands
from marketplace.orders import services as orders
from marketplace.orders.contracts import OrderWish
from marketplace.orders.models import Order
from marketplace.orders.services.quoted import QuoteForProject
from pricing import services as pricing
from pricing.models import Quote
from tests import cast
from tests.catalog import supply
from tests.orders import cast as order_cast

HOUR = timedelta(hours=1)
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def market(db):
    with tenancy.acting_as_platform():
        since = clock.now() - timedelta(hours=1)
        listing = supply.listed(price="3.18", available_from=since)
        buyer = order_cast.buyer("100000")
        person = cast.member(buyer, "BUYER")
        project = projects.open_project(
            organization_id=buyer.pk, by_id=person.pk, now=since,
            code="GENOME", name="Genome", member_ids=[],
        )  # fmt: skip
    return listing, buyer, person, project


def hour():
    start = (clock.now() + timedelta(hours=2)).replace(minute=0, second=0, microsecond=0)
    return Period(start, start + timedelta(hours=3))


def quoted(listing, buyer, **asked):
    with tenancy.acting_as(buyer.pk):
        return catalog.quote_listing(
            buyer_id=buyer.pk, listing_id=listing.pk, milli=2000, period=hour(), now=clock.now(),
            valid_for=timedelta(days=3), **asked,
        )  # fmt: skip


def sent(browser, path, body):
    return browser.post(
        f"/api/v1/{path}",
        json.dumps(body, default=str),
        content_type="application/json",
        headers={"Idempotency-Key": uuid4().hex},
    )


def other(price, **facts):
    with tenancy.acting_as_platform():
        return supply.listed(price=price, available_from=clock.now() - timedelta(hours=1), **facts)


def test_alternatives_are_of_the_same_chip_and_could_be_ordered(market):
    listing, buyer, _person, _project = market
    cheap = other("2.00", code="cheap")
    other("1.00", code="chip", chip="A100")
    other("1.00", code="small", cards=1)
    quote = quoted(listing, buyer)

    with tenancy.acting_as(buyer.pk):
        found = demands.alternatives_of_quote(quote_id=quote.pk, buyer_id=buyer.pk, at=clock.now())

    chosen = {prefer: each for each in found.offers for prefer in each.prefers}
    assert chosen["CHEAPEST"].listing.pk == cheap.pk
    assert chosen["CHEAPEST"].more_minor == chosen["CHEAPEST"].amount_minor - quote.gross_minor < 0
    assert {each.listing.pk for each in found.offers} <= {listing.pk, cheap.pk}


def test_the_nearest_is_so_to_the_buyer_whose_place_has_no_hub_of_its_own(market):
    listing, buyer, _person, _project = market
    near, far = (
        other("3.30", code="near", region="520100"),
        other("3.20", code="far", region="500000"),
    )
    quote = quoted(listing, buyer)
    asked = {"quote_id": quote.pk, "buyer_id": buyer.pk, "at": clock.now()}
    with tenancy.acting_as(buyer.pk):
        unknown = demands.alternatives_of_quote(**asked)
        Organization.objects.filter(pk=buyer.pk).update(region="530000")
        known = demands.alternatives_of_quote(**asked)

    assert not any("NEAREST" in each.prefers for each in unknown.offers)
    assert unknown.near_hub == ""
    (nearest,) = [each for each in known.offers if "NEAREST" in each.prefers]
    assert (known.near_hub, nearest.listing.pk) == ("GAN", near.pk)
    assert far.pk not in {each.listing.pk for each in known.offers}


def test_where_nothing_else_can_be_ordered_a_sentence_says_so(market):
    listing, buyer, person, _project = market
    quote = quoted(listing, buyer)

    shown = cast.signed_in(person).get(f"/quotes/{quote.pk}/", headers=ENGLISH).content.decode()

    assert "No other listing of the same chip can be ordered" in shown
    assert "All of the cash is held at once when the order clears" in shown
    assert "Path from you" in shown


def test_the_api_a_page_a_link_and_paper_tell_of_alternatives(market):
    listing, buyer, person, _project = market
    cheap = other("2.00", code="cheap")
    quote = quoted(listing, buyer)
    browser = cast.signed_in(person)
    with tenancy.acting_as(buyer.pk):
        link = pricing.share_quote(quote_id=quote.pk, buyer_id=buyer.pk, days=1, now=clock.now())

    page = browser.get(f"/quotes/{quote.pk}/", headers=ENGLISH).content.decode()
    shared = Client().get(f"/q/{link.token}/", headers=ENGLISH).content.decode()
    paper = browser.get(f"/quotes/{quote.pk}/paper/")
    told = browser.get(f"/api/v1/quotes/{quote.pk}/alternatives").json()

    assert f"/market/{cheap.pk}/quote/?units=2&amp;seconds=10800&amp;starts_at=" in page
    assert cheap.number in shared
    assert buyer.name not in shared
    assert paper.content.startswith(b"%PDF-")
    assert cheap.number in {each["listing"] for each in told["offers"]}


def test_the_api_takes_a_jobs_need_and_tells_energy_and_live_links(market):
    _listing, _buyer, person, _project = market
    listing = other("3.18", code="metered")
    with tenancy.acting_as_platform():
        Listing.objects.filter(pk=listing.pk).update(pue=Decimal("1.2"))
    browser = cast.signed_in(person)
    asked = {"listing_id": listing.pk, "units_milli": 2000, "starts_at": hour().starts_at}

    made = sent(browser, "quotes", asked | {"need_standard_hours": "12.679"})
    both = sent(browser, "quotes", asked | {"need_standard_hours": "1", "ends_at": hour().ends_at})
    neither = sent(browser, "quotes", asked)
    long_ = sent(browser, "quotes", asked | {"need_standard_hours": "99999999"})

    # 2 cards × 3.169872 standard hours: 12.679 take 1.99992 h, which is 7,199.7 s.
    assert made.json()["subject"]["ends_at"].startswith(f"{hour().starts_at + 2 * HOUR:%FT%T}")
    # 2 × 700 W × 2 h × 1.2; no carbon without a grid factor of the year.
    assert made.json()["energy"]["watt_hours"] == 3360
    assert [each.status_code for each in (both, neither, long_)] == [400, 400, 400]
    assert long_.json()["code"] == "need_not_counted"

    links = f"quotes/{made.json()['id']}/links"
    one, two = (sent(browser, links, {"days": 1}).json() for _each in range(2))
    sent(browser, f"quotes/links/{one['id']}/revoke", {})
    told = browser.get(f"/api/v1/{links}").json()
    assert [each["id"] for each in told] == [two["id"]]
    assert "address" not in told[0]
    stranger = cast.signed_in(cast.member(cast.organization("Stranger"), "BUYER"))
    assert stranger.get(f"/api/v1/{links}").status_code == 404


def test_an_order_leads_to_why_its_quote_is_so_dear(market):
    listing, buyer, person, _project = market
    quote = quoted(listing, buyer)
    wish = OrderWish(
        key="1", units_milli=2000, period=hour(), listing_id=listing.pk, quote_id=quote.pk
    )
    with tenancy.acting_as(buyer.pk):
        order = orders.place_order(buyer_id=buyer.pk, wish=wish, placed_at=clock.now())

    page = cast.signed_in(person).get(f"/orders/{order.pk}/", headers=ENGLISH).content.decode()

    assert f'href="/quotes/{quote.pk}/why/"' in page
    provider = cast.signed_in(cast.member(listing.provider, "PROVIDER"))
    seen = provider.get(f"/orders/{order.pk}/", headers=ENGLISH).content.decode()
    assert "/why/" not in seen


def test_strangers_are_told_what_anybody_is_offered_and_members_not_their_own(market):
    listing, _buyer, _person, _project = market
    own = other("2.00", code="own")
    quote = quoted(listing, own.provider)
    asked = {"subject": quote.subject, "gross_minor": quote.gross_minor, "at": clock.now()}

    anybody = demands.alternatives_to(**asked)
    with tenancy.acting_as(own.provider_id):
        mine = demands.alternatives_to(**asked, buyer_id=own.provider_id)

    assert own.pk in {each.listing.pk for each in anybody.offers}
    assert own.pk not in {each.listing.pk for each in mine.offers}


def test_a_quote_for_a_project_is_ordered_for_it_alone(market):
    listing, buyer, person, project = market
    cheap = other("2.00", code="cheap")
    quote = quoted(listing, buyer, project_id=project.pk, person_id=person.pk)
    browser = cast.signed_in(person)
    wish = OrderWish(
        key="1", units_milli=2000, period=hour(), listing_id=listing.pk, quote_id=quote.pk
    )

    with tenancy.acting_as(buyer.pk), pytest.raises(QuoteForProject) as refused:
        orders.place_order(buyer_id=buyer.pk, wish=wish, placed_at=clock.now())
    listed = browser.get("/quotes/?project=genome", headers=ENGLISH).content.decode()
    nothing = browser.get("/quotes/?project=OTHER", headers=ENGLISH).content.decode()
    form = browser.get(f"/quotes/{quote.pk}/order/", headers=ENGLISH).content.decode()
    key = "3b6f9dbe-0f4c-4c1d-8c8e-0b9a7e1d2c3f"
    answer = browser.post(f"/quotes/{quote.pk}/order/", {"key": key, "project_id": str(project.pk)})

    number = f"Q-{quote.pk.hex[-10:].upper()}"
    assert refused.value.field == "project_id"
    assert number in listed
    assert number not in nothing
    assert "No project" not in form
    assert answer.status_code == 302, re.findall(r"cm-errors.{300}", answer.content.decode())
    placed = browser.get("/orders/?project=GENOME", headers=ENGLISH).content.decode()
    assert f"/orders/{answer.url.split('/')[2]}/" in placed
    page = browser.get(f"/quotes/{quote.pk}/", headers=ENGLISH).content.decode()
    assert "GENOME" in page
    assert "This quote was used" in page
    assert '<span class="cm-tag cm-tag--brand">Ordered</span>' in page
    assert ">Valid<" not in page
    # What else there is is quoted for the same project; the quote's own listing has its quote.
    assert f"/market/{cheap.pk}/quote/?units=2&amp;" in page
    assert f"&amp;project_id={project.pk}" in page
    assert f"/market/{listing.pk}/quote/?units=2&amp;" not in page


def test_no_statement_makes_a_quote_for_a_project_of_somebody_else(market):
    listing, _buyer, _person, project = market
    with tenancy.acting_as_platform():
        stranger = cast.organization("Other")
    quote = quoted(listing, stranger)

    copied = {field.attname: getattr(quote, field.attname) for field in Quote._meta.fields}
    with tenancy.acting_as(stranger.pk), pytest.raises(DatabaseError), transaction.atomic():
        Quote.objects.create(**(copied | {"id": None, "project_id": project.pk}))
    with tenancy.acting_as_platform():
        assert Quote.objects.filter(buyer=stranger).count() == 1


def test_a_quote_of_an_order_form_is_in_the_list_while_it_holds(market):
    listing, buyer, person, _project = market
    with tenancy.acting_as(buyer.pk):
        shown = catalog.quote_listing(
            buyer_id=buyer.pk, listing_id=listing.pk, milli=1000, period=hour(), now=clock.now()
        )
        over = catalog.quote_listing(
            buyer_id=buyer.pk, listing_id=listing.pk, milli=1000, period=hour(),
            now=clock.now() - timedelta(hours=1),
        )  # fmt: skip
    page = cast.signed_in(person).get("/quotes/").content.decode()

    assert f"Q-{shown.pk.hex[-10:].upper()}" in page
    assert f"Q-{over.pk.hex[-10:].upper()}" not in page


def test_what_was_changed_since_the_price_was_shown_is_priced_again_without_a_fault(market):
    listing, buyer, person, _project = market
    quote = quoted(listing, buyer)
    start = hour().starts_at.astimezone(moments.market_zone())
    typed = {
        "key": "7b6f9dbe-0f4c-4c1d-8c8e-0b9a7e1d2c3f", "units": "1", "length": "3",
        "length_unit": "hour", "starts_at": start.strftime("%Y-%m-%dT%H:%M:%S"),
        "quote_id": str(quote.pk), "action": "order",
    }  # fmt: skip

    answer = cast.signed_in(person).post(f"/market/{listing.pk}/order/", typed, headers=ENGLISH)

    shown = answer.content.decode()
    assert answer.status_code == 200
    assert "The price was worked out again; please confirm." in shown
    assert "another listing, period or quantity" not in shown
    with tenancy.acting_as_platform():
        assert not Order.objects.exists()


def test_an_announced_price_is_told_where_one_orders(market):
    listing, _buyer, person, _project = market
    later = clock.now() + timedelta(days=8)
    dearer = [
        {"code": "usage", "unit": "standard_hour", "tiers": [{"from": "0", "unit_price": "9.99"}]}
    ]
    with tenancy.acting_as(listing.provider_id):
        pricing.publish_version(
            provider_id=listing.provider_id, plan_id=listing.plan_version.plan_id,
            components=dearer, now=clock.now(), starts_at=later,
        )  # fmt: skip

    form = cast.signed_in(person).get(f"/market/{listing.pk}/order/", headers=ENGLISH)
    public = Client().get(f"/market/{listing.pk}/", headers=ENGLISH)

    for page in (form, public):
        assert "the price is: " in page.content.decode()
        assert "9.99" in page.content.decode()
