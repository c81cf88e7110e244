"""Readings, their names for good, and the bytes of a batch."""

import hashlib
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from suanpan_agent import moments
from suanpan_agent.counting import Stretch, cut

READING_TYPE: Final = "org.suanpan.reading.v1"
NONE_BEFORE: Final = "0" * 64


class Reading(msgspec.Struct, frozen=True):
    """What a meter counted over a stretch of time; source and id name it for good."""

    source: str
    id: str
    meter: str
    starts_at: int
    ends_at: int
    quantity: str
    unit: str
    subject: str | None = None


class MeterFacts(msgspec.Struct, frozen=True):
    """What the market says of a meter."""

    id: str
    name: str
    unit: str
    window_seconds: int


def short_hash(*parts: str) -> str:
    """Return a short name for what the parts say together."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def written(quantity: Decimal) -> str:
    """Return a quantity in plain digits, without meaningless zeros."""
    text = format(quantity, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def of_stretch(
    stretch: Stretch, *, meter: MeterFacts, source: str, name: str, subject: str | None
) -> Iterable[Reading]:
    """Return the readings of a stretch, one a window; nothing counted is no reading."""
    for piece in cut(stretch, window_seconds=meter.window_seconds):
        if piece.quantity > 0:
            yield Reading(
                source=source,
                id=f"{name}:{piece.starts_at}-{piece.ends_at}",
                meter=meter.id,
                starts_at=piece.starts_at,
                ends_at=piece.ends_at,
                quantity=written(piece.quantity),
                unit=meter.unit,
                subject=subject,
            )


def body(readings: Sequence[Reading], *, number: int, previous: str) -> bytes:
    """Return the bytes of a batch, which name its number and the hash of the one before."""
    events = [_event(reading) for reading in readings]
    events[0] |= {"suanpannumber": number, "suanpanprevious": previous}
    return msgspec.json.encode(events)


def _event(reading: Reading) -> dict[str, Any]:
    event: dict[str, Any] = {
        "specversion": "1.0",
        "type": READING_TYPE,
        "source": reading.source,
        "id": reading.id,
        "data": {
            "meter": reading.meter,
            "starts_at": moments.written(reading.starts_at),
            "ends_at": moments.written(reading.ends_at),
            "quantity": reading.quantity,
            "unit": reading.unit,
        },
    }
    if reading.subject is not None:
        event["subject"] = reading.subject
    return event
