"""A plan under `rate-2` from its listing to the settlement: windows, tiers, minima, corrections."""

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from common import tenancy
from common.period import Period
from marketplace.catalog import services as catalog
from marketplace.orders import services as orders
from marketplace.orders.contracts import OrderState, OrderWish, Requirement
from marketplace.orders.models import Order
from pricing import selectors as pricing_selectors
from pricing.models import Quote
from tests.pricing.timed_plans import flat, terms, tiered, unit
from tests.settlement.cast import HOUR, NOON, Market, is_balanced

pytestmark = pytest.mark.django_db
PEAK = [{"band": "peak", "from": "13:00", "until": "14:00"}]


def by_terms(*components: dict, **more) -> Market:
    return Market(terms=terms(*components, **more) | {"zone": "UTC"})


def timed() -> Market:
    return by_terms(
        unit("10", bands={"peak": "1.5"}, factors=["class"]),
        flat("5", model="minimum"),
        bands=PEAK,
        factors={"class": {"otherwise": "2", "values": {"AI": "1"}}},
    )


def paid(market: Market, order: Order) -> list[int]:
    return [charge.gross_minor for charge in market.charges(order)]


def test_windows_are_charged_by_their_band_and_add_up_to_what_was_held():
    market = timed()
    order = market.order(cards=2, hours=3)
    assert order.state == OrderState.CLEARED
    assert order.gross_minor == 4000 + 3000
    for hour in range(3):
        market.use(order, "2", hour=hour)

    market.settle()

    charges = market.charges(order)
    assert [each.gross_minor for each in charges] == [2000, 3000, 2000]
    assert [line["band"] for each in charges for line in each.lines if line["amount_minor"]] == [
        "flat",
        "peak",
        "flat",
    ]
    assert charges[1].lines[0]["factors"] == [["band", "peak", "1.5"], ["class", "AI", "1"]]
    contract = market.contract(order)
    assert (contract.gross_minor, contract.rated_minor) == (7000, 7000)
    assert contract.rating["usage||peak|0"] == "2"
    assert is_balanced()


def test_a_minimum_is_paid_with_the_first_use_and_corrections_give_back_exactly():
    market = timed()
    order = market.order(cards=2, hours=3)
    market.use(order, "0.1", hour=0)
    market.charge()
    market.use(order, "0.7", hour=1)
    market.charge(at=NOON + timedelta(days=3))
    assert paid(market, order) == [500, 650]

    market.revise(order, "0", hour=1)
    market.charge(at=NOON + timedelta(days=4))
    assert paid(market, order) == [500, 650, -650]

    market.revise(order, "0", hour=0)
    market.charge(at=NOON + timedelta(days=5))
    assert sum(paid(market, order)) == 0
    assert market.contract(order).rating == {}


def test_what_is_kept_ready_is_paid_used_or_not():
    market = by_terms({"code": "kept", "model": "ready", "unit_price": "3"}, unit("1"))
    order = market.order(cards=2, hours=2)
    assert order.gross_minor == 4 * 300 + 4 * 100
    market.use(order, "0.5")
    market.use(order, "0", hour=1)

    market.settle()

    assert paid(market, order) == [600 + 50, 600]


def test_tiers_of_a_buyers_month_give_splitting_nothing():
    market = by_terms(tiered(("0", "3"), ("4", "2")), counted_by="buyer_month")
    several = [market.order(cards=2, hours=1, starts_at=NOON) for _ in range(3)]
    assert [order.gross_minor for order in several] == [600, 600, 600]
    for order in several:
        market.use(order, "2", event_id=f"of {order.number}")

    market.settle()

    assert sum(sum(paid(market, order)) for order in several) == 4 * 300 + 2 * 200
    assert is_balanced()


def test_an_order_for_any_listing_clears_where_its_time_is_cheapest():
    dear_at_peak = timed()
    plain = Market(price="12.00")
    moments = [NOON, NOON + HOUR]
    placed = []
    for number, start in enumerate(moments):
        with tenancy.acting_as(plain.buyer.pk):
            placed.append(
                orders.place_order(
                    buyer_id=plain.buyer.pk,
                    wish=OrderWish(
                        key=f"any {number}",
                        units_milli=1000,
                        period=Period(start, start + HOUR),
                        requirement=Requirement(
                            resource_class=plain.listing.resource_class, hub=plain.listing.hub
                        ),
                    ),
                    placed_at=NOON - timedelta(minutes=5),
                )
            )
    with tenancy.acting_as_platform():
        orders.clear_book(book_id=placed[0].book_id, now=NOON - timedelta(minutes=4))
        found = [Order.objects.get(pk=each.pk) for each in placed]

    assert [each.listing_id for each in found] == [dear_at_peak.listing.pk, plain.listing.pk]
    assert [each.gross_minor for each in found] == [1000, 1200]


def test_a_quote_of_a_listing_says_its_facts_and_no_others():
    market = timed()
    period = Period(NOON, NOON + 3 * HOUR)
    with tenancy.acting_as(market.buyer.pk):
        quote = catalog.quote_listing(
            buyer_id=market.buyer.pk,
            listing_id=market.listing.pk,
            milli=2000,
            period=period,
            now=NOON - HOUR,
        )
        stored = Quote.objects.get(pk=quote.pk)
        assert stored.gross_minor == 7000
        assert pricing_selectors.evaluation(stored)["recomputes"]
        stored.pk = None
        stored.measure = json.loads(json.dumps(stored.measure).replace('"AI"', '"HPC"'))
        with pytest.raises(DatabaseError), transaction.atomic():
            Quote.objects.bulk_create([stored])


@pytest.mark.parametrize("change", ["gross_minor = gross_minor - 1", "lines = '[]'"])
def test_no_order_bears_another_price_than_the_terms_say(change):
    market = timed()
    order = market.order(cards=1, hours=1)

    with (
        tenancy.acting_as_platform(),
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE orders_order SET {change} WHERE id = %s", [order.pk])
