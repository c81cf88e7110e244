"""Faults that last, told without filling the log."""

import time
from typing import Final

import structlog

logger = structlog.get_logger(__name__)
REMIND_SECONDS: Final = 60.0


class Trouble:
    """A fault that lasts: it is told when it begins, once a minute meanwhile, and at its end."""

    def __init__(self, event: str) -> None:
        self.event = event
        self.since: float | None = None
        self._told_at = 0.0

    def goes_on(self, reason: object) -> None:
        """Note that the fault is there; say so, unless that was just said."""
        now = time.monotonic()
        if self.since is None:
            self.since = now
        elif now - self._told_at < REMIND_SECONDS:
            return
        self._told_at = now
        logger.warning(self.event, seconds=int(now - self.since), reason=str(reason))

    def is_over(self) -> None:
        """Note that it works; say so, if it did not before."""
        if self.since is not None:
            seconds = int(time.monotonic() - self.since)
            logger.warning(f"{self.event}.healed", seconds=seconds)
            self.since = None
