"""Reads of deliveries that end early. Row-level security decides whose."""

from datetime import datetime
from uuid import UUID

from marketplace.fulfilment.models import EmergencyStop, PreemptionNotice
from marketplace.fulfilment.rules import OVER


def notices_waiting(
    *, now: datetime, provider_id: UUID | None = None, limit: int
) -> list[PreemptionNotice]:
    """Return the notices whose moment has not come, the next first; all, or a provider's."""
    found = PreemptionNotice.objects.filter(takes_back_at__gt=now).exclude(delivery__state__in=OVER)
    if provider_id is not None:
        found = found.filter(provider_id=provider_id)
    return list(found.select_related("delivery").order_by("takes_back_at", "pk")[:limit])


def stops_since(
    moment: datetime, *, provider_id: UUID | None = None, limit: int
) -> list[EmergencyStop]:
    """Return what two operators stopped since a moment, the latest first; all, or a provider's."""
    found = EmergencyStop.objects.filter(stopped_at__gte=moment)
    if provider_id is not None:
        found = found.filter(provider_id=provider_id)
    return list(found.select_related("delivery").order_by("-stopped_at", "-pk")[:limit])
