"""The doorbells of orders: they carry names, drain what is due and know nothing else."""

import time
from typing import Final

import structlog
from celery import shared_task
from django.conf import settings

from common import clock, doorbell, figures, tenancy
from marketplace.orders import selectors, services
from marketplace.orders.contracts import Cleared

logger = structlog.get_logger(__name__)
ROUNDS_MAX: Final = 200


@shared_task
def clear_book(*, book_id: int, **_: object) -> None:
    """
    Clear a book until nothing is left; another ring meanwhile finds it locked and leaves.

    It looks once more after each round: who left found it locked for orders that came too late for
    that round. A round waits a moment for orders that come together.
    """
    for _round in range(ROUNDS_MAX):
        if not _await_company(book_id):
            return
        cleared = services.clear_book(
            book_id=book_id, now=clock.now(), limit=settings.ORDERS_CLEARING_BATCH_MAX
        )
        _tell(cleared)
        if cleared.round_number:
            logger.info(
                "orders.round.cleared",
                round=cleared.round_number,
                cleared=cleared.cleared,
                rejected=cleared.rejected,
            )
        if not (cleared.round_number or cleared.is_full):
            return


def _await_company(book_id: int) -> bool:
    """Tell whether orders wait in a book; if they are few, give others a moment to come, too."""
    most = settings.ORDERS_CLEARING_BATCH_MAX
    with tenancy.acting_as_platform():
        waiting = selectors.due_count(book_id=book_id, now=clock.now(), limit=most)
    if 0 < waiting < most:
        time.sleep(settings.ORDERS_CLEARING_WINDOW_MS / 1000)
    return waiting > 0


def _tell(cleared: Cleared) -> None:
    if cleared.round_number:
        figures.count(figures.ROUNDS, outcome="filled" if cleared.cleared else "refused")
    for result, orders in (
        ("cleared", cleared.cleared),
        ("rejected", cleared.rejected),
        ("set_aside", cleared.set_aside),
    ):
        if orders:
            figures.count(figures.ROUND_ORDERS, orders, result=result)


@shared_task
def ring_overdue_books(**_: object) -> None:
    """Ring again for books whose ring was lost."""
    with tenancy.acting_as_platform():
        waiting = selectors.books_waiting(now=clock.now(), limit=settings.ORDERS_BOOKS_RUNG_MAX)
    for book_id in waiting:
        doorbell.ring("orders.waiting", book_id=book_id)


@shared_task
def provision_started(**_: object) -> None:
    """Note the orders whose time has come."""
    services.provision_started(now=clock.now())
