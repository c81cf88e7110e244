"""Exports of people's own data, erasures, incidents and their timelines."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from identity.rights.contracts import (
    REASON_MAX,
    TEXT_MAX,
    TITLE_MAX,
    ErasureRequestState,
    IncidentNature,
    OwnExportState,
    Severity,
    TimelineKind,
)


class OwnExport(models.Model):
    """Everything the market keeps about a person, in a file for that person, for some days."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(
        max_length=7, choices=OwnExportState.choices, default=OwnExportState.WAITING
    )
    asked_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    content = models.BinaryField(null=True, help_text="a zip; gone once it expires")
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the content")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(state=OwnExportState.WAITING),
                name="own_export_waits_once",
            ),
            models.CheckConstraint(
                condition=(Q(state=OwnExportState.READY) & Q(content__isnull=False))
                | (~Q(state=OwnExportState.READY) & Q(content__isnull=True)),
                name="own_export_has_content_while_ready",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["asked_at"],
                condition=Q(state=OwnExportState.WAITING),
                name="own_exports_that_wait",
            ),
            models.Index(
                fields=["expires_at"],
                condition=Q(state=OwnExportState.READY),
                name="own_exports_by_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.state}"


class ErasureRequest(models.Model):
    """That a person asked to be erased, in words of their own, and what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    words = models.CharField(max_length=REASON_MAX, blank=True, help_text="gone with the person")
    asked_at = models.DateTimeField()
    state = models.CharField(
        max_length=9, choices=ErasureRequestState.choices, default=ErasureRequestState.WAITING
    )
    over_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=REASON_MAX, blank=True, help_text="why it was refused")
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(state=ErasureRequestState.WAITING),
                name="erasure_asked_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state=ErasureRequestState.WAITING, over_at=None)
                | (~Q(state=ErasureRequestState.WAITING) & Q(over_at__gte=F("asked_at"))),
                name="erasure_request_over_at_a_moment",
            ),
            models.CheckConstraint(
                condition=~Q(state=ErasureRequestState.REFUSED)
                | (~Q(answer="") & Q(answered_by__isnull=False) & ~Q(answered_by=F("user"))),
                name="erasure_refused_with_a_reason_by_another",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["asked_at"],
                condition=Q(state=ErasureRequestState.WAITING),
                name="erasure_requests_that_wait",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.user_id} {self.state}"


class Erasure(models.Model):
    """That a person was erased, as two people agreed: what is left of them is a number."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=REASON_MAX)
    erased_at = models.DateTimeField()
    removed = models.JSONField(help_text="how many rows of which table went")
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposal = models.OneToOneField("approvals.Proposal", models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(reason=""), name="erasure_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"#{self.user_id}"


class Incident(models.Model):
    """Something that happened to data; two people close it once all were told who must be."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    title = models.CharField(max_length=TITLE_MAX)
    nature = models.CharField(max_length=8, choices=IncidentNature.choices)
    severity = models.CharField(max_length=8, choices=Severity.choices)
    duties = models.PositiveSmallIntegerField(help_text="the version that says who is told by when")
    noticed_at = models.DateTimeField()
    reported_at = models.DateTimeField()
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    people_affected = models.PositiveIntegerField(default=0)
    closed_at = models.DateTimeField(null=True)
    lesson = models.CharField(max_length=TEXT_MAX, blank=True)
    is_published = models.BooleanField(default=False)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    proposal = models.OneToOneField(
        "approvals.Proposal", models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(reported_at__gte=F("noticed_at")) & ~Q(title=""),
                name="incident_noticed_before_reported",
            ),
            models.CheckConstraint(
                condition=Q(
                    closed_at=None,
                    proposed_by=None,
                    agreed_by=None,
                    proposal=None,
                    is_published=False,
                )
                | Q(
                    closed_at__gte=F("reported_at"),
                    proposed_by__isnull=False,
                    agreed_by__isnull=False,
                    proposal__isnull=False,
                ),
                name="incident_closed_by_two",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class TimelineEntry(models.Model):
    """What was done about an incident, and when; append-only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=18, choices=TimelineKind.choices)
    text = models.CharField(max_length=TEXT_MAX)
    happened_at = models.DateTimeField()
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(happened_at__lte=F("entered_at")) & ~Q(text=""),
                name="timeline_entry_is_of_the_past",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.happened_at:%Y-%m-%d %H:%M}"
