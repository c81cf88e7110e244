"""Which transfers the ledger must post for a charge or a settlement; pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from common.ids import uuid7
from ledger.contracts import Op, Transfer
from marketplace import accounts
from marketplace.settlement import rules
from marketplace.settlement.contracts import Funds


@dataclass(frozen=True, slots=True)
class Occasion:
    """What transfers of one contract have in common: they post together or not at all."""

    group: UUID
    reference: str
    effective_at: datetime


def charging(
    before: tuple[Funds, ...], after: tuple[Funds, ...], occasion: Occasion
) -> tuple[list[Transfer], tuple[Funds, ...]]:
    """
    Return the transfers that bring funds from one state to another, and the funds' new holds.

    A hold is captured once. What it still held is put on a new hold in the same group, so that
    nobody else can spend it in between.
    """
    transfers: list[Transfer] = []
    rolled: list[Funds] = []
    for old, new in zip(before, after, strict=True):
        transfers += _returned(old, new, occasion)
        if new.captured_minor == old.captured_minor:
            rolled.append(new)
            continue
        transfers.append(_capture(old, new, occasion))
        new = replace(new, hold_id=uuid7() if new.remaining_minor else None)  # noqa: PLW2901
        if new.hold_id is not None:
            transfers.append(_hold(new, new.hold_id, occasion))
        rolled.append(new)
    return transfers, tuple(rolled)


def fee(minor: int, *, provider_id: UUID, occasion: Occasion) -> list[Transfer]:
    """Return the transfer of the market's fee, or of a fee that is given back."""
    payable, platform = accounts.provider_payable(provider_id), accounts.platform_fee()
    if minor == 0:
        return []
    debit, credit = (payable, platform) if minor > 0 else (platform, payable)
    reason = accounts.Reason.FEE if minor > 0 else accounts.Reason.CORRECTION
    return [_post(debit, credit, accounts.CNY, abs(minor), reason, occasion)]


def releasing(
    funds: tuple[Funds, ...], occasion: Occasion
) -> tuple[list[Transfer], tuple[Funds, ...]]:
    """Return the transfers that give up what is still held."""
    transfers = [
        Transfer(
            id=uuid7(),
            debit=each.debit,
            credit=each.credit,
            asset=each.asset,
            amount=each.remaining_minor,
            reason=_hold_reason(each),
            op=Op.RELEASE,
            hold_id=each.hold_id,
            group=occasion.group,
            reference=occasion.reference,
            effective_at=occasion.effective_at,
        )
        for each in funds
        if each.hold_id is not None
    ]
    return transfers, tuple(rules.released(each) for each in funds)


def _returned(old: Funds, new: Funds, occasion: Occasion) -> Iterator[Transfer]:
    amount = new.returned_minor - old.returned_minor
    if amount:
        yield _post(new.credit, new.debit, new.asset, amount, accounts.Reason.CORRECTION, occasion)


def _capture(old: Funds, new: Funds, occasion: Occasion) -> Transfer:
    amount = new.captured_minor - old.captured_minor
    capture = _post(old.debit, old.credit, old.asset, amount, _hold_reason(old), occasion)
    return replace(capture, op=Op.CAPTURE, hold_id=old.hold_id)


def _hold(funds: Funds, hold_id: UUID, occasion: Occasion) -> Transfer:
    rest = funds.remaining_minor
    hold = _post(funds.debit, funds.credit, funds.asset, rest, _hold_reason(funds), occasion)
    return replace(hold, id=hold_id, op=Op.HOLD)


def _hold_reason(funds: Funds) -> accounts.Reason:
    is_cash = funds.asset == accounts.CNY
    return accounts.Reason.ORDER_CASH if is_cash else accounts.Reason.ORDER_VOUCHER


def _post(
    debit: str,
    credit: str,
    asset: str,
    amount: int,
    reason: accounts.Reason,
    occasion: Occasion,
) -> Transfer:
    return Transfer(
        id=uuid7(),
        debit=debit,
        credit=credit,
        asset=asset,
        amount=amount,
        reason=reason,
        group=occasion.group,
        reference=occasion.reference,
        effective_at=occasion.effective_at,
    )
