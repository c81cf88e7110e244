"""Legal holds, and who saw whose data."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from identity.privacy.contracts import OBJECT_MAX, REASON_MAX, HeldKind


class LegalHold(models.Model):
    """
    That nothing of an organisation, or of one object, goes, until two people lift it.

    What was placed never changes; it is lifted once, as two people agreed (triggers).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=12, choices=HeldKind.choices)
    object_id = models.CharField(max_length=OBJECT_MAX)
    object_label = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=REASON_MAX)
    placed_at = models.DateTimeField()
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposal = models.OneToOneField("approvals.Proposal", models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lift_reason = models.CharField(max_length=REASON_MAX, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    lift_agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    lift_proposal = models.OneToOneField(
        "approvals.Proposal", models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        db_table = "privacy_hold"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(object_id=""), name="hold_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(
                    lifted_at=None,
                    lift_reason="",
                    lifted_by=None,
                    lift_agreed_by=None,
                    lift_proposal=None,
                )
                | Q(
                    lifted_at__gte=F("placed_at"),
                    lifted_by__isnull=False,
                    lift_agreed_by__isnull=False,
                    lift_proposal__isnull=False,
                )
                & ~Q(lift_reason=""),
                name="hold_lifted_by_two",
            ),
            models.UniqueConstraint(
                fields=["kind", "object_id"],
                condition=Q(lifted_at=None),
                name="object_held_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"


class Removal(models.Model):
    """That a part of a table went when its term was over; append-only, read by everybody."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    table = models.CharField(max_length=63)
    part = models.CharField(max_length=40, help_text="the month, or before which moment")
    data_class = models.CharField(max_length=16)
    classes_version = models.PositiveIntegerField(help_text="whose term was over")
    rows = models.BigIntegerField()
    removed_at = models.DateTimeField()

    class Meta:
        db_table = "privacy_removal"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(rows__gt=0), name="removal_of_some_rows"),
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.part}"


class SeenRecord(models.Model):
    """That somebody of another organisation opened what is an organisation's or a person's."""

    id = models.UUIDField(primary_key=True, editable=False)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.DO_NOTHING, related_name="+", help_text="whose"
    )
    person_id = models.BigIntegerField(null=True, help_text="whom it is about, if anybody")
    reader_id = models.BigIntegerField()
    reader_organization = models.ForeignKey(
        "identity.Organization", on_delete=models.DO_NOTHING, related_name="+"
    )
    api_key_id = models.UUIDField(null=True)
    object_kind = models.CharField(max_length=32)
    object_id = models.CharField(max_length=64)
    page = models.CharField(max_length=100, help_text="the name of the address")
    request_id = models.CharField(max_length=64)
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "privacy_seen"
        managed = False

    def __str__(self) -> str:
        return f"{self.object_kind} {self.object_id}"
