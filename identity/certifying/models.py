"""Requests of certificates: asked by their holder, decided by an attestor."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from identity.certifying.contracts import NOTE_MAX, RequestState
from identity.contracts import CertificateKind


class CertificateRequest(models.Model):
    """That an organisation asks for a certificate of a kind, and what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(max_length=16, choices=CertificateKind.choices)
    submission = models.OneToOneField(
        "forms.FormSubmission", on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(
        max_length=9, choices=RequestState.choices, default=RequestState.WAITING
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_for = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=NOTE_MAX, blank=True)
    certificate = models.OneToOneField(
        "identity.SmeCertificate", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organization", "-id"], name="certificate_request_by_holder"),
            models.Index(
                fields=["id"],
                condition=Q(state=RequestState.WAITING),
                name="certificate_request_waiting",
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "kind"],
                condition=Q(state=RequestState.WAITING),
                name="certificate_asked_once_a_kind",
            ),
            models.CheckConstraint(
                condition=Q(
                    state=RequestState.WAITING,
                    decided_at__isnull=True,
                    decided_by__isnull=True,
                    decided_for__isnull=True,
                    certificate__isnull=True,
                )
                | Q(
                    state=RequestState.VERIFIED,
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                    decided_for__isnull=False,
                    certificate__isnull=False,
                )
                | (
                    Q(
                        state=RequestState.REFUSED,
                        decided_at__isnull=False,
                        decided_by__isnull=False,
                        decided_for__isnull=False,
                        certificate__isnull=True,
                    )
                    & ~Q(note="")
                )
                | Q(
                    state=RequestState.WITHDRAWN,
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                    decided_for=F("organization"),
                    certificate__isnull=True,
                ),
                name="certificate_request_decided_whole",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[RequestState.WAITING, RequestState.WITHDRAWN])
                | ~Q(decided_by=F("asked_by")),
                name="certificate_request_decided_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[RequestState.WAITING, RequestState.WITHDRAWN])
                | ~Q(decided_for=F("organization")),
                name="certificate_request_decided_elsewhere",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.organization_id}"
