"""The market's supply: books, listings, capacity over time, and what is set aside for orders."""

from decimal import Decimal
from typing import ClassVar, Final

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce, Round

from common.ids import uuid7
from common.reviews import NOT_SET_ASIDE, Reviewable, reviewed_since
from identity.contracts import CapacityUnit, ResourceClass, ResourceForm
from marketplace.catalog.all_in_models import UNPRICED, AllInDue, AllInPrice, ReferenceOrder
from marketplace.catalog.basis_models import BasisRule
from marketplace.catalog.beside_models import BesideListing
from marketplace.catalog.bounded import Bounded, bounds
from marketplace.catalog.community import COMMUNITY_UNITS
from marketplace.catalog.community_models import CommunityRule
from marketplace.catalog.contracts import (
    ABOVE_MAX,
    BAND_MIN,
    BELOW_MAX,
    COLLAR_NOTICE,
    COLLAR_REASON_MAX,
    SOURCE_LENGTH_MAX,
    AllocationState,
    CollarBase,
    ListingState,
    ListingTerms,
)
from marketplace.catalog.least import Least
from marketplace.catalog.preemption_models import Preemptible, preemption_is_whole
from marketplace.catalog.price_facts import price_facts
from marketplace.catalog.quality_models import ListingQuality
from pricing.contracts import METERED_CHOICES

__all__ = [
    "UNPRICED",
    "AllInDue",
    "AllInPrice",
    "BasisRule",
    "BesideListing",
    "CommunityRule",
    "ListingQuality",
    "ReferenceOrder",
]
ON_MARKET: Final[tuple[str, ...]] = (ListingState.OPEN, ListingState.PAUSED)


class Book(Bounded):
    """Where orders for one class of resource in one place meet; cleared by one worker at a time."""

    resource_class = models.CharField(max_length=8, choices=ResourceClass.choices)
    hub = models.CharField(max_length=8, help_text="code of a hub cluster, or of a province")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["resource_class", "hub"], name="book_once"),
            bounds("book_least_is_something"),
        ]

    def __str__(self) -> str:
        return f"{self.resource_class}-{self.hub}"

    @property
    def least(self) -> Least:
        """Return the least that may be ordered in it."""
        return Least.of(self)


