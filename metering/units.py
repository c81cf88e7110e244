"""
What the units of metrics have to do with those that resources are counted in. Pure.

`per_second` says how much one unit of a resource yields in a second at most: a card a card-second,
a gigabit a second 125,000,000 bytes. A unit that is not listed counts things that no capacity
bounds.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Final

TIME_ENDING: Final = "-second"


@dataclass(frozen=True, slots=True)
class CapacityBound:
    """How much of a metric's unit one unit of capacity yields in a second, at most."""

    of: str
    per_second: Decimal


def _read() -> Mapping[str, CapacityBound]:
    path = Path(__file__).parent / "rules_data" / "units.json"
    return MappingProxyType(
        {
            row["unit"]: CapacityBound(row["of"], Decimal(row["per_second"]))
            for row in json.loads(path.read_text("utf-8"))
        }
    )


BOUNDS: Final = _read()


def bound_of(unit: str) -> CapacityBound | None:
    """Return how a metric's unit is bounded by capacity, if it is."""
    return BOUNDS.get(unit)


def reading_unit(unit: str, reads: str) -> str:
    """Return the unit that readings of a metric come in: levels of use over time in its unit."""
    return unit.removesuffix(TIME_ENDING) if reads == "gauge" else unit
