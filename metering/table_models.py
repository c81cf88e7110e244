"""The published conversion tables, a module of the room's tables by themselves."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from metering.table_contracts import HourClass


class ConversionTableVersion(models.Model):
    """What hours of a class are worth from a moment on, row by row with its source; immutable."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    hour_class = models.CharField(max_length=9, choices=HourClass.choices)
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=80)
    title_en = models.CharField(max_length=80)
    definition = models.JSONField()
    content_hash = models.CharField(max_length=64, unique=True)
    source = models.TextField()
    valid_from = models.DateTimeField()
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(
        "identity.User",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="empty for what the market was installed with",
    )
    approved_by = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    proposal = models.OneToOneField(
        "approvals.Proposal", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["hour_class", "version"], name="table_version_once"),
            models.CheckConstraint(condition=Q(version__gt=0), name="table_version_from_one"),
            models.CheckConstraint(
                condition=Q(hour_class__in=HourClass.values), name="table_class_known"
            ),
            models.CheckConstraint(
                condition=Q(proposal__isnull=True, published_by__isnull=True)
                | (Q(proposal__isnull=False) & ~Q(approved_by=F("published_by"))),
                name="table_approved_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hour_class} v{self.version}"
