"""Work stands still while clocks disagree, and goes on by itself once they agree again."""

import threading
import time
from datetime import datetime
from typing import Any, Final

from celery import Task
from django.conf import settings

from common import clock, doing, trace
from common.troubles import Trouble
from config import sweepers
from config.pulse import clocks
from config.watch import figures

SERVICE: Final = "worker"
DONE: Final = "done"
STOOD_STILL: Final = "stood_still"
# A reading of all marks holds for so long; between, each reading of the time is compared.
CHECK_SECONDS: Final = 1.0
_standing_still = Trouble("platform.clock.disagrees")


class Guard:
    """What one worker process knows about the clocks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._checked_at = -CHECK_SECONDS
        self._found: list[clocks.Disagreement] = []
        self._anchor: clocks.ClockReading | None = None

    def disagreements(self) -> list[clocks.Disagreement]:
        """Return what contradicts the database's time."""
        with self._lock:
            if time.monotonic() - self._checked_at >= CHECK_SECONDS:
                self._found = clocks.disagreements(SERVICE)
                self._anchor = None if self._found else clocks.read()
                self._checked_at = time.monotonic()
            return self._found

    def contradict(self, moment: datetime) -> None:
        """
        Compare a reading of the database's time with the last that was beyond doubt.

        :raises clock.Doubtful: if the time jumped since
        """
        if self._anchor is None:
            return
        passed = (moment - self._anchor.database_at).total_seconds()
        drift = passed - (clocks.uptime_ms() - self._anchor.uptime_ms) / 1000
        if abs(drift) > settings.SUANPAN_CLOCK_SKEW_SECONDS_MAX:
            self._checked_at = -CHECK_SECONDS
            message = f"the database's time jumped by {drift:+.1f} s"
            raise clock.Doubtful(message)


_guard = Guard()


class GuardedTask(Task[Any, Any]):
    """A task that a worker runs only while the clocks agree. Its due rows wait."""

    abstract = True

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Run the task, or leave it for later."""
        with trace.task(self.name), doing.by(doing.NOBODY):
            return self._guarded(*arguments, **options)

    def _guarded(self, *arguments: Any, **options: Any) -> Any:
        if self.name == sweepers.CANARY or self.request.called_directly:
            return self.run(*arguments, **options)
        with figures.task(self.name) as told:
            return self._run_unless_doubtful(told, *arguments, **options)

    def _run_unless_doubtful(self, told: figures.Run, *arguments: Any, **options: Any) -> Any:
        clock.add_witness(_guard.contradict)
        if found := _guard.disagreements():
            _standing_still.goes_on("; ".join(map(str, found)))
            told.outcome = STOOD_STILL
            return None
        _standing_still.is_over()
        try:
            done = self.run(*arguments, **options)
        except clock.Doubtful as doubt:
            _standing_still.goes_on(doubt)
            told.outcome = STOOD_STILL
            return None
        told.outcome = DONE
        return done
