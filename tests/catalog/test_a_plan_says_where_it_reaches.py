"""Before publishing, a provider reads where listings under its prices take part, and why not."""

from decimal import Decimal
from uuid import UUID

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as some

from common import clock, tenancy
from identity.contracts import Role
from marketplace.catalog.plan_reach import PlanPlace, plan_reach
from marketplace.catalog.rules import headline_prices
from pricing import services as pricing
from tests import cast
from tests.catalog.supply import listed_under_terms
from tests.factories import OrganizationFactory
from tests.pricing.timed_plans import card, plans, terms

HOURLY = {"code": "usage", "model": "unit", "unit": "unit_hour", "unit_price": "2"}
STANDARD = HOURLY | {"unit": "standard_hour"}
KEPT = {"code": "kept", "model": "unit", "unit": "gb_month", "unit_price": "1"}
ANSWERED = {"code": "read", "model": "unit", "unit": "ktoken", "unit_price": "0.02"}
BY_KIND = ANSWERED | {"unit": "mtoken_in", "unit_price": "20"}
GENERATED = {"code": "out", "unit": "mtoken_out", "unit_price": "65"}
READY = {"code": "kept", "model": "ready", "unit_price": "2"}
PREPAID = {
    "code": "paid",
    "model": "prepaid",
    "unit": "standard_hour",
    "hours": "12",
    "price": "20",
    "unit_price": "1.5",
}
HOURS = "plan_no_standard_hours"


def told(*parts):
    return {
        each.kind.value: [each.absence(place) for place in PlanPlace]
        for each in plan_reach(card(terms(*parts)))
    }


@pytest.mark.parametrize(
    ("parts", "reached"),
    [
        ([STANDARD], {"cards": [None, None, None]}),
        ([HOURLY], {"cards": [None, None, None], "others": [HOURS, None, HOURS]}),
        ([KEPT], {"storage": [HOURS, None, HOURS]}),
        ([ANSWERED], {"interface": [HOURS, None, HOURS]}),
        ([BY_KIND, BY_KIND | GENERATED], {"interface": [HOURS, None, HOURS]}),
        ([BY_KIND, HOURLY], {}),
        ([PREPAID], {"cards": [None, None, None]}),
        ([READY], {"cards": [None, None, None], "others": [HOURS, None, HOURS]}),
        # Nobody measures both of one capacity.
        ([STANDARD, KEPT], {}),
        # Where each price says of what it is, each capacity bears the plan by its own.
        (
            [HOURLY | {"sold_as": "compute"}, KEPT | {"sold_as": "storage"}],
            {
                "cards": [None, None, None],
                "others": [HOURS, None, HOURS],
                "storage": [HOURS, None, HOURS],
            },
        ),
    ],
)  # fmt: skip
def test_a_plan_reaches_what_it_has_prices_for(parts, reached):
    assert told(*parts) == reached


def test_a_prepaid_hour_is_listed_at_its_share_and_not_for_nothing():
    standard = headline_prices(card(terms(PREPAID)), Decimal("0.5"), capacity_unit="card")
    assert standard == {
        "headline_unit": "standard_hour",
        "headline_price": Decimal("1.666667"),
        "price_per_standard_hour": Decimal("1.666667"),
        "price_per_unit_hour": Decimal("0.833334"),
    }
    by_hour = card(terms(PREPAID | {"unit": "unit_hour"}))
    hourly = headline_prices(by_hour, None, capacity_unit="card")
    assert hourly["price_per_unit_hour"] == Decimal("1.666667")


@pytest.mark.django_db
def test_pages_say_that_prepaid_hours_are_bought_whole_and_what_an_order_costs_at_least():
    whole = {"unit": "unit_hour", "hours": "10", "price": "100", "unit_price": "12"}
    with tenancy.acting_as_platform():
        listing = listed_under_terms([PREPAID | whole])
    address, english = f"/market/{listing.pk}/", {"Accept-Language": "en"}
    member = cast.signed_in(cast.member(OrganizationFactory(stem="Buyer"), Role.BUYER))
    owner = cast.signed_in(cast.member(listing.provider, Role.PROVIDER))

    shown = [each.get(address, headers=english).text for each in (member, owner, Client())]
    ordering = member.get(f"{address}order/", headers=english).text

    for page in shown:
        assert "1 second · ¥100.00" in " ".join(page.split())
        assert "bought whole: an order that uses any costs at least ¥100.00" in page
        assert "¥100.00 for the first 10 unit-hours" in page
    assert [f"/supply/listings/{listing.pk}/beside/" in page for page in shown] == [0, 1, 0]
    assert "An order costs at least ¥100.00." in ordering


@given(some.one_of(plans()))
@settings(max_examples=30, deadline=None)
def test_every_plan_with_a_price_by_the_hour_reaches_cards_everywhere(data):
    found = {each.kind.value: each for each in plan_reach(card(data))}

    units = {part.unit for part in card(data).components}
    if units <= {"standard_hour", "unit_hour"}:
        assert [found["cards"].absence(place) for place in PlanPlace] == [None] * 3


@pytest.mark.django_db
def test_draft_plan_and_preview_say_it_and_so_does_the_api():
    provider = OrganizationFactory(stem="Provider")
    browser = cast.signed_in(cast.member(provider, Role.PROVIDER))
    with tenancy.acting_as(provider.pk):
        plan = pricing.create_plan(
            provider_id=provider.pk, code="p", name="方案", name_en="Plan", now=clock.now()
        )
        kept = pricing.keep_plan_draft(
            provider_id=provider.pk,
            plan_id=plan.pk,
            name="Storage",
            terms={"zone": "Asia/Shanghai", "components": [KEPT]},
            now=clock.now(),
        )

    def read(address, language="en") -> str:
        return browser.get(address, headers={"Accept-Language": language}).text

    def reach(address) -> dict[str, list[str | None]]:
        rows = browser.get(f"/api/v1/{address}/reach").json()
        return {each["kind"]: [each[place.value] for place in PlanPlace] for each in rows}

    wanted = {"storage": [HOURS, None, HOURS]}
    assert reach(f"rate-plan-drafts/{kept.pk}") == wanted
    assert reach(f"rate-plans/{plan.pk}") == {}
    page = read(f"/supply/drafts/{kept.pk}/")
    assert "such capacity has no standard hours" in page
    assert "此类算力没有标准时" in read(f"/supply/drafts/{kept.pk}/", "zh-hans")
    assert "Where listings under it take part" not in read(f"/supply/plans/{plan.pk}/")

    with tenancy.acting_as(provider.pk):
        pricing.publish_draft(provider_id=provider.pk, draft_id=kept.pk, now=clock.now())

    assert reach(f"rate-plans/{plan.pk}") == wanted
    assert "Where listings under it take part" in read(f"/supply/plans/{plan.pk}/")
    stranger = cast.signed_in(cast.member(OrganizationFactory(stem="Other"), Role.PROVIDER))
    assert stranger.get(f"/api/v1/rate-plans/{plan.pk}/reach").status_code == 404
    assert browser.get(f"/api/v1/rate-plans/{UUID(int=1)}/reach").status_code == 404
