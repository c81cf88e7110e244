"""
The arithmetic of settlement; pure.

Every charge is a difference of running totals. The price of a contract is the price of its whole
measured quantity, so that many small windows cost what one large window costs, tiers work over the
whole contract, and a revision of usage needs no rule of its own: it moves the totals.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from common.money import EXACT
from marketplace import accounts
from marketplace.settlement.contracts import Funds, Measured, Step, Tally


def split(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """
    Divide a whole amount in the proportion of the weights.

    What whole numbers leave over goes to the largest remainders, the earlier weight first. A share
    never exceeds its weight while the amount does not exceed their sum.
    """
    total = sum(weights)
    if amount == 0:
        return (0,) * len(weights)
    if amount < 0 or total <= 0:
        message = f"{amount} cannot be divided over {total}"
        raise ValueError(message)
    shares = [amount * weight // total for weight in weights]
    remainders = [amount * weight % total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda index: (-remainders[index], index))
    for index in by_remainder[: amount - sum(shares)]:
        shares[index] += 1
    return tuple(shares)


def fee(gross_minor: int, rate: Decimal) -> int:
    """Return the market's fee on what was collected; rounded once, half up."""
    raw = EXACT.multiply(Decimal(gross_minor), rate)
    return int(raw.quantize(Decimal(1), rounding=ROUND_HALF_UP, context=EXACT))


def step(
    tally: Tally, measured: Measured, *, rated_minor: int, fee_rate: Decimal
) -> tuple[Step, Tally]:
    """
    Return the charge for newly measured use at its price, and the totals after it.

    What is collected never exceeds what was held: the excess is rated, and stays uncollected.
    """
    rated = tally.rated_minor + rated_minor
    held = sum(funds.held_minor for funds in tally.funds)
    remaining = sum(funds.remaining_minor for funds in tally.funds)
    gross = min(min(rated, held) - tally.gross_minor, remaining)
    parts = _parts(tally.funds, gross)
    paid = list(zip(parts, tally.funds, strict=True))
    cash = sum(part for part, funds in paid if funds.asset == accounts.CNY)
    total_fee = fee(tally.gross_minor + gross, fee_rate)
    charge = Step(
        measured=measured,
        rated_minor=rated_minor,
        gross_minor=gross,
        voucher_minor=gross - cash,
        cash_minor=cash,
        fee_minor=total_fee - tally.fee_minor,
        parts=parts,
    )
    return charge, Tally(
        measured=tally.measured + measured,
        rated_minor=rated,
        gross_minor=tally.gross_minor + gross,
        fee_minor=total_fee,
        funds=tuple(funds.moved(part) for part, funds in paid),
    )


def _parts(funds: Sequence[Funds], gross: int) -> tuple[int, ...]:
    """
    Return what each source pays, or gets back.

    Sources pay in the proportion of what they still hold, which is the order's own proportion up to
    a minor unit, and never more than they hold. They get back in the proportion of what they paid.
    """
    if gross >= 0:
        return split(gross, [each.remaining_minor for each in funds])
    return tuple(-part for part in split(-gross, [each.collected_minor for each in funds]))


def released(funds: Funds) -> Funds:
    """Return the funds after the rest of their hold was given up."""
    return replace(funds, released_minor=funds.released_minor + funds.remaining_minor, hold_id=None)


def settles_at(ends_at: datetime, *, window_seconds: int, grace_seconds: int) -> datetime:
    """Return when the last window that a contract touches must have closed."""
    last = int(ends_at.timestamp())
    boundary = -(-last // window_seconds) * window_seconds
    return datetime.fromtimestamp(boundary, tz=UTC) + timedelta(seconds=grace_seconds)
