"""By which rule capacity is given away: versioned, and never changed."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from marketplace.catalog.community import DonorNaming


class CommunityRule(models.Model):
    """A version of the rule of community capacity; it comes with a release of the market."""

    version = models.PositiveSmallIntegerField(primary_key=True)
    starts_at = models.DateTimeField()
    zone = models.CharField(max_length=40, help_text="whose calendar months quotas count")
    industries = ArrayField(
        models.CharField(max_length=5),
        default=list,
        help_text="beginnings of GB/T 4754 codes of who may use it; none: everyone",
    )
    card_hours = models.PositiveIntegerField(help_text="of a member and month")
    vcpu_hours = models.PositiveIntegerField(help_text="of a member and month")
    node_hours = models.PositiveIntegerField(help_text="of a member and month")
    donor = models.CharField(max_length=7, choices=DonorNaming.choices)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(donor__in=DonorNaming.values), name="community_donor_known"
            ),
        ]

    def __str__(self) -> str:
        return f"community-{self.version}"
