"""Publish conversion tables: what an hour of a class is worth, row by row, announced ahead."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from common import canonical, notice, tenancy
from identity.events import services as events
from metering import standards, worsening
from metering.contracts import InvalidRule, NamedTable
from metering.event_names import MeteringEvent
from metering.table_contracts import HourClass, InvalidTable, TableVersionConflict
from metering.table_models import ConversionTableVersion


@dataclass(frozen=True, slots=True)
class Agreed:
    """Which two people agreed on a version, by which proposal."""

    id: UUID  # of the version that comes of it
    proposal_id: UUID
    proposed_by_id: int
    decided_by_id: int


@transaction.atomic
def publish_table(
    *,
    name: str,
    version: int,
    title: str,
    title_en: str,
    definition: dict[str, Any],
    source: str,
    valid_from: datetime | None,
    now: datetime,
    agreed: Agreed | None = None,
) -> ConversionTableVersion:
    """
    Publish a version of a class's conversion table; the same again changes nothing.

    :raises InvalidTable: if it breaks its form, or an hour of the class would be another hour
    :raises TableVersionConflict: if the version was published with other content
    :raises BackDated: if the moment is past
    :raises OutOfTurn: if another version takes effect then, or later
    :raises NoticeTooShort: if it converts otherwise and would do so too soon
    """
    require_sound(name, definition)
    content = {"table": name, "version": version, "definition": definition}
    content_hash = canonical.content_hash(content)
    known = ConversionTableVersion.objects.filter(hour_class=name, version=version).first()
    if known is not None:
        if known.content_hash != content_hash:
            raise TableVersionConflict
        return known
    starts_at = begins(name, valid_from, definition, now=now)
    with tenancy.acting_as_platform():
        published = ConversionTableVersion.objects.create(
            hour_class=name,
            version=version,
            title=title,
            title_en=title_en,
            definition=definition,
            content_hash=content_hash,
            source=source,
            valid_from=starts_at,
            published_at=now,
            **agreed_columns(agreed),
        )
        event = events.Event(
            name=MeteringEvent.TABLE_PUBLISHED,
            object_kind="conversion_table_version",
            object_id=published.pk,
            object_label=f"{name} {version}",
            facts={"valid_from": starts_at, "content_hash": content_hash},
        )
        events.record([event])
    return published


def require_sound(name: str, definition: dict[str, Any]) -> None:
    """
    Check what can be checked before anybody agrees.

    :raises InvalidTable: if it breaks its form, or an hour of the class would be another hour
    """
    if name not in HourClass.values:
        raise InvalidTable(reason=f"the class is one of {', '.join(HourClass.values)}")
    table = standards.parse(definition)
    first = ConversionTableVersion.objects.filter(hour_class=name).order_by("version").first()
    if first is not None and unit_of(standards.parse(first.definition)) != unit_of(table):
        raise InvalidTable(reason="what one standard hour of a class is stays as it was")


def unit_of(table: standards.ConversionTable) -> tuple[object, ...]:
    """Return what makes hours of two versions the same unit."""
    reference = table.reference
    return reference.value, reference.of, table.line, table.key, table.evidence


def begins(
    name: str, asked: datetime | None, definition: dict[str, Any], *, now: datetime
) -> datetime:
    """Return when the next version of a table begins."""
    latest = ConversionTableVersion.objects.filter(hour_class=name).order_by("-version").first()
    if latest is None:
        return notice.effective_at(asked, now=now, before=None, is_worse=False)
    return notice.effective_at(
        asked,
        now=now,
        before=latest.valid_from,
        is_worse=worsening.table_is_worse(latest.definition, definition),
        field="valid_from",
    )


def require_in_force(table: NamedTable | None, *, at: datetime) -> None:
    """
    Check that a rule converts by a table that is there when the rule takes effect.

    :raises InvalidRule: if it is not published, or begins later
    """
    if table is None:
        return
    found = ConversionTableVersion.objects.filter(
        hour_class=table.name, version=table.version, valid_from__lte=at
    )
    if not found.exists():
        raise InvalidRule(reason=f"table {table.name} v{table.version} is not in force by then")


def agreed_columns(agreed: Agreed | None) -> dict[str, Any]:
    """Return the columns that say who agreed on a version."""
    if agreed is None:
        return {}
    return {
        "id": agreed.id,
        "proposal_id": agreed.proposal_id,
        "published_by_id": agreed.proposed_by_id,
        "approved_by_id": agreed.decided_by_id,
    }
