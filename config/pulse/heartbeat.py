"""A thread in each service that says that it lives, and mends the doorbell."""

import os
import threading
from collections.abc import Callable
from functools import partial
from typing import Final

import structlog
from django.db import connections

from common.troubles import Trouble
from config import sweepers
from config.pulse import clocks, rings
from config.pulse.deafness import DeafnessWatch
from config.watch import figures

logger = structlog.get_logger(__name__)
MARK_SECONDS: Final = 5.0
# A canary of the web, and queues made again, at every so-many-th mark.
RING_EVERY: Final = 2
DECLARE_EVERY: Final = 4

_started: dict[str, int] = {}


class Heartbeat(threading.Thread):
    """Leaves the marks of one service until its process ends."""

    def __init__(
        self,
        service: str,
        *,
        is_well: Callable[[], bool] = lambda: True,
        watch: DeafnessWatch | None = None,
    ) -> None:
        super().__init__(name=f"heartbeat-{service}", daemon=True)
        self.service = service
        self.is_well = is_well
        self.watch = watch
        self._stopped = threading.Event()
        self._unmarked = Trouble("platform.mark.failed")
        self._unrung = Trouble("platform.ring.failed")

    def run(self) -> None:
        """Leave a mark every few seconds, whatever happens."""
        turn = 0
        while True:
            if self.is_well():
                self._try(self._unmarked, lambda: clocks.leave_mark(self.service))
            if self.watch is not None:
                self._try(self._unmarked, partial(self._end_if_deaf, self.watch))
            self._try(self._unmarked, figures.note_pool)
            connections.close_all()  # A service that waits holds no connection.
            if self.service == "web" and turn % RING_EVERY == 0:
                self._try(self._unrung, lambda: rings.send("web", sweepers.RINGS))
            if self.service == "beat" and turn % DECLARE_EVERY == 0:
                self._try(self._unrung, rings.declare_queues)
            turn += 1
            if self._stopped.wait(MARK_SECONDS):
                return

    def _end_if_deaf(self, watch: DeafnessWatch) -> None:
        """End a worker that lives and runs nothing, so that it is started again."""
        if watch.is_deaf():
            # It is started again.
            logger.critical("platform.worker.deaf", exit_status=os.EX_TEMPFAIL)
            os._exit(os.EX_TEMPFAIL)  # Not by a signal: a container's first process ignores those.

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()

    def _try(self, trouble: Trouble, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:  # The thread outlives the database, the broker and the disk.
            trouble.goes_on(type(error).__name__)
        else:
            trouble.is_over()


def start_once(
    service: str, *, is_well: Callable[[], bool] = lambda: True, watch: DeafnessWatch | None = None
) -> None:
    """Start this process's thread; a process that was forked from one that has it starts anew."""
    if _started.get(service) != os.getpid():
        _started[service] = os.getpid()
        Heartbeat(service, is_well=is_well, watch=watch).start()
