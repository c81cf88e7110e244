"""How often organisations may order and cancel."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from marketplace.orders.models import OrderRate


@dataclass(frozen=True, slots=True)
class AllowedPace:
    """What an organisation may do in a minute; `is_own` where an operator said it of this one."""

    placed_per_minute: int
    cancelled_per_minute: int
    is_own: bool = False


def order_rates() -> QuerySet[OrderRate]:
    """Return what operators said of organisations, the latest first."""
    return OrderRate.objects.select_related("organization").order_by("-id")


def order_rate(*, organization_id: UUID) -> AllowedPace:
    """Return what an organisation may do in a minute."""
    said = order_rates().filter(organization_id=organization_id).first()
    if said is None:
        return AllowedPace(settings.ORDERS_PLACED_PER_MINUTE, settings.ORDERS_CANCELLED_PER_MINUTE)
    return AllowedPace(said.placed_per_minute, said.cancelled_per_minute, is_own=True)
