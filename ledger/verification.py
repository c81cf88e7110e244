"""
Verify the ledger inside its database: stored figures equal a replay, and the seals are intact.

Unlike the offline script this sees what no pack shows: stored holds, deltas, pages and tiles. Seals
are checked by the script's own hashing, which is not the sealer's.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection, transaction

from common import tenancy
from ledger import packs, sealing
from ledger.models import Checkpoint as StoredCheckpoint
from ledger.verify_ledger import (
    HASH_BYTES,
    Checkpoint,
    Frontier,
    leaf_hash,
    parse_verifier_key,
)

FAULTS_MAX: Final = 20
# Each finds nothing in a sound ledger; the first column names what is wrong.
CHECKS: Final = {
    "balances equal a replay of the transfers": """
        WITH moved AS (
            SELECT t.debit_id, t.credit_id,
                   sum(CASE WHEN t.op IN (0, 2) THEN t.amount ELSE 0 END) AS posted,
                   sum(CASE WHEN t.op = 1 THEN t.amount WHEN t.op >= 2 THEN -h.amount ELSE 0 END)
                       AS pending
            FROM ledger_transfer t
            LEFT JOIN ledger_transfer h ON t.op >= 2 AND h.id = t.hold_id AND h.op = 1
            GROUP BY t.debit_id, t.credit_id
        ), replayed AS (
            SELECT account_id, sum(dd) AS dd, sum(cc) AS cc, sum(dp) AS dp, sum(cp) AS cp FROM (
                SELECT debit_id AS account_id, posted AS dd, 0 AS cc, pending AS dp, 0 AS cp
                FROM moved
                UNION ALL SELECT credit_id, 0, posted, 0, pending FROM moved
            ) s GROUP BY account_id
        ), stored AS (
            SELECT account_id, sum(debits_posted) AS dd, sum(credits_posted) AS cc,
                   sum(debits_pending) AS dp, sum(credits_pending) AS cp
            FROM (
                SELECT account_id, debits_posted, credits_posted, debits_pending, credits_pending
                FROM ledger_balance UNION ALL
                SELECT account_id, debits_posted, credits_posted, debits_pending, credits_pending
                FROM ledger_balance_delta
            ) s GROUP BY account_id
        )
        SELECT coalesce(a.code, r.account_id::text, s.account_id::text)
        FROM stored s FULL JOIN replayed r ON r.account_id = s.account_id
        LEFT JOIN ledger_account a ON a.id = coalesce(s.account_id, r.account_id)
        WHERE (s.dd, s.cc, s.dp, s.cp) IS DISTINCT FROM
            (coalesce(r.dd, 0), coalesce(r.cc, 0), coalesce(r.dp, 0), coalesce(r.cp, 0))
        LIMIT %s
    """,
    "every account has a balance under its kind's rule": """
        SELECT a.code FROM ledger_account a JOIN ledger_kind k ON k.id = a.kind_id
        LEFT JOIN ledger_balance b ON b.account_id = a.id
        WHERE (b.rule, b.deferred) IS DISTINCT FROM (k.rule, k.deferred) LIMIT %s
    """,
    "no account is below its floor": """
        SELECT a.code FROM ledger_balance b JOIN ledger_account a ON a.id = b.account_id
        WHERE (b.rule = 'D' AND b.debits_posted::numeric + b.debits_pending > b.credits_posted)
           OR (b.rule = 'C' AND b.credits_posted::numeric + b.credits_pending > b.debits_posted)
        LIMIT %s
    """,
    "debits equal credits in every asset": """
        SELECT a.code FROM ledger_asset a JOIN (
            SELECT account_id >> 48 AS asset_id, debits_posted, credits_posted FROM ledger_balance
            UNION ALL
            SELECT account_id >> 48, debits_posted, credits_posted FROM ledger_balance_delta
        ) b ON b.asset_id = a.id
        GROUP BY a.code HAVING sum(debits_posted) <> sum(credits_posted) LIMIT %s
    """,
    "every transfer keeps the rules of its own": """
        SELECT t.id FROM ledger_transfer t
        WHERE ledger_broken_rule(t.id, t.debit_id, t.credit_id, t.amount, t.op, t.hold_id,
            t.reverses_id, t.effective_at, t.expires_at) IS NOT NULL LIMIT %s
    """,
    "every transfer follows a flow": """
        SELECT (
            SELECT t.id FROM ledger_transfer t WHERE t.debit_id >> 32 = m.debit
            AND t.credit_id >> 32 = m.credit AND t.reason_id = m.reason_id ORDER BY t.id LIMIT 1
        ) FROM (
            SELECT debit_id >> 32 AS debit, credit_id >> 32 AS credit, reason_id
            FROM ledger_transfer GROUP BY 1, 2, 3
        ) m LEFT JOIN ledger_asset a ON a.id = m.debit >> 16
        WHERE NOT EXISTS (
            SELECT FROM ledger_flow f
            WHERE f.debit_kind_id = m.debit & 65535 AND f.credit_kind_id = m.credit & 65535
              AND f.reason_id = m.reason_id AND (f.asset_id = a.id OR f.asset_class = a.asset_class)
        ) LIMIT %s
    """,
    "holds are resolved as their transfers say": """
        SELECT coalesce(h.id, t.id) FROM (SELECT * FROM ledger_transfer WHERE op = 1) t
        FULL JOIN ledger_hold h ON h.id = t.id
        LEFT JOIN ledger_transfer r ON r.op >= 2 AND r.hold_id = t.id
        WHERE (h.debit_id, h.credit_id, h.amount) IS DISTINCT FROM
                (t.debit_id, t.credit_id, t.amount)
           OR h.resolved_by IS DISTINCT FROM r.id OR r.amount > h.amount LIMIT %s
    """,
    "pages hold every transfer up to their cursor": """
        SELECT coalesce(a.code, p.account_id::text) FROM (
            SELECT account_id, sum(cardinality(transfers)) AS entries
            FROM ledger_account_page GROUP BY account_id
        ) p FULL JOIN (
            SELECT account_id, count(*) AS entries FROM (
                SELECT t.debit_id AS account_id FROM ledger_transfer t, ledger_page_cursor c
                WHERE (t.xid, t.id) <= (c.xid, c.transfer_id) UNION ALL
                SELECT t.credit_id FROM ledger_transfer t, ledger_page_cursor c
                WHERE (t.xid, t.id) <= (c.xid, c.transfer_id)
            ) sides GROUP BY account_id
        ) t ON t.account_id = p.account_id
        LEFT JOIN ledger_account a ON a.id = coalesce(p.account_id, t.account_id)
        WHERE p.entries IS DISTINCT FROM t.entries LIMIT %s
    """,
    # With as many entries as there are (above), each the account's own and later than the one
    # before it, the pages are the account's transfers.
    "pages tell what their transfers moved, in order": """
        WITH entry AS (
            SELECT p.account_id, p.last_entry, p.debits_posted, p.credits_posted,
                   CASE WHEN t.op IN (0, 2) AND t.debit_id = p.account_id THEN t.amount END AS dd,
                   CASE WHEN t.op IN (0, 2) AND t.credit_id = p.account_id THEN t.amount END AS cc,
                   p.account_id IN (t.debit_id, t.credit_id) AND (
                       (t.xid, t.id) > (lag(t.xid) OVER log, lag(t.id) OVER log)
                   ) IS NOT FALSE AS is_next
            FROM ledger_account_page p
            CROSS JOIN LATERAL unnest(p.transfers) WITH ORDINALITY AS e (id, place)
            LEFT JOIN ledger_transfer t ON t.id = e.id
            WINDOW log AS (PARTITION BY p.account_id ORDER BY p.last_entry, e.place)
        ), page AS (
            SELECT account_id, last_entry, count(*) AS entries, coalesce(sum(dd), 0) AS dd,
                   coalesce(sum(cc), 0) AS cc, bool_and(coalesce(is_next, false)) AS is_told,
                   min(debits_posted) AS debits_posted, min(credits_posted) AS credits_posted
            FROM entry GROUP BY account_id, last_entry
        ), page_so_far AS (
            SELECT account_id, is_told AND (last_entry, debits_posted, credits_posted)
                   = (sum(entries) OVER run, sum(dd) OVER run, sum(cc) OVER run) AS is_true
            FROM page WINDOW run AS (PARTITION BY account_id ORDER BY last_entry)
        )
        SELECT DISTINCT coalesce(a.code, p.account_id::text)
        FROM page_so_far p LEFT JOIN ledger_account a ON a.id = p.account_id
        WHERE NOT p.is_true LIMIT %s
    """,
}
Report = Callable[[str], None]


@dataclass(slots=True)
class Verification:
    """What was looked at, and what was wrong."""

    transfers: int = 0
    sealed: int = 0
    unsealed: int = 0
    checkpoints: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Return whether nothing is wrong."""
        return not self.faults


