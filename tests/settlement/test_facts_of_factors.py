"""Factors by group, path and greenness apply when use is charged, below what was held."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from common import clock, tenancy
from identity.models import Organization
from marketplace.orders.models import Order
from marketplace.settlement.services import knowing
from metering.energy import selectors as energy_selectors
from pricing import path_facts
from pricing import services as pricing
from pricing.contracts import InvalidRates
from pricing.group_contracts import PriceGroup
from pricing.paths import PathFacts
from tests import factories
from tests.pricing.timed_plans import terms, unit
from tests.settlement import cast
from tests.settlement.cast import Market, is_balanced

pytestmark = pytest.mark.django_db
GROUPS = {"group": {"otherwise": "1", "values": {"inside": "0.6", "partner": "0.8"}}}


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """Let what the market of the tests does begin tomorrow: groups are entered now or later."""
    noon = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
    monkeypatch.setattr(cast, "NOON", noon)
    monkeypatch.setattr(cast, "OPENED", noon - timedelta(days=1))
    return noon


def asking(*kinds: str, **tables) -> Market:
    said = terms(unit("5", factors=list(kinds)), factors=tables) | {"zone": "UTC"}
    return Market(terms=said)


def enter(market: Market, group: str, **more) -> None:
    with tenancy.acting_as(market.provider.pk):
        pricing.enter_price_group(
            provider_id=market.provider.pk,
            uscc=market.buyer.uscc,
            group=PriceGroup(group),
            reason="of our faculty",
            now=clock.now(),
            **more,
        )


def ordered(market: Market, noon, **more) -> Order:
    return market.order(cards=8, hours=1, starts_at=noon, **more)


@pytest.mark.parametrize(("group", "paid"), [("inside", 2400), ("partner", 3200), ("", 4000)])
def test_who_is_in_a_group_is_held_at_list_price_and_charged_the_groups(group, paid, soon):
    market = asking("group", **GROUPS)
    if group:
        enter(market, group)
    order = ordered(market, soon)
    assert order.gross_minor == 4000
    market.use(order, "8")

    market.charge(at=soon + timedelta(days=2))

    (charge,) = market.charges(order)
    assert charge.gross_minor == paid
    known = market.contract(order).price_facts
    assert known.get("group", {}).get("value", "") == group
    evidence = {"group": "price group entered by the provider"} if group else None
    assert charge.lines[0].get("evidence") == evidence
    assert is_balanced()


def test_the_group_is_that_of_the_moment_of_ordering(soon):
    market = asking("group", **GROUPS)
    before = ordered(market, soon)
    enter(market, "inside", starts_at=soon)
    after = ordered(market, soon + timedelta(hours=3))
    market.use(before, "8")
    market.use(after, "8", hour=3)

    market.charge(at=soon + timedelta(days=2))

    paid = [market.charges(each)[0].gross_minor for each in (before, after)]
    assert paid == [4000, 2400]


def test_no_contract_says_a_group_that_its_buyer_was_not_in(soon):
    market = asking("group", **GROUPS)
    ordered(market, soon)
    market.charge(at=soon + timedelta(days=2))
    with tenancy.acting_as_platform():
        contract = market.contract(Order.objects.get())
    contract.pk, contract.number, contract.sequence = None, "C-X", 99
    contract.price_facts = {"group": {"value": "inside", "source": "none"}}

    with (
        tenancy.acting_as_platform(),
        pytest.raises(DatabaseError, match="not what was known"),
        transaction.atomic(),
    ):
        type(contract).objects.bulk_create([contract])
    with (
        tenancy.acting_as_platform(),
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("""UPDATE settlement_contract SET price_facts = '{"group": {}}'""")


def test_a_near_path_costs_what_its_class_of_latency_says(soon):
    near = {"path": {"otherwise": "1", "values": {"le-5ms": "0.9", "le-20ms": "0.95"}}}
    market = asking("path", **near)
    with tenancy.acting_as_platform():
        Organization.objects.filter(pk=market.buyer.pk).update(region="310000")
        hubs = sorted(("YDA", market.listing.book.hub))  # The hub next to Shanghai.
        path = PathFacts(*hubs, Decimal("12.5"), 100, Decimal("0.07"), "MEASURED", "probe 7")
        now = clock.now()
        pricing.publish_paths(paths=[path], starts_at=now, now=now)
        order = ordered(market, soon)
    market.use(order, "8")

    market.charge(at=soon + timedelta(days=2))

    (charge,) = market.charges(order)
    told = charge.lines[0]["evidence"]["path"]
    assert charge.gross_minor == 3800
    assert told.startswith("path 310000-YDA-")
    assert "ms, " in told
    assert told.endswith("yuan a GB, ASSUMED, PUBLISHED")


@pytest.mark.parametrize(
    ("latency", "name"),
    [("0", "le-5ms"), ("5", "le-5ms"), ("5.1", "le-10ms"), ("50", "le-50ms"), ("50.1", "gt-50ms")],
)
def test_a_class_of_latency_holds_up_to_its_border(latency, name):
    assert path_facts.latency_class(Decimal(latency)) == name


def test_greenness_is_that_of_the_month_before_the_order(soon, monkeypatch):
    asked = []

    def shares(month: date, resource_ids):
        asked.append(month)
        return dict.fromkeys(resource_ids, Decimal("0.879"))

    monkeypatch.setattr(energy_selectors, "green_shares_in", shares)
    market = asking("green", green={"otherwise": "1", "values": {"0.8": "0.95", "0.9": "0.9"}})
    order = ordered(market, soon)
    market.use(order, "8")

    market.charge(at=soon + timedelta(days=2))

    (charge,) = market.charges(order)
    first = (order.placed_at.replace(day=1) - timedelta(days=1)).replace(day=1).date()
    assert asked == [first]
    assert charge.gross_minor == 3800
    assert "0.879" in charge.lines[0]["evidence"]["green"]


def test_facts_of_the_resource_say_what_they_rest_on(soon):
    market = asking("class", **{"class": {"otherwise": "2", "values": {"AI": "1"}}})
    order = ordered(market, soon)
    market.use(order, "8")

    market.charge(at=soon + timedelta(days=2))

    (charge,) = market.charges(order)
    assert charge.lines[0]["evidence"] == {"class": knowing.OF_THE_RESOURCE["class"]}


@pytest.mark.parametrize("kind", ["path", "green"])
def test_no_plan_is_published_under_which_late_facts_cost_more(kind):
    provider = factories.OrganizationFactory(stem="Provider")
    with tenancy.acting_as(provider.pk):
        plan = pricing.create_plan(
            provider_id=provider.pk, code="plan", name="plan", now=clock.now()
        )
        with pytest.raises(InvalidRates):
            pricing.publish_version(
                provider_id=provider.pk,
                plan_id=plan.pk,
                terms=terms(
                    unit("5", factors=[kind]),
                    factors={kind: {"otherwise": "1", "values": {"0.1": "1.1"}}},
                ),
                now=clock.now(),
            )
