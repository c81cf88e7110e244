"""Reads of audits. Row-level security shows a supplier its own, once it was told."""

from datetime import date
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from common import reminders
from marketplace.assurance.audit_contracts import (
    OVER,
    OVERDUE,
    AuditConclusion,
    AuditNotFound,
    AuditState,
)
from marketplace.assurance.models import AuditDraw, AuditFinding, AuditLine, CapacityAudit


class AuditFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Number, state and conclusion of audits."""

    q = django_filters.CharFilter(
        field_name="number", lookup_expr="icontains", max_length=24, label=_("Number")
    )
    state = django_filters.MultipleChoiceFilter(choices=AuditState.choices, label=_("State"))
    conclusion = django_filters.MultipleChoiceFilter(
        choices=AuditConclusion.choices, label=_("Conclusion")
    )

    class Meta:
        model = CapacityAudit
        fields: list[Any] = []


def audits(*, supplier_id: UUID | None = None) -> QuerySet[CapacityAudit]:
    """Return audits, the latest first; of a supplier, those that it was told of."""
    found = CapacityAudit.objects.select_related(
        "supplier", "size", "found_size", "auditor", "draw"
    ).order_by("-id")
    if supplier_id is None:
        return found
    return found.filter(supplier_id=supplier_id, told_at__isnull=False)


def audit(audit_id: UUID, *, supplier_id: UUID | None = None) -> CapacityAudit:
    """
    Return an audit; with `supplier_id`, only one that this supplier was told of.

    :raises AuditNotFound: if there is none
    """
    found = audits(supplier_id=supplier_id).filter(pk=audit_id).first()
    if found is None:
        raise AuditNotFound
    return found


def audits_to_remind(today: date) -> QuerySet[CapacityAudit]:
    """Return audits under way that people are to be reminded of: due soon, or overdue."""
    is_untold = Q(reminded_days=None) | Q(reminded_days__gt=OVERDUE)
    due_soon = reminders.due("due_on", "reminded_days", today)
    found = CapacityAudit.objects.exclude(state__in=OVER)
    return found.filter(due_soon | Q(due_on__lt=today) & is_untold).order_by("due_on", "id")


def audit_lines(audit_id: UUID) -> QuerySet[AuditLine]:
    """Return the checklist of an audit; a supplier sees none of it."""
    return AuditLine.objects.filter(audit_id=audit_id).select_related("judged_by").order_by("id")


def audit_findings(audit_id: UUID) -> QuerySet[AuditFinding]:
    """Return what was found, the oldest first."""
    return AuditFinding.objects.filter(audit_id=audit_id).order_by("id")


def audit_draws() -> QuerySet[AuditDraw]:
    """Return the draws of audits, the latest first."""
    return AuditDraw.objects.order_by("-id")


def audit_draw(draw_id: UUID) -> AuditDraw:
    """
    Return a draw of audits.

    :raises AuditNotFound: if there is none
    """
    found = audit_draws().filter(pk=draw_id).first()
    if found is None:
        raise AuditNotFound
    return found
