"""Reads of reference prices. Everybody reads them."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import QuerySet

from marketplace.baselines.models import ReferencePrice
from metering.table_contracts import HourClass


def reference_prices() -> QuerySet[ReferencePrice]:
    """Return every reference price there was, the latest first."""
    return ReferencePrice.objects.order_by("-id")


def references_in_force(*, at: datetime) -> Mapping[str, ReferencePrice]:
    """Return, by class, the reference price that holds at a moment; some classes have none."""
    began = ReferencePrice.objects.filter(valid_from__lte=at)
    latest = began.order_by("hour_class", "-valid_from", "-id").distinct("hour_class")
    return {each.hour_class: each for each in latest if each.reference is not None}


def reference_in_force(
    *, at: datetime, hour_class: str = HourClass.TRAINING
) -> ReferencePrice | None:
    """Return the reference price of a class that holds at a moment, if there is one."""
    return references_in_force(at=at).get(hour_class)


def references_to_come(*, at: datetime) -> QuerySet[ReferencePrice]:
    """Return what was announced and does not hold yet, the next first."""
    return ReferencePrice.objects.filter(valid_from__gt=at).order_by("valid_from", "id")
