"""CloudEvents in a file: what agents would have sent over HTTP."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Final
from uuid import UUID

from common import tenancy
from common.tabular import BadLine, Line
from marketplace.importing.contracts import BadRow
from marketplace.importing.formats import cloudevents_jsonl
from marketplace.importing.usage import runs
from marketplace.importing.usage.contracts import Imported, ImportFile, Progress
from marketplace.importing.usage.ledger_check import add_ledger
from marketplace.importing.usage.runs import patiently
from metering import selectors as metering_selectors
from metering import services as metering_services
from metering.contracts import IngestResult, Reading, RowRefusal

BATCH: Final = 5_000


def import_events(
    lines: Iterable[Line | BadLine],
    *,
    file: ImportFile,
    provider_id: UUID | None,
    received_at: datetime,
    progress: Progress,
) -> Imported:
    """
    Take the readings of a file, each once and for good; bad ones do not spoil the others.

    With `provider_id` only that provider's meters are known. Windows close, and use is charged,
    when they are due. An event is known by its own source and id, whatever file it stands in.

    :raises OneEventALine: if the file is a JSON array that is too long; nothing is taken then
    """
    imported = Imported()
    with runs.at_work(file, provider_id):
        numbered = cloudevents_jsonl.readings(lines)
        first = list(islice(numbered, BATCH))
        run_id = runs.start(file, provider_id, now=received_at)
        while batch := first or list(islice(numbered, BATCH)):
            first = []
            _take(batch, provider_id, received_at, imported)
            progress("readings", imported.rows, 0)
        add_ledger(imported)
        imported.count_readings()
        runs.finish(run_id, imported, is_whole=True, now=received_at)
    return imported


def _take(
    batch: Sequence[tuple[int, Reading | BadRow]],
    provider_id: UUID | None,
    received_at: datetime,
    imported: Imported,
) -> None:
    good: list[tuple[int, Reading]] = []
    for line, reading in batch:
        imported.rows += 1
        if isinstance(reading, BadRow):
            imported.refuse(line, reading.code, reading.detail)
        else:
            good.append((line, reading))
    _ingest(good, provider_id, received_at, imported)


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
        result = patiently(partial(_hand_over, owner, own, received_at))
        imported.readings += result.accepted
        imported.readings_known += result.duplicates
        for refused in result.refused:
            imported.refuse(own[refused.index][0], str(refused.code), refused.detail)


def _hand_over(
    provider_id: UUID, own: Sequence[tuple[int, Reading]], received_at: datetime
) -> IngestResult:
    with tenancy.acting_as_platform():
        return metering_services.ingest(
            provider_id=provider_id,
            readings=[reading for _, reading in own],
            received_at=received_at,
            is_replay=True,
        )
