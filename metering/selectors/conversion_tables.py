"""Reads of conversion tables: what every version says, and whether it is worse. Public."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from metering import worsening
from metering.table_contracts import TableNotFound
from metering.table_models import ConversionTableVersion


@dataclass(frozen=True, slots=True)
class TableText:
    """One version of a class's conversion table, whole."""

    id: UUID
    name: str  # the class
    version: int
    title: str
    title_en: str
    definition: Mapping[str, Any]
    before: Mapping[str, Any] | None  # what the version before it says
    content_hash: str
    source: str
    valid_from: datetime
    published_at: datetime
    ends_at: datetime | None  # when the next one begins
    is_worse: bool


def conversion_tables() -> QuerySet[ConversionTableVersion]:
    """Return the versions of all tables."""
    return ConversionTableVersion.objects.order_by("hour_class", "-version")


def table_texts(*, name: str = "") -> list[TableText]:
    """Return the versions of one table, or of all, the newest of each first."""
    rows = ConversionTableVersion.objects.order_by("hour_class", "version")
    if name:
        rows = rows.filter(hour_class=name)
    by_table: dict[str, list[ConversionTableVersion]] = {}
    for row in rows:
        by_table.setdefault(row.hour_class, []).append(row)
    return [
        _text(versions, place)
        for versions in by_table.values()
        for place in reversed(range(len(versions)))
    ]


def table_text(*, name: str, version: int) -> TableText:
    """
    Return a version of a table.

    :raises TableNotFound: if there is none
    """
    for each in table_texts(name=name):
        if each.version == version:
            return each
    raise TableNotFound


def _text(versions: list[ConversionTableVersion], place: int) -> TableText:
    row = versions[place]
    before = versions[place - 1].definition if place else None
    after = versions[place + 1] if place + 1 < len(versions) else None
    return TableText(
        id=row.pk,
        name=row.hour_class,
        version=row.version,
        title=row.title,
        title_en=row.title_en,
        definition=row.definition,
        before=before,
        content_hash=row.content_hash,
        source=row.source,
        valid_from=row.valid_from,
        published_at=row.published_at,
        ends_at=after.valid_from if after else None,
        is_worse=before is not None and worsening.table_is_worse(before, row.definition),
    )
