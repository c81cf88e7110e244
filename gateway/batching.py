"""
Many codes at once: one statement reads them, one tree and one signature cover them all.

Each line is the exact bytes of a row in the order asked; the last line is an answer that names how
many there are and the RFC 9162 root over their leaf hashes. So a line can be proved by itself, and
a batch of a thousand costs one signature.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import msgspec

from common import clock, statements
from common.errors import InvalidInput, Refusal
from gateway import answering, selectors
from gateway.answering import KnownCode
from gateway.contracts import TooManyCodes
from gateway.rules import renames
from gateway.rules.freshness import freshness
from gateway.rules.renames import RenameStep
from identity import selectors as identity_selectors

CODES_MAX: Final = 1_000
INCLUDED: Final = frozenset({"record"})
_encode: Final = msgspec.json.Encoder().encode


class BatchAvailable(msgspec.Struct, frozen=True):
    """How much is free, and when that was seen."""

    milli: int
    observed_at: datetime
    source: str


class CodeRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A row of a batch: members in the order of their names."""

    authority: str
    available: BatchAvailable | None
    code: str
    countersigned: bool
    freshness: str
    health: str
    outcome: str
    record: str | None
    stale: bool
    status: str
    status_sequence: int
    total_milli: int
    record_statement: msgspec.Raw | None = None
    first_code: str | None = None
    renamed: dict[str, Any] | None = None


def lines(codes: Sequence[str], *, include: Sequence[str], nonce: str) -> list[bytes]:
    """
    Return the lines of a batch, without their ends: a row for each code, and the answer.

    :raises TooManyCodes: if there are none, or more than a thousand, or one twice
    :raises InvalidInput: if something unknown is to be included
    """
    if not 0 < len(codes) <= CODES_MAX or len(set(codes)) < len(codes):
        raise TooManyCodes(field="codes", most=CODES_MAX)
    if not INCLUDED.issuperset(include):
        raise InvalidInput(field="include")
    now = clock.now()
    known = answering.known(codes)
    with_record = "record" in include
    given_up = [each.registered_code for each in known.values() if each.status == "RENAMED"]
    steps = selectors.rename_steps(given_up) if given_up else {}
    rows = [
        _encode(_row(known[code], now, with_record, steps) if code in known else _missing(code))
        for code in codes
    ]
    body = {
        "asked": {"nonce": nonce},
        "at": statements.moment(now),
        "root": tree_root([sha256(b"\0" + row).digest() for row in rows]).hex(),
        "size": len(rows),
    }
    return [*rows, _encode({"answer": answering.signed(body)})]


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """Return the RFC 9162 root over leaf hashes; there is at least one."""
    level = list(leaves)
    while len(level) > 1:
        paired = [
            sha256(b"\1" + level[at] + level[at + 1]).digest() for at in range(0, len(level) - 1, 2)
        ]
        level = [*paired, level[-1]] if len(level) % 2 else paired
    return level[0]


def _row(
    known: KnownCode, now: datetime, with_record: bool, steps: Mapping[str, RenameStep]
) -> CodeRow:
    step = steps.get(known.registered_code)
    fresh = freshness(is_own=known.is_own, heard_at=known.heard_at, now=now)
    state = answering.state_now(known, fresh, now)
    available = (
        BatchAvailable(state.available_milli, state.observed_at, state.source.lower())
        if state.available_milli is not None and state.observed_at and state.source
        else None
    )
    raw = msgspec.Raw(known.record_json) if with_record and known.record_json else None
    return CodeRow(
        known.authority,
        available,
        known.code,
        known.record is not None,
        fresh,
        state.health.lower(),
        answering.outcome_now(known, step),
        known.record,
        state.is_stale,
        known.status,
        known.status_sequence,
        known.total_milli,
        raw,
        known.first_code or None,
        None if step is None else renames.as_told(step),
    )


def _missing(code: str) -> dict[str, Any]:
    """Return the row of a code that is not known here: a slip is named."""
    try:
        identity_selectors.require_identifier(code)
    except Refusal as refusal:
        return {"code": code[:96], "error": {"code": refusal.code}, "outcome": "refused"}
    return {"code": code, "outcome": "unknown"}
