"""Searching what is known here by facets, page by page; rows of others say how old they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from django.core import signing
from django.db import connection

from common import clock, tenancy
from gateway import answering, selectors
from gateway.answering import (
    COLUMNS_READ,
    READ_COLUMNS,
    READ_FROM,
    STATUS_NOW,
    KnownCode,
    known_of_row,
)
from gateway.contracts import InvalidSearchCursor
from gateway.rules.freshness import freshness
from gateway.sensing.selectors import TOLD_AT_LEAST
from identity.contracts import ResourceStatus

PAGE_MAX: Final = 200
COUNTED_MAX: Final = 10_000
CURSOR_SECONDS: Final = 24 * 3600
_SALT: Final = "gateway.search"
# How each order is walked: what comes first, and whether it falls.
ORDERS: Final = {
    "code": ("e.code", False),
    "price": ("e.price_minor", False),
    "level": ("e.level", True),
    "available": ("coalesce(r.available_milli, e.available_milli)", True),
    "newest": ("e.status_since", True),
}
ACTIVE: Final = "ACTIVE"
NOT_ACTIVE: Final = """(e.status <> 'ACTIVE' OR e.resource_id IN (
    SELECT x.id FROM identity_computeresource x JOIN identity_organization y ON y.id = x.provider_id
    WHERE x.status <> 'ACTIVE' OR y.suspended_at IS NOT NULL
) OR e.authority IN (SELECT z.code FROM gateway_node z WHERE z.state IN ('SUSPENDED', 'LEFT'))
    OR EXISTS (SELECT FROM identity_grant g WHERE g.is_current AND g.state <> 'ACTIVE'
        AND starts_with(e.code, g.prefix || '-')))"""
# Orders by what a code may not have.
NEEDED: Final = frozenset({"price", "available"})
REGION_DIGITS: Final = 6
# What is counted, and how it is read. Of specifications the most frequent ones are told.
AVAILABLE: Final = "coalesce(r.available_milli, e.available_milli)"
FACETS: Final = {
    "region": "e.region",
    "resource_class": "e.resource_class",
    "form": "e.form",
    "level": "e.level",
    "status": "e.status",
    "specification": "nullif(e.specification, '')",
    "availability": f"CASE WHEN {AVAILABLE} IS NULL THEN 'UNKNOWN'"
    f" WHEN {AVAILABLE} <= 0 THEN 'NONE'"
    f" WHEN {AVAILABLE} < e.total_milli THEN 'SOME' ELSE 'ALL' END",
}
SPECIFICATIONS_TOLD: Final = 50
AVAILABILITY: Final = {
    "NONE": f"{AVAILABLE} <= 0",
    "SOME": f"{AVAILABLE} > 0 AND {AVAILABLE} < e.total_milli",
    "ALL": f"{AVAILABLE} >= e.total_milli AND {AVAILABLE} > 0",
    "UNKNOWN": f"{AVAILABLE} IS NULL",
}


@dataclass(frozen=True, slots=True)
class CodesWanted:
    """What is looked for; None and empty narrow nothing. Shares and PUE are in thousandths."""

    region: str = ""
    resource_class: str = ""
    form: str = ""
    chips: tuple[str, ...] = ()
    level_min: int | None = None
    pue_milli_max: int | None = None
    green_milli_min: int | None = None
    available_milli_min: int | None = None
    specification: str = ""
    availability: str = ""
    price_minor_max: int | None = None
    status: str = "ACTIVE"
    sort: str = "code"


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Rows in their order, where the next page begins, and counts of all that was found."""

    rows: list[dict[str, Any]]
    next: str
    facets: dict[str, dict[str, int]] | None
    is_capped: bool
    partial: list[dict[str, str]]
    as_of: datetime


def search(wanted: CodesWanted, *, limit: int, cursor: str, with_facets: bool) -> SearchPage:
    """
    Return a page of what is known here.

    :raises InvalidSearchCursor: if the cursor is cut, forged, a day old, or of another search
    """
    now = clock.now()
    conditions, values = _conditions(wanted, now)
    leading, falls = ORDERS[wanted.sort]
    after, after_values = _after(wanted, cursor, leading, falls=falls)
    order = f"{leading} {'DESC' if falls else 'ASC'}" + ("" if leading == "e.code" else ", e.code")
    extra = "" if leading == "e.code" else f", {leading}"
    statement = (
        f"SELECT {READ_COLUMNS}{extra} FROM {READ_FROM}"
        f" WHERE {' AND '.join([*conditions, *after])} ORDER BY {order} LIMIT %s"
    )
    # What sources told is seen by owners and by the platform; what follows from it, by everybody.
    with tenancy.acting_as_platform(), connection.cursor() as database:
        database.execute(statement, [*values, *after_values, limit + 1])
        found = database.fetchall()
        facets = _facets(database, conditions, values, wanted.status) if with_facets else None
    page = found[:limit]
    known = answering.with_sights([known_of_row(row[:COLUMNS_READ]) for row in page])
    least = wanted.available_milli_min
    if least is None and wanted.availability in ("SOME", "ALL"):
        least = 1
    if least is not None:
        known = [each for each in known if _has(each, least, now)]
    given_up = [each.code for each in known if each.status == "RENAMED"]
    steps = selectors.rename_steps(given_up) if given_up else {}
    rows = [answering.row_of(each, now=now, renamed=steps.get(each.code)) for each in known]
    stale = {row["authority"]: row["freshness"] for row in rows if row["freshness"] != "live"}
    return SearchPage(
        rows=rows,
        next=_next(wanted, page[-1]) if len(found) > limit else "",
        facets=facets,
        is_capped=facets is not None and sum(facets["status"].values()) > COUNTED_MAX,
        partial=[{"node": node, "reason": fresh} for node, fresh in sorted(stale.items())],
        as_of=now,
    )


