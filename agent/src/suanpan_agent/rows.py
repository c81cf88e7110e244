"""A row that names meter, times and quantity becomes readings, cut at the edges of windows."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from suanpan_agent import moments
from suanpan_agent.counting import PLACES, Stretch
from suanpan_agent.readings import MeterFacts, Reading, of_stretch, short_hash

COLUMNS: Final = ("id", "meter", "starts_at", "ends_at", "quantity", "order")
_QUANTITY: Final = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?", re.ASCII)
_NAME_MAX: Final = 60


def readings(
    row: Mapping[str, Any], *, source: str, meters: Mapping[str, MeterFacts]
) -> list[Reading]:
    """
    Return the readings of a row. Without an id of its own it is named by what it says.

    :raises ValueError: if something is missing or wrong
    """
    unknown = set(row) - set(COLUMNS)
    if unknown:
        message = f"unknown column {min(map(str, unknown))!r}"
        raise ValueError(message)
    said = {name: str(row.get(name) or "").strip() for name in COLUMNS}
    meter = meters.get(said["meter"].lower())
    if meter is None:
        message = f"no meter {said['meter']!r} that this agent signs for"
        raise ValueError(message)
    return list(
        of_stretch(
            _stretch(said),
            meter=meter,
            source=source,
            name=_name(said),
            subject=str(UUID(said["order"])) if said["order"] else None,
        )
    )


def _stretch(said: Mapping[str, str]) -> Stretch:
    starts_at, ends_at = moments.read(said["starts_at"]), moments.read(said["ends_at"])
    if ends_at <= starts_at:
        message = "it ends before or as it starts"
        raise ValueError(message)
    if not _QUANTITY.fullmatch(said["quantity"]):
        message = (
            f"quantity {said['quantity']!r} is not in plain digits, at most nine after the point"
        )
        raise ValueError(message)
    return Stretch(starts_at, ends_at, Decimal(said["quantity"]).quantize(PLACES))


def _name(said: Mapping[str, str]) -> str:
    if not said["id"]:
        return short_hash(*(said[name] for name in COLUMNS))
    return said["id"] if len(said["id"]) <= _NAME_MAX else short_hash(said["id"])
