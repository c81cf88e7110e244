"""
What an order's receipt says of which nothing was delivered and nothing is charged.

Who delivers and charges stands above this room and says it: `settlement` gives it once at start.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

EmptyReceipt = Callable[[UUID], dict[str, Any] | None]

_givers: list[EmptyReceipt] = []


def give_receipts(giver: EmptyReceipt) -> None:
    """Let a room say what the receipt of an order says."""
    if giver not in _givers:
        _givers.append(giver)


def empty_receipt(order_id: UUID) -> dict[str, Any] | None:
    """Return a receipt of no lines with its reason; nothing where something is, or may be, due."""
    found = (give(order_id) for give in _givers)
    return next((each for each in found if each is not None), None)
