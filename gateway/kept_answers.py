"""
Answers to strangers about codes of this register: read by one statement, signed once a second.

What is known of a code is read with each answer, so that a suspension counts at its commit. Where
all of it is as it was when an answer was signed a moment ago, that answer goes out again, byte for
byte: it says when it was signed, and nobody could be told otherwise since.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from django.db import connection

from common import clock
from gateway import answering
from gateway.answering import COLUMNS_READ, READ_COLUMNS, READ_FROM, KnownCode
from gateway.contracts import own_code
from gateway.rules import records
from gateway.sensing.contracts import Health, StateSource
from gateway.sensing.rules import Sight
from identity import selectors as identity_selectors

REUSED_FOR: Final = timedelta(seconds=1)
KEPT_MAX: Final = 2_000  # in a process, of some four kilobytes
RENAMED: Final = "RENAMED"
# Beside what is known: what sources told last, and the grants above, the longest prefix first.
_READ: Final = f"""
    SELECT {READ_COLUMNS},
        (SELECT json_agg(json_build_array(t.source, t.total_milli, t.free_milli, t.health,
                t.observed_at, t.fresh_until) ORDER BY t.source)::text
            FROM sensing_told(ARRAY[e.resource_id]) t),
        ARRAY(SELECT DISTINCT ON (length(g.subject)) g.digest FROM gateway_statement g
            WHERE g.type = 'grant' AND g.subject = ANY(%s) AND NOT g.is_second
            ORDER BY length(g.subject) DESC, g.sequence DESC)
    FROM {READ_FROM} WHERE e.code = %s AND e.resource_id IS NOT NULL
"""
_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer as it goes out, its validator, and of what facts until when it holds."""

    content: bytes
    etag: str
    facts: tuple[Any, ...]
    holds_until: float  # monotonic seconds of this process


_kept: dict[tuple[str, str], KeptAnswer] = {}


def kept_answer(code: str) -> KeptAnswer | None:
    """
    Return the signed answer about a code of this register; None if it is asked for otherwise.

    Otherwise is how codes of other nodes, further codes, codes that gave way, and those that no
    worker signed yet are answered.

    :raises InvalidIdentifier: naming the slip
    :raises KeyUnusable: if this node has no key to answer with
    """
    name = (own_code(), code)
    kept = _kept.get(name)
    if kept is None:  # Of what is kept the writing was checked.
        identity_selectors.require_identifier(code)
    facts = _facts(code)
    if facts is None or facts[2] is None or facts[6] == RENAMED:
        return None
    if kept is not None and kept.facts == facts and time.monotonic() < kept.holds_until:
        return kept
    if len(_kept) >= KEPT_MAX:
        _kept.clear()
    made = _kept[name] = _answered(facts)
    return made


def forget() -> None:
    """Keep no answer of before; for tests that make the time go on."""
    _kept.clear()


def _facts(code: str) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(_READ, [records.prefixes(code), code])
        found = cursor.fetchone()
    return None if found is None else tuple(found)


def _answered(facts: tuple[Any, ...]) -> KeptAnswer:
    began, now = time.monotonic(), clock.now()
    *_columns, told, chain = facts
    known = replace(answering.known_of_row(facts[:COLUMNS_READ]), sights=_sights(told))
    row = answering.row_of(known, now=now)
    content = {
        "view": row,
        "answer": answering.signed({"asked": {"nonce": ""}, "at": now, "row": row}, now=now),
        "record": msgspec.Raw(known.record_json or b"null"),
        "chain": chain,
        "disclosures": [],
    }
    holds_for = min(REUSED_FOR, _until(known, now) - now)
    return KeptAnswer(
        _encode(content), answering.etag(row), facts, began + holds_for.total_seconds()
    )


def _until(known: KnownCode, now: datetime) -> datetime:
    """Return when the first word that counts now counts no more."""
    ends = [each.fresh_until for each in known.sights if each.is_fresh(now)]
    return min(ends, default=now + REUSED_FOR)


def _sights(told: str | None) -> tuple[Sight, ...]:
    words: Sequence[Any] = json.loads(told) if told else ()
    return tuple(
        Sight(
            source=StateSource(source),
            total_milli=total,
            free_milli=free,
            health=Health(health),
            observed_at=datetime.fromisoformat(observed_at),
            fresh_until=datetime.fromisoformat(fresh_until),
        )
        for source, total, free, health, observed_at, fresh_until in words
    )
