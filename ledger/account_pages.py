"""
Pages of accounts: which transfers touched an account, in the order of the log.

The sealer's companion writes them behind its back; posting pays nothing for them. A statement is
read from the pages, and from the few transfers that are newer than the cursor.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from common import tenancy

PAGE_BATCH_MAX: Final = 16_384
_LOCK: Final = 7268004

# Statistics lag behind a ledger that grows fast; a plan made from old ones would sort whole months.
_ALONG_INDEXES: Final = "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off"
_ANY_WAY: Final = "SET LOCAL enable_seqscan = on; SET LOCAL enable_sort = on"
_EXTEND: Final = """
    WITH taken AS MATERIALIZED (
        SELECT t.xid, t.id, t.debit_id, t.credit_id, t.amount, t.op,
               date_trunc('hour', t.effective_at, 'UTC') AS effect_hour,
               date_trunc('hour', t.recorded_at, 'UTC') AS booked_hour
        FROM ledger_transfer t
        WHERE (t.xid, t.id) > (%s::xid8, %s) AND t.xid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY t.xid, t.id LIMIT %s
    ), sides AS (
        SELECT account_id, xid, id, dd, cc, effect_hour, booked_hour,
               (row_number() OVER (PARTITION BY account_id ORDER BY xid, id) - 1) / 256 AS part
        FROM (
            SELECT debit_id AS account_id, xid, id,
                   CASE WHEN op IN (0, 2) THEN amount ELSE 0 END AS dd, 0 AS cc,
                   effect_hour, booked_hour FROM taken
            UNION ALL
            SELECT credit_id, xid, id, 0, CASE WHEN op IN (0, 2) THEN amount ELSE 0 END,
                   effect_hour, booked_hour FROM taken
        ) both_sides
    ), parts AS (
        SELECT account_id, part, array_agg(id ORDER BY xid, id) AS transfers,
               sum(dd) AS dd, sum(cc) AS cc
        FROM sides GROUP BY account_id, part
    ), effects AS MATERIALIZED (
        SELECT account_id, effect_hour, booked_hour, array_agg(id) AS transfers,
               sum(dd) AS dd, sum(cc) AS cc
        FROM sides WHERE dd + cc > 0 GROUP BY 1, 2, 3
    ), summed AS (
        INSERT INTO ledger_effect_sum AS s
            (account_id, effect_hour, booked_hour, debits_posted, credits_posted)
        SELECT account_id, effect_hour, booked_hour, dd, cc FROM effects
        UNION ALL
        SELECT account_id >> 32 << 32, effect_hour, booked_hour, sum(dd), sum(cc)
        FROM effects GROUP BY 1, 2, 3
        ON CONFLICT (account_id, effect_hour, booked_hour) DO UPDATE
        SET debits_posted = s.debits_posted + EXCLUDED.debits_posted,
            credits_posted = s.credits_posted + EXCLUDED.credits_posted
    ), cut AS (
        INSERT INTO ledger_effect_page (account_id, effect_hour, booked_hour, transfers)
        SELECT account_id, effect_hour, booked_hour, transfers FROM effects
    ), written AS (
        INSERT INTO ledger_account_page
        SELECT p.account_id, coalesce(b.last_entry, 0) + sum(cardinality(p.transfers)) OVER run,
               p.transfers, coalesce(b.debits_posted, 0) + sum(p.dd) OVER run,
               coalesce(b.credits_posted, 0) + sum(p.cc) OVER run
        FROM parts p LEFT JOIN LATERAL (
            SELECT last_entry, debits_posted, credits_posted FROM ledger_account_page l
            WHERE l.account_id = p.account_id ORDER BY last_entry DESC LIMIT 1
        ) b ON true
        WINDOW run AS (PARTITION BY p.account_id ORDER BY p.part)
    )
    SELECT count(*), (array_agg(xid ORDER BY xid DESC, id DESC))[1]::text,
           (array_agg(id ORDER BY xid DESC, id DESC))[1] FROM taken
