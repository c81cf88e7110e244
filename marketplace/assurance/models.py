"""What surveillance looks for, what it found, and what people made of it."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from common.ids import uuid7
from marketplace.assurance.audit_models import AuditDraw, AuditFinding, AuditLine, CapacityAudit
from marketplace.assurance.contracts import TEXT_MAX, CaseFinding, CaseState, Pattern
from marketplace.assurance.dispute_models import TradeDispute
from marketplace.assurance.level_models import (
    LevelCredit,
    LevelEvaluation,
    LevelMonth,
    LevelReader,
    ListingLevel,
)
from marketplace.assurance.score_models import ListingStop, ResourceScore

__all__ = [
    "AuditDraw",
    "AuditFinding",
    "AuditLine",
    "CapacityAudit",
    "Case",
    "CaseEvidence",
    "CaseFact",
    "CaseNote",
    "LevelCredit",
    "LevelEvaluation",
    "LevelMonth",
    "LevelReader",
    "ListingLevel",
    "ListingStop",
    "RecordReader",
    "ResourceScore",
    "SurveillanceRule",
    "TradeDispute",
]


def _person() -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )


class SurveillanceRule(models.Model):
    """One version of a rule: its numbers, and from when it holds; the latest that began holds."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pattern = models.CharField(max_length=20, choices=Pattern.choices)
    version = models.PositiveIntegerField()
    parameters = models.JSONField()
    content_hash = models.CharField(max_length=64)
    reason = models.CharField(max_length=TEXT_MAX)
    valid_from = models.DateTimeField()
    proposed_by = _person()
    agreed_by = _person()
    proposal = models.OneToOneField(
        "approvals.Proposal", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pattern", "version"], name="surveillance_rule_once"),
            models.CheckConstraint(
                condition=Q(pattern__in=Pattern.values), name="surveillance_pattern_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pattern} {self.version}"


class RecordReader(models.Model):
    """How far the record of events was read; one row, which is locked while reading on."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    cursor = models.CharField(max_length=100, blank=True, help_text="of the record of events")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="assurance_reader_is_one")
        ]

    def __str__(self) -> str:
        return self.cursor


class Case(models.Model):
    """What a rule found about some parties, until people closed it; one open at a time."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=24, unique=True)
    rule = models.ForeignKey(SurveillanceRule, on_delete=models.PROTECT, related_name="+")
    pattern = models.CharField(max_length=20, choices=Pattern.choices)
    subject = models.CharField(max_length=400)
    organization_ids = ArrayField(models.UUIDField())
    state = models.CharField(max_length=8, choices=CaseState.choices, default=CaseState.OPEN)
    opened_at = models.DateTimeField()
    grew_at = models.DateTimeField(help_text="when the last evidence came")
    assigned_to = _person()
    finding = models.CharField(max_length=9, choices=CaseFinding.choices, blank=True)
    explanation = models.CharField(max_length=TEXT_MAX, blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = _person()
    agreed_by = _person()
    proposal = models.OneToOneField(
        "approvals.Proposal", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "-id"], name="case_by_state"),
            models.Index(fields=["pattern", "subject"], name="case_by_subject"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["pattern", "subject"],
                condition=~Q(state=CaseState.CLOSED),
                name="case_open_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=CaseState.values), name="case_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=CaseState.IN_WORK) | Q(assigned_to__isnull=False),
                name="case_in_work_is_somebodys",
            ),
            models.CheckConstraint(
                condition=Q(
                    ~Q(state=CaseState.CLOSED),
                    finding="",
                    explanation="",
                    closed_at__isnull=True,
                    closed_by__isnull=True,
                    proposal__isnull=True,
                )
                | Q(
                    state=CaseState.CLOSED,
                    finding__in=CaseFinding.values,
                    explanation__gt="",
                    closed_at__isnull=False,
                    closed_by__isnull=False,
                ),
                name="case_closed_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(
                    finding=CaseFinding.CONFIRMED, proposal__isnull=False, agreed_by__isnull=False
                )
                | Q(
                    ~Q(finding=CaseFinding.CONFIRMED), proposal__isnull=True, agreed_by__isnull=True
                ),
                name="case_confirmed_by_two",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CaseEvidence(models.Model):
    """One row that a case rests on, as it was when it was found, and its hash."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="evidence")
    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    label = models.CharField(max_length=24)
    facts = models.JSONField()
    content_hash = models.CharField(max_length=64)
    found_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "order"], name="evidence_once")
        ]

    def __str__(self) -> str:
        return self.label


class CaseFact(models.Model):
    """Something else that a case rests on than an order, as the record of events told it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="known_facts")
    kind = models.CharField(max_length=32)
    reference = models.CharField(max_length=64)
    label = models.CharField(max_length=80)
    facts = models.JSONField()
    content_hash = models.CharField(max_length=64)
    found_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "kind", "reference"], name="case_fact_once")
        ]

    def __str__(self) -> str:
        return self.label


class CaseNote(models.Model):
    """What somebody found out, or thought, about a case."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notes")
    text = models.CharField(max_length=TEXT_MAX)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(text=""), name="note_says_something")
        ]

    def __str__(self) -> str:
        return str(self.pk)
