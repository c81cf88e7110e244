"""
Finding the one row that fails among many, by halves.

A sweeper works on sets, so one row that breaks an expectation fails them all, again and again. Here
the set is halved until what fails alone is known and set aside; the others go on in the same
transaction. Faults of the surroundings (a lost connection, a full disk, a deadlock) are nobody's
row: they fly, and the sweeper comes again.
"""

import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import structlog
from django.db import InterfaceError, OperationalError, transaction
from psycopg import errors

logger = structlog.get_logger(__name__)
T = TypeVar("T")
R = TypeVar("R")

TRIES_MAX: Final = 2  # of a row alone, before it is set aside
FAILURES_MAX: Final = 64  # in one run: what is not found by then is looked for in the next
CODE_MAX: Final = 40
DETAIL_MAX: Final = 500
# What PostgreSQL answers who met others, or found no room: it lives, and no row is to blame.
_OF_OTHERS: Final = {
    errors.LockNotAvailable.sqlstate,
    errors.DeadlockDetected.sqlstate,
    errors.SerializationFailure.sqlstate,
}
_NO_RESOURCES: Final = "53"  # the class of a full disk, of memory, of connections
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Divided(Generic[T, R]):
    """What became of the parts, and the rows that were not reached."""

    results: tuple[R, ...]
    left: tuple[T, ...] = ()


def divide(
    items: Sequence[T],
    work: Callable[[Sequence[T]], R],
    *,
    set_aside: Callable[[T, Exception], object],
    failures_max: int = FAILURES_MAX,
) -> Divided[T, R]:
    """
    Do some work for all items at once; where that fails, for each half, in the items' order.

    The caller is in a transaction. Each try is a savepoint, so a part that fails leaves nothing.
    """
    waiting = deque([list(items)] if items else [])
    results: list[R] = []
    failures = 0
    while waiting and failures < failures_max:
        part = waiting.popleft()
        done, error = _tried(part, work, tries=TRIES_MAX if len(part) == 1 else 1)
        if error is None:
            results += done
            continue
        failures += 1
        if len(part) == 1:
            set_aside(part[0], error)
        else:
            half = len(part) // 2
            waiting.extendleft([part[half:], part[:half]])
    return Divided(tuple(results), tuple(item for part in waiting for item in part))


def _tried(
    part: Sequence[T], work: Callable[[Sequence[T]], R], *, tries: int
) -> tuple[list[R], Exception | None]:
    failed: Exception | None = None
    for _try in range(tries):
        try:
            with transaction.atomic():
                return [work(part)], None
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            logger.warning("isolation.part.failed", items=len(part), error=detail(error))
            failed = error
    return [], failed


def met_others(error: BaseException) -> bool:
    """Return whether a lock was waited for in vain, or in a circle with somebody else."""
    return getattr(error.__cause__, "sqlstate", None) in _OF_OTHERS


def is_circumstance(error: BaseException) -> bool:
    """Return whether the database refused for reasons of others; it has not been brought down."""
    state = getattr(error.__cause__, "sqlstate", None) or ""
    return met_others(error) or state.startswith(_NO_RESOURCES)


def detail(error: BaseException) -> str:
    """Return in one line what went wrong, for those who look into it."""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return _CONTROL.sub(" ", text)[:DETAIL_MAX]
