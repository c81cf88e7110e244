"""Moments as whole microseconds since the Unix epoch: nothing is rounded, nothing has a zone."""

import time
from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
SECOND: Final = 1_000_000


def now() -> int:
    """Return the wall clock."""
    return time.time_ns() // 1000


def steady() -> int:
    """Return a clock that nobody sets, also in microseconds."""
    return time.monotonic_ns() // 1000


def of(moment: datetime) -> int:
    """
    Return a moment that names its zone, in microseconds.

    :raises ValueError: if it names none
    """
    if moment.tzinfo is None:
        message = f"{moment.isoformat()} names no time zone"
        raise ValueError(message)
    return (moment - EPOCH) // MICROSECOND


def read(text: str) -> int:
    """
    Read a moment: RFC 3339 with a zone, or whole seconds since the epoch.

    :raises ValueError: if it is neither
    """
    text = text.strip()
    if text.isascii() and text.isdigit():
        return int(text) * SECOND
    return of(datetime.fromisoformat(text))


def written(moment: int) -> str:
    """Return a moment as RFC 3339 in UTC."""
    return (EPOCH + timedelta(microseconds=moment)).isoformat().replace("+00:00", "Z")
