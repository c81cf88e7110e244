"""Audits of the capacity that suppliers qualify with: checklist, findings, answer, conclusion."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from common.ids import uuid7
from marketplace.assurance.audit_contracts import (
    COSTING,
    DRAWN_MAX,
    OVER,
    REASON_MAX,
    AuditConclusion,
    AuditGravity,
    AuditSource,
    AuditState,
    LineVerdict,
)
from marketplace.assurance.contracts import TEXT_MAX


def _person(*, null: bool = True) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=null, related_name="+"
    )


class AuditDraw(models.Model):
    """A draw of suppliers to audit: what was committed to, the seed, and who was drawn."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=24, unique=True)
    count = models.PositiveSmallIntegerField(help_text="how many suppliers are drawn")
    due_days = models.PositiveSmallIntegerField(help_text="how long an audit may take")
    commitment = models.CharField(max_length=64)
    committed_at = models.DateTimeField()
    committed_by = _person(null=False)
    seed = models.CharField(max_length=128, blank=True)
    names = ArrayField(models.CharField(max_length=18), default=list)
    drawn = ArrayField(models.CharField(max_length=18), default=list)
    drawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(count__range=(1, DRAWN_MAX)), name="audit_draw_takes_some"
            ),
            models.CheckConstraint(
                condition=Q(drawn_at=None, seed="") | (~Q(seed="") & Q(drawn_at__isnull=False)),
                name="audit_draw_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CapacityAudit(models.Model):
    """A task: to find out whether a supplier has the capacity that it qualifies with."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=24, unique=True)
    supplier = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    size = models.ForeignKey(
        "vouchers.SupplierSize", on_delete=models.PROTECT, related_name="+", help_text="claimed"
    )
    draw = models.ForeignKey(AuditDraw, on_delete=models.PROTECT, null=True, related_name="audits")
    reason = models.CharField(max_length=REASON_MAX)
    state = models.CharField(max_length=9, choices=AuditState.choices, default=AuditState.OPEN)
    opened_at = models.DateTimeField()
    opened_by = _person(null=False)
    due_on = models.DateField()
    reminded_days = models.PositiveSmallIntegerField(
        null=True, help_text="days that were left when people were last told; 0: overdue"
    )
    auditor = _person()
    told_at = models.DateTimeField(null=True, help_text="from when the supplier reads it")
    answer_due_on = models.DateField(null=True)
    answer = models.CharField(max_length=TEXT_MAX, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = _person()
    conclusion = models.CharField(max_length=9, choices=AuditConclusion.choices, blank=True)
    explanation = models.CharField(max_length=TEXT_MAX, blank=True)
    found_size = models.OneToOneField(
        "vouchers.SupplierSize", on_delete=models.PROTECT, null=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True)
    closed_by = _person()
    agreed_by = _person()
    proposal = models.OneToOneField(
        "approvals.Proposal", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "-id"], name="audit_by_state"),
            models.Index(fields=["supplier", "-id"], name="audit_by_supplier"),
            models.Index(
                fields=["due_on", "id"], condition=~Q(state__in=OVER), name="audit_by_due_day"
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["supplier"], condition=~Q(state__in=OVER), name="audit_under_way_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=AuditState.values), name="audit_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[AuditState.OPEN, AuditState.CANCELLED])
                | Q(auditor__isnull=False),
                name="audit_examined_is_somebodys",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[AuditState.ASKED, AuditState.ANSWERED])
                | Q(told_at__isnull=False, answer_due_on__isnull=False),
                name="audit_asked_is_told",
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None, answered_by=None)
                | (~Q(answer="") & Q(answered_at__isnull=False, answered_by__isnull=False)),
                name="audit_answer_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(
                    ~Q(state__in=OVER),
                    conclusion="",
                    explanation="",
                    closed_at=None,
                    closed_by=None,
                )
                | Q(
                    Q(state=AuditState.CONCLUDED, conclusion__in=AuditConclusion.values)
                    | Q(state=AuditState.CANCELLED, conclusion=""),
                    explanation__gt="",
                    closed_at__isnull=False,
                    closed_by__isnull=False,
                ),
                name="audit_closed_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(
                    conclusion__in=COSTING,
                    proposal__isnull=False,
                    agreed_by__isnull=False,
                    found_size__isnull=False,
                )
                | Q(~Q(conclusion__in=COSTING), proposal=None, agreed_by=None, found_size=None),
                name="audit_that_costs_is_of_two",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class AuditLine(models.Model):
    """One line of the checklist: what the market knows, and what the auditor makes of it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    audit = models.ForeignKey(CapacityAudit, on_delete=models.PROTECT, related_name="lines")
    source = models.CharField(max_length=10, choices=AuditSource.choices)
    facts = models.JSONField()
    content_hash = models.CharField(max_length=64)
    read_at = models.DateTimeField()
    verdict = models.CharField(max_length=9, choices=LineVerdict.choices, default=LineVerdict.OPEN)
    note = models.CharField(max_length=REASON_MAX, blank=True)
    judged_at = models.DateTimeField(null=True)
    judged_by = _person()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["audit", "source"], name="audit_line_once"),
            models.CheckConstraint(
                condition=Q(verdict=LineVerdict.OPEN, judged_at=None, judged_by=None)
                | Q(
                    ~Q(verdict=LineVerdict.OPEN),
                    judged_at__isnull=False,
                    judged_by__isnull=False,
                ),
                name="audit_line_is_judged_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.verdict}"


class AuditFinding(models.Model):
    """What an auditor found, and how grave it is; the supplier reads it once it is asked."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    audit = models.ForeignKey(CapacityAudit, on_delete=models.PROTECT, related_name="findings")
    gravity = models.CharField(max_length=5, choices=AuditGravity.choices)
    source = models.CharField(max_length=10, choices=AuditSource.choices)
    text = models.CharField(max_length=TEXT_MAX)
    found_at = models.DateTimeField()
    found_by = _person(null=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(text="") & Q(gravity__in=AuditGravity.values),
                name="audit_finding_says_something",
            )
        ]

    def __str__(self) -> str:
        return f"{self.gravity} {self.source}"
