"""Meters and readings to play with."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from uuid import UUID

from common import tenancy
from identity.models import ComputeResource, Organization
from metering import selectors, services
from metering.contracts import Reading
from metering.models import Meter, UsageRecord
from tests import cast

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
_events = count(1)


def meter(
    provider: Organization | None = None,
    *,
    rule: str = "accelerator-hours",
    resource: ComputeResource | None = None,
    name: str = "main",
    **facts: object,
) -> Meter:
    """Return a meter on eight H100 cards, measured by the hour."""
    provider = provider or cast.organization()
    resource = resource or cast.resource(provider)
    with tenancy.acting_as_platform():
        return services.register_meter(
            provider_id=provider.pk,
            resource_id=resource.pk,
            name=name,
            rule_version_id=selectors.rule_version(code=rule).id,
            now=NOON,
            **facts,
        )


def reading(
    meter: Meter,
    quantity: str | int = 3600,
    *,
    at: timedelta = timedelta(),
    seconds: int = 3600,
    subject: UUID | None = None,
    event_id: str = "",
    **facts: object,
) -> Reading:
    """Return a reading that starts at noon, or some time after; each from a card of its own."""
    event_id = event_id or f"e{next(_events)}"
    values = {
        "source": f"urn:card:{event_id}",
        "event_id": event_id,
        "meter_id": meter.pk,
        "starts_at": NOON + at,
        "ends_at": NOON + at + timedelta(seconds=seconds),
        "quantity": Decimal(quantity),
        "unit": "card-second",
        "subject": subject,
    }
    return Reading(**(values | facts))


def ingest(meter: Meter, *readings: Reading, agent_id: UUID | None = None):
    """Take readings, as the meter's provider, long after they were made."""
    with tenancy.acting_as(meter.provider_id):
        return services.ingest(
            provider_id=meter.provider_id,
            readings=readings,
            received_at=NOON + timedelta(days=3),
            agent_id=agent_id,
        )


def close(*, now: datetime = NOON + timedelta(days=2), limit: int | None = None):
    """Close what is due, as the platform."""
    with tenancy.acting_as_platform():
        return services.close_windows(now=now, limit=limit)


def records(meter: Meter) -> list[UsageRecord]:
    """Return all usage records of a meter in the order in which they were numbered."""
    with tenancy.acting_as_platform():
        return list(UsageRecord.objects.filter(meter=meter).order_by("sequence"))
