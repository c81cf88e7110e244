"""How much is registered, in sums; the register is public, and so are these."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, Q, Sum

from identity.contracts import ResourceStatus
from identity.models import ComputeResource


@dataclass(frozen=True, slots=True)
class CapacitySum:
    """What is active in a class and a unit: resources, total and available in thousandths."""

    resource_class: str
    unit: str
    resources: int
    total_milli: int
    available_milli: int
    pue_weight: Decimal | None  # of those that state a PUE: the sum of PUE times total
    pue_milli: int  # and their total


def active_sums() -> list[CapacitySum]:
    """Return what is active now, by class and unit; nothing of owners that are suspended."""
    found = (
        ComputeResource.objects.filter(
            status=ResourceStatus.ACTIVE, provider__suspended_at__isnull=True
        )
        .order_by()
        .values("resource_class", "capacity_unit")
        .annotate(
            resources=Count("id"),
            total=Sum("total_milli"),
            available=Sum("available_milli"),
            weight=Sum(F("pue") * F("total_milli")),
            weighed=Sum("total_milli", filter=Q(pue__isnull=False)),
        )
    )
    return [
        CapacitySum(
            row["resource_class"],
            row["capacity_unit"],
            row["resources"],
            int(row["total"]),
            int(row["available"] or 0),
            row["weight"],
            int(row["weighed"] or 0),
        )
        for row in found.order_by("resource_class", "capacity_unit")
    ]
