"""A member of a price group sees its price, beside the list price; others see the list price."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from common import clock, tenancy
from identity.contracts import Role
from marketplace.catalog import selectors
from marketplace.catalog.contracts import MarketFilter, MarketSort
from metering import services as metering
from pricing import group_selectors
from pricing import services as pricing
from pricing.group_contracts import PriceGroup
from tests import cast, factories
from tests.catalog.supply import listed, listed_under_terms
from tests.pricing.timed_plans import unit

pytestmark = pytest.mark.usefixtures("platform")
GROUPS = {"group": {"otherwise": "1", "values": {"inside": "0.5", "partner": "0.8"}}}
HOUR = timedelta(hours=1)


def dear_one():
    counted = unit("4", unit="standard_hour", factors=["group"])
    return listed_under_terms([counted], factors=GROUPS)


def entered(listing, group=PriceGroup.INSIDE, *, buyer=None, **more):
    buyer = buyer or factories.OrganizationFactory(stem="Buyer")
    pricing.enter_price_group(
        provider_id=listing.provider_id,
        uscc=buyer.uscc,
        group=group,
        reason="of our faculty",
        now=clock.now(),
        **more,
    )
    return buyer


def groups_of(buyer, at=None):
    found = group_selectors.groups_of_buyer(buyer.pk, at=at or clock.now())
    return tuple(sorted((pk, each.group) for pk, each in found.items()))


def order_of(groups=(), sort=MarketSort.ALL_IN, **wanted):
    page = selectors.market_page(MarketFilter(groups=groups, **wanted), at=clock.now(), sort=sort)
    return [(row.id, row.all_in.per_standard_hour) for row in page.rows]


def test_a_member_is_shown_and_sorted_by_its_price_and_strangers_by_the_list(db):
    dear, cheap = dear_one(), listed(price="3.00", code="other")
    member, partner = entered(dear), entered(dear, PriceGroup.PARTNER)

    assert order_of() == [(cheap.pk, 3), (dear.pk, 4)]
    assert order_of(groups_of(member)) == [(dear.pk, 2), (cheap.pk, 3)]
    assert order_of(groups_of(partner)) == [(cheap.pk, 3), (dear.pk, Decimal("3.2"))]
    assert order_of(groups_of(member), all_in_max=Decimal("2.5")) == [(dear.pk, 2)]
    assert order_of(all_in_max=Decimal("2.5")) == []

    found = selectors.all_in_of([dear.pk, cheap.pk], groups=groups_of(member))
    assert (found[dear.pk].price_group, found[dear.pk].list_per_standard_hour) == ("inside", 4)
    assert (found[cheap.pk].price_group, found[cheap.pk].list_per_standard_hour) == ("", None)


def test_a_member_reads_how_its_price_is_computed_and_strangers_the_list_price_alone(db):
    with tenancy.acting_as_platform():
        metering.install_shipped_rules(now=clock.now())
    dear = dear_one()
    member, stranger = entered(dear), factories.OrganizationFactory(stem="Stranger")
    address, english = f"/market/all-in/?listing={dear.pk}", {"accept-language": "en"}

    def read(client):
        return client.get(address, headers=english).content.decode()

    of_member = read(cast.signed_in(cast.member(member, Role.BUYER)))
    others = [read(Client()), read(cast.signed_in(cast.member(stranger, Role.BUYER)))]

    for hour in ("1 core", "9.7 TFLOPS", "312 TFLOPS", "8,000 tokens/s"):
        assert hour in others[0]
    assert "Your price: Inside" in of_member
    assert "¥2.00" in of_member
    assert "¥4.00" in of_member
    assert not any("Your price" in page or "¥2.00" in page for page in others)


def test_a_member_of_one_provider_pays_the_list_price_of_another(db):
    one = dear_one()
    other = dear_one()

    assert dict(order_of(groups_of(entered(one)))) == {one.pk: 2, other.pk: 4}


def test_from_when_to_when_a_price_is_a_members(db):
    listing, now = dear_one(), clock.now()
    buyer = entered(listing, starts_at=now + HOUR, ends_at=now + 2 * HOUR)

    at = [now + HOUR - timedelta(microseconds=1), now + HOUR, now + 2 * HOUR]
    assert [bool(groups_of(buyer, each)) for each in at] == [False, True, False]


def test_nobody_else_is_told_in_which_group_a_buyer_is(db):
    listing = dear_one()
    buyer = entered(listing)
    stranger = factories.OrganizationFactory(stem="Stranger")

    with tenancy.acting_as(stranger.pk):
        assert group_selectors.groups_of_buyer(buyer.pk, at=clock.now()) == {}
    with tenancy.acting_as(buyer.pk):
        found = group_selectors.groups_of_buyer(buyer.pk, at=clock.now())
    assert found[listing.provider_id].group == "inside"


def test_whoever_is_related_sees_the_price_of_the_related(db, monkeypatch):
    listing, buyer = dear_one(), factories.OrganizationFactory(stem="Buyer")
    pricing.enter_price_group(
        provider_id=listing.provider_id, uscc="", group=PriceGroup.PARTNER, reason="related",
        now=clock.now(),
    )  # fmt: skip
    assert groups_of(buyer) == ()

    monkeypatch.setattr(
        "identity.relations.relations",
        lambda *, buyer_ids, provider_ids, on: dict.fromkeys(
            [(buyer_ids[0], pk) for pk in provider_ids], "RELATED"
        ),
    )

    assert groups_of(buyer) == ((listing.provider_id, "partner"),)


def test_a_project_sees_and_sorts_by_its_own_price_and_says_whose_it_is(db):
    dear, cheap = dear_one(), listed(price="3.00", code="other")
    member = entered(dear, PriceGroup.PARTNER)
    entered(dear, buyer=member, project_code="GENOME")
    browser = cast.signed_in(cast.member(member, Role.BUYER))
    english = {"accept-language": "en"}

    def api(query=""):
        rows = browser.get(f"/api/v1/listings?sort=all_in{query}").json()["results"]
        told = ("price_group", "price_group_project", "per_standard_hour")
        return [(each["id"], *(each["all_in"][name] for name in told)) for each in rows]

    plain = [(str(cheap.pk), "", "", "3.000000"), (str(dear.pk), "partner", "", "3.200000")]
    assert api() == api("&project=OTHER") == plain
    assert api("&project=GENOME") == [
        (str(dear.pk), "inside", "GENOME", "2.000000"),
        (str(cheap.pk), "", "", "3.000000"),
    ]
    page = browser.get("/market/", headers=english).content.decode()
    chosen = browser.get("/market/?project=GENOME", headers=english).content.decode()
    assert "Your price: Partner" in page
    assert '<option value="GENOME">' in page
    assert chosen.index(dear.number) < chosen.index(cheap.number)
    assert "Your price: Inside · GENOME" in chosen
    assert f"/market/{dear.pk}/?project=GENOME" in chosen
    own = browser.get(f"/market/{dear.pk}/?project=GENOME", headers=english).content.decode()
    assert "Your price: Inside · GENOME" in own
    stranger = factories.OrganizationFactory(stem="Stranger")
    with tenancy.acting_as(stranger.pk):
        assert group_selectors.groups_of_projects(member.pk, at=clock.now()) == {"": {}}
