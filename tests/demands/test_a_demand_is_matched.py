"""A demand becomes orders: at once, from the best listings that are eligible, or not at all."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from common import tenancy
from marketplace.demands import selectors
from marketplace.demands.contracts import LimitMissing
from pricing import services as pricing
from pricing.paths import PathFacts
from tests.cast import NOW
from tests.catalog import supply
from tests.catalog.collars import agreed, office, proposed
from tests.demands.cast import (
    HOUR,
    START,
    demanded,
    match,
    option,
    orders_of,
    post,
    seen,
    standing,
    terms,
)
from tests.orders.cast import buyer, cash, held_capacity

pytestmark = pytest.mark.django_db


def test_the_cheapest_eligible_listing_serves_and_the_money_is_held():
    supply.listed(price="5.00")
    cheap = supply.listed(price="2.00")
    owner = buyer("1000")

    demand = demanded(owner)

    (order,) = orders_of(demand)
    assert (demand.state, demand.option) == ("FILLED", 0)
    assert (order.state, order.listing_id) == ("CLEARED", cheap.pk)
    assert cash(owner)[1] == 100_000 - order.gross_minor
    assert held_capacity(order.pk) == 1


def test_listings_of_many_hubs_compete_and_each_book_keeps_its_own_round():
    supply.listed(price="5.00", region="640500")
    far = supply.listed(price="2.00", region="150123")

    demand = demanded(buyer("1000"), terms(option(hubs=())))

    assert orders_of(demand)[0].book_id == far.book_id


def test_what_is_not_known_is_not_eligible_where_it_is_asked_for():
    supply.listed()
    owner = buyer("1000")

    refused = [
        demanded(owner, terms(option(**asked)))
        for asked in (
            {"quality_min": 1},
            {"carbon_max": 100},
            {"pue_max": Decimal("1.5")},
            {"card_memory_gb": 80},
            {"near_hub": "CKG", "near_ms": Decimal(50)},
        )
    ]

    assert {demand.state for demand in refused} == {"REFUSED"}
    assert [demand.refusal_code for demand in refused] == [
        "quality_too_low",
        "carbon_too_high",
        "pue_too_high",
        "too_little_memory",
        "too_far",
    ]


def test_an_immediate_demand_that_nobody_serves_ends_with_its_reason():
    supply.listed(cards=2)

    demand = demanded(buyer("1000"), terms(option(cards=3)))

    assert (demand.state, demand.refusal_code) == ("REFUSED", "capacity_exhausted")
    assert demand.tried[0]["barred"] == {"capacity_exhausted": 1}


def test_a_standing_demand_waits_until_something_appears():
    demand = post(buyer("1000"), standing())
    assert match(demand).state == "WAITING"

    supply.listed()

    assert match(demand).state == "FILLED"


def test_a_standing_demand_ends_at_its_moment():
    demand = post(buyer("1000"), standing(until=NOW + HOUR))

    assert match(demand, at=NOW + HOUR).state == "EXPIRED"


def test_a_divisible_demand_is_put_together_from_several_listings():
    listings = [supply.listed(cards=3, price=price) for price in ("2.00", "3.00", "4.00")]

    demand = demanded(buyer("10000"), terms(option(cards=8, least=7)))

    taken = {order.listing_id: order.units_milli for order in orders_of(demand)}
    assert taken == dict(zip([each.pk for each in listings], (3000, 3000, 2000), strict=True))


def test_a_divisible_demand_takes_nothing_below_its_minimum():
    supply.listed(cards=3)
    owner = buyer("10000")

    demand = demanded(owner, terms(option(cards=8, least=4)))

    assert (demand.state, orders_of(demand), cash(owner)) == ("REFUSED", [], (10**6, 10**6))


def test_parts_that_money_does_not_cover_are_all_taken_back():
    supply.listed(cards=1, price="2.00")
    supply.listed(cards=1, price="4.00", region="150123")
    owner = buyer("3")

    demand = demanded(owner, terms(option(cards=2, least=2)))

    assert (demand.state, demand.refusal_code) == ("REFUSED", "insufficient_funds")
    assert cash(owner) == (300, 300)


def test_of_ranked_alternatives_the_first_that_can_be_filled_is_taken():
    supply.listed(chip="A100", price="3.00")

    demand = demanded(
        buyer("1000"), terms(option(chips=("H100",)), option(chips=("A100",), hours=2))
    )

    assert (demand.state, demand.option, len(orders_of(demand))) == ("FILLED", 1, 1)


def test_a_start_window_begins_when_there_is_room():
    listing = supply.listed(cards=1)
    owner = buyer("1000")
    demanded(owner, terms(option(hours=2)))

    demand = demanded(owner, terms(option(hours=1, latest=5)))

    (order,) = orders_of(demand)
    assert (order.listing_id, order.starts_at) == (listing.pk, START + 2 * HOUR)


@pytest.mark.parametrize(
    "limit",
    [
        {"max_price_per_standard_hour_minor": 317},
        {"max_price_per_unit_hour_minor": 100},
        {"max_amount_minor": 10},
    ],
)
def test_nobody_pays_more_than_the_limit(limit):
    supply.listed(price="3.18")

    demand = demanded(buyer("1000"), terms(option(limit=limit)))

    assert (demand.state, demand.refusal_code) == ("REFUSED", "above_price_limit")


def test_what_a_book_does_not_allow_is_passed_over_as_clearing_would():
    cheap = supply.listed(price="2.00", region="150123")
    dear = supply.listed(price="5.00")
    first, second = office()
    agreed(proposed(cheap, first), second)
    start = NOW + timedelta(days=3)

    demand = post(buyer("1000"), terms(option(start=start)))
    filled = match(demand, at=NOW + timedelta(days=1))

    assert (filled.state, orders_of(filled)[0].listing_id) == ("FILLED", dear.pk)


def test_where_no_book_allows_the_price_a_demand_says_so():
    listing = supply.listed()
    first, second = office()
    agreed(proposed(listing, first), second)

    demand = post(buyer("1000"), terms(option(start=NOW + timedelta(days=3))))

    refused = match(demand, at=NOW + timedelta(days=1))
    assert (refused.state, refused.refusal_code) == ("REFUSED", "price_outside_collar")


def test_a_limit_of_exactly_the_price_is_met():
    supply.listed(price="3.18")
    limit = {"max_price_per_standard_hour_minor": 318}

    assert demanded(buyer("1000"), terms(option(limit=limit))).state == "FILLED"


def test_without_a_limit_the_buyer_says_that_any_price_will_do():
    with pytest.raises(LimitMissing):
        post(buyer("1000"), terms(at_market_price=False))


def test_nobody_is_served_by_its_own_listing():
    listing = supply.listed()

    demand = demanded(listing.provider)

    assert demand.refusal_code == "related_party"


def test_a_decision_computes_again_to_what_was_stored():
    supply.listed()
    demand = demanded(buyer("1000"))

    with tenancy.acting_as_platform():
        found = selectors.decision(demand.pk)
        assert found.rule_version == "clear-2"
        assert selectors.replays(found)


def test_a_command_computes_a_decision_again_and_says_if_it_differs(capsys):
    supply.listed()
    demand = demanded(buyer("1000"))

    call_command("replay_demand", demand.number, "--json")
    assert json.loads(capsys.readouterr().out)["is_the_same"] is True
    with pytest.raises(CommandError) as unknown:
        call_command("replay_demand", "D-0")
    assert unknown.value.returncode == 2


def test_the_path_counts_in_the_price_and_near_is_asked_of_the_path():
    far = supply.listed(price="2.00", region="150123")
    near = supply.listed(price="2.50", region="640500")
    with tenancy.acting_as_platform():
        pricing.publish_paths(
            paths=[
                PathFacts("HLG", "ZHW", Decimal("12.0"), 100, Decimal("0.50"), source="test"),
            ],
            starts_at=NOW,
            now=NOW,
        )
    owner = buyer("10000")
    assert (far.hub, near.hub) == ("HLG", "ZHW")

    cheap = demanded(owner, terms(option(near_hub="ZHW")))
    heavy = demanded(owner, terms(option(near_hub="ZHW"), data_gb=1000))
    close = demanded(owner, terms(option(near_hub="ZHW", near_ms=Decimal(5))))

    served = [orders_of(each)[0].listing_id for each in (cheap, heavy, close)]
    assert served == [far.pk, near.pk, near.pk]


def test_the_three_offers_say_what_each_costs_against_the_others():
    supply.listed(price="2.00", region="150123", facts={"pue": Decimal("1.4")})
    green = supply.listed(
        price="3.00",
        region="640500",
        facts={
            "pue": Decimal("1.1"),
            "specification": {
                "chip": "H100",
                "cards": 8,
                "watts_per_unit": 700,
                "carbon_g_per_kwh": 100,
            },
        },
    )
    owner = buyer("1000")

    seen_now = selectors.outlook(buyer_id=owner.pk, wanted=terms(), at=NOW)

    cheapest, greenest = seen_now.offers
    assert (cheapest.prefer, cheapest.more_minor, cheapest.carbon_g) == ("CHEAPEST", 0, 671)
    assert [each.pk for each in greenest.listings] == [green.pk]
    assert (greenest.watt_hours, greenest.carbon_g) == (770, 77)
    assert greenest.more_minor == greenest.amount_minor - cheapest.amount_minor > 0


def test_who_wants_to_begin_at_once_begins_when_the_demand_is_matched():
    supply.listed()
    demand = post(buyer("1000"), terms(option(start=NOW)))

    match(demand, at=NOW + timedelta(seconds=2, microseconds=7))

    assert orders_of(seen(demand))[0].starts_at == NOW + timedelta(seconds=3)
