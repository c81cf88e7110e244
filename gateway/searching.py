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
    known_of_row,
)
from gateway.contracts import InvalidSearchCursor
from gateway.rules.freshness import STALE_FOR
from gateway.sensing.selectors import FREE_NOW
from identity.contracts import ResourceStatus

PAGE_MAX: Final = 200
COUNTED_MAX: Final = 1_000  # of what is free, too, which each row has to be asked for
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
# The register's figure: never less than what is free by all that is told.
AVAILABLE: Final = "coalesce(r.available_milli, e.available_milli)"
_TOTAL: Final = "coalesce(r.total_milli, e.total_milli)"
# What is free by all that is told, as `answering.state_now` says it in each row; null: not known.
FREE: Final = f"""(CASE
    WHEN {STATUS_NOW} <> 'ACTIVE' OR coalesce(r.observed_at, e.observed_at) IS NULL
        OR {AVAILABLE} IS NULL THEN NULL
    WHEN e.resource_id IS NULL THEN CASE WHEN e.heard_at >= at.heard_since
        THEN e.available_milli END
    WHEN r.id IS NULL THEN e.available_milli
    ELSE {FREE_NOW.format(now="at.now", total=_TOTAL, market=AVAILABLE)} END)"""
FOUND_IN: Final = f"""{READ_FROM}
    CROSS JOIN (VALUES (%s::timestamptz, %s::timestamptz)) AS at (now, heard_since)"""
# What is counted, and how it is read. Of specifications the most frequent ones are told.
FACETS: Final = {
    "region": "e.region",
    "resource_class": "e.resource_class",
    "form": "e.form",
    "level": "e.level",
    "status": "e.status",
    "specification": "nullif(e.specification, '')",
}
AVAILABILITY_OF: Final = (
    "CASE WHEN free_milli IS NULL THEN 'UNKNOWN' WHEN free_milli <= 0 THEN 'NONE'"
    " WHEN free_milli < total_milli THEN 'SOME' ELSE 'ALL' END"
)
SPECIFICATIONS_TOLD: Final = 50
# Where the register has less than is wanted nobody has to be asked what sources tell.
AVAILABILITY: Final = {
    "NONE": f"{FREE} <= 0",
    "SOME": f"{AVAILABLE} > 0 AND {FREE} > 0 AND {FREE} < {_TOTAL}",
    "ALL": f"{AVAILABLE} >= {_TOTAL} AND {FREE} >= {_TOTAL} AND {FREE} > 0",
    "UNKNOWN": f"{FREE} IS NULL",
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
    conditions, values = _conditions(wanted)
    times = [now, now - STALE_FOR]
    leading, falls = ORDERS[wanted.sort]
    after, after_values = _after(wanted, cursor, leading, falls=falls)
    order = f"{leading} {'DESC' if falls else 'ASC'}" + ("" if leading == "e.code" else ", e.code")
    extra = "" if leading == "e.code" else f", {leading}"
    statement = (
        f"SELECT {READ_COLUMNS}{extra} FROM {FOUND_IN}"
        f" WHERE {' AND '.join([*conditions, *after])} ORDER BY {order} LIMIT %s"
    )
    # What sources told is seen by owners and by the platform; what follows from it, by everybody.
    with tenancy.acting_as_platform(), connection.cursor() as database:
        database.execute(statement, [*times, *values, *after_values, limit + 1])
        found = database.fetchall()
        facets = (
            _facets(database, conditions, [*times, *values], wanted.status) if with_facets else None
        )
    page = found[:limit]
    known = answering.with_sights([known_of_row(row[:COLUMNS_READ]) for row in page])
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


def _conditions(wanted: CodesWanted) -> tuple[list[str], list[Any]]:
    # Said as "none of the others": the planner takes an equality of such an expression for rare,
    # reads all that the other conditions leave, and sorts it.
    conditions = [f"{STATUS_NOW} <> ALL (%s::varchar[])"]
    values: list[Any] = [[each for each in ResourceStatus.values if each != wanted.status]]
    if wanted.status == ACTIVE:
        conditions.append("e.status = 'ACTIVE'")
    else:  # Whose record is active still may be suspended just now, or by its owner.
        conditions.append(NOT_ACTIVE)
    if wanted.available_milli_min is not None:
        conditions.append(f"{FREE} >= %s")
        values.append(wanted.available_milli_min)
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
        (AVAILABLE, ">=", wanted.available_milli_min),
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
    names = [*FACETS, "availability"]
    database.execute(
        f"WITH found AS MATERIALIZED ("
        f"SELECT {columns}, {FREE} AS free_milli, {_TOTAL} AS total_milli FROM {FOUND_IN}"
        f" WHERE {' AND '.join(conditions)} LIMIT {COUNTED_MAX + 1})"
        f" SELECT {', '.join(names)}, count(*)"
        f" FROM (SELECT *, {AVAILABILITY_OF} AS availability FROM found) AS told"
        f" GROUP BY GROUPING SETS ({', '.join(f'({name})' for name in names)})",
        list(values),
    )
    counted: dict[str, dict[str, int]] = {name: {} for name in names}
    for *named, count in sorted(database.fetchall(), key=lambda row: -row[-1]):
        for name, value in zip(names, named, strict=True):
            if value is not None and len(counted[name]) < _told_of(name):
                counted[name][str(value)] = count
    # What was found is in the status that was asked for, whatever its record says.
    total = sum(counted["status"].values())
    counted["status"] = {status: total} if total else {}
    return counted


def _told_of(facet: str) -> int:
    return SPECIFICATIONS_TOLD if facet == "specification" else COUNTED_MAX
