"""Who took how much of community capacity, by the month."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, DecimalField, ExpressionWrapper, F, Func, Sum

from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.community import CommunityTerms
from marketplace.orders.community_contracts import CommunityQuota, tenths
from marketplace.orders.contracts import OrderState
from marketplace.orders.models import Order

USES_MAX: Final = 200
_OVER = (OrderState.REJECTED, OrderState.CANCELLED)


@dataclass(frozen=True, slots=True)
class CommunityUse:
    """What one member took of a provider's community listings in a month."""

    buyer_id: UUID
    buyer: str
    unit: str
    orders: int
    amount: int  # thousandths of a unit times seconds

    @property
    def hours(self) -> str:
        """Return it in unit-hours."""
        return tenths(self.amount)


def community_quota(
    terms: CommunityTerms, *, buyer_id: UUID, unit: str, month: date
) -> CommunityQuota:
    """Return what a member has left; until the transaction ends, nobody takes of it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT orders_community_used(%s, %s, %s)", [buyer_id, month, unit])
        used = int(cursor.fetchone()[0])
    return CommunityQuota(month, unit, terms.hours[unit] * 3_600_000, used)


def community_quotas(*, buyer_id: UUID, at: datetime) -> list[CommunityQuota]:
    """Return what a member may take and took this month, by unit, under the rule in force."""
    terms = catalog_selectors.community_rule(at=at)
    month = terms.month(at)
    used = {
        unit: int(amount)
        for unit, amount, _orders in _sums(
            Order.objects.filter(community_month=month, buyer_id=buyer_id),
            ("wanted_listing__capacity_unit",),
        )
    }
    return [
        CommunityQuota(month, str(unit), hours * 3_600_000, used.get(str(unit), 0))
        for unit, hours in terms.hours.items()
    ]


def community_use(*, provider_id: UUID, month: date) -> list[CommunityUse]:
    """Return who took most of a provider's community listings in a month, at most USES_MAX."""
    found = Order.objects.filter(
        community_month=month, wanted_listing__provider_id=provider_id, provider_id=provider_id
    )
    rows = _sums(found, ("buyer_id", "buyer__name", "wanted_listing__capacity_unit"))
    most = rows.order_by("-amount", "buyer__name", "buyer_id")[:USES_MAX]
    return [
        CommunityUse(pk, name, unit, orders, int(amount)) for pk, name, unit, amount, orders in most
    ]


def community_taken(*, month: date) -> dict[str, int]:
    """Return what all members took in a month, by unit: for the platform's figures."""
    found = Order.objects.filter(community_month=month)
    rows = _sums(found, ("wanted_listing__capacity_unit",))
    return {unit: int(amount) for unit, amount, _orders in rows}


def _sums(found: Any, by: tuple[str, ...]) -> Any:
    """Return groups of the orders that count, with thousandths times seconds and how many."""
    lasted = Func(F("ends_at") - F("starts_at"), template="EXTRACT(EPOCH FROM %(expressions)s)")
    whole = DecimalField(max_digits=40, decimal_places=6)
    return (
        found.exclude(state__in=_OVER)
        .order_by()
        .values_list(*by)
        .annotate(
            amount=Sum(ExpressionWrapper(F("units_milli") * lasted, output_field=whole)),
            orders=Count("id"),
        )
    )
