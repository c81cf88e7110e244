"""
What the agent keeps on disk: where each source was read up to, readings to send, one sealed batch.

SQLite with full synchronisation: what a transaction kept survives a kill and a power cut, and a
reading and the place up to which its source was read are kept together or not at all.
"""

import fcntl
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from suanpan_agent.errors import SpoolFull, StateInUse
from suanpan_agent.readings import NONE_BEFORE, MeterFacts, Reading

SCHEMA: Final = """
    CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS place (
        source TEXT, name TEXT, value TEXT NOT NULL, PRIMARY KEY (source, name)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS pending (
        id INTEGER PRIMARY KEY AUTOINCREMENT, reading BLOB NOT NULL,
        not_before INTEGER NOT NULL DEFAULT 0, sealed INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE IF NOT EXISTS batch (number INTEGER PRIMARY KEY, body BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS refused (
        id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT NOT NULL, detail TEXT NOT NULL,
        row BLOB NOT NULL, moment INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS seen (
        source TEXT, name TEXT, moment INTEGER NOT NULL, PRIMARY KEY (source, name)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS tally (name TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
"""
# Of the bound, in twentieths: where reading stops, and what reading never takes. The rest is for
# sealed batches and their answers, so that what is full can always be sent.
FULL_AT: Final = 17
READ_AT_MOST: Final = 19
SEALED_READING_BYTES: Final = 2_000  # of one reading in a batch, on disk, at most
_READING: Final = msgspec.json.Decoder(Reading)
_FACTS: Final = msgspec.json.Decoder(dict[str, MeterFacts])


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that will not be sent again by itself, with the reason."""

    code: str
    detail: str
    row: bytes


@dataclass(slots=True)
class Taken:
    """What one look at a source brought."""

    readings: list[Reading] = field(default_factory=list)
    places: dict[str, str | None] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    forget_seen_before: int = 0
    refused: list[Refused] = field(default_factory=list)
    odd: Counter[str] = field(default_factory=Counter)
    facts: dict[str, str] = field(default_factory=dict)
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch that is to be sent as it is until it was answered."""

    number: int
    body: bytes


