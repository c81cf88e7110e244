"""Who took how much of community capacity, by the month."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, DurationField, ExpressionWrapper, F, Sum

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
        unit: amount
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
    uses = [CommunityUse(pk, name, unit, orders, amount) for pk, name, unit, amount, orders in rows]
    return sorted(uses, key=lambda each: (-each.amount, each.buyer))[:USES_MAX]


def community_taken(*, month: date) -> dict[str, int]:
    """Return what all members took in a month, by unit: for the platform's figures."""
    found = Order.objects.filter(community_month=month)
    return {unit: amount for unit, amount, _n in _sums(found, ("wanted_listing__capacity_unit",))}


def _sums(found: Any, by: tuple[str, ...]) -> Iterable[tuple[Any, ...]]:
    """Yield the groups of orders that count, with thousandths times seconds and how many."""
    length = ExpressionWrapper(F("ends_at") - F("starts_at"), output_field=DurationField())
    rows = (
        found.exclude(state__in=_OVER)
        .order_by()
        .values_list(*by, "units_milli")
        .annotate(length=Sum(length), count=Count("id"))
    )
    sums: dict[tuple[Any, ...], list[int]] = {}
    for *key, milli, lasted, count in rows:
        total = sums.setdefault(tuple(key), [0, 0])
        total[0] += milli * int(lasted.total_seconds())
        total[1] += count
    for group, (amount, count) in sums.items():
        yield (*group, amount, count)
