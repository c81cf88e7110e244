"""What stands beside a listing: storage and a network that are ordered together with it."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from pricing.plan_models import SoldAs

BESIDE: tuple[SoldAs, ...] = (SoldAs.STORAGE, SoldAs.NETWORK)


class BesideListing(models.Model):
    """
    A listing of storage or of a network that a provider names beside one of compute.

    Both are of one provider, in one region, under one plan; who orders the one may order the other
    with it, both or none.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    listing = models.ForeignKey(  # The constraint below leads with it.
        "catalog.Listing", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    beside = models.ForeignKey("catalog.Listing", on_delete=models.PROTECT, related_name="+")
    sold_as = models.CharField(max_length=7, choices=[(each.value, each.value) for each in BESIDE])
    since = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["listing", "sold_as"], name="beside_once_a_kind"),
            models.CheckConstraint(
                condition=Q(sold_as__in=[each.value for each in BESIDE]), name="beside_kind_known"
            ),
            models.CheckConstraint(condition=~Q(listing=F("beside")), name="beside_is_another"),
        ]

    def __str__(self) -> str:
        return f"{self.listing_id} + {self.sold_as}"
