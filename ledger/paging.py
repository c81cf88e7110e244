"""
Pages of accounts: which transfers touched an account, in the order of the log.

The sealer's companion writes them behind its back; posting pays nothing for them. A statement is
read from the pages, and from the few transfers that are newer than the cursor.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from common import tenancy

PAGE_BATCH_MAX: Final = 16_384
_LOCK: Final = 7268004

_EXTEND: Final = """
    WITH taken AS MATERIALIZED (
        SELECT t.xid, t.id, t.debit_id, t.credit_id, t.amount, t.op, t.effective_at
        FROM ledger_transfer t
        WHERE (t.xid, t.id) > (%s::xid8, %s) AND t.xid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY t.xid, t.id LIMIT %s
    ), sides AS (
        SELECT debit_id AS account_id, xid, id, effective_at,
               CASE WHEN op IN (0, 2) THEN amount ELSE 0 END AS dd, 0 AS cc FROM taken
        UNION ALL
        SELECT credit_id, xid, id, effective_at,
               0, CASE WHEN op IN (0, 2) THEN amount ELSE 0 END FROM taken
    ), pages AS (
        SELECT account_id, array_agg(id ORDER BY xid, id) AS transfers,
               min(effective_at) AS first_at, max(effective_at) AS last_at,
               sum(dd)::bigint AS dd, sum(cc)::bigint AS cc
        FROM sides GROUP BY account_id
    ), written AS (
        INSERT INTO ledger_account_page
        SELECT p.account_id, coalesce(b.number + 1, 0), p.transfers, p.first_at, p.last_at,
               coalesce(b.debits_posted, 0) + p.dd, coalesce(b.credits_posted, 0) + p.cc
        FROM pages p LEFT JOIN LATERAL (
            SELECT number, debits_posted, credits_posted FROM ledger_account_page l
            WHERE l.account_id = p.account_id ORDER BY number DESC LIMIT 1
        ) b ON true
    )
    SELECT count(*), (array_agg(xid ORDER BY xid DESC, id DESC))[1]::text,
           (array_agg(id ORDER BY xid DESC, id DESC))[1] FROM taken
"""


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of an account's history, and the account's totals after it."""

    number: int
    transfers: Sequence[UUID]
    debits_posted: int
    credits_posted: int


def extend(*, limit: int = PAGE_BATCH_MAX) -> int:
    """Add the next transfers to the pages of their accounts; return how many there were."""
    with transaction.atomic(), tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute("SELECT xid::text, transfer_id FROM ledger_page_cursor")
        cursor.execute(_EXTEND, [*cursor.fetchone(), limit])
        count, xid, transfer_id = cursor.fetchone()
        if count:
            cursor.execute(
                "UPDATE ledger_page_cursor SET xid = %s::xid8, transfer_id = %s",
                [xid, transfer_id],
            )
    return int(count)


def pages_before(*, account_id: int, number: int | None, limit: int) -> list[Page]:
    """Return an account's pages, newest first, from below a page's number."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number, transfers, debits_posted, credits_posted FROM ledger_account_page"
            " WHERE account_id = %s AND number < %s ORDER BY number DESC LIMIT %s",
            [account_id, 2**62 if number is None else number, limit],
        )
        return [Page(*row) for row in cursor.fetchall()]


def newer_than_pages(*, account_id: int) -> list[UUID]:
    """Return the account's transfers that no page holds yet, in the order of the log."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT xid::text, transfer_id FROM ledger_page_cursor")
        place: tuple[Any, ...] = cursor.fetchone()
        cursor.execute(
            "SELECT id FROM ledger_transfer WHERE (xid, id) > (%s::xid8, %s)"
            " AND %s IN (debit_id, credit_id) ORDER BY xid, id",
            [*place, account_id],
        )
        return [row[0] for row in cursor.fetchall()]
