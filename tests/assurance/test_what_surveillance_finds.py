"""The rules: what they find, and what they leave alone. Pure."""

from datetime import timedelta
from uuid import UUID, uuid5

import pytest

from marketplace.assurance import rules
from marketplace.assurance.contracts import Pattern, RuleInForce, WatchedOrder
from tests.cast import NOW

NAMES = UUID("00000000-0000-7000-8000-000000000002")
NUMBERS = {
    Pattern.WASH_TRADES: {"days": 7, "trades": 4, "related_trades": 3},
    Pattern.VOUCHER_CHURN: {"days": 7, "orders": 2},
    Pattern.CANCEL_BURST: {"minutes": 10, "cancels": 3, "share_percent": 80},
    Pattern.PRICE_RING: {"days": 7, "within_percent": 10},
}
MINUTE = timedelta(minutes=1)


def firm(name):
    return uuid5(NAMES, name)


def order(number, buyer, provider="P", **facts):
    values = {
        "order_id": uuid5(NAMES, f"order {number}"),
        "number": f"O-{number}",
        "buyer_id": firm(buyer),
        "provider_id": firm(provider),
        "book_id": 1,
        "state": "CLEARED",
        "gross_minor": 1_000,
        "voucher_minor": 0,
        "relation": "",
        "placed_at": NOW - MINUTE,
        "cleared_at": NOW,
        "closed_at": None,
    }
    return WatchedOrder(**(values | facts))


def cancelled(number, buyer="A", *, ago=1, **facts):
    at = NOW - ago * MINUTE
    values = {"state": "CANCELLED", "placed_at": at, "closed_at": at, "cleared_at": None}
    return order(number, buyer, **(values | facts))


def found(pattern, rows):
    rule = RuleInForce(NAMES, pattern, 1, NUMBERS[pattern])
    return [(alarm.organization_ids, len(alarm.rows)) for alarm in rules.find(rule, rows, at=NOW)]


def test_two_that_sell_to_each_other_are_found_once():
    rows = [order(n, "A", "B") for n in range(3)] + [order(9, "B", "A")]

    assert found(Pattern.WASH_TRADES, rows) == [(tuple(sorted((firm("A"), firm("B")))), 4)]
    assert found(Pattern.WASH_TRADES, rows[:3]) == []


def test_relatives_that_trade_again_and_again_are_found_one_way_too():
    rows = [order(n, "A", "B", relation="RELATED") for n in range(3)]

    assert len(found(Pattern.WASH_TRADES, rows)) == 1
    assert found(Pattern.WASH_TRADES, rows[:2]) == []


def test_what_was_long_ago_is_not_looked_at():
    old = {"cleared_at": NOW - timedelta(days=8)}
    rows = [order(n, "A", "B", **old) for n in range(3)] + [order(9, "B", "A", **old)]

    assert found(Pattern.WASH_TRADES, rows) == []


def test_vouchers_that_were_held_and_given_back_are_found():
    rows = [cancelled(n, voucher_minor=5) for n in range(2)] + [cancelled(7), cancelled(8)]

    assert found(Pattern.VOUCHER_CHURN, rows) == [((firm("A"),), 2)]


@pytest.mark.parametrize(
    ("minutes", "kept", "expected"),
    [((1, 2, 3), 0, 1), ((1, 2, 30), 0, 0), ((1, 2, 3), 1, 0)],
)
def test_a_burst_is_dense_and_most_of_what_was_placed(minutes, kept, expected):
    rows = [cancelled(n, ago=ago) for n, ago in enumerate(minutes)]
    rows += [order(f"kept {n}", "A", placed_at=NOW - 2 * MINUTE) for n in range(kept)]

    assert len(found(Pattern.CANCEL_BURST, rows)) == expected


def test_a_ring_of_three_for_about_the_same_money_is_found_once():
    rows = [order(1, "A", "B"), order(2, "B", "C"), order(3, "C", "A", gross_minor=950)]

    assert [count for _who, count in found(Pattern.PRICE_RING, rows)] == [3]
    rows[2] = order(3, "C", "A", gross_minor=500)
    assert found(Pattern.PRICE_RING, rows) == []
    assert found(Pattern.PRICE_RING, rows[:2]) == []


def test_a_market_where_everybody_trades_with_everybody_ends_in_time():
    names = [chr(65 + n) for n in range(12)]
    rows = [order(f"{one}{other}", one, other) for one in names for other in names if one != other]

    assert len(found(Pattern.PRICE_RING, rows)) == rules.RINGS_MAX