class PriceCollar(models.Model):
    """
    What a standard hour may cost in a book from a moment on: a band around a reference.

    Two operators agree on a band, or end it; each published index then moves the reference. The one
    that holds is the latest that began.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="+", db_index=False)
    reference = models.DecimalField(
        max_digits=16, decimal_places=6, null=True, help_text="yuan; none: any price is allowed"
    )
    below_bp = models.PositiveIntegerField(default=0, help_text="hundredths of a per cent")
    above_bp = models.PositiveIntegerField(default=0, help_text="hundredths of a per cent")
    low = models.GeneratedField(
        expression=Round(F("reference") * (10_000 - F("below_bp")) / Value(Decimal(10_000)), 6),
        output_field=models.DecimalField(max_digits=18, decimal_places=6, null=True),
        db_persist=True,
    )
    high = models.GeneratedField(
        expression=Round(F("reference") * (10_000 + F("above_bp")) / Value(Decimal(10_000)), 6),
        output_field=models.DecimalField(max_digits=18, decimal_places=6, null=True),
        db_persist=True,
    )
    base = models.CharField(
        max_length=9,
        choices=CollarBase.choices,
        default=CollarBase.INDEX,
        db_default=CollarBase.INDEX,
        help_text="what moves the reference from then on",
    )
    index_day = models.DateField(null=True, help_text="of the index that moved it")
    reason = models.CharField(max_length=COLLAR_REASON_MAX, blank=True)
    announced_at = models.DateTimeField()
    valid_from = models.DateTimeField()
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    proposal = models.OneToOneField(
        "approvals.Proposal", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["book", "-valid_from", "-id"], name="collar_of_book")
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["book", "index_day"], name="collar_follows_once"),
            models.CheckConstraint(
                condition=Q(valid_from__gte=F("announced_at") + COLLAR_NOTICE),
                name="collar_has_notice",
            ),
            models.CheckConstraint(
                condition=Q(reference__isnull=True, below_bp=0, above_bp=0)
                | Q(
                    reference__gt=0,
                    below_bp__range=(BAND_MIN, BELOW_MAX),
                    above_bp__range=(BAND_MIN, ABOVE_MAX),
                ),
                name="collar_is_a_band",
            ),
            models.CheckConstraint(
                condition=Q(
                    index_day__isnull=True,
                    proposal__isnull=False,
                    proposed_by__isnull=False,
                    agreed_by__isnull=False,
                    reason__gt="",
                )
                | Q(
                    index_day__isnull=False,
                    reference__isnull=False,
                    proposal__isnull=True,
                    proposed_by__isnull=True,
                    agreed_by__isnull=True,
                ),
                name="collar_of_two_or_of_the_index",
            ),
            models.CheckConstraint(
                condition=Q(base=CollarBase.INDEX)
                | Q(base=CollarBase.REFERENCE, index_day__isnull=True, reference__isnull=False),
                name="collar_by_reference_stays",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.book} {self.low} {self.high}"


class Listing(Bounded, Reviewable, Preemptible):
    """A provider's resource on the market, under a rate plan and a measurement rule."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    seq = models.BigIntegerField(
        unique=True,
        editable=False,
        db_default=Func(Value("catalog_listing_seq"), function="nextval"),
        help_text="The number that people see, and a whole number for constraints over ranges",
    )
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    resource = models.ForeignKey(
        "identity.ComputeResource", on_delete=models.PROTECT, related_name="+"
    )
    plan_version = models.ForeignKey(
        "pricing.RatePlanVersion", on_delete=models.PROTECT, related_name="+"
    )
    rule_version = models.ForeignKey(
        "metering.MeasurementRuleVersion", on_delete=models.PROTECT, related_name="+"
    )
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=120)
    title_en = models.CharField(max_length=160, blank=True)
    state = models.CharField(max_length=8, choices=ListingState.choices, default=ListingState.OPEN)
    accepts_vouchers = models.BooleanField(default=True)
    available_from = models.DateTimeField()
    available_until = models.DateTimeField(null=True, blank=True)
    total_milli = models.BigIntegerField(help_text="thousandths of the capacity unit on sale")
    capacity_unit = models.CharField(max_length=8, choices=CapacityUnit.choices)
    standard_factor = models.DecimalField(
        max_digits=12,
        decimal_places=6,
        null=True,
        help_text="standard hours of one unit-hour, by the measurement rule; none if unpublished",
    )
    headline_unit = models.CharField(max_length=16, choices=METERED_CHOICES)
    headline_price = models.DecimalField(max_digits=16, decimal_places=6)
    price_per_standard_hour = models.DecimalField(max_digits=16, decimal_places=6, null=True)
    price_per_unit_hour = models.DecimalField(max_digits=16, decimal_places=6, null=True)
    # Facts of the resource that the market is searched by, as they were when it was listed.
    resource_class = models.CharField(max_length=8, choices=ResourceClass.choices)
    form = models.CharField(max_length=10, choices=ResourceForm.choices)
    region = models.CharField(max_length=6)
    hub = models.CharField(max_length=8)
    chip = models.CharField(max_length=60, blank=True)
    pue = models.DecimalField(max_digits=4, decimal_places=3, null=True)
    verification_level = models.PositiveSmallIntegerField()
    card_memory_gb = models.PositiveIntegerField(null=True)
    vcpu = models.PositiveIntegerField(null=True)
    memory_gb = models.PositiveIntegerField(null=True)
    network_gbps = models.PositiveIntegerField(null=True)
    search_text = models.TextField(editable=False)
    search_grams = ArrayField(models.CharField(max_length=2), editable=False)
    sort_price = models.GeneratedField(
        expression=Coalesce("price_per_standard_hour", Value(UNPRICED)),
        output_field=models.DecimalField(max_digits=16, decimal_places=6),
        db_persist=True,
        help_text="the price by the standard hour; what has none sorts last",
    )
    opens_after_review = models.BooleanField(default=False, db_default=False)
    opens_when_reinstated = models.BooleanField(
        default=False, db_default=False, help_text="paused while its provider is suspended"
    )
    stopped_code = models.CharField(
        max_length=20,
        blank=True,
        default="",
        db_default="",
        help_text="why its resource keeps it off the market; set by the database",
    )
    community_rule = models.ForeignKey(
        CommunityRule, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    is_donor_named = models.BooleanField(default=False, db_default=False)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(community_rule__isnull=True, is_donor_named=False)
                | Q(
                    community_rule__isnull=False,
                    standard_factor__isnull=True,
                    headline_price=0,
                    accepts_vouchers=False,
                    capacity_unit__in=COMMUNITY_UNITS,
                ),
                name="listing_community_is_free",
            ),
            preemption_is_whole("listing_preemption_is_whole"),
            models.CheckConstraint(
                condition=Q(state__in=ListingState.values), name="listing_state_known"
            ),
            models.CheckConstraint(condition=Q(total_milli__gt=0), name="listing_offers_something"),
            models.CheckConstraint(
                condition=Q(available_until__isnull=True)
                | Q(available_until__gt=F("available_from")),
                name="listing_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(headline_price__gte=0)
                & (Q(standard_factor__isnull=True) | Q(standard_factor__gt=0)),
                name="listing_price_is_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(state=ListingState.CLOSED, closed_at__isnull=False)
                | Q(~Q(state=ListingState.CLOSED), closed_at__isnull=True),
                name="listing_closed_at_a_time",
            ),
            bounds("listing_least_is_something"),
            models.CheckConstraint(
                condition=Q(least_milli__lte=F("total_milli")), name="listing_least_is_on_offer"
            ),
            reviewed_since("listing_reviewed_since"),
            models.CheckConstraint(
                condition=NOT_SET_ASIDE | ~Q(state=ListingState.OPEN),
                name="listing_set_aside_is_not_open",
            ),
            # A resource on two listings would be sold twice.
            models.UniqueConstraint(
                fields=["resource"],
                condition=Q(state__in=ON_MARKET),
                name="resource_is_listed_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["sort_price", "id"],
                condition=Q(state=ListingState.OPEN),
                name="listing_by_price",
            ),
            models.Index(
                fields=["resource_class", "sort_price", "id"],
                condition=Q(state=ListingState.OPEN),
                name="listing_by_class_and_price",
            ),
            models.Index(
                fields=["hub", "sort_price", "id"],
                condition=Q(state=ListingState.OPEN),
                name="listing_by_hub_and_price",
            ),
            # Everything that counts are made of, so that they never read the wide rows.
            models.Index(
                fields=["resource_class", "form", "hub", "chip"],
                include=[
                    "accepts_vouchers",
                    "price_per_standard_hour",
                    "sort_price",
                    "available_from",
                    "available_until",
                    "pue",
                    "verification_level",
                    "provider",
                    "capacity_unit",
                    "total_milli",
                    "standard_factor",
                    "id",
                    "state",
                ],
                condition=Q(state=ListingState.OPEN),
                name="listing_counts",
            ),
            models.Index(fields=["book", "chip", "state"], name="listing_by_book"),
            models.Index(
                fields=["-opened_at", "-id"],
                condition=Q(state=ListingState.OPEN),
                name="listing_by_age",
            ),
            models.Index(fields=["provider", "-id"], name="listing_of_provider"),
            models.Index(
                fields=["review_since"], condition=~NOT_SET_ASIDE, name="listing_needs_review"
            ),
            models.Index(
                fields=["-seq"],
                condition=Q(state=ListingState.OPEN, community_rule__isnull=False),
                name="listing_of_community",
            ),
            GinIndex(fields=["search_grams"], name="listing_by_grams", fastupdate=False),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """Return the number that people see."""
        return f"L-{self.seq:06d}"

    @property
    def least(self) -> Least:
        """Return the least that may be ordered of it, by itself and its book."""
        return Least.of(self).within(self.book.least)

    def terms(self) -> ListingTerms:
        """Return what decides about orders."""
        return ListingTerms(
            id=self.pk,
            seq=self.seq,
            provider_id=self.provider_id,
            resource_id=self.resource_id,
            book_id=self.book_id,
            state=ListingState(self.state),
            total_milli=self.total_milli,
            available_from=self.available_from,
            available_until=self.available_until,
            plan_version_id=self.plan_version_id,
            rule_version_id=self.rule_version_id,
            standard_factor=self.standard_factor,
            accepts_vouchers=self.accepts_vouchers,
            capacity_unit=self.capacity_unit,
            facts=self.price_facts,
            community_rule=self.community_rule_id,
        )

    @property
    def price_facts(self) -> tuple[tuple[str, str], ...]:
        """Return what plans with factors ask of a resource; what is not known is left out."""
        return price_facts(
            region=self.region,
            resource_class=self.resource_class,
            pue=self.pue,
            verification_level=self.verification_level,
            capacity_unit=self.capacity_unit,
        )


