"""Reads: which addresses the market asks, what they answered, and what agents said beside."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from common.period import Period
from gateway.sensing import probe_rules, selectors
from gateway.sensing.models import ProbedEndpoint, ProbeHour
from gateway.sensing.probe_rules import ProbeAgreement

COMPARED_OVER: Final = timedelta(hours=24)
COUNTS_AHEAD: Final = timedelta(minutes=15)  # a word may count a little longer than until now


def probed_endpoints(*, provider_id: UUID | None = None) -> QuerySet[ProbedEndpoint]:
    """Return the addresses that are or were asked, failing ones first; of a provider, its own."""
    found = ProbedEndpoint.objects.exclude(url="").select_related("resource", "provider")
    if provider_id is not None:
        found = found.filter(provider_id=provider_id)
    return found.order_by("-failures", "resource_id")


def compared_of(resource_ids: Collection[UUID], *, now: datetime) -> dict[UUID, ProbeAgreement]:
    """Return how agent and probe compare over the last day, by resource; two statements."""
    period = Period(now - COMPARED_OVER, now + COUNTS_AHEAD)
    spans = selectors.spans_of(resource_ids, period)
    return {pk: probe_rules.compared(spans.get(pk, []), now) for pk in resource_ids}


def hours_of(resource_id: UUID, *, limit: int) -> QuerySet[ProbeHour]:
    """Return how an address answered by hour, the latest first."""
    return ProbeHour.objects.filter(resource_id=resource_id).order_by("-hour_at")[:limit]
