"""Imports of usage: who runs them, which orders they made, and how they ended."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from common import tenancy
from marketplace.orders import locks, telling
from marketplace.orders.contracts import (
    ImportedLine,
    ImportFacts,
    ImportNotFound,
    ImportState,
)
from marketplace.orders.event_names import ImportEvent
from marketplace.orders.models import ImportedRow, ImportRun, Order
from marketplace.orders.services.closing import cancel_waiting

_UNFINISHED = (ImportState.RUNNING, ImportState.INCOMPLETE)


def take_source(*, organization_id: UUID | None, source: str) -> bool:
    """Keep imports of a source out of each other's way; False if one is at work."""
    return locks.try_import(organization_id=organization_id, source=source)


def leave_source(*, organization_id: UUID | None, source: str) -> None:
    """Let the next import of a source begin."""
    locks.leave_import(organization_id=organization_id, source=source)


@transaction.atomic
def start_import(*, facts: ImportFacts, now: datetime) -> ImportRun:
    """Begin an import, or go on with one of the same file that did not come to its end."""
    with tenancy.acting_as_platform():
        run = (
            ImportRun.objects.filter(
                _of(facts.organization_id),
                source=facts.source,
                content_hash=facts.content_hash,
                state__in=_UNFINISHED,
            )
            .order_by("-id")
            .first()
        )
        if run is None:
            run = ImportRun.objects.create(
                organization_id=facts.organization_id,
                source=facts.source,
                file_name=facts.file_name,
                content_hash=facts.content_hash,
                usage_format=facts.usage_format,
                zone=facts.zone,
                requested_by=facts.requested_by,
                started_at=now,
            )
        else:
            run.state, run.finished_at = ImportState.RUNNING, None
            run.save(update_fields=["state", "finished_at"])
        telling.of_import(ImportEvent.STARTED, run)
        return run


@transaction.atomic
def finish_import(
    *, run_id: UUID, is_whole: bool, counts: Mapping[str, Any], now: datetime
) -> None:
    """
    End an import: from now on sweepers may charge and settle what it left.

    Earlier imports of the same source end with it, if none of their orders is open any more.
    """
    with tenancy.acting_as_platform():
        run = ImportRun.objects.get(pk=run_id)
        run.state = ImportState.FINISHED if is_whole else ImportState.INCOMPLETE
        run.counts, run.finished_at = dict(counts), now
        run.save(update_fields=["state", "counts", "finished_at"])
        telling.of_import(ImportEvent.FINISHED, run, state=run.state)
        open_orders = Order.objects.filter(closed_at__isnull=True, import_run__isnull=False)
        ImportRun.objects.filter(
            _of(run.organization_id), source=run.source, state__in=_UNFINISHED
        ).exclude(pk=run.pk).exclude(pk__in=open_orders.values("import_run_id")).update(
            state=ImportState.FINISHED, finished_at=now
        )


@transaction.atomic
def abandon_import(*, run_id: UUID, now: datetime) -> int:
    """
    End an import that nobody will finish; return how many orders were cancelled.

    What was not cleared is cancelled: its time is long over. What was cleared is the sweepers' now:
    they charge what was measured of it, and give back what is held for the rest.

    :raises ImportNotFound: if there is none that is unfinished
    """
    with tenancy.acting_as_platform():
        unfinished = ImportRun.objects.filter(pk=run_id, state__in=_UNFINISHED)
        run = unfinished.select_for_update(no_key=True).first()
        if run is None:
            raise ImportNotFound
        cancelled = cancel_waiting(import_run_id=run_id, now=now)
        unfinished.update(state=ImportState.INCOMPLETE, finished_at=now)
        telling.of_import(ImportEvent.ABANDONED, run, cancelled=cancelled)
    return cancelled


def _of(organization_id: UUID | None) -> Q:
    if organization_id is None:
        return Q(organization__isnull=True)
    return Q(organization_id=organization_id)


def remember_lines(*, run_id: UUID, lines: Mapping[UUID, ImportedLine]) -> None:
    """Note which line each of some new orders of an import was made of."""
    with tenancy.acting_as_platform():
        ImportedRow.objects.bulk_create(
            ImportedRow(
                order_id=order_id,
                import_run_id=run_id,
                line=each.line,
                content_hash=each.content_hash,
            )
            for order_id, each in lines.items()
        )
