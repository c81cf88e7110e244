"""
Industries: sections and divisions of GB/T 4754 as they were in force on a day.

`industries.tsv` holds the sections and divisions of the editions of 2011 and 2017, each with the
days on which its code stood for that name; `industries.md` says where it comes from. Groups and
classes (the third and fourth digit) are read by their division: the table does not name them.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

DATA: Final = Path(__file__).parent / "data" / "industries.tsv"
DIVISION_LENGTH: Final = 3
CODE_LENGTH_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class IndustryCode:
    """A section or division; the code stands for it until `valid_to`, exclusive."""

    code: str
    name: str
    name_en: str
    valid_from: date
    valid_to: date | None

    def is_valid_on(self, day: date) -> bool:
        """Return whether the code stood for this on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@functools.cache
def industry_table() -> tuple[IndustryCode, ...]:
    """Return every row, by code and then by day."""
    with DATA.open(encoding="utf-8") as file:
        next(file)  # the header
        rows = [line.rstrip("\n").split("\t") for line in file]
    return tuple(
        IndustryCode(code, name, name_en, date.fromisoformat(starts), _day(ends))
        for code, name, name_en, starts, ends in rows
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@functools.lru_cache(maxsize=64)
def in_force(day: date | None = None) -> Mapping[str, IndustryCode]:
    """Return the rows in force on a day, by code; without a day those that have no end."""
    return {
        each.code: each
        for each in industry_table()
        if (each.valid_to is None if day is None else each.is_valid_on(day))
    }


def is_industry(code: str, day: date | None = None) -> bool:
    """Return whether a code is a section letter with 2, 3 or 4 digits of a division in force."""
    digits = code[1:]
    if len(code) > CODE_LENGTH_MAX or not (digits.isascii() and digits.isdigit()):
        return False
    return len(code) >= DIVISION_LENGTH and code[:DIVISION_LENGTH] in in_force(day)


def division_of(code: str, day: date | None = None) -> IndustryCode | None:
    """Return the division of a code that was in force on a day; None if there is none."""
    return in_force(day).get(code[:DIVISION_LENGTH]) if is_industry(code, day) else None


def editions() -> Sequence[date]:
    """Return the days on which something of the table began, the latest first."""
    return sorted({each.valid_from for each in industry_table()}, reverse=True)
