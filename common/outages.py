"""
What a part that is away looks like from inside: a full disk, a closed file system, no database.

Nobody's input is wrong then, and nothing of the program. Whoever asked is told to come again.
"""

import errno
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from django.db import DatabaseError, InterfaceError, OperationalError

# No room, by disk or by quota.
FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
# There may be room, but nothing can be opened or written now.
CLOSED: Final = frozenset(
    {errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE, errno.EACCES, errno.EPERM,
     errno.ENOTDIR, errno.ENODEV, errno.ESTALE, errno.ENOTCONN}
)  # fmt: skip
DISK_FULL: Final = "53100"
READ_ONLY: Final = "25006"  # A standby, or a server that was closed for writing.


class Outage(StrEnum):
    """Which part is away. The values are codes of the API."""

    DATABASE = "database_unavailable"
    STORAGE_FULL = "storage_full"
    STORAGE = "storage_unavailable"


def outage_of(error: BaseException | None) -> Outage | None:
    """Return which part was away when an error was raised; None if it is something else."""
    return next((found for each in _causes(error) if (found := _classify(each))), None)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Return an error and what led to it: sessions and storages word their causes anew."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _classify(error: BaseException) -> Outage | None:
    if isinstance(error, DatabaseError | InterfaceError):
        return _of_database(error)
    if isinstance(error, OSError):
        if error.errno in FULL:
            return Outage.STORAGE_FULL
        return Outage.STORAGE if error.errno in CLOSED else None
    return None


def _of_database(error: Exception) -> Outage | None:
    state = getattr(error.__cause__, "sqlstate", None)
    if state == DISK_FULL:
        return Outage.STORAGE_FULL
    is_away = isinstance(error, OperationalError | InterfaceError) or state == READ_ONLY
    return Outage.DATABASE if is_away else None
