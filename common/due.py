"""
Work that is due: what waits, since when, and after how long that is late.

Each room names its kinds of work beside its sweepers, each with the one statement that finds the
rows by an index. Who watches the market counts them, up to a bound, and asks for the oldest.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Count, Min, QuerySet
from django.utils.functional import Promise

# More rows than these are not counted: a market with as many has something to do either way.
ROWS_MAX: Final = 10_000
LATE_AFTER: Final = timedelta(minutes=5)

_COUNTED: Final = "SELECT count(*), min(since) FROM ({rows} LIMIT {limit}) AS due(since)"


@dataclass(frozen=True, slots=True)
class Due:
    """How much of one kind of work is due, and since when the oldest of what was counted is."""

    rows: int
    oldest_at: datetime | None

    @property
    def is_capped(self) -> bool:
        """Whether there may be more than was counted."""
        return self.rows >= ROWS_MAX

    def seconds(self, now: datetime) -> float:
        """Return for how long the oldest row has been due."""
        if self.oldest_at is None:
            return 0.0
        return max((now - self.oldest_at).total_seconds(), 0.0)


@dataclass(frozen=True, slots=True)
class DueWork:
    """
    One kind of work.

    `read` counts it with one bounded statement in the caller's transaction, which acts for the
    platform. Rows older than `late_after` mean that nobody does the work; None where rows may
    rightly wait, as for a person's decision.
    """

    name: str
    label: Promise
    read: Callable[[datetime], Due]
    late_after: timedelta | None = LATE_AFTER

    def is_late(self, due: Due, *, now: datetime) -> bool:
        """Tell whether the work lies longer than it may."""
        return self.late_after is not None and due.seconds(now) > self.late_after.total_seconds()


def count_rows(found: QuerySet[Any], since: str) -> Due:
    """Count rows up to the bound, in their order; `since` is the column of the moment."""
    read = found.values(since)[:ROWS_MAX].aggregate(rows=Count("*"), oldest_at=Min(since))
    return Due(read["rows"], read["oldest_at"])


def count_statement(select: str, **values: Any) -> Due:
    """Count the rows of a statement that selects the moment since which each is due."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED.format(rows=select, limit=ROWS_MAX), values)
        return Due(*cursor.fetchone())
