"""How long the steps of a round took, by a clock that only runs forward."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from marketplace.orders.contracts import RoundStep


@dataclass(frozen=True, slots=True)
class Lap:
    """One finished step."""

    step: RoundStep
    microseconds: int
    finished_at: datetime


class Stopwatch:
    """Laps counted from a moment that the caller names."""

    def __init__(self, started_at: datetime) -> None:
        self.started_at = started_at
        self.laps: list[Lap] = []
        self._start = self._last = time.perf_counter_ns()

    def lap(self, step: RoundStep) -> None:
        """Finish a step."""
        now = time.perf_counter_ns()
        self.laps.append(Lap(step, (now - self._last) // 1000, self.started_at + self._since(now)))
        self._last = now

    def finished_at(self, step: RoundStep) -> datetime:
        """Return when a step was finished."""
        return next(lap.finished_at for lap in self.laps if lap.step == step)

    def _since(self, now: int) -> timedelta:
        return timedelta(microseconds=(now - self._start) // 1000)
