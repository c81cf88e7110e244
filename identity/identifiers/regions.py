"""
Where a resource stands: GB/T 2260 codes as they were valid on a day, and the compute hubs.

`regions.csv` holds every province, prefecture and county that had a code since 1980; where it comes
from and how exact its days are is said in `regions.md` beside it.
"""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

DATA: Final = Path(__file__).parent / "data"
NAME_PART_MIN: Final = 2
WORDS_KEPT: Final = 1_024  # people may look for anything


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

    @property
    def within(self) -> tuple[str, str, str]:
        """Return the codes of the division itself, its prefecture and its province."""
        return self.code, f"{self.code[:4]}00", self.province


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
    with (DATA / "regions.csv").open(encoding="utf-8") as file:
        next(file)  # the header
        rows = [line.rstrip("\n").split(",") for line in file]
    return {
        code: Region(code, name, name_en, _day(starts), _day(ends))
        for code, name, name_en, starts, ends in rows
    }


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@functools.cache
def hubs() -> tuple[Hub, ...]:
    """Return the ten clusters."""
    clusters = json.loads((DATA / "hubs.json").read_text(encoding="utf-8"))["clusters"]
    return tuple(Hub(**(cluster | {"regions": tuple(cluster["regions"])})) for cluster in clusters)


@functools.lru_cache(maxsize=WORDS_KEPT)
def codes_named(word: str) -> frozenset[str]:
    """
    Return the divisions that go by a word of small letters, in either language.

    A place goes by its own name, its prefecture's, its province's and its hub's. Latin words are
    found by how they begin, so that two letters in the middle of a name do not call up half of the
    country.
    """
    if len(word) < NAME_PART_MIN:
        return frozenset()
    sought = (word,) if not word.isascii() else (f"\n{word}", f" {word}")
    return frozenset(
        code for code, names in _names().items() if any(each in names for each in sought)
    )


@functools.cache
def _names() -> Mapping[str, str]:
    """Return what each division is called, in small letters, each name on a line."""
    found: dict[str, str] = {}
    for code, region in regions().items():
        around = [regions()[each] for each in region.within if each in regions()]
        names = {name for each in around for name in (each.name, each.name_en)}
        if (hub := hub_of(code)) is not None:
            names |= {hub.hub, hub.hub_en, hub.cluster, hub.cluster_en}
        found[code] = "".join(f"\n{name.casefold()}" for name in sorted(names) if name)
    return found


def hub_of(region: str) -> Hub | None:
    """Return the cluster that a region, or the prefecture or province around it, belongs to."""
    found = regions().get(region)
    places = found.within if found else (region,)
    return next((_hubs_by_region()[each] for each in places if each in _hubs_by_region()), None)


@functools.cache
def codes_in_hub(code: str) -> frozenset[str]:
    """Return every region that lies in a cluster."""
    return frozenset(
        region for region in regions() if (hub := hub_of(region)) is not None and hub.code == code
    )


@functools.cache
def _hubs_by_region() -> Mapping[str, Hub]:
    return {region: hub for hub in hubs() for region in hub.regions}
