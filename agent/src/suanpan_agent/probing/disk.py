"""A disk, in a named folder: what is written is synced, what is read comes from no cache."""

import os
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from suanpan_agent.probing.measuring import (
    SPREAD_MAX_SHARED,
    Missing,
    Result,
    Results,
    repeated,
)

BYTES_MAX: Final = 1 << 30
BLOCK: Final = 1 << 20
PAGE: Final = 4_096
READS: Final = 512
WRITES: Final = 64
MEGA: Final = 1e6


def disk(folder: Path, *, size: int) -> Results:
    """
    Yield sequential MB/s and random operations a second, in a file that goes afterwards.

    :raises Missing: if the folder takes no such file
    """
    size = min(size, BYTES_MAX) // BLOCK * BLOCK
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix="suanpan-probe-") as file:
            yield from _measured(file.fileno(), size)
    except OSError as error:
        message = f"{folder}: {error.strerror}"
        raise Missing(message) from error


class _Work:
    """What is done to the file."""

    def __init__(self, handle: int, size: int) -> None:
        self._handle, self._blocks, self._pages = handle, size // BLOCK, size // PAGE
        self._block = random.Random(7).randbytes(BLOCK)  # noqa: S311 - cannot be compressed
        self._chance = random.Random(11)  # noqa: S311 - places in a file

    def write_all(self) -> None:
        for number in range(self._blocks):
            os.pwrite(self._handle, self._block, number * BLOCK)
        os.fsync(self._handle)

    def read_all(self) -> None:
        for number in range(self._blocks):
            os.pread(self._handle, BLOCK, number * BLOCK)

    def read_pages(self) -> None:
        for _time in range(READS):
            os.pread(self._handle, PAGE, self._place())

    def write_pages(self) -> None:
        for _time in range(WRITES):
            os.pwrite(self._handle, self._block[:PAGE], self._place())
            os.fsync(self._handle)

    def _place(self) -> int:
        return self._chance.randrange(self._pages) * PAGE


def _measured(handle: int, size: int) -> Results:
    work = _Work(handle, size)

    def forget() -> None:
        _forget(handle)

    yield _timed("disk_write", "MB/s", size / MEGA, work.write_all)
    yield _timed("disk_read", "MB/s", size / MEGA, work.read_all, before=forget)
    yield _timed("disk_random_read", "IOPS", READS, work.read_pages, before=forget)
    yield _timed("disk_random_write", "IOPS", WRITES, work.write_pages)


def _timed(
    name: str,
    unit: str,
    work: float,
    act: Callable[[], None],
    *,
    before: Callable[[], None] = lambda: None,
) -> Result:
    def once() -> float:
        before()
        begun = time.perf_counter()
        act()
        return work / (time.perf_counter() - begun)

    return repeated(name, unit, once, spread_max=SPREAD_MAX_SHARED)


def _forget(handle: int) -> None:
    """Let the system keep nothing of the file in memory, where it can be asked to."""
    if hasattr(os, "posix_fadvise"):
        os.fsync(handle)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
