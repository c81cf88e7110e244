"""
Where the content of files lies: one folder outside of everything that is served.

A file is written beside its place and put there in one step, so whoever opens it finds all of it.
It is there before the row that names it; a content without a row is swept after a day.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final
from uuid import UUID

from django.conf import settings

DRAFTS: Final = "drafts"
_FOLDERS: Final = 256


def folder() -> Path:
    """Return the folder of all files."""
    return Path(settings.FILES_DIR)


def path_of(file_id: UUID) -> Path:
    """Return where the content of a file lies: identifiers begin with the time, so by their end."""
    return folder() / file_id.hex[-2:] / file_id.hex


def write(file_id: UUID, content: bytes) -> None:
    """
    Write the content of a file, all of it or nothing.

    :raises OSError: if there is no room, or nothing may be written
    """
    target = path_of(file_id)
    drafts = _own(folder() / DRAFTS)
    _own(target.parent)
    descriptor, name = tempfile.mkstemp(dir=drafts)
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(0o600)
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def open_file(file_id: UUID) -> BinaryIO:
    """
    Open the content of a file.

    :raises FileNotFoundError: if it is gone
    """
    return path_of(file_id).open("rb")


def remove(file_id: UUID) -> None:
    """Remove the content of a file; what is gone already is no failure."""
    path_of(file_id).unlink(missing_ok=True)


def contents(number: int) -> Iterator[tuple[UUID, float]]:
    """Return what lies in one of the folders, and since when (the disk's seconds)."""
    place = folder() / f"{number % _FOLDERS:02x}"
    for path in _listed(place):
        with contextlib.suppress(ValueError, FileNotFoundError):
            yield UUID(hex=path.name), path.stat().st_mtime


def sweep_drafts(*, before: float) -> int:
    """Remove what writers that died have left behind; return how many."""
    removed = 0
    for path in _listed(folder() / DRAFTS):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                path.unlink()
                removed += 1
    return removed


def _listed(place: Path) -> list[Path]:
    return sorted(place.iterdir()) if place.is_dir() else []


def _own(place: Path) -> Path:
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place
