"""
Every lock of the orders room.

Clearing takes its book first, then its orders in turn, then the buyers who pay with vouchers.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q

from marketplace.orders.models import DUE, WAITING, Order

_BOOKS = 0x0B00  # the first half of the two-part key that names a book
_QUOTES = 0x0B02  # the same of a key that names a quote that is ordered at
_IMPORTS = 0x0B01  # the same of a key that names a source of imports


def try_book(book_id: int) -> bool:
    """Take a book until the transaction ends; False if another worker is clearing it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_BOOKS, book_id])
        row = cursor.fetchone()
    return bool(row and row[0])


def book(book_id: int) -> None:
    """Take a book until the transaction ends, waiting for who is clearing it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_BOOKS, book_id])


def take_quotes(quote_ids: Collection[UUID]) -> None:
    """Take quotes until the transaction ends, waiting for who is ordering at one of them."""
    with connection.cursor() as cursor:
        for quote_id in sorted(quote_ids):
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_QUOTES, str(quote_id)]
            )


def try_import(*, organization_id: UUID | None, source: str) -> bool:
    """Take an import's source for this connection; False if another command has it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_lock(%s, hashtext(%s))",
            [_IMPORTS, f"{organization_id} {source}"],
        )
        row = cursor.fetchone()
    return bool(row and row[0])


def leave_import(*, organization_id: UUID | None, source: str) -> None:
    """Give an import's source back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_unlock(%s, hashtext(%s))",
            [_IMPORTS, f"{organization_id} {source}"],
        )


def imported_orders(*, book_id: int, order_ids: Collection[UUID]) -> list[Order]:
    """Lock the orders among some of an import's that still wait in a book."""
    return list(
        Order.objects.filter(WAITING, pk__in=order_ids, book_id=book_id, import_run__isnull=False)
        .order_by("placed_at", "id")
        .select_for_update(no_key=True)
    )


def placed_orders(*, book_id: int, until: datetime, limit: int) -> list[Order]:
    """
    Lock the orders that wait longest in a book; one that is being cancelled is passed over.

    Orders of an import wait for the import, whose clock stands in the past.
    """
    return list(
        Order.objects.filter(DUE, book_id=book_id, placed_at__lte=until)
        .order_by("placed_at", "id")
        .select_for_update(skip_locked=True, no_key=True)[:limit]
    )


def voucher_payers(buyer_ids: Collection[UUID]) -> None:
    """
    Hold what buyers may still pay with vouchers until the transaction ends.

    A yearly cap is a sum over orders of all books. Whoever reads it to spend from it takes turns,
    after book and orders and before listings; keys are taken in order, so nobody waits in a circle.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(payer.key) FROM ("
            " SELECT DISTINCT hashtextextended(id, 12) AS key FROM unnest(%s::text[]) AS id"
            " ORDER BY key) AS payer",
            [[str(each) for each in buyer_ids]],
        )


def voucher_caps(programme_codes: Collection[str]) -> None:
    """
    Hold what the shared caps of programmes leave until the transaction ends.

    Taken right after `voucher_payers`, in the order of the keys: such a cap is a sum over the
    orders of all buyers in all books.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(cap.key) FROM ("
            " SELECT DISTINCT hashtextextended(code, 13) AS key FROM unnest(%s::text[]) AS code"
            " ORDER BY key) AS cap",
            [sorted(programme_codes)],
        )


def ordered_together(*, order_id: UUID, buyer_id: UUID) -> list[Order]:
    """
    Lock a buyer's order with what was ordered together with it, in id order; nothing if it is not.

    Of what is together each names the same order, and that never changes.
    """
    named = Order.objects.filter(pk=order_id, buyer_id=buyer_id).values_list("pk", "beside_id")
    for pk, beside_id in named:
        first = beside_id or pk
        found = Order.objects.filter(Q(pk=first) | Q(beside_id=first)).order_by("pk")
        return list(found.select_for_update(no_key=True))
    return []


def orders(ids: Collection[UUID]) -> list[Order]:
    """Lock orders in id order, so two batches can never wait for each other."""
    return list(Order.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True))
