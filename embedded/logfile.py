"""
A service's log, written by the supervisor: whatever the disk does, the service goes on.

The service writes into a pipe that is always emptied. What cannot be written is dropped and
counted; once the disk takes it again, the log says how much was lost and why.
"""

import contextlib
import errno
import fcntl
import os
import threading
import time
from pathlib import Path
from typing import BinaryIO, Final, Self

from common.redaction import redacted
from config.folders import mend

BYTES_MAX: Final = 10 * 1024 * 1024
READ_BYTES: Final = 64 * 1024
PIPE_BYTES: Final = 1024 * 1024
LINE_BYTES_MAX: Final = 64 * 1024
RETRY_SECONDS: Final = 1.0


class LogFile:
    """A file that is appended to; one that has grown large is set aside, one generation deep."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lost_bytes = 0
        self.reason = ""
        self._file: BinaryIO | None = None
        self._retry_at = 0.0

    def write(self, lines: bytes) -> None:
        """Write whole lines, or drop and count them."""
        if self.lost_bytes and time.monotonic() < self._retry_at:
            self.lost_bytes += len(lines)
            return
        try:
            file = self._opened()
            if self.lost_bytes:
                file.write(self._loss())
            written = file.write(lines)
        except OSError as error:
            self._lose(len(lines), error)
        else:
            self.lost_bytes = 0
            if written < len(lines):  # What still fitted.
                self._lose(len(lines) - written, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None

    def _loss(self) -> bytes:
        return f"\n[{self.lost_bytes} bytes of this log were lost: {self.reason}]\n".encode()

    def _lose(self, count: int, error: OSError) -> None:
        self.lost_bytes += count
        self.reason = error.strerror or type(error).__name__
        self._retry_at = time.monotonic() + RETRY_SECONDS
        self.close()

    def _opened(self) -> BinaryIO:
        """Return the open file; a new one if it grew large, was moved or removed."""
        if self._file is not None and not self._is_in_place(self._file):
            self.close()
        if self._file is None:
            mend(self.path.parent)
            self._set_aside_if_large()
            self._file = self.path.open("ab", buffering=0)
        return self._file

    def _is_in_place(self, file: BinaryIO) -> bool:
        try:
            named, open_one = self.path.stat(), os.fstat(file.fileno())
        except OSError:
            return False
        return os.path.samestat(named, open_one) and open_one.st_size <= BYTES_MAX

    def _set_aside_if_large(self) -> None:
        with contextlib.suppress(OSError):  # Rather a large log than none.
            if self.path.stat().st_size > BYTES_MAX:
                self.path.replace(self.path.with_suffix(".log.1"))


class LogPump(threading.Thread):
    """Empties a service's pipe into its log, line by line, without what a log may not tell."""

    def __init__(self, path: Path) -> None:
        super().__init__(name=f"log-{path.stem}", daemon=True)
        self._log = LogFile(path)
        self._reading, self.writing = os.pipe()
        with contextlib.suppress(OSError, AttributeError):  # Other systems, lower limits.
            fcntl.fcntl(self.writing, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self._log.write(b"")  # Whoever looks finds the file.

    @classmethod
    def started(cls, path: Path) -> Self:
        """Return a pump that runs."""
        pump = cls(path)
        pump.start()
        return pump

    def run(self) -> None:
        """Read until nobody can write any more."""
        rest = b""
        while chunk := os.read(self._reading, READ_BYTES):
            lines, end, rest = (rest + chunk).rpartition(b"\n")
            if len(rest) > LINE_BYTES_MAX:
                lines, end, rest = lines + end + rest, b"\n", b""
            if end:
                self._tell(lines + end)
        if rest:
            self._tell(rest)
        os.close(self._reading)
        self._log.close()

    def close(self) -> None:
        """Let the pump end once the service's processes have; wait for the last lines."""
        os.close(self.writing)
        self.join(timeout=2)

    def _tell(self, lines: bytes) -> None:
        text = lines.decode(errors="backslashreplace")
        self._log.write(redacted(text).encode())
