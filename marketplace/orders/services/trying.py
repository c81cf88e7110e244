"""
Tries that began and did not end: what is left of a worker that was killed while it cleared.

A fault that Python sees is isolated where it happens. One that ends the process leaves nothing but
a try that was committed before. Each try that never ended halves the next, so the order with which
workers die is soon alone; after `rules.TRIES_ALONE_MAX` tries it is set aside.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, connection
from django.db.models import F

from common import tenancy
from marketplace.orders import locks, rules, selectors
from marketplace.orders.contracts import OrderReviewCode
from marketplace.orders.models import ClearingTry
from marketplace.orders.services import reviewing


@dataclass(frozen=True, slots=True)
class Try:
    """What a worker may do with a book now."""

    orders: int
    leaves_some: bool  # more may wait than it takes
    is_last: bool  # what fails now is set aside, even if nothing else clears


def begin(*, book_id: int, now: datetime, limit: int) -> Try | None:
    """Note that a book is about to be cleared; return how many orders to take, if there are any."""
    is_alone = not connection.in_atomic_block
    with tenancy.acting_as_platform():
        if is_alone:
            _need_not_survive_the_database()
        if not locks.try_book(book_id):
            return None
        before = ClearingTry.objects.filter(pk=book_id).first()
        while (waiting := selectors.due_count(book_id=book_id, now=now, limit=limit)) > 0:
            orders, unfinished = (before.orders, before.unfinished) if before else (limit, 0)
            step = rules.next_try(min(orders, waiting), unfinished=unfinished)
            if step is not None:
                _note(book_id, *step, now=now)
                is_last = before is not None and before.failed + 1 >= rules.TRIES_ALONE_MAX
                leaves_some = step[0] < waiting or waiting >= limit
                return Try(step[0], leaves_some, is_last)
            _set_first_aside(book_id, unfinished, now=now)
            before = None
        ClearingTry.objects.filter(pk=book_id).delete()
    return None


def finish(*, book_id: int, is_full: bool) -> None:
    """Note that a try ended; while more waits after a small try, the next is as small."""
    tries = ClearingTry.objects.filter(pk=book_id)
    if is_full:
        tries.update(unfinished=0, failed=0)
    else:
        tries.delete()


def forgive(*, book_id: int) -> None:
    """Note that a try failed for reasons of others: nobody died, and no order is suspected."""
    with suppress(DatabaseError), tenancy.acting_as_platform():
        ClearingTry.objects.filter(pk=book_id).update(unfinished=0)


def fail(*, book_id: int) -> None:
    """Note that a try came to nothing but failures, which may be the market's own fault."""
    with tenancy.acting_as_platform():
        ClearingTry.objects.filter(pk=book_id).update(unfinished=0, failed=F("failed") + 1)


def _note(book_id: int, orders: int, unfinished: int, *, now: datetime) -> None:
    ClearingTry.objects.bulk_create(
        [ClearingTry(book_id=book_id, orders=orders, unfinished=unfinished, began_at=now)],
        update_conflicts=True,
        unique_fields=["book"],
        update_fields=["orders", "unfinished", "began_at"],
    )


def _set_first_aside(book_id: int, tries: int, *, now: datetime) -> None:
    for order in locks.placed_orders(book_id=book_id, until=now, limit=1):
        detail = f"{tries} workers ended while they cleared this order alone"
        reviewing.set_aside(order, OrderReviewCode.WORKER_DIED, detail, at=now)


def _need_not_survive_the_database() -> None:
    """Commit without waiting for the disk: a killed process loses nothing of it."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
