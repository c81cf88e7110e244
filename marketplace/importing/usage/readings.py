"""Readings of what a trace says was used, on the resources where its orders were cleared."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from common import tenancy
from marketplace.importing.contracts import UsageRow
from marketplace.importing.usage.contracts import Imported, Progress
from marketplace.importing.usage.runs import patiently
from marketplace.importing.usage.wishes import pieces
from marketplace.orders.rows import OrderRow
from metering import selectors as metering_selectors
from metering import services as metering_services
from metering.contracts import Closed, IngestResult, Reading, RuleFacts

METER: Final = "import"
INGEST_BATCH: Final = 5_000


@dataclass(frozen=True, slots=True)
class Metered:
    """A meter, and the rule that it measures by."""

    meter_id: UUID
    rule: RuleFacts


def measure_use(
    used: Sequence[tuple[OrderRow, UsageRow]],
    *,
    source: str,
    imported: Imported,
    progress: Progress,
) -> set[UUID]:
    """
    Take the readings of cleared orders, in the order of time.

    Return the orders of which a reading was refused: what they used is not known in full.
    """
    line_of = {order.pk: row.line for order, row in used}
    meters = _meters([order for order, row in used if row.starts_at is not None], imported)
    readings: dict[UUID, list[Reading]] = defaultdict(list)
    for order, row in used:
        if row.starts_at is not None and order.listing is not None:
            metered = meters[order.listing.resource_id]
            readings[order.listing.provider_id] += _readings(order, row, metered, source)
    total = sum(map(len, readings.values()))
    unread: set[UUID] = set()
    for provider_id, own in readings.items():
        own.sort(key=lambda reading: reading.ends_at)
        for start in range(0, len(own), INGEST_BATCH):
            batch = own[start : start + INGEST_BATCH]
            for reading, code in _ingest(provider_id, batch, imported):
                assert reading.subject is not None
                unread.add(reading.subject)
                imported.refuse(line_of[reading.subject], code, reading.event_id)
            progress("readings", imported.readings + imported.readings_known, total)
    return unread


def _meters(used: Sequence[OrderRow], imported: Imported) -> dict[UUID, Metered]:
    """Return a meter on each resource, registering those that have none for imports."""
    rules = {facts.id: facts for facts in metering_selectors.rule_versions()}
    meters: dict[UUID, Metered] = {}
    with tenancy.acting_as_platform():
        for order in sorted(used, key=lambda each: each.starts_at):
            listing = order.listing
            if listing is None or listing.resource_id in meters:
                continue
            rule = rules[listing.rule_version_id]
            known = metering_selectors.meters_of_resource(resource_id=listing.resource_id)
            found = known.filter(name=METER, rule_version_id=rule.id).first()
            if found is None:
                found = metering_services.register_meter(
                    provider_id=listing.provider_id,
                    resource_id=listing.resource_id,
                    name=METER,
                    rule_version_id=rule.id,
                    now=order.starts_at,
                )
                imported.meters += 1
            meters[listing.resource_id] = Metered(found.pk, rule)
    return meters


def _readings(order: OrderRow, row: UsageRow, metered: Metered, source: str) -> list[Reading]:
    return [
        Reading(
            source=f"urn:import:{source}",
            event_id=f"{order.number}:{number}",
            meter_id=metered.meter_id,
            starts_at=piece.starts_at,
            ends_at=piece.ends_at,
            quantity=piece.quantity,
            unit=row.unit,
            subject=order.pk,
        )
        for number, piece in enumerate(pieces(row, window_seconds=metered.rule.window_seconds))
    ]


def _ingest(
    provider_id: UUID, readings: Sequence[Reading], imported: Imported
) -> list[tuple[Reading, str]]:
    """Hand readings over; return those that were refused, with their codes."""
    result = patiently(lambda: _take(provider_id, readings))
    imported.readings += result.accepted
    imported.readings_known += result.duplicates
    return [(readings[refused.index], str(refused.code)) for refused in result.refused]


def _take(provider_id: UUID, readings: Sequence[Reading]) -> IngestResult:
    with tenancy.acting_as_platform():
        return metering_services.ingest(
            provider_id=provider_id,
            readings=readings,
            received_at=readings[-1].ends_at,
            is_replay=True,
        )


def close_own_windows(resource_ids: Collection[UUID], now: datetime, imported: Imported) -> None:
    """Close the windows of the meters that imports read for on some resources, and no others."""
    with tenancy.acting_as_platform():
        meter_ids = metering_selectors.meters_named(resource_ids=resource_ids, name=METER)
    close_meters(meter_ids, now, imported)


def close_meters(meter_ids: Collection[UUID], now: datetime, imported: Imported) -> None:
    """Close all windows of some meters."""
    is_full = True
    while is_full:
        closed = patiently(lambda: _close(meter_ids, now))
        imported.windows_closed += closed.windows
        imported.usage_records += closed.records
        is_full = closed.is_full


def _close(meter_ids: Collection[UUID], now: datetime) -> Closed:
    with tenancy.acting_as_platform():
        return metering_services.close_windows_of(meter_ids=meter_ids, now=now)