def _has(known: KnownCode, least: int, now: datetime) -> bool:
    """Return whether so much is free by all that is told: a resource that is down has nothing."""
    fresh = freshness(is_own=known.is_own, heard_at=known.heard_at, now=now)
    free = answering.state_now(known, fresh, now).available_milli
    return free is not None and free >= least


def _conditions(wanted: CodesWanted, now: datetime) -> tuple[list[str], list[Any]]:
    # Said as "none of the others": the planner takes an equality of such an expression for rare,
    # reads all that the other conditions leave, and sorts it.
    conditions = [f"{STATUS_NOW} <> ALL (%s::varchar[])"]
    values: list[Any] = [[each for each in ResourceStatus.values if each != wanted.status]]
    if wanted.status == ACTIVE:
        conditions.append("e.status = 'ACTIVE'")
    else:  # Whose record is active still may be suspended just now, or by its owner.
        conditions.append(NOT_ACTIVE)
    if wanted.available_milli_min is not None:
        conditions.append(TOLD_AT_LEAST)
        values += [now, wanted.available_milli_min, now]
    region, places = _within(wanted.region)
    conditions += region
    values += places
    if wanted.chips:
        conditions.append("e.chips && %s::varchar[]")
        values.append(list(wanted.chips))
    if wanted.availability:
        conditions.append(AVAILABILITY[wanted.availability])
    if wanted.sort in NEEDED:
        conditions.append(f"{ORDERS[wanted.sort][0]} IS NOT NULL")
    compared, compared_values = _compared(wanted)
    return [*conditions, *compared], [*values, *compared_values]


def _compared(wanted: CodesWanted) -> tuple[list[str], list[Any]]:
    """Return the conditions that compare one column with what is wanted, where anything is."""
    conditions: list[str] = []
    values: list[Any] = []
    for column, comparison, value in (
        ("e.resource_class", "=", wanted.resource_class or None),
        ("e.form", "=", wanted.form or None),
        ("e.specification", "=", wanted.specification or None),
        ("e.level", ">=", wanted.level_min),
        ("e.pue_milli", "<=", wanted.pue_milli_max),
        ("e.green_milli", ">=", wanted.green_milli_min),
        (
            "coalesce(r.available_milli, e.available_milli)",
            ">=",
            wanted.available_milli_min,
        ),
        ("e.price_minor", "<=", wanted.price_minor_max),
    ):
        if value is not None:
            conditions.append(f"{column} {comparison} %s")
            values.append(value)
    return conditions, values


def _within(region: str) -> tuple[list[str], list[str]]:
    """Return the condition of a region, and its values; a province holds codes that begin so."""
    if len(region) == REGION_DIGITS:
        return ["e.region = %s"], [region]
    if not region:
        return [], []
    return ["e.region >= %s AND e.region < %s"], [region, _behind(region)]


def _behind(prefix: str) -> str:
    """Return the first text behind all that begin with a prefix of digits."""
    return str(int(prefix) + 1).zfill(len(prefix))


def _after(
    wanted: CodesWanted, cursor: str, leading: str, *, falls: bool
) -> tuple[list[str], list[Any]]:
    if not cursor:
        return [], []
    try:
        kind, value, code = signing.loads(cursor, salt=_SALT, max_age=CURSOR_SECONDS)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise InvalidSearchCursor(field="cursor") from error
    if kind != _kind(wanted):
        raise InvalidSearchCursor(field="cursor")
    if leading == "e.code":
        return ["e.code > %s"], [code]
    if falls:
        return [f"({leading} < %s OR ({leading} = %s AND e.code > %s))"], [value, value, code]
    return [f"({leading}, e.code) > (%s, %s)"], [value, code]


def _next(wanted: CodesWanted, row: Sequence[Any]) -> str:
    value = row[-1] if wanted.sort != "code" else None
    return signing.dumps([_kind(wanted), value, row[0]], salt=_SALT)


def _kind(wanted: CodesWanted) -> str:
    return sha256(repr(wanted).encode()).hexdigest()[:16]


def _facets(
    database: Any, conditions: Sequence[str], values: Sequence[Any], status: str
) -> dict[str, dict[str, int]]:
    """Count what was found by facet: exact up to ten thousand, and of the first ones beyond."""
    columns = ", ".join(f"{read} AS {name}" for name, read in FACETS.items())
    sets = ", ".join(f"({name})" for name in FACETS)
    database.execute(
        f"WITH found AS MATERIALIZED (SELECT {columns} FROM {READ_FROM}"
        f" WHERE {' AND '.join(conditions)} LIMIT {COUNTED_MAX + 1})"
        f" SELECT {', '.join(FACETS)}, count(*) FROM found GROUP BY GROUPING SETS ({sets})",
        list(values),
    )
    counted: dict[str, dict[str, int]] = {name: {} for name in FACETS}
    for *named, count in sorted(database.fetchall(), key=lambda row: -row[-1]):
        for name, value in zip(FACETS, named, strict=True):
            if value is not None and len(counted[name]) < _told_of(name):
                counted[name][str(value)] = count
    # What was found is in the status that was asked for, whatever its record says.
    total = sum(counted["status"].values())
    counted["status"] = {status: total} if total else {}
    return counted


def _told_of(facet: str) -> int:
    return SPECIFICATIONS_TOLD if facet == "specification" else COUNTED_MAX
