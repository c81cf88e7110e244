"""Charges are steps between running totals: what they cost, and who pays."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.money import Money
from marketplace.settlement import fee_1, rules
from marketplace.settlement.contracts import NOTHING_MEASURED, ChargeTally, Funds, Measured

RATE = Decimal("0.03")


def funds(asset: str, held: int, number: int = 1) -> Funds:
    return Funds(UUID(int=number), asset, "from", "to", UUID(int=number), held)


def tally(*sources: Funds) -> ChargeTally:
    return ChargeTally(NOTHING_MEASURED, 0, 0, 0, sources)


def twelve_yuan_an_hour(hours: Decimal) -> int:
    return Money.from_decimal(hours * Decimal("12.00")).minor


def charge_hours(before: ChargeTally, hours: str | Decimal, *, is_settled: bool = False):
    """Charge so many more hours; the price is that of all hours less that of those before."""
    had = before.measured.standard_hours
    price = twelve_yuan_an_hour(had + Decimal(hours)) - twelve_yuan_an_hour(had)
    measured = Measured(Decimal(hours) * 3600, Decimal(hours))
    return rules.step(before, measured, rated_minor=price, fee_rate=RATE, is_settled=is_settled)


@pytest.mark.parametrize(
    ("amount", "weights", "shares"),
    [
        (100, [1, 1, 1], (34, 33, 33)),
        (100, [30, 70], (30, 70)),
        (1, [30, 70], (0, 1)),
        (0, [0, 0], (0, 0)),
        (101, [50, 51], (50, 51)),
    ],
)
def test_what_is_left_over_goes_to_whoever_is_farthest_behind(amount, weights, shares):
    assert rules.split(amount, weights) == shares


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=6), st.data())
def test_shares_add_up_and_never_exceed_their_weights(weights, data):
    amount = data.draw(st.integers(0, sum(weights)))

    shares = rules.split(amount, weights)

    assert sum(shares) == amount
    assert all(0 <= share <= weight for share, weight in zip(shares, weights, strict=True))


@given(st.lists(st.integers(0, 1_000), min_size=1, max_size=6), st.data())
def test_a_larger_amount_makes_no_share_smaller(weights, data):
    amounts = sorted(data.draw(st.lists(st.integers(0, sum(weights)), min_size=2, max_size=2)))

    fewer, more = (rules.split(amount, weights) for amount in amounts)

    assert all(less <= share for less, share in zip(fewer, more, strict=True))


@given(st.lists(st.integers(0, 10**12), min_size=2, max_size=3), st.data())
def test_shares_of_up_to_three_are_less_than_a_fen_from_their_proportion(weights, data):
    amount = data.draw(st.integers(0, sum(weights)))

    for share, weight in zip(rules.split(amount, weights), weights, strict=True):
        assert abs(share * sum(weights) - amount * weight) < max(sum(weights), 1)


def test_nothing_cannot_be_divided_by_nobody():
    with pytest.raises(ValueError, match="cannot be divided"):
        rules.split(1, [0, 0])


@pytest.mark.parametrize(("gross", "minor"), [(0, 0), (16, 0), (17, 1), (50, 2), (123_456, 3_704)])
def test_the_fee_is_three_percent_rounded_half_up(gross, minor):
    assert fee_1.fee(gross, RATE) == minor


def test_voucher_and_cash_pay_in_the_orders_proportion():
    start = tally(funds("VCH-SME", 30_000), funds("CNY", 70_000))

    charge, after = charge_hours(start, "10")

    assert (charge.gross_minor, charge.voucher_minor, charge.cash_minor) == (12_000, 3_600, 8_400)
    assert charge.fee_minor == 360
    assert [each.remaining_minor for each in after.funds] == [26_400, 61_600]


def test_a_charge_stops_at_the_hold_and_says_what_was_not_collected():
    start = tally(funds("VCH-SME", 3_000), funds("CNY", 7_000))

    charge, after = charge_hours(start, "10")

    assert (charge.rated_minor, charge.gross_minor, charge.uncollected_minor) == (
        12_000,
        10_000,
        2_000,
    )
    assert [each.remaining_minor for each in after.funds] == [0, 0]


def test_less_usage_than_charged_gives_back_in_the_proportion_that_was_paid():
    start = tally(funds("VCH-SME", 30_000), funds("CNY", 70_000))
    _, charged = charge_hours(start, "10")

    correction, after = charge_hours(charged, "-2.5")

    assert (correction.gross_minor, correction.voucher_minor, correction.cash_minor) == (
        -3_000,
        -900,
        -2_100,
    )
    assert correction.fee_minor == -90
    # Until the settlement what was given back is held again.
    assert [each.remaining_minor for each in after.funds] == [27_300, 63_700]


def test_less_usage_after_the_settlement_is_the_buyers_for_good():
    _, charged = charge_hours(tally(funds("CNY", 12_000)), "10")
    settled = replace(charged, funds=tuple(rules.released(each) for each in charged.funds))

    correction, after = charge_hours(settled, "-2.5", is_settled=True)
    more, _ = charge_hours(after, "2.5", is_settled=True)

    assert correction.gross_minor == -3_000
    assert [each.remaining_minor for each in after.funds] == [0]
    assert (more.rated_minor, more.gross_minor) == (3_000, 0)


def test_what_was_given_back_is_collected_again_when_usage_rises_once_more():
    _, full = charge_hours(tally(funds("CNY", 1_000)), Decimal(1_000) / 1_200)
    assert full.gross_minor == 1_000

    down, less = charge_hours(full, Decimal(-400) / 1_200)
    up, after = charge_hours(less, Decimal(400) / 1_200)

    assert (down.gross_minor, up.gross_minor, up.uncollected_minor) == (-400, 400, 0)
    assert (after.gross_minor, after.funds[0].remaining_minor) == (1_000, 0)


def test_a_revision_below_the_cap_takes_from_the_uncollected_part_first():
    start = tally(funds("CNY", 10_000))
    _, capped = charge_hours(start, "10")

    correction, _ = charge_hours(capped, "-1")

    assert (correction.rated_minor, correction.gross_minor) == (-1_200, 0)
    assert correction.uncollected_minor == -1_200


quantities = st.decimals(min_value=0, max_value=1000, places=9)


@given(st.lists(quantities, min_size=1, max_size=12))
def test_many_windows_cost_what_one_window_costs(parts):
    start = tally(funds("VCH-SME", 10**7), funds("CNY", 10**9))
    whole, _ = charge_hours(start, sum(parts))

    now = start
    charges = []
    for part in parts:
        charge, now = charge_hours(now, part)
        charges.append(charge)

    assert sum(charge.gross_minor for charge in charges) == whole.gross_minor
    assert sum(charge.fee_minor for charge in charges) == whole.fee_minor


@given(st.lists(st.decimals(min_value=-50, max_value=100, places=3), max_size=20))
def test_no_history_of_revisions_leaves_the_bounds_of_the_holds(changes):
    now = tally(funds("VCH-SME", 40_000, 1), funds("VCH-EX", 11, 2), funds("CNY", 70_003, 3))

    for change in changes:
        if now.measured.standard_hours + change < 0:
            continue
        _, now = charge_hours(now, change)

        assert all(0 <= each.collected_minor <= each.held_minor for each in now.funds)
        assert all(each.remaining_minor >= 0 for each in now.funds)
        assert sum(each.collected_minor for each in now.funds) == now.gross_minor
        assert now.fee_minor == fee_1.fee(now.gross_minor, RATE)


revisions = st.lists(st.decimals(min_value=0, max_value=100, places=3), min_size=1, max_size=12)
holds = st.lists(st.integers(1, 60_000), min_size=1, max_size=5)


@given(holds, revisions)
def test_any_sequence_of_revisions_collects_what_the_final_quantity_alone_collects(held, figures):
    """From each source and to the fen, whatever was measured and given back on the way."""
    start = tally(*(funds(f"VCH-{n}", minor, n) for n, minor in enumerate(held)))
    alone, alone_after = charge_hours(start, figures[-1])

    now, collected = start, 0
    for figure in figures:
        charge, now = charge_hours(now, figure - now.measured.standard_hours)
        collected += charge.gross_minor

    assert collected == now.gross_minor == alone.gross_minor
    assert now.fee_minor == alone_after.fee_minor
    assert [each.collected_minor for each in now.funds] == [
        each.collected_minor for each in alone_after.funds
    ]
    assert sum(each.remaining_minor for each in now.funds) == sum(held) - collected


@given(holds, revisions, revisions)
def test_after_the_settlement_revisions_only_give_back(held, before, later):
    now = tally(*(funds(f"VCH-{n}", minor, n) for n, minor in enumerate(held)))
    for figure in before:
        _, now = charge_hours(now, figure - now.measured.standard_hours)
    now = replace(now, funds=tuple(rules.released(each) for each in now.funds))

    for figure in later:
        least = min(now.gross_minor, twelve_yuan_an_hour(figure))
        charge, now = charge_hours(now, figure - now.measured.standard_hours, is_settled=True)

        assert charge.gross_minor <= 0
        assert all(part <= 0 for part in charge.parts)
        assert now.gross_minor == least == sum(each.collected_minor for each in now.funds)
        assert all(each.remaining_minor == 0 for each in now.funds)
