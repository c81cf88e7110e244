from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.orders import frozen, rules
from marketplace.orders.contracts import RefusalCode
from pricing.contracts import RateUnit
from tests.orders.market import (
    HAICHAO,
    NOON,
    card,
    demand,
    named,
    offer,
    snapshot,
    taken,
)
from tests.vouchers.cast import purse

HOURS = 6
OFFERS = [
    offer("a", price="1", cards=4),
    offer("b", price="1", cards=6, chip="A100"),
    offer("c", price="2", cards=3, taken=(taken(1, 1, 3),)),
    offer("d", price="3", cards=5, is_open=False),
]


def chosen(result):
    return {fill.order_id: fill.listing_id for fill in result.fills}


def reason(result, name):
    return next(each.code for each in result.rejections if each.order_id == named(name))


@st.composite
def an_order(draw, number):
    listing = draw(st.none() | st.sampled_from(OFFERS))
    start = draw(st.integers(0, HOURS - 1))
    return demand(
        f"order {number}",
        cards=draw(st.integers(1, 4)),
        start=start,
        hours=draw(st.integers(1, HOURS - start)),
        after=draw(st.integers(0, 3)),
        of=listing,
        chips=draw(st.sampled_from([(), ("H100",), ("A100", "H100")])) if not listing else (),
        buyer=named(draw(st.sampled_from(["haichao", "acme"]))),
    )


@st.composite
def orders(draw):
    return [draw(an_order(number)) for number in range(draw(st.integers(1, 14)))]


@given(orders=orders(), cash=st.integers(0, 3000), left=st.integers(0, 900))
def test_nothing_is_sold_or_spent_twice(orders, cash, left):
    vouchers = (purse("V-1", left=f"{left // 100}.{left % 100:02d}"),)

    result = rules.clear(snapshot(orders, OFFERS, cash=cash, purses=vouchers))

    sold = defaultdict(int)
    spent = defaultdict(int)
    used = defaultdict(int)
    for fill in result.fills:
        spent[fill.buyer_id] += fill.cash_minor
        used[fill.buyer_id] += fill.voucher_minor
        for hour in range(HOURS):
            if fill.starts_at <= NOON + timedelta(hours=hour) < fill.ends_at:
                sold[fill.listing_id, hour] += fill.units_milli
    for listing in OFFERS:
        for hour in range(HOURS):
            before = sum(
                each.milli
                for each in listing.taken
                if each.starts_at <= NOON + timedelta(hours=hour) < each.ends_at
            )
            assert sold[listing.listing_id, hour] + before <= listing.total_milli
    assert all(amount <= cash for amount in spent.values())
    assert all(amount <= left for amount in used.values())
    assert named("d") not in chosen(result).values()
    assert {fill.order_id for fill in result.fills} | {
        each.order_id for each in result.rejections
    } == {order.order_id for order in orders}
    assert len(result.fills) + len(result.rejections) == len(orders)


@given(orders=orders(), seed=st.text("abc", max_size=3), data=st.data())
def test_the_order_of_the_input_decides_nothing(orders, seed, data):
    there = snapshot(orders, OFFERS, seed=seed)
    shuffled = replace(
        there,
        demands=tuple(data.draw(st.permutations(there.demands))),
        offers=tuple(data.draw(st.permutations(there.offers))),
        cards=tuple(data.draw(st.permutations(there.cards))),
    )

    assert rules.clear(shuffled) == rules.clear(there)


@given(orders=orders(), left=st.integers(0, 900))
def test_a_snapshot_survives_being_written_down(orders, left):
    vouchers = (purse("V-1", left=f"{left // 100}.{left % 100:02d}", suppliers=None),)
    there = snapshot(orders, OFFERS, purses=vouchers)

    written = frozen.plain_snapshot(there)
    again = frozen.thawed_snapshot(written)

    assert again == there
    assert frozen.hash_of(frozen.plain_snapshot(again)) == frozen.hash_of(written)
    assert rules.clear(again) == rules.clear(there)


def test_who_placed_first_is_served_first():
    listing = offer(cards=2)
    late = demand("late", cards=2, after=9, of=listing)
    early = demand("early", cards=2, after=1, of=listing)

    result = rules.clear(snapshot([late, early], [listing]))

    assert chosen(result) == {named("early"): listing.listing_id}
    assert reason(result, "late") == RefusalCode.CAPACITY_EXHAUSTED


def test_lots_are_drawn_between_orders_of_the_same_moment():
    listing = offer(cards=1)
    same = [demand(f"order {n}", of=listing) for n in range(4)]

    winners = {
        next(iter(chosen(rules.clear(snapshot(same, [listing], seed=str(seed))))))
        for seed in range(40)
    }

    assert winners == {each.order_id for each in same}


