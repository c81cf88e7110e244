"""Rings for the workers: a name each, sent once the rows that are due are committed."""

from typing import Any, Final

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = structlog.get_logger(__name__)

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
        try:
            current_app.send_task(task, kwargs=names, retry=False)
        except (OSError, OperationalError) as error:
            # The ring is lost, the order is not: sweepers find what is due.
            logger.warning("orders.ring.lost", task=task, reason=error)

    transaction.on_commit(send, robust=True)
