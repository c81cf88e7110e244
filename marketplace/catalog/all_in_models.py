"""The stated order by which prices are compared, and what it comes to at each listing."""

from decimal import Decimal
from typing import ClassVar, Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from common.checks import Sound
from common.notice import NOTICE

UNPRICED: Final = Decimal(9_999_999_999)


class ReferenceOrder(models.Model):
    """The stated order by which prices are compared, from a moment on; never edited."""

    number = models.PositiveIntegerField(primary_key=True)
    content = models.JSONField()
    content_hash = models.CharField(max_length=64)
    reason = models.CharField(max_length=500)
    starts_at = models.DateTimeField(unique=True)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    proposal = models.OneToOneField(
        "approvals.Proposal", on_delete=models.PROTECT, null=True, related_name="+"
    )
    agreement = models.UUIDField(null=True, help_text="by which the proposal names this row")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(number=1) | Q(starts_at__gte=F("published_at") + NOTICE),
                name="reference_order_has_notice",
            ),
            models.CheckConstraint(
                condition=Sound(F("content"), function="catalog_reference_is_sound"),
                name="reference_order_is_sound",
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)


class AllInPrice(models.Model):
    """What a listing's reference order comes to by the standard hour, for a buyer in one place."""

    pk = models.CompositePrimaryKey("listing_id", "place", "price_group")
    listing = models.ForeignKey(
        "catalog.Listing", on_delete=models.PROTECT, related_name="all_in_prices", db_index=False
    )
    place = models.CharField(
        max_length=8, blank=True, help_text="a hub; empty: where the listing stands"
    )
    price_group = models.CharField(
        max_length=8,
        blank=True,
        default="",
        db_default="",
        help_text="whose price it is; empty: what everybody pays",
    )
    other_groups = ArrayField(
        models.CharField(max_length=8),
        default=list,
        db_default=Value([]),
        help_text="groups whose price stands in a row of its own",
    )
    reference = models.PositiveIntegerField()
    units_milli = models.BigIntegerField()
    seconds = models.PositiveIntegerField()
    gross_minor = models.BigIntegerField(null=True, help_text="the plan's price of the order")
    standard_hours = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    plan_per_standard_hour = models.DecimalField(max_digits=16, decimal_places=6, null=True)
    path_per_standard_hour = models.DecimalField(max_digits=16, decimal_places=6, null=True)
    path_is_charged = models.BooleanField(default=False, db_default=False)  # by a line beside it
    per_standard_hour = models.GeneratedField(
        expression=F("plan_per_standard_hour") + F("path_per_standard_hour"),
        output_field=models.DecimalField(max_digits=16, decimal_places=6, null=True),
        db_persist=True,
    )
    sort_price = models.GeneratedField(
        expression=Coalesce(
            F("plan_per_standard_hour") + F("path_per_standard_hour"), Value(UNPRICED)
        ),
        output_field=models.DecimalField(max_digits=16, decimal_places=6),
        db_persist=True,
        help_text="what has no such price sorts last",
    )
    computed_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["place", "sort_price", "listing"], name="all_in_by_price"),
        ]

    def __str__(self) -> str:
        return f"{self.listing_id} {self.place} {self.per_standard_hour}"


class AllInDue(models.Model):
    """A listing whose all-in price is to be computed anew, and from when on."""

    listing = models.OneToOneField(
        "catalog.Listing", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    due_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["due_at"], name="all_in_due")]

    def __str__(self) -> str:
        return f"{self.listing_id} {self.due_at}"
