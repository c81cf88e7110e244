"""
What each step of a movement posts in the ledger.

What leaves is held where it is paid from, stands in clearing once it is approved, and leaves
clearing when the bank or the gateway confirms it, or goes back. So clearing is what is under way,
and zero when nothing is.
"""

from collections.abc import Iterator
from typing import Final

from ledger.contracts import Op, Transfer, derived_id
from marketplace import accounts
from marketplace.accounts import TransferReason
from marketplace.payments.contracts import MovementKind, MovementState, PayChannel
from marketplace.payments.models import Movement
from marketplace.payments.rules import INWARD

REASONS: Final = {
    MovementKind.REFUND: TransferReason.REFUND,
    MovementKind.WITHDRAWAL: TransferReason.WITHDRAWAL,
    MovementKind.PAYOUT: TransferReason.PAYOUT,
}
S = MovementState


def of_step(movement: Movement, before: str | None) -> Iterator[Transfer]:
    """Yield the transfers of the step that brought a movement into its state."""
    to = S(movement.state)
    if movement.kind in INWARD:
        if to == S.DONE:
            yield _arrival(movement)
        return
    if before is None:
        yield _hold(movement, Op.HOLD)
    elif to == S.APPROVED:
        yield _hold(movement, Op.CAPTURE)
    elif to == S.CANCELLED:
        yield _hold(movement, Op.RELEASE)
    elif to == S.DONE:
        yield _posting(movement, _clearing(movement), _outside(movement), TransferReason.REMITTED)
    elif to == S.RETURNED:
        yield from _return(movement, is_out=before == S.DONE)


def _return(movement: Movement, *, is_out: bool) -> Iterator[Transfer]:
    if is_out:  # It had left the market: it comes back into clearing first.
        yield _posting(
            movement, _outside(movement), _clearing(movement), TransferReason.RETURNED, "in"
        )
    yield _posting(movement, _clearing(movement), _pocket(movement), TransferReason.RETURNED)


def _hold(movement: Movement, op: Op) -> Transfer:
    hold_id = derived_id(movement.requested_at, movement.pk, "hold")
    return Transfer(
        id=hold_id if op == Op.HOLD else derived_id(movement.moved_at, movement.pk, op.name),
        debit=_pocket(movement),
        credit=_clearing(movement),
        asset=movement.currency,
        amount=movement.amount_minor,
        reason=REASONS[MovementKind(movement.kind)],
        op=op,
        hold_id=None if op == Op.HOLD else hold_id,
        reference=movement.number,
        effective_at=movement.moved_at,
    )


def _arrival(movement: Movement) -> Transfer:
    came_by = (
        accounts.gateway() if movement.channel == PayChannel.STRIPE else accounts.clearing_in()
    )
    cash = accounts.buyer_cash(movement.organization_id)
    return _posting(movement, came_by, cash, TransferReason.DEPOSIT)


def _posting(
    movement: Movement, debit: str, credit: str, reason: TransferReason, leg: str = ""
) -> Transfer:
    return Transfer(
        id=derived_id(movement.moved_at, movement.pk, movement.state, leg),
        debit=debit,
        credit=credit,
        asset=movement.currency,
        amount=movement.amount_minor,
        reason=reason,
        reference=movement.number,
        effective_at=movement.moved_at,
    )


def _pocket(movement: Movement) -> str:
    if movement.kind == MovementKind.PAYOUT:
        return accounts.provider_payable(movement.organization_id)
    return accounts.buyer_cash(movement.organization_id)


def _clearing(movement: Movement) -> str:
    return accounts.clearing_out(movement.channel)


def _outside(movement: Movement) -> str:
    return accounts.gateway() if movement.channel == PayChannel.STRIPE else accounts.bank()