def verify(*, report: Report = lambda _: None) -> Verification:
    """Verify everything from one snapshot; `report` hears of each step."""
    found = Verification()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '64MB'")
        with tenancy.acting_as_platform():
            for promise, query in CHECKS.items():
                report(promise)
                found.faults += [
                    f"{promise}: not so for {row[0]}" for row in _rows(query, FAULTS_MAX)
                ]
            report("every seal is intact")
            _verify_seals(found)
            found.transfers = _rows("SELECT count(*) FROM ledger_transfer")[0][0]
    return found


def _rows(query: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values or None)
        return list(cursor.fetchall())


def _verify_seals(found: Verification) -> None:
    """Hash every entry again, compare it with its tile, and every checkpoint with the root."""
    notes = dict(StoredCheckpoint.objects.order_by("size").values_list("size", "note"))
    found.checkpoints = len(notes)
    found.sealed = max(notes, default=0)
    frontier = Frontier()
    for lines, hashes in _pages_with_hashes():
        sealed = lines[: found.sealed - frontier.size]
        found.unsealed += len(lines) - len(sealed)
        leaves = [leaf_hash(line.encode()) for line in sealed]
        if b"".join(leaves) != hashes[: len(leaves) * HASH_BYTES]:
            _name_altered(found, frontier.size, sealed, hashes)
        first, end = frontier.size, frontier.size + len(leaves)
        for size in sorted({size for size in notes if first < size <= end} | {end}):
            frontier.add(*leaves[frontier.size - first : size - first])
            if size in notes and leaves:
                found.faults += _checkpoint_faults(notes[size], frontier)
    if frontier.size < found.sealed:
        found.faults.append(f"{found.sealed - frontier.size} sealed entries are missing")