"""

_HISTORY: Final = """
    (
        SELECT NULL::uuid, last_entry, transfers, debits_posted, credits_posted, NULL::timestamptz
        FROM ledger_account_page WHERE account_id = %(account)s ORDER BY last_entry DESC LIMIT 1
    ) UNION ALL
    SELECT id, NULL, NULL, debits_posted, credits_posted, recorded_at
    FROM ledger_newer_than_pages(%(account)s)
"""

# How many entries were recorded before a moment, by halving: the log is in the order of booking.
_ENTRIES_BEFORE: Final = """
    WITH RECURSIVE search(low, high) AS (
        SELECT 0::bigint, %(entries)s::bigint
        UNION ALL
        SELECT CASE WHEN probe.is_earlier THEN middle.entry ELSE search.low END,
               CASE WHEN probe.is_earlier THEN search.high ELSE middle.entry - 1 END
        FROM search
        CROSS JOIN LATERAL (SELECT (search.low + search.high + 1) / 2 AS entry) middle
        CROSS JOIN LATERAL (
            SELECT t.recorded_at < %(moment)s AS is_earlier
            FROM (
                SELECT transfers[cardinality(transfers) - (last_entry - middle.entry)] AS id
                FROM ledger_account_page
                WHERE account_id = %(account)s AND last_entry >= middle.entry
                ORDER BY last_entry LIMIT 1
            ) page
            JOIN ledger_transfer t ON t.id = page.id
        ) probe
        WHERE search.low < search.high
    )
    SELECT low FROM search WHERE low >= high
"""


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of an account's history: entries up to the last, and the totals after it."""

    last_entry: int
    transfers: Sequence[UUID]
    debits_posted: int
    credits_posted: int


@dataclass(frozen=True, slots=True)
class Newer:
    """An entry that no page holds yet."""

    transfer_id: UUID
    debits_posted: int
    credits_posted: int
    recorded_at: datetime


def extend(*, limit: int = PAGE_BATCH_MAX) -> int:
    """Add the next transfers to the pages of their accounts; return how many there were."""
    with transaction.atomic(), tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_ALONG_INDEXES)
        cursor.execute("SELECT xid::text, transfer_id FROM ledger_page_cursor")
        cursor.execute(_EXTEND, [*cursor.fetchone(), limit])
        count, xid, transfer_id = cursor.fetchone()
        cursor.execute(_ANY_WAY)
        if count:
            cursor.execute(
                "UPDATE ledger_page_cursor SET xid = %s::xid8, transfer_id = %s",
                [xid, transfer_id],
            )
    return int(count)


def pages(*, account_id: int, entry: int, limit: int, first: int = 0) -> list[Page]:
    """Return pages, newest first, from the one that holds an entry back to that of the first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT last_entry, transfers, debits_posted, credits_posted FROM ledger_account_page"
            " WHERE account_id = %(account)s AND last_entry >= %(first)s"
            " AND last_entry <= coalesce(("
            "   SELECT min(last_entry) FROM ledger_account_page"
            "   WHERE account_id = %(account)s AND last_entry >= %(entry)s), %(entry)s)"
            " ORDER BY last_entry DESC LIMIT %(limit)s",
            {"account": account_id, "entry": entry, "limit": limit, "first": first},
        )
        return [Page(*row) for row in cursor.fetchall()]


def history(*, account_id: int) -> tuple[Page, list[Newer]]:
    """
    Return an account's last page, or an empty one, and the entries that no page holds yet.

    One statement reads both: what is paged meanwhile is in one of them, not in both or neither.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HISTORY, {"account": account_id})
        rows = cursor.fetchall()
    page = next((Page(*row[1:5]) for row in rows if row[0] is None), Page(0, [], 0, 0))
    newer = [Newer(row[0], row[3], row[4], row[5]) for row in rows if row[0] is not None]
    return page, newer


def entries_before(*, account_id: int, moment: datetime, entries: int) -> int:
    """Return how many of the first `entries` of an account, all paged, precede a moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            _ENTRIES_BEFORE, {"account": account_id, "moment": moment, "entries": entries}
        )
        return int(cursor.fetchone()[0])
