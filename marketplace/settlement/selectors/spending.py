"""What a buyer spent, by project and by day."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncDate

from common import moments
from marketplace.settlement.models import Charge


@dataclass(frozen=True, slots=True)
class SpentOnProject:
    """What was charged for the orders of a project, or of none."""

    project_id: UUID | None
    orders: int = 0
    cash_minor: int = 0
    voucher_minor: int = 0

    @property
    def gross_minor(self) -> int:
        """Return all that was charged."""
        return self.cash_minor + self.voucher_minor


@dataclass(frozen=True, slots=True)
class SpentOnDay:
    """What was charged on a day of the market."""

    day: date
    cash_minor: int
    voucher_minor: int


def spent_on_projects(project_ids: Collection[UUID]) -> dict[UUID, SpentOnProject]:
    """Return what was spent on projects, all of it: one query for all."""
    found = Charge.objects.filter(contract__order__project_id__in=project_ids)
    return {each.project_id: each for each in _by_project(found) if each.project_id}


def spent_by_project(buyer_id: UUID, *, since: date, until: date) -> list[SpentOnProject]:
    """Return what a buyer was charged in some days by project, the dearest first."""
    return sorted(
        _by_project(_charged(buyer_id, since, until)),
        key=lambda each: (-each.gross_minor, str(each.project_id)),
    )


def spent_by_day(
    buyer_id: UUID, *, since: date, until: date, project_id: UUID | None = None
) -> list[SpentOnDay]:
    """Return what a buyer was charged on each of some days, on a project or in all."""
    found = _charged(buyer_id, since, until)
    if project_id is not None:
        found = found.filter(contract__order__project_id=project_id)
    rows: QuerySet[Any, Any] = (
        found.annotate(day=TruncDate("charged_at", tzinfo=moments.market_zone()))
        .values("day")
        .annotate(cash=Sum("cash_minor"), voucher=Sum("voucher_minor"))
        .order_by("day")
    )
    known = {row["day"]: SpentOnDay(row["day"], row["cash"], row["voucher"]) for row in rows}
    days = [since + timedelta(days=each) for each in range((until - since).days)]
    return [known.get(day, SpentOnDay(day, 0, 0)) for day in days]


def _charged(buyer_id: UUID, since: date, until: date) -> QuerySet[Charge]:
    return Charge.objects.filter(
        buyer_id=buyer_id,
        charged_at__gte=moments.day_period(since).starts_at,
        charged_at__lt=moments.day_period(until).starts_at,
    )


def _by_project(found: QuerySet[Charge]) -> list[SpentOnProject]:
    rows: QuerySet[Any, Any] = (
        found.order_by()
        .values("contract__order__project_id")
        .annotate(
            orders=Count("contract_id", distinct=True),
            cash=Sum("cash_minor"),
            voucher=Sum("voucher_minor"),
        )
    )
    return [
        SpentOnProject(
            row["contract__order__project_id"], row["orders"], row["cash"], row["voucher"]
        )
        for row in rows
    ]
