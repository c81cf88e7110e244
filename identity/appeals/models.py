"""Appeals against suspensions: made once by the organisation, answered once by two people."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from identity.appeals.contracts import ANSWER_MAX, AppealState


class Appeal(models.Model):
    """Why an organisation wants its suspension lifted, and what was answered."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    suspension = models.OneToOneField(
        "identity.Suspension", on_delete=models.PROTECT, related_name="+"
    )
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    text = models.TextField()
    files = models.JSONField(default=list, help_text="file_id, name and bytes of each")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()
    state = models.CharField(max_length=7, choices=AppealState.choices, default=AppealState.WAITING)
    answer = models.CharField(max_length=ANSWER_MAX, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    proposal = models.OneToOneField(
        "approvals.Proposal", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organization", "-id"], name="appeal_of_organization"),
            models.Index(
                fields=["id"], condition=Q(state=AppealState.WAITING), name="appeal_waiting"
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(text=""), name="appeal_says_why"),
            models.CheckConstraint(
                condition=Q(
                    state=AppealState.WAITING,
                    answer="",
                    answered_at=None,
                    answered_by=None,
                    agreed_by=None,
                    proposal=None,
                )
                | (
                    Q(
                        state__in=[AppealState.LIFTED, AppealState.KEPT],
                        answered_at__gte=F("made_at"),
                        answered_by__isnull=False,
                        agreed_by__isnull=False,
                        proposal__isnull=False,
                    )
                    & ~Q(answer="")
                ),
                name="appeal_answered_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.state}"
