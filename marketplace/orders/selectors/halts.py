"""Which books are halted, and why."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.models import F, Q, QuerySet

from marketplace.orders.models import BookHalt

_OPEN: Final = """
    SELECT FROM orders_bookhalt WHERE book_id = ANY(%s) AND ended_at IS NULL LIMIT 1
"""


def _in_force(at: datetime) -> Q:
    return Q(Q(until=None) | Q(until__gt=at), since__lte=at, ended_at=None)


def halts() -> QuerySet[BookHalt]:
    """Return every halt there was, the latest first."""
    return BookHalt.objects.select_related("book").order_by("-id")


def halts_in_force(*, at: datetime, book_ids: Collection[int] | None = None) -> list[BookHalt]:
    """Return the halts of some books, or of all, at a moment; one a book."""
    found = BookHalt.objects.filter(_in_force(at))
    if book_ids is not None:
        if not _may_be_halted(book_ids):
            return []
        found = found.filter(book_id__in=book_ids)
    # Of two that overlap for a moment the one that stays is told.
    latest = F("until").desc(nulls_first=True)
    return list(found.order_by("book_id", latest).distinct("book_id"))


def _may_be_halted(book_ids: Collection[int]) -> bool:
    """Tell whether a halt of some books has not ended: asked before every order, mostly a no."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [list(book_ids)])
        return bool(cursor.fetchall())


def halt_in_force(*, book_id: int, at: datetime) -> BookHalt | None:
    """Return the halt of a book at a moment, if it is halted."""
    return next(iter(halts_in_force(at=at, book_ids=[book_id])), None)


def halted_books(*, at: datetime) -> QuerySet[BookHalt, Any]:
    """Return the numbers of the books that are halted at a moment, as a subquery."""
    return BookHalt.objects.filter(_in_force(at)).values("book_id")
