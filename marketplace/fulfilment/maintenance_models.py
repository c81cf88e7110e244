"""Maintenance that providers announce, and the listings that it is of."""

from datetime import timedelta
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from common.ids import uuid7
from marketplace.fulfilment.maintenance_contracts import (
    MAINTENANCE_NOTE_LENGTH_MAX,
    MaintenanceImpact,
    MaintenanceState,
)


class MaintenanceWork(models.Model):
    """A time in which a provider works on what it sells, as announced and as it came."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    impact = models.CharField(max_length=8, choices=MaintenanceImpact.choices)
    note = models.CharField(
        max_length=MAINTENANCE_NOTE_LENGTH_MAX, default="", db_default="", blank=True
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    rule = models.CharField(max_length=20, help_text="by which version it is counted")
    is_late = models.BooleanField(help_text="announced later than the rule asks")
    interrupts = models.BooleanField(help_text="orders that hold the time, as the provider said")
    state = models.CharField(max_length=9, choices=MaintenanceState.choices)
    announced_at = models.DateTimeField()
    announced_by_id = models.BigIntegerField(null=True, help_text="the person; none for a program")
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    overrun_seconds = models.PositiveIntegerField(null=True, help_text="true end − announced end")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(impact__in=MaintenanceImpact.values), name="maintenance_impact_known"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at"), starts_at__gte=F("announced_at")),
                name="maintenance_lies_ahead",
            ),
            models.CheckConstraint(
                condition=~Q(rule="maintenance-1", is_late=False)
                | Q(starts_at__gte=F("announced_at") + timedelta(days=7)),
                name="maintenance_in_time_is_a_week_ahead",
            ),
            models.CheckConstraint(
                condition=Q(
                    state=MaintenanceState.ANNOUNCED,
                    began_at__isnull=True,
                    ended_at__isnull=True,
                    withdrawn_at__isnull=True,
                    overrun_seconds__isnull=True,
                )
                | Q(
                    state=MaintenanceState.UNDERWAY,
                    began_at__isnull=False,
                    ended_at__isnull=True,
                    withdrawn_at__isnull=True,
                    overrun_seconds__isnull=True,
                )
                | Q(
                    state=MaintenanceState.OVER,
                    began_at__isnull=False,
                    ended_at__gte=F("began_at"),
                    withdrawn_at__isnull=True,
                    overrun_seconds__isnull=False,
                )
                | Q(
                    state=MaintenanceState.WITHDRAWN,
                    began_at__isnull=True,
                    ended_at__isnull=True,
                    withdrawn_at__isnull=False,
                    overrun_seconds__isnull=True,
                ),
                name="maintenance_times_of_its_state",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["provider", "-starts_at", "-id"], name="maintenance_of_provider"),
            models.Index(fields=["-starts_at", "-id"], name="maintenance_by_start"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} {self.impact}"


class MaintainedListing(models.Model):
    """A listing that maintenance is of; its time is announced once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    work = models.ForeignKey(MaintenanceWork, on_delete=models.PROTECT, related_name="listings")
    listing = models.ForeignKey("catalog.Listing", on_delete=models.PROTECT, related_name="+")
    listing_seq = models.BigIntegerField(editable=False)
    listing_number = models.CharField(max_length=24)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    is_live = models.BooleanField(default=True, db_default=True)
    held_as = ArrayField(
        models.UUIDField(), default=list, help_text="what took its time out of what is sold"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["work", "listing"], name="maintained_listing_once"),
            ExclusionConstraint(
                name="maintenance_never_overlaps",
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
                condition=Q(is_live=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.listing_number} {self.starts_at:%Y-%m-%d %H:%M}"
