"""Rings for the workers: a name each, sent once the rows that are due are committed."""

from typing import Any, Final

from celery import current_app
from django.db import transaction

CLEAR_BOOK: Final = "marketplace.orders.tasks.clear_book"
CHARGE_DUE: Final = "marketplace.settlement.tasks.charge_due"


def ring_clearing(book_id: int) -> None:
    """Have a book cleared soon."""
    _ring(CLEAR_BOOK, book_id=book_id)


def ring_settlement() -> None:
    """Tell the room above that orders have cleared."""
    _ring(CHARGE_DUE)


def _ring(task: str, **names: Any) -> None:
    def send() -> None:
        current_app.send_task(task, kwargs=names, retry=False)

    # A broker that is away loses the ring, not the order: sweepers find what is due.
    transaction.on_commit(send, robust=True)
