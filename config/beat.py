"""Beat that goes by a clock nobody can set: after the wall clock was moved it rings on."""

import time
from typing import Any, Final

from celery import beat

# While it sleeps it gives no sign of life.
SLEEP_SECONDS_MAX: Final = 1.0


class Scheduler(beat.Scheduler):
    """
    A scheduler of intervals, by the monotonic clock.

    Celery's keeps moments of the wall clock: moved back by a day, it rings for nothing that day.
    """

    # When beat last looked; a thread beside it tells others.
    looked_at: float = 0.0

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._due: dict[str, float] = {}

    def tick(self, **_: Any) -> float:  # type: ignore[override] # it keeps no heap
        """Ring for everything that is due; return the seconds until the next."""
        now = time.monotonic()
        for name, entry in self.schedule.items():
            Scheduler.looked_at = time.monotonic()  # A broker that is away takes seconds for each.
            if self._due.setdefault(name, now) <= now:
                self._due[name] = now + entry.schedule.run_every.total_seconds()  # type: ignore[union-attr]
                self.apply_entry(entry, producer=self.producer)
        return min(SLEEP_SECONDS_MAX, max(0.0, min(self._due.values()) - time.monotonic()))


def is_ticking() -> bool:
    """Tell whether this process's scheduler has looked within the last seconds."""
    return time.monotonic() - Scheduler.looked_at < 10 * SLEEP_SECONDS_MAX
