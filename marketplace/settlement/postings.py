"""Which transfers the ledger must post for a charge or a settlement; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from common.ids import uuid7
from ledger.contracts import Op, Transfer
from marketplace import accounts
from marketplace.settlement import rules
from marketplace.settlement.contracts import Funds, Party


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

    A hold is resolved once. What is still held after a capture, and what is given back before the
    settlement, is put on a new hold in the same group, so that nobody else can spend it in between.
    """
    transfers: list[Transfer] = []
    rolled: list[Funds] = []
    for old, new in zip(before, after, strict=True):
        moved, funds = _moved(old, new, occasion)
        transfers += moved
        rolled.append(funds)
    return transfers, tuple(rolled)


def _moved(old: Funds, new: Funds, occasion: Occasion) -> tuple[list[Transfer], Funds]:
    """Return the transfers of one source: of several charges only the sum moves."""
    amount = new.collected_minor - old.collected_minor
    net = old.moved(amount, is_settled=new.released_minor > old.released_minor)
    if amount == 0:
        return [], net
    transfers = [_capture(old, amount, occasion)] if amount > 0 else _given_back(old, net, occasion)
    if net.remaining_minor == old.remaining_minor:
        return transfers, net
    net = replace(net, hold_id=uuid7() if net.remaining_minor else None)
    if net.hold_id is not None:
        transfers.append(_hold(net, net.hold_id, occasion))
    return transfers, net


def renewing(funds: Funds, amount_minor: int, occasion: Occasion) -> tuple[list[Transfer], Funds]:
    """Return the transfers that hold more of a source, and the source with its new hold."""
    transfers: list[Transfer] = []
    if funds.hold_id is not None:
        transfers.append(_release(funds, funds.hold_id, occasion))
    hold_id = uuid7()
    more = replace(funds, held_minor=funds.held_minor + amount_minor, hold_id=hold_id)
    return [*transfers, _hold(more, hold_id, occasion)], more


def fee(minor: int, *, provider_id: UUID, occasion: Occasion) -> list[Transfer]:
    """Return the transfer of the market's fee, or of a fee that is given back."""
    payable, platform = accounts.provider_payable(provider_id), accounts.platform_fee()
    if minor == 0:
        return []
    debit, credit = (payable, platform) if minor > 0 else (platform, payable)
    reason = accounts.TransferReason.FEE if minor > 0 else accounts.TransferReason.CORRECTION
    return [_post(debit, credit, accounts.CNY, abs(minor), reason, occasion)]


def payable_short(transfers: Sequence[Transfer], payable: str) -> int:
    """Return what a group takes from a payable beyond what it brings to it; 0 if it does not."""
    moves = [each for each in transfers if each.op.moves]
    taken = sum(each.amount for each in moves if each.debit == payable)
    return max(0, taken - sum(each.amount for each in moves if each.credit == payable))


def within_payable(
    transfers: Sequence[Transfer], provider_id: UUID, *, owed_minor: int
) -> list[Transfer]:
    """
    Return the transfers with an amount taken from what the provider owes, not from its payable.

    A payable has a floor: what it does not cover is carried on an account of its own, and netted
    before the provider is paid again.
    """
    payable, receivable = (
        accounts.provider_payable(provider_id),
        accounts.provider_receivable(provider_id),
    )
    result: list[Transfer] = []
    for each in reversed(transfers):
        moved = min(owed_minor, each.amount) if each.debit == payable and each.op.moves else 0
        owed_minor -= moved
        if moved:
            result.append(replace(each, id=uuid7(), debit=receivable, amount=moved))
        if each.amount > moved:
            result.append(replace(each, amount=each.amount - moved))
    return result[::-1]


def adjusting(
    payer: Party,
    payee: Party,
    *,
    amount_minor: int,
    codes: Mapping[Party, str],
    occasion: Occasion,
) -> list[Transfer]:
    """Return the transfer of an adjustment."""
    reason = accounts.TransferReason.ADJUSTMENT
    return [_post(codes[payer], codes[payee], accounts.CNY, amount_minor, reason, occasion)]


def of_voucher(
    voucher: str, claim: str, asset: str, amount: int, occasion: Occasion, *, is_back: bool
) -> Transfer:
    """Return what goes back to a voucher without usage, or is taken from it again."""
    if is_back:
        return _post(claim, voucher, asset, amount, accounts.TransferReason.CORRECTION, occasion)
    return _post(voucher, claim, asset, amount, accounts.TransferReason.ORDER_VOUCHER, occasion)


def releasing(
    funds: tuple[Funds, ...], occasion: Occasion
) -> tuple[list[Transfer], tuple[Funds, ...]]:
    """Return the transfers that give up what is still held."""
    transfers = [
        _release(each, each.hold_id, occasion) for each in funds if each.hold_id is not None
    ]
    return transfers, tuple(rules.released(each) for each in funds)


def _given_back(old: Funds, net: Funds, occasion: Occasion) -> list[Transfer]:
    """Return what goes back to the buyer, and the end of a hold that a larger one replaces."""
    amount = old.collected_minor - net.collected_minor
    reason = accounts.TransferReason.CORRECTION
    transfers = [_post(old.credit, old.debit, old.asset, amount, reason, occasion)]
    if old.hold_id is not None:
        transfers.append(_release(old, old.hold_id, occasion))
    return transfers


def _capture(funds: Funds, amount: int, occasion: Occasion) -> Transfer:
    capture = _post(funds.debit, funds.credit, funds.asset, amount, _hold_reason(funds), occasion)
    return replace(capture, op=Op.CAPTURE, hold_id=funds.hold_id)


def _release(funds: Funds, hold_id: UUID, occasion: Occasion) -> Transfer:
    rest = funds.remaining_minor
    release = _post(funds.debit, funds.credit, funds.asset, rest, _hold_reason(funds), occasion)
    return replace(release, op=Op.RELEASE, hold_id=hold_id)


def _hold(funds: Funds, hold_id: UUID, occasion: Occasion) -> Transfer:
    rest = funds.remaining_minor
    hold = _post(funds.debit, funds.credit, funds.asset, rest, _hold_reason(funds), occasion)
    return replace(hold, id=hold_id, op=Op.HOLD)


def _hold_reason(funds: Funds) -> accounts.TransferReason:
    is_cash = funds.asset == accounts.CNY
    return accounts.TransferReason.ORDER_CASH if is_cash else accounts.TransferReason.ORDER_VOUCHER


def _post(
    debit: str,
    credit: str,
    asset: str,
    amount: int,
    reason: accounts.TransferReason,
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
