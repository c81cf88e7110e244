"""What two operators say a standard hour of a class costs to make, and what it should cost."""

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Round

from common.ids import uuid7
from marketplace.baselines.contracts import (
    ABOVE_BP_MAX,
    BAND_BP_MIN,
    BELOW_BP_MAX,
    COST_REASON_MAX,
    COSTS_NOTICE,
    OFF_PEAK_BP_MAX,
    REFERENCE_NOTICE,
    REFERENCE_REASON_MAX,
)
from metering.table_contracts import HourClass


class ReferencePrice(models.Model):
    """
    A reference price of a class from a moment on: a policy figure, and no index of trades.

    The one that holds is the latest that began; one without a figure ends it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    hour_class = models.CharField(max_length=9, choices=HourClass.choices)
    reference = models.DecimalField(
        max_digits=16, decimal_places=6, null=True, help_text="yuan a standard hour; none ends it"
    )
    below_bp = models.PositiveIntegerField(default=0, help_text="hundredths of a per cent")
    above_bp = models.PositiveIntegerField(default=0, help_text="hundredths of a per cent")
    low = models.GeneratedField(
        expression=Round(
            F("reference") * (Value(10_000) - F("below_bp")) / Value(Decimal(10_000)), 6
        ),
        output_field=models.DecimalField(max_digits=18, decimal_places=6, null=True),
        db_persist=True,
    )
    high = models.GeneratedField(
        expression=Round(
            F("reference") * (Value(10_000) + F("above_bp")) / Value(Decimal(10_000)), 6
        ),
        output_field=models.DecimalField(max_digits=18, decimal_places=6, null=True),
        db_persist=True,
    )
    floor = models.DecimalField(max_digits=16, decimal_places=6, null=True)
    off_peak_from = models.PositiveSmallIntegerField(null=True, help_text="hour of the day")
    off_peak_until = models.PositiveSmallIntegerField(null=True, help_text="hour of the day")
    off_peak_bp = models.PositiveIntegerField(default=0, help_text="how much less is advised")
    baseline_version = models.PositiveIntegerField(help_text="of the costs that it was set beside")
    reason = models.CharField(max_length=REFERENCE_REASON_MAX)
    announced_at = models.DateTimeField()
    valid_from = models.DateTimeField()
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposal = models.OneToOneField(
        "approvals.Proposal", on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["hour_class", "-valid_from", "-id"], name="reference_of_class")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(hour_class__in=HourClass.values), name="reference_class_known"
            ),
            models.CheckConstraint(
                condition=Q(valid_from__gte=F("announced_at") + REFERENCE_NOTICE),
                name="reference_has_notice",
            ),
            models.CheckConstraint(
                condition=Q(
                    reference__isnull=True,
                    floor__isnull=True,
                    off_peak_from__isnull=True,
                    below_bp=0,
                    above_bp=0,
                )
                | (
                    Q(
                        reference__gt=0,
                        below_bp__range=(BAND_BP_MIN, BELOW_BP_MAX),
                        above_bp__range=(BAND_BP_MIN, ABOVE_BP_MAX),
                    )
                    & (Q(floor__isnull=True) | Q(floor__gt=0, floor__lte=F("reference")))
                ),
                name="reference_is_a_band",
            ),
            models.CheckConstraint(
                condition=Q(off_peak_from__isnull=True, off_peak_until__isnull=True, off_peak_bp=0)
                | (
                    Q(
                        off_peak_from__range=(0, 23),
                        off_peak_until__range=(0, 23),
                        off_peak_bp__range=(BAND_BP_MIN, OFF_PEAK_BP_MAX),
                    )
                    & ~Q(off_peak_from=F("off_peak_until"))
                ),
                name="reference_off_peak_is_hours",
            ),
            models.CheckConstraint(condition=Q(reason__gt=""), name="reference_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.hour_class} {self.reference}"


class CostVersion(models.Model):
    """
    The inputs of the cost calculation from a moment on, whole, and what changed of the one before.

    The first version comes with the market and is no row. The one that holds is the latest that
    began; earlier ones stay and are computed from their own inputs.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.PositiveIntegerField(unique=True)
    content = models.JSONField(help_text="inputs of all units, and of each")
    changes = models.JSONField(help_text="the inputs that differ from the version before")
    reason = models.CharField(max_length=COST_REASON_MAX)
    announced_at = models.DateTimeField()
    valid_from = models.DateTimeField()
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposal = models.OneToOneField(
        "approvals.Proposal", on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(number__gte=2), name="costs_follow_the_first"),
            models.CheckConstraint(
                condition=Q(valid_from__gte=F("announced_at") + COSTS_NOTICE),
                name="costs_have_notice",
            ),
            models.CheckConstraint(condition=Q(reason__gt=""), name="costs_say_why"),
            models.CheckConstraint(condition=~Q(changes=[]), name="costs_change"),
        ]

    def __str__(self) -> str:
        return f"v{self.number}"
