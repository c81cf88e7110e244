"""Electricity of usage records, data centres, grid factors and green electricity."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from metering.energy.contracts import (
    CERTIFICATE_KWH,
    DIRECT_LENGTH_MAX,
    NAME_LENGTH_MAX,
    TEXT_LENGTH_MAX,
    EnergyBasis,
    GreenKind,
    GreenState,
    UnknownEnergy,
)

REGION = r"^[0-9]{6}$"
PROVINCE = r"^([0-9]{2}0000)$"
CERTIFICATE = r"^[0-9A-Z]{32}$"
FIRST_OF_MONTH = Q(month__day=1)


class UsageEnergy(models.Model):
    """
    The IT electricity of one usage record: a projection, counted again when its inputs change.

    Of the records of an energy meter itself it is what nobody's use took.
    """

    usage = models.OneToOneField(
        "metering.UsageRecord", on_delete=models.PROTECT, related_name="energy", primary_key=True
    )
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    resource = models.ForeignKey(
        "identity.ComputeResource", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    starts_at = models.DateTimeField()
    basis = models.CharField(max_length=9, choices=EnergyBasis.choices)
    reason = models.CharField(
        max_length=24, choices=UnknownEnergy.choices, blank=True, default=UnknownEnergy.NONE
    )
    it_kwh = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    told = models.CharField(max_length=TEXT_LENGTH_MAX, blank=True)
    is_current = models.BooleanField(default=True, help_text="no later revision supersedes it")
    counted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(basis__in=EnergyBasis.values) & Q(reason__in=UnknownEnergy.values),
                name="energy_basis_known",
            ),
            models.CheckConstraint(
                condition=Q(basis=EnergyBasis.UNKNOWN, it_kwh__isnull=True) & ~Q(reason="")
                | ~Q(basis=EnergyBasis.UNKNOWN) & Q(it_kwh__isnull=False, reason=""),
                name="energy_known_or_reason",
            ),
            models.CheckConstraint(condition=Q(it_kwh__gte=0), name="energy_not_negative"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["resource", "starts_at"],
                condition=Q(is_current=True),
                name="energy_of_resource",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.usage_id} {self.it_kwh} kWh {self.basis}"


class CountingPlace(models.Model):
    """How far usage records were counted, in the order of their numbers. One row."""

    id = models.SmallAutoField(primary_key=True)
    sequence = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="counting_place_is_one"),
        ]

    def __str__(self) -> str:
        return f"after {self.sequence}"


class ChangedHour(models.Model):
    """An hour of a resource whose usage or electricity changed: work for who rolls it up."""

    id = models.BigAutoField(primary_key=True)
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    resource = models.ForeignKey(
        "identity.ComputeResource", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    starts_at = models.DateTimeField()
    noticed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.resource_id} {self.starts_at:%Y-%m-%dT%HZ}"


class DataCentre(models.Model):
    """A building with machines of one provider, and the grid that it hangs on."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(max_length=NAME_LENGTH_MAX)
    name_en = models.CharField(max_length=NAME_LENGTH_MAX, blank=True)
    region = models.CharField(max_length=6, help_text="GB/T 2260 code")
    province = models.CharField(max_length=6, help_text="whose grid factor counts")
    added_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "name"], name="data_centre_name_once"),
            models.CheckConstraint(
                condition=~Q(name="") & Q(region__regex=REGION) & Q(province__regex=PROVINCE),
                name="data_centre_is_somewhere",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CentreResource(models.Model):
    """In which data centre a resource stands from a month on."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    centre = models.ForeignKey(DataCentre, on_delete=models.PROTECT, related_name="places")
    resource = models.ForeignKey(
        "identity.ComputeResource", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    month = models.DateField(help_text="the first that counts, by its first day")
    placed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["resource", "month"], name="resource_stands_once"),
            models.CheckConstraint(condition=FIRST_OF_MONTH, name="place_from_a_first_day"),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} in {self.centre_id} from {self.month:%Y-%m}"


class CentrePue(models.Model):
    """The PUE of a data centre in a month, one version after another; append-only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    centre = models.ForeignKey(
        DataCentre, on_delete=models.PROTECT, related_name="pues", db_index=False
    )
    month = models.DateField()
    version = models.PositiveIntegerField()
    value = models.DecimalField(max_digits=4, decimal_places=3)
    evidence = models.CharField(max_length=TEXT_LENGTH_MAX)
    evidence_file = models.UUIDField(null=True, blank=True)
    entered_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["centre", "month", "version"], name="pue_version_once"),
            models.CheckConstraint(
                condition=Q(value__gte=1) & Q(version__gt=0) & ~Q(evidence="") & FIRST_OF_MONTH,
                name="pue_is_proven_and_at_least_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.centre_id} {self.month:%Y-%m} {self.value} v{self.version}"


class GridFactor(models.Model):
    """Kilograms of CO2 of a kilowatt-hour, by grid and year; append-only, newest version counts."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    province = models.CharField(
        max_length=6, help_text="GB/T 2260 code; 000000: the country, without what is traded green"
    )
    year = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField()
    value = models.DecimalField(max_digits=5, decimal_places=4)
    source = models.CharField(max_length=TEXT_LENGTH_MAX)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, related_name="+", null=True
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["province", "year", "version"], name="grid_factor_version_once"
            ),
            models.CheckConstraint(
                condition=Q(value__gte=0, version__gt=0, province__regex=PROVINCE)
                & Q(year__gte=2000, year__lte=2999)
                & ~Q(source=""),
                name="grid_factor_is_sourced",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.province} {self.year} {self.value}"


class GreenSupply(models.Model):
    """A green certificate or a direct supply: registered, then claimed once in the whole market."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(max_length=11, choices=GreenKind.choices)
    number = models.CharField(max_length=DIRECT_LENGTH_MAX)
    kwh = models.DecimalField(max_digits=18, decimal_places=6)
    month = models.DateField(help_text="in which it was generated")
    evidence = models.CharField(max_length=TEXT_LENGTH_MAX)
    evidence_file = models.UUIDField(null=True, blank=True)
    registered_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    registered_at = models.DateTimeField()
    state = models.CharField(
        max_length=10, choices=GreenState.choices, default=GreenState.REGISTERED
    )
    centre = models.ForeignKey(
        DataCentre, on_delete=models.PROTECT, related_name="supplies", null=True, blank=True
    )
    used_month = models.DateField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=TEXT_LENGTH_MAX, blank=True)

    class Meta:
        constraints: ClassVar = [
            # A contract of direct supply delivers every month; a certificate is spent once.
            models.UniqueConstraint(
                fields=["number"],
                condition=Q(kind=GreenKind.CERTIFICATE, state__in=("CLAIMED", "RETIRED")),
                name="green_certificate_claimed_once",
            ),
            models.UniqueConstraint(
                fields=["number", "month"],
                condition=Q(kind=GreenKind.DIRECT, state__in=("CLAIMED", "RETIRED")),
                name="direct_supply_claimed_once",
            ),
            models.UniqueConstraint(
                fields=["provider", "kind", "number", "month"],
                condition=~Q(state=GreenState.CANCELLED),
                name="green_supply_registered_once",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind=GreenKind.CERTIFICATE, kwh=CERTIFICATE_KWH, number__regex=CERTIFICATE
                )
                | Q(kind=GreenKind.DIRECT, kwh__gt=0) & ~Q(number=""),
                name="green_supply_is_a_quantity",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("CLAIMED", "RETIRED"))
                & Q(centre__isnull=False, claimed_at__isnull=False, used_month=F("month"))
                | Q(state__in=("REGISTERED", "CANCELLED")),
                name="green_supply_claimed_for_its_month",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("RETIRED", "CANCELLED"), ended_at__isnull=False)
                & ~Q(end_reason="")
                | Q(state__in=("REGISTERED", "CLAIMED"), ended_at__isnull=True, end_reason=""),
                name="green_supply_ends_for_a_reason",
            ),
            models.CheckConstraint(
                condition=FIRST_OF_MONTH & ~Q(evidence=""), name="green_supply_is_proven"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["centre", "used_month"], name="green_supply_of_centre"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.kwh} kWh {self.state}"
