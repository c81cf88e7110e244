"""Where a resource stands: GB/T 2260 codes as they were valid on a day, and the compute hubs."""

import csv
import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

DATA: Final = Path(__file__).parent / "data"
NAME_PART_MIN: Final = 2


@dataclass(frozen=True, slots=True)
class Region:
    """A division of GB/T 2260. A code lives from `valid_from` until `valid_to`, exclusive."""

    code: str
    name: str
    name_en: str
    valid_from: date | None
    valid_to: date | None

    def is_valid_on(self, day: date) -> bool:
        """Return whether the code was in force on a day."""
        started = self.valid_from is None or self.valid_from <= day
        return started and (self.valid_to is None or day < self.valid_to)

    @property
    def province(self) -> str:
        """Return the code of the province that the division lies in."""
        return f"{self.code[:2]}0000"


@dataclass(frozen=True, slots=True)
class Hub:
    """One of the ten clusters of the eight national compute hubs."""

    code: str
    hub: str
    hub_en: str
    cluster: str
    cluster_en: str
    regions: tuple[str, ...]


@functools.cache
def regions() -> Mapping[str, Region]:
    """Return every known division by its code, those that ended included."""
    with (DATA / "regions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        row["code"]: Region(
            row["code"], row["name"], row["name_en"], _day(row["valid_from"]), _day(row["valid_to"])
        )
        for row in rows
    }


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@functools.cache
def hubs() -> tuple[Hub, ...]:
    """Return the ten clusters."""
    clusters = json.loads((DATA / "hubs.json").read_text(encoding="utf-8"))["clusters"]
    return tuple(Hub(**(cluster | {"regions": tuple(cluster["regions"])})) for cluster in clusters)


@functools.cache
def codes_named(word: str) -> frozenset[str]:
    """
    Return the divisions that go by a word of small letters, in either language.

    A place goes by its own name, its province's and its hub's. Latin words are found by how they
    begin, so that two letters in the middle of a name do not call up half of the country.
    """
    if len(word) < NAME_PART_MIN:
        return frozenset()
    return frozenset(
        code for code, names in _names().items() if any(_goes_by(name, word) for name in names)
    )


def _goes_by(name: str, word: str) -> bool:
    return any(part.startswith(word) for part in name.split()) or (
        not word.isascii() and word in name
    )


@functools.cache
def _names() -> Mapping[str, tuple[str, ...]]:
    """Return what each division is called, in small letters."""
    found: dict[str, tuple[str, ...]] = {}
    for code, region in regions().items():
        province, hub = regions().get(region.province, region), hub_of(code)
        names = {region.name, region.name_en, province.name, province.name_en}
        if hub is not None:
            names |= {hub.hub, hub.hub_en, hub.cluster, hub.cluster_en}
        found[code] = tuple(name.casefold() for name in names if name)
    return found


def hub_of(region: str) -> Hub | None:
    """Return the cluster that a region belongs to, if any."""
    return next((hub for hub in hubs() if region in hub.regions), None)
