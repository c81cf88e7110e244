"""Published figures that come with the room: power of chips, units of energy, limits of centres."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec

from metering.energy.contracts import Threshold

DATA: Final = Path(__file__).parent / "data"
WATTS_MAX: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Power:
    """What one unit of a resource draws, and who says so."""

    watts: Decimal
    told: str


@dataclass(frozen=True, slots=True)
class PowerTable:
    """
    Power by chip, the load that an estimate assumes, and units in kilowatts and kWh.

    Of a resource's meters those of energy count; without any, of power over time; else of power.
    """

    version: int
    load: Decimal
    told: Mapping[str, str]
    watts: Mapping[str, Decimal]
    energy_units: Mapping[str, Decimal]
    power_units: Mapping[str, Decimal]
    power_over_time: Mapping[str, Decimal]  # how many make a kilowatt-hour
    unread_share_max: Decimal  # of a window, in which power was not read

    @property
    def metered(self) -> tuple[Mapping[str, Decimal], ...]:
        """Return the units that electricity is read in, the ones that count before others first."""
        return (self.energy_units, self.power_over_time, self.power_units)

    def power_of(self, chip: str, specification: Mapping[str, Any]) -> Power | None:
        """
        Return what a unit draws: by its chip's published figure, else as its provider says.

        Chips whose published figures contradict each other have none.
        """
        told = f"{{name}}: {{watts}} W × {self.load} (v{self.version})"
        if chip in self.watts:
            watts = self.watts[chip]
            return Power(watts * self.load, told.format(name=chip, watts=watts))
        said = specification.get("watts_per_unit")
        if isinstance(said, int) and not isinstance(said, bool) and 0 < said <= WATTS_MAX:
            return Power(Decimal(said) * self.load, told.format(name="provider", watts=said))
        return None


@cache
def power_table() -> PowerTable:
    """Return the table that estimates are made by."""
    said = msgspec.json.decode((DATA / "power.v1.json").read_bytes())
    return PowerTable(
        version=said["version"],
        load=Decimal(said["load"]),
        told=said["told"],
        watts={
            name: Decimal(chip["watts"])
            for chip in said["chips"]
            for name in (chip["chip"], *chip["also"])
        },
        energy_units={unit: Decimal(each) for unit, each in said["energy_units"].items()},
        power_units={unit: Decimal(each) for unit, each in said["power_units"].items()},
        power_over_time={unit: Decimal(it) for unit, it in said["power_over_time"].items()},
        unread_share_max=Decimal(said["power_unread_share_max"]),
    )


@cache
def thresholds() -> tuple[Threshold, ...]:
    """Return the limits of data centres, the newest first."""
    said = msgspec.json.decode((DATA / "thresholds.json").read_bytes())
    found = [
        Threshold(
            version=each["version"],
            valid_from=date.fromisoformat(each["valid_from"]),
            pue_max=Decimal(each["pue_max"]),
            pue_clause=each["pue_clause"],
            green_min=Decimal(each["green_min"]),
            green_clause=each["green_clause"],
        )
        for each in said
    ]
    return tuple(sorted(found, key=lambda each: each.valid_from, reverse=True))


def threshold_of(month: date) -> Threshold | None:
    """Return the limits in force in a month."""
    return next((each for each in thresholds() if each.valid_from <= month), None)
