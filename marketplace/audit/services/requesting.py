"""Asking for an export, and changing one's mind."""

from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from common import doorbell
from identity.contracts import Actor, Role
from identity.events.selectors import READERS_OF_ALL
from marketplace.audit import datasets, selectors
from marketplace.audit.contracts import (
    ExportFormat,
    ExportKind,
    ExportNotAllowed,
    ExportOver,
    ExportScope,
    ExportState,
    InvalidExportPeriod,
    Query,
    TooManyExports,
)
from marketplace.audit.event_names import AuditEvent
from marketplace.audit.models import Export
from marketplace.audit.telling import record_events

PLATFORM_READERS = frozenset({Role.AUDITOR, Role.OPERATOR, Role.FINANCE})
TRADERS = frozenset({Role.PROVIDER, Role.BUYER})
# What no organisation has records of its own of.
PLATFORM_KINDS = frozenset({ExportKind.LEDGER, ExportKind.ROUNDS})
WAITING = (ExportState.QUEUED, ExportState.RUNNING)


def export_scope_of(actor: Actor, kind: ExportKind) -> ExportScope:
    """
    Return whose records an actor may export: everybody's by duty, or the organisation's own.

    :raises ExportNotAllowed: if the actor's roles reach neither
    """
    # What everybody does is read by whose duty it is: money alone is no such duty.
    readers = READERS_OF_ALL if kind is ExportKind.EVENTS else PLATFORM_READERS
    if actor.has_role(*readers):
        return ExportScope.PLATFORM
    if actor.has_role(*TRADERS) and kind not in PLATFORM_KINDS:
        return ExportScope.OWN
    raise ExportNotAllowed


def kinds_for(actor: Actor) -> list[ExportKind]:
    """Return the kinds of records that an actor may export."""
    found = []
    for kind in ExportKind:
        with suppress(ExportNotAllowed):
            export_scope_of(actor, kind)
            found.append(kind)
    return found


@transaction.atomic
def request_export(
    *, actor: Actor, query: Query, file_format: ExportFormat, queued_at: datetime
) -> Export:
    """
    Queue an export; a worker builds it.

    :raises ExportNotAllowed: if the actor's roles do not reach such records
    :raises FilterNotKnown: if records of the kind cannot be filtered so
    :raises InvalidExportPeriod: if the period is empty or too long
    :raises TooManyExports: if the organisation has enough of them waiting
    """
    scope = export_scope_of(actor, query.kind)
    datasets.require_known_filters(query)
    days = settings.AUDIT_EXPORT_PERIOD_DAYS_MAX
    if not query.starts_at < query.ends_at <= query.starts_at + timedelta(days=days):
        raise InvalidExportPeriod(field="ends_at", days=days)
    waiting = Export.objects.filter(organization_id=actor.organization_id, state__in=WAITING)
    if waiting.count() >= settings.AUDIT_EXPORTS_WAITING_MAX:
        raise TooManyExports(limit=settings.AUDIT_EXPORTS_WAITING_MAX)
    export = Export.objects.create(
        organization_id=actor.organization_id,
        requested_by_id=actor.person_id,
        kind=query.kind,
        file_format=file_format,
        scope=scope,
        starts_at=query.starts_at,
        ends_at=query.ends_at,
        party=query.party,
        programme=query.programme,
        estimated_rows=datasets.dataset(query.kind).count(
            query, selectors.owner_of(scope, actor.organization_id)
        ),
        queued_at=queued_at,
    )
    record_events(AuditEvent.EXPORT_REQUESTED, [export], scope=scope)
    doorbell.ring("exports.requested")
    return export


@transaction.atomic
def cancel_export(*, export_id: UUID, organization_id: UUID, now: datetime) -> Export:
    """
    Give up an export that is not finished; its worker notices and stops.

    :raises ExportNotFound: if it does not exist or is someone else's
    :raises ExportOver: if it has ended
    """
    export = selectors.export_of(
        export_id=export_id, organization_id=organization_id, is_locked=True
    )
    if export.state not in WAITING:
        raise ExportOver(state=export.get_state_display())
    export.state, export.finished_at = ExportState.CANCELLED, now
    export.save(update_fields=["state", "finished_at"])
    record_events(AuditEvent.EXPORT_CANCELLED, [export])
    return export
