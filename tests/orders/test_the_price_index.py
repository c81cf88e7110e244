"""The index of prices changes what a round costs and nothing of what it comes to."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common import canonical
from common.errors import InvalidInput
from marketplace.orders import clear_3, frozen, rules
from marketplace.orders.contracts import Purchaser, Snapshot
from marketplace.orders.curves import Curve, at_least, octave_of
from marketplace.orders.matching import OpenSupply
from marketplace.orders.price_index import PriceIndex
from pricing.contracts import NotMeasured, RateCard, RateComponent, RateTier, RateUnit
from tests.orders import former_rule
from tests.orders.market import NOON, RULE, demand, named, offer, snapshot, taken
from tests.vouchers.cast import purse

BORDERS = ["0.000001", "0.5", "1", "2", "7.25", "10", "100", "1000", "250000"]
PRICES = ["0", "0.000001", "0.004999", "0.005", "0.01", "0.3", "1", "1.000001", "3.18", "1000000"]
FACTORS = [None, Decimal("0.000001"), Decimal("0.333333"), Decimal(1), Decimal("2.5")]


@st.composite
def components(draw, number):
    borders = sorted(draw(st.sets(st.sampled_from(BORDERS), max_size=4)), key=Decimal)
    tiers = tuple(
        RateTier(Decimal(border), Decimal(draw(st.sampled_from(PRICES))))
        for border in ["0", *borders]
    )
    usual = [RateUnit.UNIT_HOUR, RateUnit.UNIT_HOUR, RateUnit.STANDARD_HOUR]
    unit = draw(st.sampled_from([*usual, RateUnit.STANDARD_HOUR, RateUnit.KTOKEN]))
    return RateComponent(f"part{number}", unit, tiers)


@st.composite
def cards(draw, name="plan"):
    parts = draw(st.sampled_from([1, 1, 1, 2, 3]))
    return RateCard(
        version_id=named(name),
        plan_code="plan",
        version=1,
        asset="CNY",
        components=tuple(draw(components(number)) for number in range(parts)),
        content_hash="",
        provider_id=named("provider"),
    )


amounts = st.integers(1, 10**4) | st.integers(1, 10**9) | st.sampled_from([3600, 1000, 86_400])
lengths = st.sampled_from([1, 59, 1800, 3600, 5400, 7200, 86_400, 31_622_400])


def exactly(card, factor, units_milli, seconds):
    try:
        lines = rules.price(
            card, units_milli=units_milli, seconds=seconds, factor=factor, rule_version_id=RULE
        )
    except (NotMeasured, InvalidInput):
        return None
    return sum(line.amount_minor for line in lines)


@settings(max_examples=600)
@given(card=cards(), factor=st.sampled_from(FACTORS), units_milli=amounts, seconds=lengths)
def test_a_curve_asks_to_the_fen_what_the_plan_asks(card, factor, units_milli, seconds):
    curve = Curve.of(card, factor)
    amount = units_milli * seconds

    minor = None if curve is None else curve.minor(amount)

    assert minor == exactly(card, factor, units_milli, seconds)
    if curve and minor is not None:
        assert at_least(curve.floor(octave_of(amount)), amount) <= minor


@st.composite
def markets(draw):
    plans = [draw(cards(f"plan {n}")) for n in range(draw(st.integers(1, 5)))]
    # Equal plans of several providers, so that prices tie across terms.
    plans += [replace(plan, version_id=named(f"{plan.version_id}'")) for plan in plans[:2]]
    offers = tuple(
        offer(
            f"listing {n}",
            cards=draw(st.integers(1, 6)),
            chip=draw(st.sampled_from(["H100", "A100"])),
            taken=draw(st.sampled_from([(), (taken(1, 0, 3),), (taken(1, 1, 2), taken(1, 2, 5))])),
            plan_version_id=draw(st.sampled_from(plans)).version_id,
            factor=draw(st.sampled_from(FACTORS)),
            rule_version_id=named(draw(st.sampled_from(["rule", "other rule"]))),
            is_open=draw(st.sampled_from([True, True, True, False])),
            accepts_vouchers=draw(st.booleans()),
            available_until=draw(st.sampled_from([None, None, NOON + timedelta(hours=3)])),
        )
        for n in range(draw(st.integers(1, 9)))
    )
    orders = tuple(
        demand(
            f"order {n}",
            start=draw(st.integers(-1, 3)),
            after=draw(st.integers(0, 3)),
            hours=draw(st.integers(1, 3)),
            cards=draw(st.integers(1, 4)),
            of=draw(st.sampled_from([None, None, None, offers[0]])),
            buyer=named(draw(st.sampled_from(["haichao", "acme"]))),
            chips=draw(st.sampled_from([(), ("H100",), ("A100", "H100"), ("T4",)])),
            use_vouchers=draw(st.booleans()),
            voucher_ids=draw(st.sampled_from([(), (), (named("voucher V-1"),)])),
            **draw(st.sampled_from([{}, {}, {"units_milli": 333}, {"units_milli": 1}])),
        )
        for n in range(draw(st.integers(1, 12)))
    )
    purses = draw(st.sampled_from([(), (purse("V-1", left="3.33"),)]))
    there = snapshot(orders, offers, purses=purses, prices=(), cards=tuple(plans))
    cash = st.sampled_from([0, 300, 10**6, 10**17])
    return replace(
        there,
        seed=draw(st.text("abc", max_size=2)),
        purchasers=tuple(replace(each, cash_minor=draw(cash)) for each in there.purchasers),
    )


@settings(max_examples=500, deadline=None)
@given(there=markets())
def test_every_round_comes_to_what_the_rule_first_made_of_it(there: Snapshot):
    before = former_rule.clear(there)

    now = rules.clear(there)

    assert now == before
    assert frozen.plain_snapshot(now) == frozen.plain_snapshot(before)
    for each in (there, now):
        walked = canonical.plain(msgspec.to_builtins(each, str_keys=True, order="deterministic"))
        assert frozen.plain_snapshot(each) == walked
        assert frozen.hash_of(frozen.plain_snapshot(each)) == canonical.content_hash(walked)


def shop(plans: int, orders, *, price=lambda number: f"{1 + number * 7919 % 9973 / 1000:.6f}"):
    """Return a market with a listing under each of some plans, and orders for any of them."""
    made = [
        RateCard(
            version_id=named(f"plan {number}"),
            plan_code="plan",
            version=1,
            asset="CNY",
            components=(
                RateComponent(
                    "usage", RateUnit.UNIT_HOUR, (RateTier(Decimal(0), Decimal(price(number))),)
                ),
            ),
            content_hash="",
            provider_id=named("provider"),
        )
        for number in range(plans)
    ]
    offers = [
        offer(f"listing {number}", cards=50, plan_version_id=card.version_id)
        for number, card in enumerate(made)
    ]
    return Snapshot(
        rule_version=rules.CLEARING_RULE,
        seed="seed",
        at=NOON,
        demands=tuple(orders),
        offers=tuple(offers),
        cards=tuple(made),
        purchasers=tuple(
            Purchaser(buyer_id=each, cash_minor=10**15, is_certified=True)
            for each in sorted({order.buyer_id for order in orders})
        ),
    )


def served(there: Snapshot) -> OpenSupply:
    market = OpenSupply(there, clear_3.COVER)
    for order in rules.turns(there):
        market.serve(order)
    return market


@pytest.mark.parametrize("amounts", ["equal", "different"])
def test_the_prices_computed_follow_the_orders_and_not_the_plans_on_offer(amounts):
    orders = [
        demand(f"order {n}", cards=1, units_milli=1000 if amounts == "equal" else 1000 + n)
        for n in range(200)
    ]

    few, many = (served(shop(plans, orders)) for plans in (60, 1200))

    assert few.priced <= 5 * len(orders)
    assert many.priced <= 5 * len(orders)


def test_plans_of_one_price_are_priced_once_for_an_amount():
    orders = [demand(f"order {n}", units_milli=1000 + n % 4) for n in range(40)]

    market = served(shop(600, orders, price=lambda _number: "3.18"))

    assert market.priced == 4


def test_listings_without_room_are_asked_once_for_a_kind_of_wish():
    orders = [demand(f"order {n}", cards=30) for n in range(100)]
    there = shop(300, orders)
    full = tuple(replace(each, taken=(taken(50, 0, 9),)) for each in there.offers[:200])

    market = served(replace(there, offers=(*full, *there.offers[200:])))

    assert market.probed <= 300 + len(orders)


def test_the_index_gives_every_term_once_however_many_walk_at_once():
    curves = {
        (named(f"plan {n}"), None, RULE): Curve.of(shop(n + 1, []).cards[n], None) for n in range(9)
    }
    index = PriceIndex(curves)

    first, second = iter(index.walk(3600)), iter(index.walk(3600))
    both = [next(first), next(second), *first]

    assert sorted(map(str, both[1:])) == sorted(map(str, curves))
    assert both[0] == both[1]
    assert list(second) == both[2:]
