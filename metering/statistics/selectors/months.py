"""Electricity of resources by month, from roll-ups."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.db.models import Sum

from common import moments
from metering.energy.contracts import Used
from metering.statistics.contracts import Grain
from metering.statistics.models import RollUp


def month_sums(
    resource_ids: Collection[UUID], *, first: date, last: date
) -> dict[tuple[UUID, date], Used]:
    """Return what `energy.selectors.month_sums` returns, from the roll-ups of months."""
    rows = (
        RollUp.objects.filter(
            span=Grain.MONTH,
            resource_id__in=resource_ids,
            starts_at__gte=moments.month_period(first).starts_at,
            starts_at__lt=moments.month_period(last).ends_at,
        )
        .values("resource_id", "starts_at")
        .annotate(
            measured=Sum("measured_kwh"),
            estimated=Sum("estimated_kwh"),
            counted=Sum("records"),
            unknown=Sum("unknown_energy"),
        )
        .order_by()
    )
    return {
        (row["resource_id"], moments.market_date(row["starts_at"])): Used(
            row["measured"], row["estimated"], row["counted"], row["unknown"]
        )
        for row in rows
    }