def _pages_with_hashes() -> Iterator[tuple[list[str], bytes]]:
    """Yield pages of lines with their stored hashes; the next page is read while one is hashed."""
    session = connection.connection
    first = 0
    with ThreadPoolExecutor(max_workers=1) as ahead:
        lines, position = sealing.lines(session, after=sealing.LogPosition())
        while lines:
            hashes = sealing.leaf_hashes(first, len(lines))
            waiting = ahead.submit(sealing.lines, session, after=position)
            yield lines, hashes
            first += len(lines)
            lines, position = waiting.result()


def _name_altered(found: Verification, first: int, lines: list[str], hashes: bytes) -> None:
    for place, line in enumerate(lines):
        sealed = hashes[place * HASH_BYTES : (place + 1) * HASH_BYTES]
        if leaf_hash(line.encode()) != sealed and len(found.faults) < FAULTS_MAX:
            found.faults.append(f"entry {first + place} was altered: {line}")


def _checkpoint_faults(note: str, frontier: Frontier) -> list[str]:
    try:
        checkpoint = Checkpoint.parse(note)
    except ValueError:
        return [f"checkpoint of {frontier.size} entries: it cannot be read"]
    faults = []
    if checkpoint.size != frontier.size or checkpoint.root != frontier.root():
        faults.append(f"checkpoint of {frontier.size} entries: the root differs")
    if not checkpoint.signers([parse_verifier_key(key) for key in packs.public_keys()]):
        faults.append(f"checkpoint of {frontier.size} entries: no known key signed it")
    return faults
