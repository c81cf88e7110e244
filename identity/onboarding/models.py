"""Organisations that come to trade, and what operators confirmed of them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from identity.contracts import ROLES_ASKED_FOR, Role
from identity.onboarding.contracts import NOTE_MAX


class Onboarding(models.Model):
    """That an organisation is, or was, on its way to trade; two people ended it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.OneToOneField(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    role = models.CharField(max_length=8, choices=Role.choices)
    checklist = models.PositiveSmallIntegerField(help_text="the version that asks")
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    activated_at = models.DateTimeField(null=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    proposal = models.OneToOneField(
        "approvals.Proposal", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(role__in=ROLES_ASKED_FOR), name="onboarding_role_is_asked_for"
            ),
            models.CheckConstraint(
                condition=Q(activated_at=None, proposed_by=None, agreed_by=None, proposal=None)
                | Q(
                    activated_at__gte=F("opened_at"),
                    proposed_by__isnull=False,
                    agreed_by__isnull=False,
                    proposal__isnull=False,
                ),
                name="onboarding_ended_by_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.role}"


class ConfirmedLine(models.Model):
    """That an operator confirms a line of the checklist; append-only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    line = models.CharField(max_length=40)
    note = models.CharField(max_length=NOTE_MAX)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "line"], name="checklist_line_confirmed_once"
            ),
            models.CheckConstraint(condition=~Q(note=""), name="confirmed_line_says_how"),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.line}"


class Closure(models.Model):
    """That an organisation was closed, as two outsiders agreed; append-only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.OneToOneField(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=NOTE_MAX)
    closed_at = models.DateTimeField()
    members = models.JSONField(help_text="who held which role until then: numbers of persons")
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposal = models.OneToOneField("approvals.Proposal", models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(reason=""), name="closure_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.closed_at:%Y-%m-%d}"
