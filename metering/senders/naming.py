"""What series and their readings are called, for good: the same content has the same name. Pure."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from metering.contracts import CountingMeter, Reading
from metering.rules import EPOCH
from metering.senders.contracts import Reads
from metering.senders.counting import CountedStretch, cut_by_windows

KEY_LENGTH: Final = 40


def series_key(metric: str, labels: Mapping[str, str], meter_id: UUID, reads: Reads) -> str:
    """Return the name of a series that is followed for a meter, by whatever door it comes."""
    told = json.dumps([metric, sorted(labels.items()), str(meter_id), str(reads)])
    return hashlib.sha256(told.encode()).hexdigest()[:KEY_LENGTH]


def readings_of(
    stretch: CountedStretch, *, key: str, meter: CountingMeter, subject: UUID | None
) -> Iterator[Reading]:
    """Yield the readings of a stretch, one a window; nothing counted is no reading."""
    for piece in cut_by_windows(stretch, window_seconds=meter.window_seconds):
        if piece.quantity > 0:
            yield Reading(
                source=f"urn:suanpan:series:{key}",
                event_id=f"{subject or 'none'}:{piece.starts_at}-{piece.ends_at}",
                meter_id=meter.id,
                starts_at=EPOCH + timedelta(microseconds=piece.starts_at),
                ends_at=EPOCH + timedelta(microseconds=piece.ends_at),
                quantity=piece.quantity,
                unit=meter.unit,
                subject=subject,
            )
