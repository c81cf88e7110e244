"""
The single writer that seals: it puts what is committed into the Merkle log and signs the root.

Entries are ordered by (transaction, rank, identifier) below the oldest transaction that is still
running, so nothing can appear before what was sealed, and posting takes no lock for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import psycopg
from django.db import connection, transaction

from common import tenancy
from ledger import merkle, signing
from ledger.hashing import leaf_hash
from ledger.models import Key

SEAL_BATCH_MAX: Final = 16_384
_LOCK: Final = 7268003
_HIGHEST: Final = UUID(int=2**128 - 1)
_LOWEST: Final = UUID(int=0)

_ENTRIES: Final = """
    SELECT xid::text, rank, id::text, line
    FROM ledger_entries(%(xid)s::xid8, %(definition)s, %(transfer)s, %(limit)s, %(sealable)s)
"""


@dataclass(frozen=True, slots=True)
class LogPosition:
    """A place in the order of entries."""

    xid: str = "0"
    rank: int = 0
    id: UUID = _LOWEST


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A definition or a transfer, as the line that is hashed."""

    position: LogPosition
    line: str


class SealBehind(Exception):  # noqa: N818 - it says where the database is
    """The database counts transactions from behind what is sealed, as after a restore."""


def entries(*, after: LogPosition, limit: int, sealable: bool = True) -> list[LogEntry]:
    """Return the next entries of the log: those that can be sealed, or all."""
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, _places(after, limit, sealable=sealable))
        return [
            LogEntry(LogPosition(xid, rank, UUID(entry_id)), line)
            for xid, rank, entry_id, line in cursor.fetchall()
        ]


def lines(session: Any, *, after: LogPosition) -> tuple[list[str], LogPosition]:
    """Return the next lines of the whole log and the last one's place, through any session."""
    with psycopg.Cursor(session) as cursor:
        rows = cursor.execute(_ENTRIES, _places(after, SEAL_BATCH_MAX, sealable=False)).fetchall()
    if not rows:
        return [], after
    xid, rank, entry_id, _ = rows[-1]
    return [row[3] for row in rows], LogPosition(xid, rank, UUID(entry_id))


def _places(after: LogPosition, limit: int, *, sealable: bool) -> dict[str, Any]:
    """Return the parameters that continue after a place, in both halves of the log."""
    return {
        "xid": after.xid,
        "definition": after.id if after.rank == 0 else _HIGHEST,
        "transfer": after.id if after.rank == 1 else _LOWEST,
        "limit": limit,
        "sealable": sealable,
    }


def every_entry() -> Iterator[LogEntry]:
    """Yield entries in the order of the log; the caller's transaction keeps them stable."""
    position = LogPosition()
    while page := entries(after=position, limit=SEAL_BATCH_MAX, sealable=False):
        yield from page
        position = page[-1].position


def last_sealed() -> tuple[int, LogPosition]:
    """Return how many entries are sealed, and the last one's place."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT size, last_xid::text, last_rank, last_id FROM ledger_checkpoint"
            " ORDER BY size DESC LIMIT 1"
        )
        row = cursor.fetchone()
    return (row[0], LogPosition(*row[1:])) if row else (0, LogPosition())


def seal(*, limit: int = SEAL_BATCH_MAX) -> int:
    """
    Seal the next entries under a new checkpoint and return how many there were.

    Another sealer at work makes this one leave with nothing done.

    :raises SealBehind: if the database was restored and counts its transactions anew
    """
    with transaction.atomic(), tenancy.acting_as_platform():
        if not _is_only_sealer():
            return 0
        size, position = last_sealed()
        _require_counter_ahead(position)
        signers = signing.signing_keys()
        _publish(signers)
        page = entries(after=position, limit=limit)
        if page:
            _store(size, page, signers)
        return len(page)


def _is_only_sealer() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def _require_counter_ahead(position: LogPosition) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot()) > %s::xid8", [position.xid])
        if not cursor.fetchone()[0]:
            message = (
                f"transaction {position.xid} is sealed, but this database has not reached it:"
                " move its counter on with pg_resetwal --next-transaction-id"
            )
            raise SealBehind(message)


def _publish(signers: list[signing.SigningKey]) -> None:
    """Put new public keys into the log, where the older keys' signatures cover them."""
    known = {bytes(key) for key in Key.objects.values_list("public_key", flat=True)}
    for key in signers:
        if key.public_key not in known:
            Key.objects.create(name=key.name, public_key=key.public_key)


