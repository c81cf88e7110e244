"""What would become of each row of an uploaded file, in sentences."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _

from common.canonical import content_hash
from common.tabular.columns import Column
from common.tabular.writing import csv_text
from marketplace.importing import capacity
from marketplace.importing.capacity.sorting import PricedRow
from marketplace.importing.capacity.uploads import Upload
from marketplace.importing.contracts import BadRow, RepeatedRow, SerialTwice
from marketplace.portal import figures
from marketplace.portal.tables import Tag
from pricing.contracts import RateUnit

SHOWN_MAX: Final = 200
COLUMNS: Final = ("row", "result", "name", "told", "detail")


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """One row of the file and what becomes of it."""

    number: int
    kind: str  # refused, changed, new or known; the first matter most
    name: str
    told: str
    detail: str = ""

    @property
    def tag(self) -> Tag:
        """Return its word, tone and symbol."""
        return {
            "refused": Tag(_("Refused"), "bad", "circle-x"),
            "changed": Tag(_("New price"), "brand", "refresh"),
            "new": Tag(_("New"), "ok", "plus"),
            "known": Tag(_("Known"), "neutral", "check"),
        }[self.kind]


@dataclass(frozen=True, slots=True)
class CapacityOutcome:
    """All rows, those that want a look first."""

    rows: tuple[RowOutcome, ...]
    is_strict: bool

    def count(self, kind: str) -> int:
        """Return how many rows end so."""
        return sum(row.kind == kind for row in self.rows)

    @property
    def counts(self) -> dict[str, int]:
        """Return how many rows end in each way."""
        return {kind: self.count(kind) for kind in ("new", "changed", "known", "refused")}

    @property
    def shown(self) -> tuple[RowOutcome, ...]:
        """Return the rows that the page shows."""
        return self.rows[:SHOWN_MAX]

    @property
    def hidden(self) -> int:
        """Return how many rows the page leaves to the file."""
        return max(len(self.rows) - SHOWN_MAX, 0)

    @property
    def does_nothing(self) -> bool:
        """Return whether nothing would be made or changed."""
        is_stopped = self.is_strict and self.count("refused")
        return bool(is_stopped) or not (self.count("new") or self.count("changed"))

    @property
    def mark(self) -> str:
        """Return a mark of all that was told: what is confirmed is what was read."""
        told = [[row.number, row.kind, row.told] for row in self.rows]
        return content_hash([self.is_strict, told])

    def as_csv(self) -> str:
        """Return every row as a table."""
        lines = ([str(r.number), str(r.tag.label), r.name, r.told, r.detail] for r in self.rows)
        return csv_text([Column(name) for name in COLUMNS], lines)


def outcome_of(
    upload: Upload,
    *,
    provider_id: UUID,
    source: str,
    updates_prices: bool,
    is_strict: bool,
    now: datetime,
    pool: str = "",
) -> CapacityOutcome:
    """
    Look at what a file would do, and do nothing.

    :raises SourceRefused: if the source is no name
    """
    found = capacity.look_at(
        provider_id=provider_id,
        rows=upload.file.rows,
        prices=None,
        now=now,
        source=source,
        updates_prices=updates_prices,
        pool=pool,
    )
    names = {row.line: row.facts.name for row in upload.file.rows}
    bad = sorted([*upload.file.bad, *found.bad], key=lambda row: row.line)
    rows = [
        *(_refused(row, upload, names) for row in bad),
        *(_entry("changed", pair, upload) for pair in found.repriced.values()),
        *(_entry("new", pair, upload) for pair in found.new),
        *_known(found.known, upload),
    ]
    return CapacityOutcome(tuple(rows), is_strict)


def _refused(row: BadRow, upload: Upload, names: dict[int, str]) -> RowOutcome:
    told = _reason(row)
    if isinstance(row, RepeatedRow):
        told = str(SerialTwice(row=upload.number(row.earlier)))
        row = replace(row, detail=told)
    detail = row.detail if row.detail != told else ""
    return RowOutcome(upload.number(row.line), "refused", names.get(row.line, ""), told, detail)


def _reason(row: BadRow) -> str:
    """Say in the reader's language why a row is not taken."""
    known = {
        "known_differs": _("It is registered already, and differs in a column that stays."),
        "limits_exceeded": _("The pool is for other regions or classes, or full."),
        "wrong_columns": _("It has more or fewer cells than the header."),
        "invalid_csv": _("A quotation mark in it is never closed."),
        "price_needs_notice": _("Its price is higher: a dearer price needs seven days' notice."),
        "no_factor": _("This chip has no standard hours: price it by the unit-hour."),
        "bad_charset": _("It holds characters in another charset than the file."),
        "bad_character": _("It holds a control character."),
        "line_too_long": _("It is too long."),
        "identifier_unknown_region": _("No region has this code today."),
        "identifier_unknown_industry": _("No industry has this code."),
        "identifier_unknown_code": _("The identifier profile knows no such chip."),
    }
    if row.code in known:
        return known[row.code]
    if row.column:
        return _("The column %(column)s holds no valid value.") % {"column": row.column}
    return row.detail


def _entry(kind: str, pair: PricedRow, upload: Upload) -> RowOutcome:
    row, price = pair
    if price is None:
        told = _("Registered, and not listed: the row has no price.")
    else:
        per = RateUnit(price.unit).label
        said = {"price": figures.unit_price(Decimal(price.unit_price)), "unit": per}
        told = (
            _("Listed at %(price)s a %(unit)s from now on.") % said
            if kind == "changed"
            else _("Registered and listed at %(price)s a %(unit)s.") % said
        )
    return RowOutcome(upload.number(row.line), kind, row.facts.name, told)


def _known(rows: list[Any], upload: Upload) -> Iterator[RowOutcome]:
    told = _("Registered before, the same; nothing happens.")
    for row in rows:
        yield RowOutcome(upload.number(row.line), "known", row.facts.name, told)
