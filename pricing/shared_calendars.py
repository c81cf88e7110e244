"""
Calendars that plans share: holidays and weekends that are worked, as data, each with its source.

A plan that takes one keeps its days, so what the plan says stays whole if the file is mended: a
mended calendar is another version, in a file of its own. Which one was taken is kept beside.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext

from pricing.contracts import InvalidRates

FOLDER: Final = Path(__file__).parent / "data" / "calendars"
CALENDARS_MAX: Final = 10  # of a plan


@dataclass(frozen=True, slots=True)
class SharedCalendar:
    """A year's holidays and worked weekends in a zone; `is_assumed` where nobody announced them."""

    code: str
    version: int
    name: str
    name_en: str
    zone: str
    is_assumed: bool
    source: str
    source_en: str
    holidays: tuple[str, ...]  # days such as 2026-10-01, in order
    workdays: tuple[str, ...]

    @property
    def named(self) -> str:
        """Return how plans name it, with its version: `cn-2026@1`."""
        return f"{self.code}@{self.version}"


@cache
def every_version() -> tuple[SharedCalendar, ...]:
    """Return all versions of all calendars, by code and version."""
    found = [_read(path) for path in FOLDER.glob("*.json")]
    return tuple(sorted(found, key=lambda each: (each.code, each.version)))


def shared_calendars() -> list[SharedCalendar]:
    """Return the last version of each calendar, by code."""
    return list({each.code: each for each in every_version()}.values())


def find(name: str) -> SharedCalendar | None:
    """Return a calendar by its code, in its last version, or by code and version: `cn-2026@1`."""
    known = {each.code: each for each in shared_calendars()}
    return known.get(name) or next((each for each in every_version() if each.named == name), None)


def taken(names: Sequence[str], terms: Any) -> list[str]:
    """
    Return the calendars that a plan took, each with its version; its terms name all their days.

    :raises InvalidRates: if there is no such calendar, or the terms lack a day of one
    """
    if len(names) > CALENDARS_MAX:
        told = gettext("A plan takes at most %(most)s calendars.") % {"most": CALENDARS_MAX}
        raise InvalidRates(field="calendars", problem=told)
    found = []
    for name in dict.fromkeys(names):
        calendar = find(name)
        if calendar is None:
            told = gettext("There is no calendar %(name)s.") % {"name": name}
            raise InvalidRates(field="calendars", problem=told)
        lacking = sorted(
            day
            for kind in ("holidays", "workdays")
            for day in set(getattr(calendar, kind)) - set((terms or {}).get(kind, ()))
        )
        if lacking:
            told = gettext("The plan lacks days of the calendar %(name)s, such as %(day)s.")
            problem = told % {"name": name, "day": lacking[0]}
            raise InvalidRates(field="calendars", problem=problem)
        found.append(calendar.named)
    return found


def _read(path: Path) -> SharedCalendar:
    said = json.loads(path.read_text("utf-8"))
    return SharedCalendar(
        code=said["code"],
        version=said["version"],
        name=said["zh"],
        name_en=said["en"],
        zone=said["zone"],
        is_assumed=said["is_assumed"],
        source=said["source"],
        source_en=said["source_en"],
        holidays=tuple(said["holidays"]),
        workdays=tuple(said["workdays"]),
    )
