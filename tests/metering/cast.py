"""Meters and readings to play with."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from common import tenancy
from identity.models import Organization
from metering import services
from metering.contracts import Reading
from metering.models import Meter, UsageRecord
from tests import factories

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def meter(provider: Organization | None = None, **facts: object) -> Meter:
    """Return a meter on eight H100 cards, measured by the hour."""
    return factories.MeterFactory(at=NOON, **({"provider": provider} if provider else {}), **facts)


def reading(
    meter: Meter, quantity: str | int = 3600, *, at: timedelta = timedelta(), **facts: object
) -> Reading:
    """Return a reading that starts at noon, or some time after; each from a card of its own."""
    return factories.ReadingFactory(
        **{"meter": meter, "starts_at": NOON + at, "quantity": Decimal(quantity)} | facts
    )


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
