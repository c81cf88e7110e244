"""The way to the market: round trips, and bytes a second in both directions."""

import time
from collections.abc import Callable
from typing import Final, Protocol

from suanpan_agent.probing.measuring import SPREAD_MAX_SHARED, Result, Results, repeated

BYTES: Final = 1 << 20
MEGA: Final = 1e6


class Echo(Protocol):
    """The market's address for measuring: it sends and takes bytes that mean nothing."""

    def receive(self, count: int) -> int:
        """Ask for bytes; return how many came."""

    def give(self, body: bytes) -> int:
        """Send bytes; return how many arrived."""


def network(echo: Echo) -> Results:
    """Yield round trips in milliseconds and MB/s there and back."""
    body = bytes(BYTES)
    yield _measured("network_round_trip", "ms", lambda took: took * 1_000, lambda: echo.receive(1))
    yield _measured("network_down", "MB/s", _speed, lambda: echo.receive(BYTES))
    yield _measured("network_up", "MB/s", _speed, lambda: echo.give(body))


def _speed(took: float) -> float:
    return BYTES / MEGA / took


def _measured(
    name: str, unit: str, told: Callable[[float], float], act: Callable[[], object]
) -> Result:
    def once() -> float:
        begun = time.perf_counter()
        act()
        return told(time.perf_counter() - begun)

    return repeated(name, unit, once, spread_max=SPREAD_MAX_SHARED)
