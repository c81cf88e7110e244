"""Every lock of the assurance room."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from marketplace.assurance.audit_contracts import AuditNotFound
from marketplace.assurance.contracts import CaseNotFound
from marketplace.assurance.dispute_contracts import ENDED, DisputeNotFound
from marketplace.assurance.models import (
    AuditDraw,
    CapacityAudit,
    Case,
    LevelMonth,
    LevelReader,
    RecordReader,
    TradeDispute,
)


def case(case_id: UUID) -> Case:
    """
    Lock a case until the transaction ends.

    :raises CaseNotFound: if there is none
    """
    found = Case.objects.select_for_update(no_key=True).filter(pk=case_id).first()
    if found is None:
        raise CaseNotFound
    return found


def reader() -> RecordReader | None:
    """Lock the reader of the record; None if another run reads."""
    return RecordReader.objects.select_for_update(skip_locked=True, no_key=True).first()


def audit(audit_id: UUID) -> CapacityAudit:
    """
    Lock an audit until the transaction ends.

    :raises AuditNotFound: if there is none
    """
    found = CapacityAudit.objects.select_for_update(no_key=True).filter(pk=audit_id).first()
    if found is None:
        raise AuditNotFound
    return found


def audits_due(found: QuerySet[CapacityAudit], *, limit: int) -> list[CapacityAudit]:
    """Lock audits that time has come for and that nobody else is sweeping."""
    return list(found.select_for_update(skip_locked=True, no_key=True)[:limit])


def audit_draw(draw_id: UUID) -> AuditDraw:
    """
    Lock a draw of audits until the transaction ends.

    :raises AuditNotFound: if there is none
    """
    found = AuditDraw.objects.select_for_update(no_key=True).filter(pk=draw_id).first()
    if found is None:
        raise AuditNotFound
    return found


def level_reader() -> LevelReader | None:
    """Lock the reader of contracts and charges; None if another run reads."""
    return LevelReader.objects.select_for_update(skip_locked=True, no_key=True).first()


def level_months_due(now: datetime, *, limit: int) -> list[LevelMonth]:
    """Lock the months of contracts that are due, the longest due first."""
    found = LevelMonth.objects.filter(due_at__lte=now).order_by("due_at", "id")
    # Many months are of few listings and levels: each of these is read once.
    found = found.select_related("contract").prefetch_related("contract__listing", "level")
    return list(found.select_for_update(of=("self",), skip_locked=True, no_key=True)[:limit])


def dispute(dispute_id: UUID) -> TradeDispute:
    """
    Lock a dispute until the transaction ends.

    :raises DisputeNotFound: if there is none
    """
    found = TradeDispute.objects.select_for_update(no_key=True).filter(pk=dispute_id).first()
    if found is None:
        raise DisputeNotFound
    return found


def disputes_under_way(contract_ids: Collection[UUID]) -> list[TradeDispute]:
    """Lock the disputes about contracts that are not over; what is decided next waits for it."""
    found = TradeDispute.objects.filter(contract_id__in=contract_ids).exclude(state__in=ENDED)
    return list(found.order_by("id").select_for_update(no_key=True))


def disputes_due(found: QuerySet[TradeDispute], *, limit: int) -> list[TradeDispute]:
    """Lock disputes that time has come for and that nobody else is sweeping."""
    return list(found.select_for_update(skip_locked=True, no_key=True)[:limit])