class Spool:
    """The state directory of one agent."""

    def __init__(self, directory: Path, *, bytes_max: int) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = _locked(directory / "lock")
        self._open(directory / "spool.sqlite3", bytes_max)

    def _open(self, path: Path, bytes_max: int) -> None:
        try:
            self._db = sqlite3.connect(path, isolation_level=None, timeout=10)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.executescript(SCHEMA)
        except sqlite3.Error as error:
            raise SpoolFull("disk_full", f"{path}: {error}") from error
        self._page_size: int = self._db.execute("PRAGMA page_size").fetchone()[0]
        self.pages_max: int = bytes_max // self._page_size
        # What does not fit is undone by us, with a word of ours; this holds if we ever miss it.
        self._db.execute(f"PRAGMA max_page_count = {2 * self.pages_max}")

    def close(self) -> None:
        """Let another agent use the directory."""
        self._db.close()
        if self._lock is not None:
            self._lock.close()

    @contextmanager
    def _keeping(self) -> Iterator[sqlite3.Connection]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield self._db
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._undo()
            raise SpoolFull("disk_full", str(error)) from error
        except BaseException:
            self._undo()
            raise

    def _undo(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    # Facts

    def fact(self, name: str, default: str = "") -> str:
        """Return a fact that was kept."""
        row = self._db.execute("SELECT value FROM fact WHERE name = ?", [name]).fetchone()
        return str(row[0]) if row else default

    def note(self, **facts: str) -> None:
        """Keep facts."""
        with self._keeping() as db:
            _note(db, facts)

    def head(self) -> tuple[int, str] | None:
        """Return number and hash of the last batch that was taken; None if nobody knows yet."""
        number = self.fact("number")
        return (int(number), self.fact("previous", NONE_BEFORE)) if number else None

    def meters(self) -> dict[str, MeterFacts]:
        """Return what the market last said of the meters."""
        return _FACTS.decode(self.fact("meters", "{}"))

    # Reading

    def is_full(self) -> bool:
        """Return whether so much is kept that nothing more may be read."""
        return self._used() * 20 >= self.pages_max * FULL_AT

    def fits_in_batch(self) -> int:
        """Return how many readings a batch may hold so that it can be kept beside the others."""
        room = (self.pages_max - self._used()) * self._page_size
        return max(1, room // SEALED_READING_BYTES)

    def _used(self) -> int:
        (pages,) = self._db.execute("PRAGMA page_count").fetchone()
        (free,) = self._db.execute("PRAGMA freelist_count").fetchone()
        return int(pages) - int(free)

    def places(self, source: str) -> dict[str, str]:
        """Return up to where a source was read."""
        rows = self._db.execute("SELECT name, value FROM place WHERE source = ?", [source])
        return dict(rows.fetchall())

    def seen(self, source: str) -> set[str]:
        """Return what of a source was kept before, as far back as it looks."""
        rows = self._db.execute("SELECT name FROM seen WHERE source = ?", [source])
        return {str(name) for (name,) in rows}

    def keep(self, source: str, taken: Taken) -> None:
        """
        Keep what a source brought, and up to where it was read, in one.

        :raises SpoolFull: if it does not fit; then the source is read again from where it was
        """
        with self._keeping() as db:
            db.executemany(
                "INSERT INTO pending (reading) VALUES (?)",
                [[msgspec.json.encode(each)] for each in taken.readings],
            )
            for name, value in taken.places.items():
                _place(db, source, name, value)
            db.executemany(
                "INSERT OR REPLACE INTO seen VALUES (?, ?, ?)",
                [[source, name, moment] for name, moment in taken.seen.items()],
            )
            db.execute(
                "DELETE FROM seen WHERE source = ? AND moment < ?",
                [source, taken.forget_seen_before],
            )
            _note(db, {f"{name}.{source}": value for name, value in taken.facts.items()})
            _refuse(db, taken.refused, 0)
            taken.odd["read"] += len(taken.readings)
            _count(db, {f"{source}.{name}": count for name, count in taken.odd.items()})
            if self._used() * 20 > self.pages_max * READ_AT_MOST:
                raise SpoolFull("spool_full", "reading goes on when batches were taken")

    # Sending

    def sealed(self) -> Batch | None:
        """Return the batch that waits for its answer."""
        row = self._db.execute("SELECT number, body FROM batch").fetchone()
        return Batch(*row) if row else None

    def ready(self, now: int, *, most: int) -> list[tuple[int, Reading]]:
        """Return the oldest readings that may be sent."""
        rows = self._db.execute(
            "SELECT id, reading FROM pending WHERE not_before <= ? ORDER BY id LIMIT ?", [now, most]
        )
        return [(row, _READING.decode(reading)) for row, reading in rows.fetchall()]

    def seal(self, batch: Batch, rows: Sequence[int]) -> None:
        """Keep a batch with the readings that are in it."""
        with self._keeping() as db:
            db.execute("INSERT INTO batch VALUES (?, ?)", [batch.number, batch.body])
            db.executemany("UPDATE pending SET sealed = 1 WHERE id = ?", [[row] for row in rows])

    def unseal(self, **facts: str) -> None:
        """Take the sealed batch apart again; its readings are sent in another."""
        with self._keeping() as db:
            db.execute("DELETE FROM batch")
            db.execute("UPDATE pending SET sealed = 0 WHERE sealed = 1")
            _note(db, facts)

    def in_sealed(self) -> list[tuple[int, Reading]]:
        """Return the readings of the sealed batch, in their order there."""
        rows = self._db.execute("SELECT id, reading FROM pending WHERE sealed = 1 ORDER BY id")
        return [(row, _READING.decode(reading)) for row, reading in rows.fetchall()]

    def answered(
        self,
        *,
        later: Mapping[int, int],
        refused: Mapping[int, Refused],
        tallies: Mapping[str, int],
        facts: Mapping[str, str],
        now: int,
    ) -> None:
        """Let go of the sealed batch: what was taken, what is tried later, what was refused."""
        with self._keeping() as db:
            db.executemany(
                "UPDATE pending SET sealed = 0, not_before = ? WHERE id = ?",
                [[moment, row] for row, moment in later.items()],
            )
            _refuse(db, list(refused.values()), now)
            db.execute("DELETE FROM pending WHERE sealed = 1")
            db.execute("DELETE FROM batch")
            _count(db, tallies)
            _note(db, facts)

    # What people ask

    def summary(self) -> dict[str, Any]:
        """Return what is kept, in figures."""
        one = self._db.execute
        (waiting,) = one("SELECT count(*) FROM pending").fetchone()
        codes = one("SELECT code, count(*) FROM refused GROUP BY code ORDER BY code").fetchall()
        return {
            "waiting": waiting,
            "bytes": self._used() * self._page_size,
            "bytes_max": self.pages_max * self._page_size,
            "is_full": self.is_full(),
            "refused": dict(codes),
            "tallies": dict(one("SELECT name, count FROM tally ORDER BY name").fetchall()),
            "facts": dict(one("SELECT name, value FROM fact ORDER BY name").fetchall()),
        }

    def refusals(self, *, most: int) -> list[tuple[str, str, str]]:
        """Return what will not be sent again by itself, the latest first."""
        rows = self._db.execute(
            "SELECT code, detail, row FROM refused ORDER BY id DESC LIMIT ?", [most]
        )
        return [(code, detail, bytes(row).decode()) for code, detail, row in rows.fetchall()]


class Glance(Spool):
    """The state of an agent that runs, to read only."""

    def _open(self, path: Path, bytes_max: int) -> None:
        self._db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
        self._page_size: int = self._db.execute("PRAGMA page_size").fetchone()[0]
        self.pages_max = bytes_max // self._page_size

    def __init__(self, directory: Path, *, bytes_max: int) -> None:
        self._lock = None
        self._open(directory / "spool.sqlite3", bytes_max)


def _locked(path: Path) -> IO[str] | None:
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        message = f"{path.parent}: another agent is at work here"
        raise StateInUse(message) from error
    return file


def _note(db: sqlite3.Connection, facts: Mapping[str, str]) -> None:
    db.executemany("INSERT OR REPLACE INTO fact VALUES (?, ?)", list(facts.items()))


def _place(db: sqlite3.Connection, source: str, name: str, value: str | None) -> None:
    if value is None:
        db.execute("DELETE FROM place WHERE source = ? AND name = ?", [source, name])
    else:
        db.execute("INSERT OR REPLACE INTO place VALUES (?, ?, ?)", [source, name, value])


def _refuse(db: sqlite3.Connection, refused: Sequence[Refused], now: int) -> None:
    db.executemany(
        "INSERT INTO refused (code, detail, row, moment) VALUES (?, ?, ?, ?)",
        [[each.code, each.detail, each.row, now] for each in refused],
    )


def _count(db: sqlite3.Connection, tallies: Mapping[str, int]) -> None:
    db.executemany(
        "INSERT INTO tally VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET count = count + excluded.count",
        [[name, count] for name, count in tallies.items() if count],
    )
