"""How credible and how stable what is listed was lately, as the room above scored it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class ListingQuality(models.Model):
    """The newest scores of a listing, 0 to 1,000; none: there is no record yet."""

    listing = models.OneToOneField(
        "catalog.Listing", on_delete=models.PROTECT, related_name="quality", primary_key=True
    )
    credibility = models.PositiveSmallIntegerField(null=True)
    stability = models.PositiveSmallIntegerField(null=True)
    availability_ppm = models.PositiveIntegerField(null=True)
    day = models.DateField(help_text="the last of the days that it is of")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=(Q(credibility__isnull=True) | Q(credibility__lte=1_000))
                & (Q(stability__isnull=True) | Q(stability__lte=1_000)),
                name="listing_quality_within_whole",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["-stability", "listing"], name="listing_quality_by_stability")
        ]

    def __str__(self) -> str:
        return f"{self.listing_id} {self.credibility} {self.stability}"
