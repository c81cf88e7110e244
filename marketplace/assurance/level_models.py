"""Service levels of listings, what was measured of each contract by month, and credits for it."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from marketplace.assurance.level_contracts import (
    READY_SECONDS_MAX,
    RESPONSE_BOUNDS_MS,
    WHOLE_BP,
    WHOLE_PPM,
)


def _organization() -> Any:
    return models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )


class ListingLevel(models.Model):
    """A version of what a provider promises of a listing from a moment on; never edited."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    listing = models.ForeignKey(
        "catalog.Listing", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    provider = _organization()
    version = models.PositiveIntegerField()
    rule = models.CharField(max_length=20, help_text="the formula, by version")
    availability_ppm = models.PositiveIntegerField(null=True)
    tiers = models.JSONField(default=list, help_text="[below millionths, hundredths of a per cent]")
    ready_seconds = models.PositiveIntegerField(null=True)
    ready_credit_bp = models.PositiveIntegerField(default=0)
    response_ms = models.PositiveIntegerField(null=True)
    response_credit_bp = models.PositiveIntegerField(default=0)
    network_ppm = models.PositiveIntegerField(null=True)
    network_credit_bp = models.PositiveIntegerField(default=0)
    starts_at = models.DateTimeField()
    published_at = models.DateTimeField()
    published_by_id = models.BigIntegerField(null=True, help_text="the person; none for a program")
    content_hash = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["listing", "version"], name="listing_level_once"),
            models.CheckConstraint(
                condition=Q(starts_at__gte=F("published_at")), name="listing_level_lies_ahead"
            ),
            models.CheckConstraint(
                condition=Q(availability_ppm__isnull=True) | Q(availability_ppm__lte=WHOLE_PPM),
                name="listing_level_availability_is_a_share",
            ),
            models.CheckConstraint(
                condition=Q(network_ppm__isnull=True) | Q(network_ppm__lte=WHOLE_PPM),
                name="listing_level_network_is_a_share",
            ),
            models.CheckConstraint(
                condition=Q(ready_seconds__isnull=True) | Q(ready_seconds__lte=READY_SECONDS_MAX),
                name="listing_level_ready_within_a_day",
            ),
            models.CheckConstraint(
                condition=Q(response_ms__isnull=True) | Q(response_ms__in=RESPONSE_BOUNDS_MS),
                name="listing_level_response_is_a_bound",
            ),
            models.CheckConstraint(
                condition=Q(
                    ready_credit_bp__lte=WHOLE_BP,
                    response_credit_bp__lte=WHOLE_BP,
                    network_credit_bp__lte=WHOLE_BP,
                ),
                name="listing_level_credits_are_shares",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.listing_id} v{self.version}"


class LevelMonth(models.Model):
    """A contract in one month, under the service level that it was made under; the work to do."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    contract = models.ForeignKey(
        "settlement.Contract", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    level = models.ForeignKey(ListingLevel, on_delete=models.PROTECT, related_name="+")
    buyer = _organization()
    provider = _organization()
    month = models.DateField(help_text="its first day, by the calendar of the market")
    due_at = models.DateTimeField(null=True, help_text="when it is looked at next; none: it is not")
    revision = models.PositiveIntegerField(default=0, help_text="of its last evaluation")
    refusal_code = models.CharField(max_length=40, default="", db_default="", blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["contract", "month"], name="level_month_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="level_month_is_a_month"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at", "id"], condition=Q(due_at__isnull=False), name="level_month_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.month:%Y-%m}"


class LevelEvaluation(models.Model):
    """What a month of a contract measured, with all that it was counted from; append-only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    month = models.ForeignKey(LevelMonth, on_delete=models.PROTECT, related_name="evaluations")
    revision = models.PositiveIntegerField()
    buyer = _organization()
    provider = _organization()
    contract_number = models.CharField(max_length=24)
    listing = models.ForeignKey(
        "catalog.Listing", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    rule = models.CharField(max_length=20)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(help_text="when it was over, and a breach closed")
    availability_ppm = models.PositiveIntegerField(null=True)
    network_ppm = models.PositiveIntegerField(null=True)
    ready_seconds = models.PositiveIntegerField(null=True)
    response_bp = models.PositiveIntegerField(null=True)
    is_missed = models.BooleanField()
    missed = models.JSONField(help_text="targets, each with what it alone would give back")
    credit_bp = models.PositiveIntegerField()
    charged = models.JSONField(help_text="minor units by asset")
    credits = models.JSONField(help_text="minor units by asset")
    credited_minor = models.BigIntegerField(help_text="of all assets")
    document = models.JSONField(help_text="all that it was counted from, and how")
    content_hash = models.CharField(max_length=64)
    evaluated_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["month", "revision"], name="level_evaluation_once"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at"), credit_bp__lte=WHOLE_BP),
                name="level_evaluation_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(is_missed=True) | Q(credit_bp=0, credited_minor=0),
                name="level_evaluation_credits_what_was_missed",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["buyer", "-id"], name="level_evaluation_of_buyer"),
            models.Index(fields=["provider", "-id"], name="level_evaluation_of_provider"),
            models.Index(fields=["listing", "-id"], name="level_evaluation_of_listing"),
        ]

    def __str__(self) -> str:
        return f"{self.contract_number} {self.revision}"


class LevelCredit(models.Model):
    """What an evaluation gave back or took back, as the adjustment of the same identifier."""

    id = models.UUIDField(primary_key=True, editable=False, help_text="of the adjustment")
    evaluation = models.ForeignKey(
        LevelEvaluation, on_delete=models.PROTECT, related_name="given_back"
    )
    buyer = _organization()
    provider = _organization()
    asset = models.CharField(max_length=60)
    signed_minor = models.BigIntegerField(help_text="to the buyer; negative: taken back")
    booked_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["evaluation", "asset"], name="level_credit_once"),
            models.CheckConstraint(condition=~Q(signed_minor=0), name="level_credit_moves"),
        ]

    def __str__(self) -> str:
        return f"{self.asset} {self.signed_minor}"


class LevelReader(models.Model):
    """How far contracts and charges were read; one row, which is locked while reading on."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    contract_sequence = models.BigIntegerField(default=0)
    charge_transaction = models.BigIntegerField(default=0)
    charge_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="level_reader_is_one")
        ]

    def __str__(self) -> str:
        return str(self.contract_sequence)
