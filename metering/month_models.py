"""The months that raw readings lie in."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class ReadingMonth(models.Model):
    """A month of UTC that readings lie in: one partition, made ahead or when a past is told."""

    month = models.DateField(primary_key=True, help_text="its first day, in UTC")
    made_at = models.DateTimeField(db_default=Now())
    next_due_at = models.DateTimeField(
        null=True, help_text="of the newest: when the month after it is to be made"
    )
    removed_at = models.DateTimeField(null=True, help_text="when its raw readings went")
    readings = models.BigIntegerField(null=True, help_text="how many went, of the whole market")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(month__day=1), name="reading_month_begins"),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, readings__isnull=True)
                | Q(removed_at__isnull=False, readings__gte=0),
                name="reading_month_counts_what_went",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_due_at"],
                condition=Q(next_due_at__isnull=False),
                name="reading_month_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class RemovedReadings(models.Model):
    """How many raw readings of a provider went with a month; append-only."""

    id = models.BigAutoField(primary_key=True)
    month = models.ForeignKey(
        ReadingMonth, on_delete=models.PROTECT, related_name="removed", db_index=False
    )
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    readings = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "month"], name="readings_removed_once"),
            models.CheckConstraint(condition=Q(readings__gt=0), name="some_readings_removed"),
        ]

    def __str__(self) -> str:
        return f"{self.month_id:%Y-%m} {self.readings}"
