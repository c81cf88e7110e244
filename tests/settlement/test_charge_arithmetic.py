"""Charges are steps between running totals: what they cost, and who pays."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.money import Money
from marketplace.settlement import rules
from marketplace.settlement.contracts import NOTHING_MEASURED, Funds, Measured, Tally

RATE = Decimal("0.03")


def funds(asset: str, held: int, number: int = 1) -> Funds:
    return Funds(UUID(int=number), asset, "from", "to", UUID(int=number), held)


def tally(*sources: Funds) -> Tally:
    return Tally(NOTHING_MEASURED, 0, 0, 0, sources)


def twelve_yuan_an_hour(hours: Decimal) -> int:
    return Money.from_decimal(hours * Decimal("12.00")).minor


def charge_hours(before: Tally, hours: str | Decimal):
    """Charge so many more hours; the price is that of all hours less that of those before."""
    had = before.measured.standard_hours
    price = twelve_yuan_an_hour(had + Decimal(hours)) - twelve_yuan_an_hour(had)
    measured = Measured(Decimal(hours) * 3600, Decimal(hours))
    return rules.step(before, measured, rated_minor=price, fee_rate=RATE)


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
def test_what_is_left_over_goes_to_the_largest_remainders(amount, weights, shares):
    assert rules.split(amount, weights) == shares


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=6), st.data())
def test_shares_add_up_and_never_exceed_their_weights(weights, data):
    amount = data.draw(st.integers(0, sum(weights)))

    shares = rules.split(amount, weights)

    assert sum(shares) == amount
    assert all(0 <= share <= weight for share, weight in zip(shares, weights, strict=True))


def test_nothing_cannot_be_divided_by_nobody():
    with pytest.raises(ValueError, match="cannot be divided"):
        rules.split(1, [0, 0])


@pytest.mark.parametrize(("gross", "minor"), [(0, 0), (16, 0), (17, 1), (50, 2), (123_456, 3_704)])
def test_the_fee_is_three_percent_rounded_half_up(gross, minor):
    assert rules.fee(gross, RATE) == minor


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
    # What was given back is the buyer's again; it does not return to the hold.
    assert [each.remaining_minor for each in after.funds] == [26_400, 61_600]


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
        assert now.fee_minor == rules.fee(now.gross_minor, RATE)
