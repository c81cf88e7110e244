"""Sums of usage by resource and period, and capacity as it was."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from metering.statistics.contracts import Grain


class RollUp(models.Model):
    """What a resource delivered in a period, in one unit: always what its records add up to."""

    id = models.BigAutoField(primary_key=True)
    span = models.CharField(max_length=5, choices=Grain.choices)
    starts_at = models.DateTimeField()
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    resource = models.ForeignKey(
        "identity.ComputeResource", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    unit = models.CharField(max_length=24)
    quantity = models.DecimalField(max_digits=44, decimal_places=12)
    native_hours = models.DecimalField(max_digits=44, decimal_places=12, null=True)
    standard_hours = models.DecimalField(max_digits=44, decimal_places=12)
    measured_kwh = models.DecimalField(max_digits=44, decimal_places=12)
    estimated_kwh = models.DecimalField(max_digits=44, decimal_places=12)
    records = models.BigIntegerField()
    unknown_energy = models.BigIntegerField(help_text="records whose electricity nobody knows")
    readings = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["span", "resource", "starts_at", "unit"], name="roll_up_once"
            ),
            models.CheckConstraint(
                condition=Q(span__in=Grain.values, records__gt=0, unknown_energy__gte=0)
                & Q(unknown_energy__lte=F("records")),
                name="roll_up_of_records",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["span", "starts_at"], name="roll_up_by_time"),
            models.Index(fields=["provider", "span", "starts_at"], name="roll_up_of_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.span} {self.starts_at:%Y-%m-%dT%H} {self.resource_id} {self.unit}"


class CapacitySpan(models.Model):
    """How much a resource had from a moment on, until its next row."""

    id = models.BigAutoField(primary_key=True)
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    resource = models.ForeignKey(
        "identity.ComputeResource", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    starts_at = models.DateTimeField()
    total_milli = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["resource", "starts_at"], name="capacity_span_once"),
            models.CheckConstraint(
                condition=Q(total_milli__gte=0), name="capacity_span_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} {self.total_milli} from {self.starts_at:%Y-%m-%d}"
