"""Waiting after failures."""

import random

from suanpan_agent import moments
from suanpan_agent.moments import SECOND


class Pause:
    """How long to wait after failures: twice as long each time, and never all at once."""

    def __init__(self, most: int) -> None:
        self._most, self._tries, self._until = most, 0, 0
        self._chance = random.SystemRandom()

    def failed(self, at_least: int = 0) -> None:
        """Wait longer."""
        wait = min(2**self._tries, self._most)
        self._tries = min(self._tries + 1, 20)
        share = self._chance.randrange(500, 1001)
        self._until = moments.steady() + max(wait * share * 1000, at_least * SECOND)

    def succeeded(self) -> None:
        """Wait no longer."""
        self._tries, self._until = 0, 0

    def left(self) -> int:
        """Return for how long to wait still, in microseconds."""
        return max(0, self._until - moments.steady())
