"""The states of a movement of money, in one table."""

from collections.abc import Mapping
from typing import Final

from marketplace.payments.contracts import MovementKind, MovementState

# What leaves the market waits for approval, and its money stands in clearing until it is confirmed.
# What enters it may be late: money that arrives for something cancelled has arrived all the same.
# The database keeps the same table: `payments_movement_keeps`.
TRANSITIONS: Final[Mapping[MovementState, frozenset[MovementState]]] = {
    MovementState.REQUESTED: frozenset(
        {MovementState.APPROVED, MovementState.SENT, MovementState.DONE, MovementState.CANCELLED}
    ),
    MovementState.APPROVED: frozenset(
        {MovementState.SENT, MovementState.DONE, MovementState.RETURNED}
    ),
    MovementState.SENT: frozenset(
        {MovementState.DONE, MovementState.CANCELLED, MovementState.RETURNED}
    ),
    MovementState.DONE: frozenset({MovementState.RETURNED}),
    MovementState.CANCELLED: frozenset({MovementState.DONE}),
    MovementState.RETURNED: frozenset(),
}
INWARD: Final = frozenset({MovementKind.TOP_UP})


def may_move(kind: MovementKind, now: MovementState, to: MovementState) -> bool:
    """Return whether a movement of a kind may go from one state to another."""
    if to not in TRANSITIONS[now]:
        return False
    if kind in INWARD:
        return MovementState.APPROVED not in (now, to) and to != MovementState.RETURNED
    # What leaves is approved before it goes, and not cancelled once its money stands in clearing.
    if now == MovementState.REQUESTED:
        return to in (MovementState.APPROVED, MovementState.CANCELLED)
    return MovementState.CANCELLED not in (now, to)
