"""
What is answered about codes: rows of facts as they are now, which the answer's signature covers.

One statement reads a code, or a thousand: the record as it was signed, and for what is registered
here status and capacity as the register has them in this moment; another one what agents, the probe
and deliveries told of them. A suspension counts at its commit, be it of a resource, its owner or
the node that answers for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection

from common import clock, statements
from gateway import selectors, speaking
from gateway.contracts import KeyPurpose, own_code
from gateway.rules import records, renames
from gateway.rules.freshness import freshness
from gateway.rules.renames import RenameStep
from gateway.sensing import selectors as sensing_selectors
from gateway.sensing.contracts import Health, StateSource
from gateway.sensing.rules import PerceivedState, Sight, perceived

_OWN_STATUS: Final = "coalesce(r.status, e.status)"
# Whether a grant above a code, written before the hyphen, does not hold. Hardly ever one does not:
# whether there is any is asked once a statement.
HALTED: Final = (
    "((SELECT EXISTS (SELECT FROM identity_grant h WHERE h.is_current AND h.state <> 'ACTIVE'))"
    " AND EXISTS (SELECT FROM identity_grant g WHERE g.is_current AND g.state <> 'ACTIVE'"
    " AND starts_with({code}, g.prefix || '-')))"
)
_HALTED: Final = HALTED.format(code="e.code")
HALTED_SINCE: Final = (
    "(CASE WHEN (SELECT EXISTS (SELECT FROM identity_grant h WHERE h.is_current"
    " AND h.state <> 'ACTIVE')) THEN (SELECT max(g.recorded_at) FROM identity_grant g"
    " WHERE g.is_current AND g.state <> 'ACTIVE' AND starts_with({code}, g.prefix || '-')) END)"
)
# The worst of record, owner, node and the grants above counts.
STATUS_NOW: Final = (
    f"CASE WHEN {_OWN_STATUS} = 'ACTIVE' AND (o.suspended_at IS NOT NULL"
    f" OR n.state IN ('SUSPENDED', 'LEFT') OR {_HALTED}) THEN 'SUSPENDED' ELSE {_OWN_STATUS} END"
)
_WORST_OF: Final = (
    f"CASE WHEN {_OWN_STATUS} <> 'ACTIVE' THEN 'record' WHEN o.suspended_at IS NOT NULL"
    " THEN 'owner' WHEN n.state IN ('SUSPENDED', 'LEFT') THEN 'node'"
    f" WHEN {_HALTED} THEN 'grant' ELSE 'record' END"
)
READ_COLUMNS: Final = (
    "e.code, e.authority, e.record, e.record_json, e.status_sequence,"
    f" greatest(e.status_since, o.suspended_at, {HALTED_SINCE.format(code='e.code')}),"
    f" {STATUS_NOW}, coalesce(r.total_milli, e.total_milli),"
    " coalesce(r.available_milli, e.available_milli), coalesce(r.observed_at, e.observed_at),"
    f" e.heard_at, e.resource_id, {_WORST_OF}"
)
COLUMNS_READ: Final = 13
READ_FROM: Final = (
    "gateway_entry e LEFT JOIN identity_computeresource r ON r.id = e.resource_id"
    " LEFT JOIN identity_organization o ON o.id = r.provider_id"
    " LEFT JOIN gateway_node n ON n.code = e.authority"
)
_READ: Final = f"SELECT {READ_COLUMNS} FROM {READ_FROM} WHERE e.code = ANY(%s)"
_UNSIGNED: Final = HALTED.format(code="r.identifier")
_READ_UNSIGNED: Final = f"""
    SELECT r.identifier, %s, NULL, NULL, 1,
        greatest(r.registered_at, o.suspended_at, {HALTED_SINCE.format(code="r.identifier")}),
        CASE WHEN r.status = 'ACTIVE' AND (o.suspended_at IS NOT NULL OR {_UNSIGNED})
            THEN 'SUSPENDED'
            ELSE r.status END,
        r.total_milli, r.available_milli, r.observed_at, r.registered_at, r.id,
        CASE WHEN r.status = 'ACTIVE' AND o.suspended_at IS NOT NULL THEN 'owner'
            WHEN r.status = 'ACTIVE' AND {_UNSIGNED} THEN 'grant'
            ELSE 'record' END
    FROM identity_computeresource r JOIN identity_organization o ON o.id = r.provider_id
    WHERE r.identifier = ANY(%s)
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
    resource_id: UUID | None  # of this register
    worst_of: str  # whose status that is: `record`, `owner`, `node` or `grant`
    sights: tuple[Sight, ...] = ()
    first_code: str = ""  # of what was asked for by a further code

    @property
    def registered_code(self) -> str:
        """Return the code that it was registered under, whatever it was asked for by."""
        return self.first_code or self.code

    @property
    def is_own(self) -> bool:
        """Return whether it is registered here."""
        return self.resource_id is not None

    @property
    def is_active(self) -> bool:
        """Return whether it may be offered now."""
        return self.status == "ACTIVE"


def known(codes: Sequence[str], *, with_aliases: bool = True) -> dict[str, KnownCode]:
    """
    Return what is known of codes, by code; of what was registered just now, without a record.

    A resource is found by a further code of its, too, unless those are left out.
    """
    with connection.cursor() as cursor:
        cursor.execute(_READ, [list(codes)])
        found = {row[0]: known_of_row(row) for row in cursor.fetchall()}
        missing = [code for code in codes if code not in found]
        if missing:
            cursor.execute(_READ_UNSIGNED, [own_code(), missing])
            found |= {row[0]: known_of_row(row) for row in cursor.fetchall()}
    known_codes = {each.code: each for each in with_sights(list(found.values()))}
    if with_aliases and len(known_codes) < len(codes):
        known_codes |= _by_aliases([code for code in codes if code not in known_codes])
    return known_codes


