"""Scores of resources by day, and listings that a rule took off the market."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from common.ids import uuid7
from marketplace.assurance.score_contracts import SCORE_WHOLE


def _owner() -> Any:
    return models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )


class ResourceScore(models.Model):
    """How credible and how stable a resource was on a day, with all that it was made from."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resource = models.ForeignKey(
        "identity.ComputeResource", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    provider = _owner()
    day = models.DateField(help_text="the last of the days that it is of")
    rule = models.CharField(max_length=20)
    credibility = models.PositiveSmallIntegerField(null=True, help_text="none: no record yet")
    stability = models.PositiveSmallIntegerField(null=True, help_text="none: no record yet")
    availability_ppm = models.PositiveIntegerField(null=True)
    inputs = models.JSONField()
    parts = models.JSONField()
    content_hash = models.CharField(max_length=64)
    scored_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["resource", "day"], name="resource_score_once_a_day"),
            models.CheckConstraint(
                condition=(Q(credibility__isnull=True) | Q(credibility__lte=SCORE_WHOLE))
                & (Q(stability__isnull=True) | Q(stability__lte=SCORE_WHOLE)),
                name="resource_score_within_whole",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["provider", "day"], name="resource_score_of_provider"),
            models.Index(fields=["day"], name="resource_score_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} {self.day}"


class ListingStop(models.Model):
    """A listing that fell below what the rule asks: warned, taken off the market, back on it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    listing = models.ForeignKey("catalog.Listing", on_delete=models.PROTECT, related_name="+")
    provider = _owner()
    rule = models.CharField(max_length=20)
    availability_ppm = models.PositiveIntegerField(help_text="of 30 days, when it was warned")
    warned_at = models.DateTimeField()
    stops_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="when it was above again")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["listing"],
                condition=Q(ended_at__isnull=True),
                name="listing_stop_open_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["provider", "-id"], name="listing_stop_of_provider")
        ]

    def __str__(self) -> str:
        return f"{self.listing_id} {self.availability_ppm}"
