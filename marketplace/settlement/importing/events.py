"""CloudEvents in a file: what agents would have sent over HTTP."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Final
from uuid import UUID

from common import tenancy
from marketplace.settlement.importing.contracts import Imported, Progress
from marketplace.settlement.importing.ledger_check import add_ledger
from metering import selectors as metering_selectors
from metering import services as metering
from metering.contracts import BadRow, Reading, RowRefusal
from metering.formats import cloudevents_jsonl

BATCH: Final = 5_000


def import_events(
    lines: Iterable[str],
    *,
    provider_id: UUID | None,
    received_at: datetime,
    progress: Progress,
) -> Imported:
    """
    Take the readings of a file, each once and for good; bad ones do not spoil the others.

    With `provider_id` only that provider's meters are known. Windows close, and use is charged,
    when they are due.
    """
    imported = Imported()
    numbered = cloudevents_jsonl.readings(lines)
    while batch := list(islice(numbered, BATCH)):
        imported.rows += len(batch)
        good: list[tuple[int, Reading]] = []
        for line, reading in batch:
            if isinstance(reading, BadRow):
                imported.refuse(line, reading.code, reading.detail)
            else:
                good.append((line, reading))
        _ingest(good, provider_id, received_at, imported)
        progress("readings", imported.rows, 0)
    add_ledger(imported)
    return imported


def _ingest(
    good: list[tuple[int, Reading]],
    provider_id: UUID | None,
    received_at: datetime,
    imported: Imported,
) -> None:
    """Hand each provider's readings over; those of nobody's meters are refused."""
    with tenancy.acting_as_platform():
        owners = metering_selectors.providers_of_meters({reading.meter_id for _, reading in good})
        by_provider: dict[UUID, list[tuple[int, Reading]]] = defaultdict(list)
        for line, reading in good:
            owner = owners.get(reading.meter_id)
            if owner is None or provider_id not in (None, owner):
                code = RowRefusal.UNKNOWN_METER
                imported.refuse(line, str(code), str(reading.meter_id))
            else:
                by_provider[owner].append((line, reading))
        for owner, own in by_provider.items():
            result = metering.ingest(
                provider_id=owner,
                readings=[reading for _, reading in own],
                received_at=received_at,
            )
            imported.readings += result.accepted
            imported.readings_known += result.duplicates
            for refused in result.refused:
                imported.refuse(own[refused.index][0], str(refused.code), refused.detail)
