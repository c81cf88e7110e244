"""What a member's quote says is what it is charged, to the last fen; it clears at list price."""

from datetime import timedelta

import pytest

from common import clock, tenancy
from common.period import Period
from identity.projects import services as projects
from marketplace.catalog import services as catalog
from pricing import group_selectors, selectors
from pricing import services as pricing
from pricing.group_contracts import PriceGroup
from tests import cast as people
from tests.pricing.timed_plans import flat, terms, tiered, unit
from tests.settlement import cast
from tests.settlement.cast import HOUR, Market

pytestmark = pytest.mark.django_db
GROUPS = {"group": {"otherwise": "1", "values": {"inside": "0.3333", "partner": "0.9"}}}
BANDS = [{"band": "peak", "from": "12:30", "until": "15:00", "days": ["workday"]}]
MINE = {"factors": ["group"]}
PLANS = {
    "unit": [unit("0.333333", **MINE)],
    "tiers": [tiered(("0", "3.21"), ("2.5", "1.0001"), **MINE)],
    "volume": [tiered(("0", "3.21"), ("4", "1.0001"), model="volume", **MINE)],
    "bands": [unit("0.77", bands={"peak": "1.5"}, **MINE)],
    "package": [
        {"code": "usage", "model": "package", "unit": "unit_hour", "block": "5", "price": "7.77",
         **MINE},
    ],
    "fee and minimum": [unit("0.1", **MINE), flat("9.99", **MINE), flat("4.56", model="minimum")],
}  # fmt: skip


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """Let the market of the tests begin in two days: groups are entered now or later."""
    noon = clock.now().replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=2)
    monkeypatch.setattr(cast, "NOON", noon)
    monkeypatch.setattr(cast, "OPENED", noon - timedelta(days=1))
    return noon


def market_of(parts) -> Market:
    return Market(terms=terms(*parts, factors=GROUPS, bands=BANDS) | {"zone": "UTC"})


def enter(market, group=PriceGroup.INSIDE, **more) -> None:
    with tenancy.acting_as(market.provider.pk):
        pricing.enter_price_group(
            provider_id=market.provider.pk,
            uscc=market.buyer.uscc,
            group=group,
            reason="of our faculty",
            now=clock.now(),
            **more,
        )


def quoted(market, *, cards=2, hours=3, valid_for=timedelta(minutes=30), **more):
    with tenancy.acting_as(market.buyer.pk):
        return catalog.quote_listing(
            buyer_id=market.buyer.pk,
            listing_id=market.listing.pk,
            milli=cards * 1000,
            period=Period(cast.NOON, cast.NOON + hours * HOUR),
            now=cast.NOON - HOUR,
            valid_for=valid_for,
            **more,
        )


def as_member(market, quote):
    with tenancy.acting_as(market.buyer.pk):
        return group_selectors.member_quote(quote)


@pytest.mark.parametrize("plan", PLANS)
def test_a_member_is_charged_what_its_quote_says(plan, soon):
    market = market_of(PLANS[plan])
    enter(market)
    quote = quoted(market)
    found = as_member(market, quote)

    order = market.order(cards=2, hours=3, starts_at=soon)
    for hour in range(3):
        market.use(order, "2", hour=hour)
        market.charge(at=soon + timedelta(days=2))

    assert order.gross_minor == quote.gross_minor > found.gross_minor
    assert sum(each.gross_minor for each in market.charges(order)) == found.gross_minor
    assert found.group == "inside"


def test_whoever_is_in_no_group_is_quoted_and_charged_the_list_price():
    market = market_of(PLANS["unit"])
    quote = quoted(market)

    assert as_member(market, quote) is None
    assert quote.gross_minor == 200


def test_a_quote_holds_no_longer_than_its_buyer_is_in_the_group(soon):
    market = market_of(PLANS["unit"])
    enter(market, ends_at=soon + HOUR)

    assert quoted(market, valid_for=timedelta(days=3)).valid_until == soon + HOUR


def test_a_link_to_a_members_quote_tells_nothing_of_the_group():
    market = market_of(PLANS["unit"])
    enter(market)
    quote = quoted(market, valid_for=timedelta(days=3))
    with tenancy.acting_as(market.buyer.pk):
        link = pricing.share_quote(
            quote_id=quote.pk, buyer_id=market.buyer.pk, days=30, now=clock.now()
        )

    said = selectors.shared_quote(link.token)
    assert said["gross_minor"] == quote.gross_minor
    assert "inside" not in str(said)


def test_a_quote_for_a_project_is_priced_by_the_projects_entry(soon):
    market = market_of(PLANS["unit"])
    with tenancy.acting_as_platform():
        person = people.member(market.buyer, "BUYER")
        project = projects.open_project(
            organization_id=market.buyer.pk, by_id=person.pk, now=clock.now(),
            code="GENOME", name="Genome", member_ids=[],
        )  # fmt: skip
    enter(market, PriceGroup.PARTNER)
    enter(market, PriceGroup.INSIDE, project_code="GENOME")

    of_all = as_member(market, quoted(market))
    of_project = as_member(market, quoted(market, project_id=project.pk, person_id=person.pk))

    assert (of_all.group, of_project.group) == (PriceGroup.PARTNER, PriceGroup.INSIDE)
    assert of_project.gross_minor < of_all.gross_minor