def _store(size: int, page: list[LogEntry], signers: list[signing.SigningKey]) -> None:
    leaves = [leaf_hash(entry.line.encode()) for entry in page]
    tiles = merkle.append(size, leaves, read_tile)
    for (level, number), (hashes, had) in tiles.items():
        first = None
        if level == 0 and not had:
            first = page[(number << merkle.TILE_BITS) - size].position
        _write_tile(level, number, hashes, is_new=not had, first=first)

    new_size = size + len(page)

    def read(level: int, number: int) -> bytes:
        return tiles[level, number][0] if (level, number) in tiles else read_tile(level, number)

    root = merkle.root(new_size, read)
    last = page[-1].position
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_checkpoint (size, root, last_xid, last_rank, last_id, note)"
            " VALUES (%s, %s, %s::xid8, %s, %s, %s)",
            [
                new_size,
                root,
                last.xid,
                last.rank,
                last.id,
                signing.note(size=new_size, root=root, signers=signers),
            ],
        )


def read_tile(level: int, number: int) -> bytes:
    """Return the hashes of a stored tile."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT hashes FROM ledger_tile WHERE level = %s AND number = %s", [level, number]
        )
        return bytes(cursor.fetchone()[0])


def leaf_hashes(first: int, count: int) -> bytes:
    """Return the stored hashes of leaves from a multiple of a tile's size on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT hashes FROM ledger_tile WHERE level = 0 AND number BETWEEN %s AND %s"
            " ORDER BY number",
            [first >> merkle.TILE_BITS, first + count >> merkle.TILE_BITS],
        )
        return b"".join(bytes(row[0]) for row in cursor.fetchall())


def _write_tile(
    level: int, number: int, hashes: bytes, *, is_new: bool, first: LogPosition | None
) -> None:
    with connection.cursor() as cursor:
        if is_new:
            place = [first.xid, first.rank, first.id] if first else [None, None, None]
            cursor.execute(
                "INSERT INTO ledger_tile (level, number, hashes, first_xid, first_rank, first_id)"
                " VALUES (%s, %s, %s, %s::xid8, %s, %s)",
                [level, number, hashes, *place],
            )
        else:
            cursor.execute(
                "UPDATE ledger_tile SET hashes = %s WHERE level = %s AND number = %s",
                [hashes, level, number],
            )


def indexes_of_tile(position: LogPosition) -> dict[LogPosition, int]:
    """Return the sealed entries of the tile that would hold an entry, with their indexes."""
    size = last_sealed()[0]
    found = _tile_of(position)
    if found is None:
        return {}
    first, start = found
    within = [start]
    within += [
        e.position for e in entries(after=start, limit=merkle.TILE_HASHES - 1, sealable=False)
    ]
    return {each: index for index, each in enumerate(within, start=first) if index < size}


def _tile_of(position: LogPosition) -> tuple[int, LogPosition] | None:
    """Return the index and the place of the first entry of the tile at, or before, a place."""
    with connection.cursor() as cursor:
        cursor.execute(
            # Ordered by the column: a bare name would mean the text, of which 999 is behind 1000.
            "SELECT t.number, t.first_xid::text, t.first_rank, t.first_id FROM ledger_tile t"
            " WHERE t.level = 0 AND (t.first_xid, t.first_rank, t.first_id) <= (%s::xid8, %s, %s)"
            " ORDER BY t.first_xid DESC, t.first_rank DESC, t.first_id DESC LIMIT 1",
            [position.xid, position.rank, position.id],
        )
        row = cursor.fetchone()
    return None if row is None else (int(row[0]) << merkle.TILE_BITS, LogPosition(*row[1:]))


def index_of(position: LogPosition) -> int | None:
    """Return an entry's index in the sealed log, or None while it is not sealed."""
    return indexes_of_tile(position).get(position)