def _by_aliases(further: Sequence[str]) -> dict[str, KnownCode]:
    """Return what is known of resources by further codes of theirs."""
    firsts = selectors.first_codes(further)
    beside = known(list(dict.fromkeys(firsts.values())), with_aliases=False) if firsts else {}
    return {
        code: replace(beside[first], code=code, first_code=first)
        for code, first in firsts.items()
        if first in beside
    }


def with_sights(found: Sequence[KnownCode]) -> list[KnownCode]:
    """Return what is known together with what sources told of it, by one more statement."""
    ids = [each.resource_id for each in found if each.resource_id is not None]
    if not ids:
        return list(found)
    sights = sensing_selectors.sights_of(ids)
    return [
        replace(each, sights=tuple(sights[each.resource_id]))
        if each.resource_id in sights
        else each
        for each in found
    ]


def state_now(known: KnownCode, fresh: str, now: datetime) -> PerceivedState:
    """
    Return what is perceived of a code now.

    Of what is suspended or withdrawn nothing is to be had; of what is not known any more nothing
    is said.
    """
    if fresh == "unknown" or known.available_milli is None or known.observed_at is None:
        return PerceivedState(None, None, None, Health.UNKNOWN, None, is_stale=fresh != "live")
    if known.is_own:
        state = perceived(
            total_milli=known.total_milli,
            market_milli=known.available_milli,
            market_at=known.observed_at,
            sights=known.sights,
            now=now,
        )
    else:
        state = PerceivedState(
            known.available_milli,
            StateSource.MARKET,
            known.observed_at,
            Health.UNKNOWN,
            None,
            is_stale=fresh != "live",
        )
    return state if known.is_active else replace(state, available_milli=None)


def known_of_row(row: Sequence[Any]) -> KnownCode:
    """Return what a row of `READ_COLUMNS` says."""
    code, authority, record, record_json, *rest = row
    return KnownCode(code, authority, record, record_json and bytes(record_json), *rest)


def row_of(
    known: KnownCode,
    *,
    now: datetime,
    path: Sequence[str] = (),
    renamed: RenameStep | None = None,
) -> dict[str, Any]:
    """
    Return the row of a code: a JSON object as an answer holds it.

    `renamed` is what the code gave way to, for one that did. A further code's row names the first.
    """
    fresh = freshness(is_own=known.is_own, heard_at=known.heard_at, now=now)
    ttl = settings.IDENTITY_RESOLUTION_TTL_SECONDS
    state = state_now(known, fresh, now)
    until = (now if known.is_own else known.heard_at) + timedelta(seconds=ttl)
    more: dict[str, Any] = {"first_code": known.first_code} if known.first_code else {}
    if renamed is not None:
        more["renamed"] = renames.as_told(renamed)
    return more | {
        "authority": known.authority,
        "code": known.code,
        "countersigned": known.record is not None,
        "freshness": fresh,
        "heard_at": statements.moment(known.heard_at),
        "outcome": outcome_now(known, renamed),
        "path": list(path),
        "record": known.record,
        "state": {
            "available": _available(state, now),
            "fresh_until": statements.moment(min(until, state.fresh_until or until)),
            "health": state.health.lower(),
            "is_stale": state.is_stale,
            "last_told_at": statements.moment(state.observed_at) if state.observed_at else None,
            "total": {"milli": known.total_milli},
        },
        "status": {
            "by": known.authority,
            "sequence": known.status_sequence,
            "since": statements.moment(known.status_since),
            "value": known.status,
            "worst_of": known.worst_of,
        },
        "ttl_seconds": ttl,
    }


def outcome_now(known: KnownCode, renamed: RenameStep | None = None) -> str:
    """Return what became of a code: `found`, `alias`, `renamed`, or `moved` to another node."""
    if known.status == "RENAMED":
        return "moved" if renamed is not None and renamed.kind == "move" else "renamed"
    return "alias" if known.first_code else "found"


def _available(state: PerceivedState, now: datetime) -> dict[str, Any] | None:
    """Return what is free, who says so and when it was seen; None where nothing is known now."""
    if state.available_milli is None or state.observed_at is None or state.source is None:
        return None
    return {
        "age_s": max(int((now - state.observed_at).total_seconds()), 0),
        "milli": state.available_milli,
        "observed_at": statements.moment(state.observed_at),
        "source": state.source.lower(),
    }


def signed(
    body: Mapping[str, Any], *, statement_type: str = "answer", now: datetime | None = None
) -> dict[str, Any]:
    """
    Return a statement of this node as JSON carries it, signed by the `answer` key it speaks with.

    `now` is the time where the caller has read it already.

    :raises KeyUnusable: if the node has none
    """
    text = statements.text(statement_type, own_code(), body)
    key = speaking.speaking_key(KeyPurpose.ANSWER, now=now or clock.now())
    return records.as_json(text, [key.sign(text)])


def etag(row: Mapping[str, Any]) -> str:
    """Return the weak validator of a row: the same as long as nothing but the time changed."""
    status, state = row["status"], row["state"]
    facts = (
        row["record"],
        row["freshness"],
        row["authority"],
        status["value"],
        status["sequence"],
        status["worst_of"],
        state["total"]["milli"],
        (state["available"] or {}).get("milli"),
        (state["available"] or {}).get("source"),
        state["health"],
        state["is_stale"],
        row["outcome"],
        row.get("renamed", {}).get("statement"),
    )
    return f'W/"{sha256(repr(facts).encode()).hexdigest()[:32]}"'
