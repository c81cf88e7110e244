"""How books stand: what waits in them, what their last round did, and what stops them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q

from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.rows import BookRow
from marketplace.orders.models import DUE, BookHalt, ClearingRound, Order
from marketplace.orders.selectors.halts import halts_in_force


@dataclass(frozen=True, slots=True)
class LastRound:
    """What the last round of a book did, and how long it took."""

    number: str
    finished_at: datetime
    cleared: int
    rejected: int
    steps: Sequence[Mapping[str, Any]]

    @property
    def microseconds(self) -> int:
        """Return how long all of its steps took."""
        return sum(int(step["microseconds"]) for step in self.steps)


@dataclass(frozen=True, slots=True)
class BookStanding:
    """A book as those who run the market see it."""

    book: BookRow
    waiting: int
    waits_since: datetime | None
    set_aside: int
    last: LastRound | None
    halt: BookHalt | None
    low: Any
    high: Any
    free_milli: int
    offers: int
    unit: str

    @property
    def pk(self) -> int:
        """Return the book's number."""
        return self.book.pk


def standings(books: Sequence[BookRow], *, at: datetime) -> list[BookStanding]:
    """Return how some books stand, in a fixed number of queries."""
    ids = [book.pk for book in books]
    waiting = _waiting(ids)
    aside = _set_aside(ids)
    last = _last_rounds(ids)
    halts = {each.book_id: each for each in halts_in_force(at=at, book_ids=ids)}
    collars = catalog_selectors.collars_in_force(book_ids=ids, at=at)
    depth = _depth(at)
    result = []
    for book in books:
        count, since = waiting.get(book.pk, (0, None))
        collar = collars.get(book.pk)
        offers, free_milli, unit = depth.get((book.resource_class, book.hub), (0, 0, ""))
        result.append(
            BookStanding(
                book=book,
                waiting=count,
                waits_since=since,
                set_aside=aside.get(book.pk, 0),
                last=last.get(book.pk),
                halt=halts.get(book.pk),
                low=collar and collar.low,
                high=collar and collar.high,
                free_milli=free_milli,
                offers=offers,
                unit=unit,
            )
        )
    return result


def _waiting(ids: Sequence[int]) -> dict[int, tuple[int, datetime]]:
    found = Order.objects.filter(DUE, book_id__in=ids).order_by().values_list("book_id")
    counted = found.annotate(count=Count("id"), since=Min("placed_at"))
    return {book_id: (count, since) for book_id, count, since in counted}


def _set_aside(ids: Sequence[int]) -> dict[int, int]:
    found = Order.objects.filter(~Q(review_code=""), book_id__in=ids).order_by()
    return dict(found.values_list("book_id").annotate(count=Count("id")))


def _last_rounds(ids: Sequence[int]) -> dict[int, LastRound]:
    latest = ClearingRound.objects.filter(book_id__in=ids).order_by("book_id", "-id")
    rows = latest.distinct("book_id").values_list(
        *("book_id", "number", "finished_at", "cleared_count", "rejected_count", "steps")
    )
    return {book_id: LastRound(*facts) for book_id, *facts in rows}


def _depth(at: datetime) -> dict[tuple[str, str], tuple[int, int, str]]:
    """Return, by class and place, offers, what is free of the unit that most is offered in."""
    result: dict[tuple[str, str], tuple[int, int, str]] = {}
    for each in sorted(catalog_selectors.hub_capacity(at=at), key=lambda row: row.listings):
        offers = result.get((each.resource_class, each.hub), (0, 0, ""))[0] + each.listings
        result[each.resource_class, each.hub] = (offers, each.free_milli, each.unit)
    return result