class CapacitySlot(models.Model):
    """A stretch of time of a listing in which something is sold; elsewhere all of it is free."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+")
    listing_seq = models.BigIntegerField(editable=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    total_milli = models.BigIntegerField()
    free_milli = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(free_milli__gte=0) & Q(free_milli__lte=F("total_milli")),
                name="slot_free_within_total",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="slot_ends_after_start"
            ),
            ExclusionConstraint(
                name="slots_never_overlap",
                expressions=[
                    (
                        Func(F("listing_seq"), F("listing_seq"), Value("[]"), function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(F("starts_at"), F("ends_at"), function="tstzrange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["listing", "ends_at", "starts_at"], name="slot_by_time"),
            models.Index(fields=["ends_at"], name="slot_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.listing_id} {self.starts_at:%Y-%m-%d %H:%M} {self.free_milli}"


class Allocation(models.Model):
    """Capacity set aside for one order."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order_id = models.UUIDField(unique=True)
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    milli = models.BigIntegerField()
    later_milli = models.BigIntegerField(
        null=True, blank=True, help_text="of less from a moment on: how much it then is"
    )
    later_from = models.DateTimeField(null=True, blank=True)
    state = models.CharField(
        max_length=8, choices=AllocationState.choices, default=AllocationState.HELD
    )
    allocated_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(milli__gt=0), name="allocation_is_positive"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="allocation_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(later_milli__isnull=True, later_from__isnull=True)
                | Q(
                    later_milli__gt=0,
                    later_milli__lt=F("milli"),
                    later_from__gt=F("starts_at"),
                    later_from__lt=F("ends_at"),
                ),
                name="allocation_is_less_later",
            ),
            models.CheckConstraint(
                condition=Q(state=AllocationState.HELD, released_at__isnull=True)
                | Q(state=AllocationState.RELEASED, released_at__isnull=False),
                name="allocation_released_at_a_time",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["listing", "starts_at"], name="allocation_by_listing"),
            models.Index(fields=["provider", "-id"], name="allocation_of_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.milli} {self.state}"


class CapacityEntry(models.Model):
    """Where a resource came from: a row of a named source, known again by its own identity."""

    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    source = models.CharField(max_length=SOURCE_LENGTH_MAX, blank=True)
    row = models.CharField(max_length=160, help_text="what the row is known by within its source")
    resource = models.OneToOneField(
        "identity.ComputeResource", on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["provider", "source", "row"], name="capacity_enters_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.row}"
