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

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(month__day=1), name="reading_month_begins"),
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
