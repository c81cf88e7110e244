"""
The arithmetic of settlement; pure.

Every charge is a difference of running totals. The price of a contract is the price of its whole
measured quantity, so that many small windows cost what one large window costs, tiers work over the
whole contract, and a revision of usage needs no rule of its own: it moves the totals.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from common.rulebooks import Rulebook
from marketplace import accounts
from marketplace.settlement import end_1, fee_1
from marketplace.settlement.contracts import (
    ChargeStep,
    ChargeTally,
    ContractMove,
    ContractState,
    Ending,
    Funds,
    InstalmentMove,
    InstalmentState,
    Measured,
)

# A contract's fee rule names the version that its fee follows.
FEES: Final = Rulebook("fee", {fee_1.NAME: fee_1.fee})
TRANSITIONS: Final = {
    (ContractState.ACTIVE, ContractMove.ENDED_EARLY): ContractState.ACTIVE,
    (ContractState.ACTIVE, ContractMove.LAPSED): ContractState.ACTIVE,
    (ContractState.ACTIVE, ContractMove.SETTLED): ContractState.SETTLED,
}
INSTALMENT_TRANSITIONS: Final = {
    (InstalmentState.PLANNED, InstalmentMove.HELD): InstalmentState.HELD,
    (InstalmentState.PLANNED, InstalmentMove.REFUSED): InstalmentState.LATE,
    (InstalmentState.PLANNED, InstalmentMove.VOIDED): InstalmentState.VOID,
    (InstalmentState.LATE, InstalmentMove.HELD): InstalmentState.HELD,
    (InstalmentState.LATE, InstalmentMove.REFUSED): InstalmentState.LATE,
    (InstalmentState.LATE, InstalmentMove.LAPSED): InstalmentState.LAPSED,
    (InstalmentState.LATE, InstalmentMove.VOIDED): InstalmentState.VOID,
}
# Of what is no longer delivered: at once, where the window that runs ends.
UNDELIVERED: Final = Ending("undelivered-1", notice_seconds=0, fee_minor=0)
# As buyer and provider agreed: at their moment; under `agreed-1` where its window ended.
AGREED: Final = Ending("agreed-2", notice_seconds=0, fee_minor=0)
AGREED_VERSIONS: Final = ("agreed-1", AGREED.name)
# Of what the contract's own plan says of ending early; where it is silent the market's rule holds.
OF_PLAN: Final = "plan-1"
# By which version a contract was ended early stands on its early end.
ENDINGS: Final = Rulebook("ending", {end_1.RULE.name: end_1.RULE})


def split(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """
    Divide a whole amount in the proportion of the weights.

    Each unit goes in turn to whoever is farthest behind, the earlier weight first (Webster's rule).
    So a larger amount never makes a share smaller, and it does not matter in which steps an amount
    was reached. A share never exceeds its weight while the amount does not exceed their sum.
    """
    total = sum(weights)
    if amount == 0:
        return (0,) * len(weights)
    if amount < 0 or total <= 0:
        message = f"{amount} cannot be divided over {total}"
        raise ValueError(message)
    # Exact parts, halves rounded down, are where the turns have come to; a few are over or missing.
    shares = [-((total - 2 * amount * weight) // (2 * total)) for weight in weights]
    for _turn in range(amount - sum(shares)):
        shares[max(_turns(weights, shares, step=1))[1]] += 1
    for _turn in range(sum(shares) - amount):
        shares[min(_turns(weights, shares, step=-1))[1]] -= 1
    return tuple(shares)


def _turns(
    weights: Sequence[int], shares: Sequence[int], *, step: int
) -> Iterator[tuple[tuple[Fraction, int], int]]:
    """Yield how far behind each is before its next unit, or before its last if the step is -1."""
    for index, (weight, share) in enumerate(zip(weights, shares, strict=True)):
        if weight and share + step >= 0:
            yield (Fraction(weight, 2 * share + step), -index), index


def step(
    tally: ChargeTally,
    measured: Measured,
    *,
    rated_minor: int,
    fee_rate: Decimal,
    fee_rule: str = fee_1.NAME,
    is_settled: bool = False,
) -> tuple[ChargeStep, ChargeTally]:
    """
    Return the charge for newly measured use at its price, and the totals after it.

    What is collected never exceeds what was held: the excess is rated, and stays uncollected.
    Until the contract is settled what is given back is held again, so that the totals depend on
    what was measured in the end, and not on how often it was revised.
    """
    rated = tally.rated_minor + rated_minor
    weights = _weights(tally.funds, is_settled=is_settled)
    gross = min(rated, _reachable(tally.funds, weights)) - tally.gross_minor
    parts = _parts(tally.funds, weights, tally.gross_minor + gross)
    if sum(parts) != gross:
        message = f"the total {tally.gross_minor} is not what its sources paid"
        raise ValueError(message)
    paid = list(zip(parts, tally.funds, strict=True))
    cash = sum(part for part, funds in paid if funds.asset == accounts.CNY)
    total_fee = FEES.rule(fee_rule)(tally.gross_minor + gross, fee_rate)
    charge = ChargeStep(
        measured=measured,
        rated_minor=rated_minor,
        gross_minor=gross,
        voucher_minor=gross - cash,
        cash_minor=cash,
        fee_minor=total_fee - tally.fee_minor,
        parts=parts,
    )
    return charge, ChargeTally(
        measured=tally.measured + measured,
        rated_minor=rated,
        gross_minor=tally.gross_minor + gross,
        fee_minor=total_fee,
        funds=tuple(funds.moved(part, is_settled=is_settled) for part, funds in paid),
    )


def _weights(funds: Sequence[Funds], *, is_settled: bool) -> Sequence[int]:
    """
    Return in what proportion the sources pay.

    Until the settlement it is what each is to pay of the whole order, of which instalments may hold
    only a part by now; afterwards it is what each paid.
    """
    return [each.reachable_minor if is_settled else each.share_minor for each in funds]


def held_in_all(funds: Sequence[Funds]) -> int:
    """Return the most that could ever be collected of what was held, whatever was let go since."""
    whole = [replace(each, released_minor=0) for each in funds]
    return _reachable(whole, _weights(whole, is_settled=False))


def _reachable(funds: Sequence[Funds], weights: Sequence[int]) -> int:
    """Return the largest total of which no source pays more than can be had from it."""
    reachable = [each.reachable_minor for each in funds]
    if reachable == weights:
        return sum(reachable)
    low, high = 0, sum(reachable)
    while low < high:  # A larger total makes no share smaller.
        middle = (low + high + 1) // 2
        shares = split(middle, weights)
        if all(share <= there for share, there in zip(shares, reachable, strict=True)):
            low = middle
        else:
            high = middle - 1
    return low


def _parts(funds: Sequence[Funds], weights: Sequence[int], gross: int) -> tuple[int, ...]:
    """Return what each source pays, or gets back, to reach a total; none more than it holds."""
    shares = split(gross, weights)
    return tuple(share - each.collected_minor for share, each in zip(shares, funds, strict=True))


def released(funds: Funds) -> Funds:
    """Return the funds after the rest of their hold was given up."""
    return replace(funds, released_minor=funds.released_minor + funds.remaining_minor, hold_id=None)


def settles_at(ends_at: datetime, *, window_seconds: int, grace_seconds: int) -> datetime:
    """Return when the last window that a contract touches must have closed."""
    last = int(ends_at.timestamp())
    boundary = -(-last // window_seconds) * window_seconds
    return datetime.fromtimestamp(boundary, tz=UTC) + timedelta(seconds=grace_seconds)


def agreed_end(moment: datetime, *, now: datetime) -> datetime:
    """Return when a contract ends that both parties end at a moment: then, or at once if later."""
    at_once = (now + timedelta(seconds=1)).replace(microsecond=0)  # An end lies behind its asking.
    return max(moment, at_once)


def early_end(now: datetime, *, rule: Ending, window_seconds: int) -> datetime:
    """Return when a contract ends that is ended now: after the notice, where a window ends."""
    earliest = int((now + timedelta(seconds=rule.notice_seconds)).timestamp())
    is_whole = now.microsecond == 0 and earliest % window_seconds == 0
    boundary = earliest if is_whole else (earliest // window_seconds + 1) * window_seconds
    return datetime.fromtimestamp(boundary, tz=UTC)