def test_the_cheapest_listing_with_room_for_the_whole_order_is_taken():
    full = offer("full", price="1", cards=4, taken=(taken(3, 0, 1),))
    dear = offer("dear", price="3")
    fair = offer("fair", price="2")

    result = rules.clear(snapshot([demand("order", cards=2)], [full, dear, fair]))

    assert chosen(result) == {named("order"): fair.listing_id}
    assert result.fills[0].gross_minor == 400


def test_of_equal_prices_the_fuller_listing_is_taken_so_that_large_orders_find_room():
    empty = offer("empty", cards=8)
    used = offer("used", cards=8, taken=(taken(6, 0, 1),))
    small = demand("small", cards=1, after=1)
    large = demand("large", cards=8, after=2)

    result = rules.clear(snapshot([small, large], [empty, used]))

    assert chosen(result) == {named("small"): used.listing_id, named("large"): empty.listing_id}


def test_a_plan_by_the_standard_hour_needs_a_published_figure():
    by_standard_hour = card("0.5", RateUnit.STANDARD_HOUR)
    unpublished = offer("unpublished", price="0.5", unit=RateUnit.STANDARD_HOUR, chip="G3")

    result = rules.clear(
        snapshot([demand("order", chips=("G3",))], [unpublished], cards=(by_standard_hour,))
    )

    assert reason(result, "order") == RefusalCode.NO_ELIGIBLE_LISTING


REFUSED = {
    RefusalCode.LISTING_CLOSED: (offer(is_open=False), {}),
    RefusalCode.OUTSIDE_AVAILABILITY: (offer(available_until=NOON), {}),
    RefusalCode.CAPACITY_EXHAUSTED: (offer(cards=1), {"cards": 2}),
    RefusalCode.PERIOD_OVER: (offer(), {"start": -1}),
    RefusalCode.VOUCHER_REFUSED: (offer(), {"voucher_ids": (named("no such voucher"),)}),
}


@pytest.mark.parametrize("code", REFUSED, ids=str)
def test_an_order_that_does_not_clear_says_why(code):
    listing, facts = REFUSED[code]

    result = rules.clear(snapshot([demand("order", of=listing, **facts)], [listing]))

    assert result.fills == ()
    assert reason(result, "order") == code


def test_a_listing_that_is_gone_is_closed():
    result = rules.clear(snapshot([demand("order", of=offer("gone"))], []))

    assert reason(result, "order") == RefusalCode.LISTING_CLOSED


def test_a_refused_order_leaves_its_money_to_the_next():
    listing = offer(cards=8)
    dear = demand("dear", cards=8, after=1, of=listing)
    modest = demand("modest", cards=2, after=2, of=listing)

    result = rules.clear(snapshot([dear, modest], [listing], cash=200))

    assert reason(result, "dear") == RefusalCode.INSUFFICIENT_FUNDS
    assert chosen(result) == {named("modest"): listing.listing_id}
    assert result.fills[0].buyer_id == HAICHAO


def test_the_yearly_cap_holds_over_the_orders_of_a_round():
    listing = offer(cards=8)
    capped = (purse("V-1", per_entity_year_cap_minor=100),)
    two = [demand(f"order {n}", cards=3, after=n, of=listing) for n in range(2)]

    result = rules.clear(snapshot(two, [listing], purses=capped))

    assert [fill.voucher_minor for fill in result.fills] == [90, 10]
    assert [fill.cash_minor for fill in result.fills] == [210, 290]


def test_states_follow_the_table():
    ends = {"SETTLED", "REJECTED", "CANCELLED"}

    assert {state for state, _event in rules.TRANSITIONS} == {"PLACED", "CLEARED"}
    assert ends <= set(rules.TRANSITIONS.values())


@pytest.mark.parametrize(
    ("price", "unit"), [("0.01", RateUnit.KTOKEN), ("1000000", RateUnit.UNIT_HOUR)]
)
def test_a_plan_without_a_price_for_an_order_stops_nobody(price, unit):
    """Time is not counted in tokens, and a million cards for a year at that price is no amount."""
    odd = offer("odd", price=price, unit=unit, cards=2_000_000)
    large = demand("large", cards=1_000_000, hours=8_784)
    other = demand("other", of=OFFERS[0], after=1)

    result = rules.clear(snapshot([large, other], [odd, OFFERS[0]], cards=(card(price, unit),)))

    assert chosen(result) == {other.order_id: OFFERS[0].listing_id}
    assert reason(result, "large") == RefusalCode.CAPACITY_EXHAUSTED
