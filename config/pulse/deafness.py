"""Whether this worker hears rings and runs nothing, although it has a process that is free."""

import time
from dataclasses import dataclass, field
from typing import Any, Final

from celery.worker import state

from config.pulse import rings

# A free process takes a job at once; this long is for machines that are very busy.
WAIT_SECONDS_MAX: Final = 30.0
# Canaries come every ten seconds; after an outage of the database the first are late.
SILENCE_SECONDS: Final = 30
SILENT_FOR_SECONDS: Final = 15.0


@dataclass(slots=True)
class DeafnessWatch:
    """
    What a worker knows of the jobs in its hands.

    A worker whose every process runs something is busy, however long that takes: the time limit of
    tasks is for it.
    """

    processes: int
    _waiting_since: dict[str, float] = field(default_factory=dict)
    _silent_since: float | None = None

    def is_deaf(self) -> bool:
        """Look once; tell whether the worker does no good any more and must be started again."""
        now, in_hand = time.monotonic(), list(state.requests.values())
        running = [it for it in in_hand if it.worker_pid is not None]
        if len(running) >= self.processes:
            self._waiting_since, self._silent_since = {}, None
            return False
        return self._lets_wait(now, in_hand) | self._is_silent(now)

    def _lets_wait(self, now: float, in_hand: list[Any]) -> bool:
        """
        Tell whether a job waits for a process though one is free, whoever else hears rings.

        No job of ours waits for a time of its own: what is due later is a row.
        """
        waiting = {it.id for it in in_hand if it.worker_pid is None}
        self._waiting_since = {it: self._waiting_since.get(it, now) for it in waiting}
        return any(now - since > WAIT_SECONDS_MAX for since in self._waiting_since.values())

    def _is_silent(self, now: float) -> bool:
        """
        Tell whether nobody hears beat's rings, and this worker once did.

        One that never heard any would not hear them after a start either: the broker is away.
        """
        if not sum(state.total_count.values()) or not rings.are_lost(seconds=SILENCE_SECONDS):
            self._silent_since = None
            return False
        self._silent_since = now if self._silent_since is None else self._silent_since
        return now - self._silent_since > SILENT_FOR_SECONDS
