"""What of vouchers waits for an issuer, and what became of their money: one statement each."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, F, Min, Q, Sum
from django.db.models.functions import TruncDate

from common import moments
from marketplace.vouchers.contracts import ApplicationState, VoucherState
from marketplace.vouchers.models import Application, Voucher


@dataclass(frozen=True, slots=True)
class ApplicationsWaiting:
    """Applications that wait for a decision."""

    count: int
    amount_minor: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class VoucherReach:
    """Whom an issuer's vouchers reached, and how many of them are about to expire."""

    holders: int
    expiring: int


def applications_waiting(*, issuer_id: UUID) -> ApplicationsWaiting:
    """Return what waits for an issuer's decision."""
    found = Application.objects.filter(
        programme_version__programme__issuer_id=issuer_id,
        state__in=[ApplicationState.APPLIED, ApplicationState.REVIEWED, ApplicationState.APPROVED],
    )
    sums = found.aggregate(
        count=Count("id"),
        amount_minor=Sum("amount_minor", default=0),
        oldest_at=Min("applied_at"),
    )
    return ApplicationsWaiting(**sums)


def reached(*, issuer_id: UUID, now: datetime, until: datetime) -> VoucherReach:
    """Return how many organisations were issued vouchers, and how many expire soon."""
    found = Voucher.objects.filter(programme_version__programme__issuer_id=issuer_id)
    soon = Q(state=VoucherState.ACTIVE, expires_at__gt=now, expires_at__lte=until)
    return VoucherReach(
        **found.aggregate(
            holders=Count("holder_id", distinct=True), expiring=Count("id", filter=soon)
        )
    )


def issued_days(*, issuer_id: UUID, since: datetime) -> list[tuple[date, int]]:
    """Return what an issuer issued on each day of the market, in minor units."""
    rows = (
        Voucher.objects.filter(
            programme_version__programme__issuer_id=issuer_id, issued_at__gte=since
        )
        .annotate(day=TruncDate(F("issued_at"), tzinfo=moments.market_zone()))
        .order_by("day")
        .values_list("day")
        .annotate(Sum("face_minor"))
    )
    return list(rows)
