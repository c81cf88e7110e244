"""
The files in which the processes of one host count.

Each process has its own, mapped into its memory. Room is taken for them before they are written
to: a page of a mapped file for which a full disk has no room would end the process. What processes
that are gone have counted is folded into one file, so that the folder stays small.
"""

import fcntl
import json
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from prometheus_client.mmap_dict import MmapedDict

from common.troubles import Trouble
from config.folders import mend
from config.watch import FOLDER

# Bytes by kind of figure: several times what all routes, tasks and codes take.
SIZES: Final = {"counter": 512 * 1024, "histogram": 1024 * 1024, "gauge_livesum": 16 * 1024}
RETIRED: Final = "retired"
_unwritable = Trouble("platform.figures.unwritable")
_taken_by: int | None = None


def are_ready() -> bool:
    """Tell whether this process may count: its files are there, with room for all of it."""
    global _taken_by  # noqa: PLW0603 - a fact about the process; a fork has files of its own
    if _taken_by == os.getpid():
        return True
    try:
        mend(FOLDER)
        for kind, size in SIZES.items():
            _take_room(FOLDER / f"{kind}_{os.getpid()}.db", size)
    except OSError as error:
        _unwritable.goes_on(type(error).__name__)
        return False
    _unwritable.is_over()
    _taken_by = os.getpid()
    return True


def _take_room(path: Path, size: int) -> None:
    with path.open("ab") as file:
        if file.tell() >= size:
            return
        try:
            os.posix_fallocate(file.fileno(), 0, size)
        except OSError:
            if not file.tell():
                path.unlink(missing_ok=True)  # Nobody can read a file without a beginning.
            raise


@contextmanager
def locked() -> Iterator[None]:
    """Keep others from folding files while they are read."""
    mend(FOLDER)
    with (FOLDER / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def readable() -> list[Path]:
    """Return the files that can be read; one that a dying process left without contents cannot."""
    return [path for path in sorted(FOLDER.glob("*.db")) if _can_be_read(path)]


def _can_be_read(path: Path) -> bool:
    try:
        for key, _value, _at, _place in MmapedDict.read_all_values_from_file(path):
            json.loads(key)
    except (OSError, ValueError, RuntimeError, struct.error):
        return False
    return True


def fold() -> int:
    """Add what processes that are gone have counted to one file; return how many were gone."""
    gone = [path for path in FOLDER.glob("*.db") if _is_of_the_dead(path)]
    for path in gone:
        kind = path.name.rsplit("_", 1)[0]
        if kind.startswith("gauge_live") or not _can_be_read(path):
            path.unlink(missing_ok=True)
            continue
        counted = [
            (key, value, at)
            for key, value, at, _place in MmapedDict.read_all_values_from_file(path)
        ]
        # Gone before it is added: a fold that is killed may lose figures, never count them twice.
        path.unlink(missing_ok=True)
        _add(FOLDER / f"{kind}_{RETIRED}.db", SIZES.get(kind, 0), counted)
    return len({path.stem.rsplit("_", 1)[1] for path in gone})


def _add(path: Path, size: int, counted: list[tuple[str, float, float]]) -> None:
    _take_room(path, size)
    kept = MmapedDict(str(path))
    try:
        for key, value, at in counted:
            if value:
                kept.write_value(key, kept.read_value(key)[0] + value, at)
    finally:
        kept.close()


def _is_of_the_dead(path: Path) -> bool:
    pid = path.stem.rsplit("_", 1)[-1]
    if not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
