"""
A pipe beside the queue's folder: who puts a ring there nudges who waits for it.

A nudge says "look now" and nothing else. It may be lost, as rings may: whoever waits still looks by
itself, ten times a second.
"""

import contextlib
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

NAME: Final = "bell"
_READ_AT_ONCE: Final = 4096


def nudge(folder: Path) -> None:
    """Wake whoever listens; without a listener, or with one that has enough to read, do nothing."""
    with contextlib.suppress(OSError):
        pipe = os.open(folder / NAME, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if stat.S_ISFIFO(os.fstat(pipe).st_mode):
                os.write(pipe, b".")
        finally:
            os.close(pipe)


class Ear:
    """Listens for nudges in an event loop; a pipe that vanished is made again."""

    def __init__(self, folder: Path, loop: Any, heard: Callable[[], None]) -> None:
        self._path = folder / NAME
        self._loop = loop
        self._heard = heard
        self._pipe: int | None = None
        self._inode = 0

    def open(self) -> None:
        """Listen at the pipe that is there now; without one, rings are found by looking."""
        with contextlib.suppress(OSError):
            if self._pipe is not None:
                if self._path.stat().st_ino == self._inode:
                    return
                self.close()
        with contextlib.suppress(OSError):
            if not self._path.exists():
                os.mkfifo(self._path)
            # Open for writing, too: else it reads as ended whenever no writer is there.
            pipe = os.open(self._path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            status = os.fstat(pipe)
            if not stat.S_ISFIFO(status.st_mode):
                os.close(pipe)
                return
            self._pipe, self._inode = pipe, status.st_ino
            self._loop.add_reader(pipe, self._read)

    def close(self) -> None:
        """Stop listening."""
        if self._pipe is not None:
            self._loop.remove_reader(self._pipe)
            os.close(self._pipe)
            self._pipe = None

    def _read(self, *_: Any) -> None:
        with contextlib.suppress(OSError):
            if self._pipe is not None:
                os.read(self._pipe, _READ_AT_ONCE)
        self._heard()
