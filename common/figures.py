"""
Figures that rooms count, for whoever watches the market.

A room says what happened, by name; the wiring says where that is kept. Without a listener, as in a
test of a room, nothing is kept.
"""

from collections.abc import Callable, Mapping
from typing import Final

# What happened, how often, and its labels.
Listener = Callable[[str, float, Mapping[str, str]], None]

ROUNDS: Final = "rounds"
ROUND_ORDERS: Final = "round_orders"
REFUSALS: Final = "refusals"
GATEWAY_ANSWERS: Final = "gateway_answers"
GATEWAY_REFERRALS: Final = "gateway_referrals"
GATEWAY_REFUSED: Final = "gateway_refused"

_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Let a listener of this process hear each figure from now on."""
    if listener not in _listeners:
        _listeners.append(listener)


def count(name: str, amount: float = 1, **labels: str) -> None:
    """Say that something happened so many times."""
    for listener in _listeners:
        listener(name, amount, labels)
