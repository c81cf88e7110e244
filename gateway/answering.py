"""
What is answered about codes: rows of facts as they are now, which the answer's signature covers.

One statement reads a code, or a thousand: the record as it was signed, and for what is registered
here status and capacity as the register has them in this moment. A suspension counts at its commit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from django.conf import settings
from django.db import connection

from common import statements
from gateway import keys
from gateway.contracts import KeyPurpose, own_code
from gateway.rules import records
from gateway.rules.freshness import freshness

READ_COLUMNS: Final = (
    "e.code, e.authority, e.record, e.record_json, e.status_sequence, e.status_since,"
    " coalesce(r.status, e.status), coalesce(r.total_milli, e.total_milli),"
    " coalesce(r.available_milli, e.available_milli), coalesce(r.observed_at, e.observed_at),"
    " e.heard_at, e.resource_id IS NOT NULL"
)
_READ: Final = (
    f"SELECT {READ_COLUMNS} FROM gateway_entry e"
    " LEFT JOIN identity_computeresource r ON r.id = e.resource_id WHERE e.code = ANY(%s)"
)
_READ_UNSIGNED: Final = """
    SELECT r.identifier, %s, NULL, NULL, 1, r.registered_at, r.status, r.total_milli,
        r.available_milli, r.observed_at, r.registered_at, true
    FROM identity_computeresource r WHERE r.identifier = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class KnownCode:
    """What is known of a code now; `record` and its JSON are None until a worker signed it."""

    code: str
    authority: str
    record: str | None
    record_json: bytes | None
    status_sequence: int
    status_since: datetime
    status: str
    total_milli: int
    available_milli: int | None
    observed_at: datetime | None
    heard_at: datetime
    is_own: bool


def known(codes: Sequence[str]) -> dict[str, KnownCode]:
    """Return what is known of codes, by code; of what was registered just now, without a record."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, [list(codes)])
        found = {row[0]: known_of_row(row) for row in cursor.fetchall()}
        missing = [code for code in codes if code not in found]
        if missing:
            cursor.execute(_READ_UNSIGNED, [own_code(), missing])
            found |= {row[0]: known_of_row(row) for row in cursor.fetchall()}
    return found


def known_of_row(row: Sequence[Any]) -> KnownCode:
    """Return what a row of `READ_COLUMNS` says."""
    code, authority, record, record_json, *rest = row
    return KnownCode(code, authority, record, record_json and bytes(record_json), *rest)


def row_of(known: KnownCode, *, now: datetime, path: Sequence[str] = ()) -> dict[str, Any]:
    """Return the row of a code: a JSON object as an answer holds it."""
    fresh = freshness(is_own=known.is_own, heard_at=known.heard_at, now=now)
    ttl = settings.IDENTITY_RESOLUTION_TTL_SECONDS
    return {
        "authority": known.authority,
        "code": known.code,
        "countersigned": known.record is not None,
        "freshness": fresh,
        "heard_at": statements.moment(known.heard_at),
        "outcome": "found",
        "path": list(path),
        "record": known.record,
        "state": {
            "available": _available(known, fresh, now),
            "fresh_until": statements.moment(
                (now if known.is_own else known.heard_at) + _seconds(ttl)
            ),
            "total": {"milli": known.total_milli},
        },
        "status": {
            "by": known.authority,
            "sequence": known.status_sequence,
            "since": statements.moment(known.status_since),
            "value": known.status,
        },
        "ttl_seconds": ttl,
    }


def _available(known: KnownCode, fresh: str, now: datetime) -> dict[str, Any] | None:
    """Return what is free; nothing that is older than can be answered for."""
    if known.available_milli is None or known.observed_at is None or fresh == "unknown":
        return None
    return {
        "age_s": max(int((now - known.observed_at).total_seconds()), 0),
        "milli": known.available_milli,
        "observed_at": statements.moment(known.observed_at),
        "source": "market",
    }


def _seconds(count: int) -> timedelta:
    return timedelta(seconds=count)


def signed(body: Mapping[str, Any], *, statement_type: str = "answer") -> dict[str, Any]:
    """
    Return a statement of this node as JSON carries it, signed by its newest `answer` key.

    :raises KeyUnusable: if the node has none
    """
    text = statements.text(statement_type, own_code(), body)
    return records.as_json(text, [keys.newest_key(KeyPurpose.ANSWER).sign(text)])


def etag(row: Mapping[str, Any]) -> str:
    """Return the weak validator of a row: the same as long as nothing but the time changed."""
    status, state = row["status"], row["state"]
    facts = (
        row["record"],
        row["freshness"],
        row["authority"],
        status["value"],
        status["sequence"],
        state["total"]["milli"],
        (state["available"] or {}).get("milli"),
    )
    return f'W/"{sha256(repr(facts).encode()).hexdigest()[:32]}"'
