"""Folders that are made again when they are gone, shut, or something else stands in their place."""

import stat
import time
from pathlib import Path
from typing import Final
from uuid import uuid4

import structlog

logger = structlog.get_logger(__name__)
REMIND_SECONDS: Final = 60.0


def mend(folder: Path) -> None:
    """
    See that a private folder of ours is there and may be used.

    What stands in its place is set aside under another name, never removed.

    :raises OSError: if that cannot be done now
    """
    if folder.exists() and not folder.is_dir():
        folder.replace(folder.with_name(f"{folder.name}.set-aside-{uuid4()}"))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & stat.S_IRWXU != stat.S_IRWXU:
        folder.chmod(mode | stat.S_IRWXU)


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
