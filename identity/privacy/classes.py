"""
Which class of data each table holds, how long it is kept and on what ground: data by version.

A version of the classes is never edited. Tables and single columns name their class and level in
lists of their own, which grow with the tables.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.db.models import TextChoices
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

DATA: Final = Path(__file__).parent / "data"
VERSION: Final = 2


class TermStart(TextChoices):
    """From when a term runs."""

    YEAR_END = "YEAR_END", _("the first day after the accounting year")
    COMPLETION = "COMPLETION", _("the completion of what it is about")
    RECORDING = "RECORDING", _("the recording")
    ACCOUNT = "ACCOUNT", _("as long as the account or entry is in use")
    PUBLISHING = "PUBLISHING", _("the publication")
    USE = "USE", _("as long as it is of use")


class TermEnd(TextChoices):
    """What becomes of data when its term is over."""

    STAYS = "STAYS", _("Nothing is removed today; the term is what is kept at least")
    SWEPT = "SWEPT", _("Removed by the market itself, unless something holds it")
    ERASED = "ERASED", _("Replaced by a number when the person is erased")
    ENDED = "ENDED", _("Opens nothing any more")


@dataclass(frozen=True, slots=True)
class DataLevel:
    """How careful one has to be with data: public, internal, commercial, personal, secret."""

    code: str
    name: str
    told: str


@dataclass(frozen=True, slots=True)
class DataClass:
    """A class of records: how long they are kept, from when, and on what ground."""

    code: str
    name: str
    ground: str
    starts: TermStart
    ends: TermEnd
    years: int | None
    days: int | None


@dataclass(frozen=True, slots=True)
class KeptTable:
    """A table with its class, its level, and the columns whose level is another."""

    name: str
    data_class: str
    level: str
    columns: dict[str, str]


def levels() -> list[DataLevel]:
    """Return the levels in the reader's language, the least careful first."""
    tongue = _tongue()
    return [
        DataLevel(each["code"], each[tongue], each[f"told_{tongue}"])
        for each in _published()["levels"]
    ]


def data_classes() -> list[DataClass]:
    """Return the classes in the reader's language, as they were published."""
    tongue = _tongue()
    return [
        DataClass(
            code=each["code"],
            name=each[tongue],
            ground=each[f"ground_{tongue}"],
            starts=TermStart(each["from"]),
            ends=TermEnd(each["ends"]),
            years=each.get("years"),
            days=each.get("days"),
        )
        for each in _published()["classes"]
    ]


def days_kept(code: str) -> int:
    """Return how many days records of a class are kept; of a class whose term is in days."""
    return int(next(each["days"] for each in _published()["classes"] if each["code"] == code))


@cache
def kept_tables() -> dict[str, KeptTable]:
    """Return every table of the database by its name."""
    columns: dict[str, dict[str, str]] = {}
    for named, level in _read("columns.json").items():
        table, _dot, column = named.partition(".")
        columns.setdefault(table, {})[column] = level
    return {
        table: KeptTable(table, data_class, level, columns.get(table, {}))
        for table, (data_class, level) in _read("tables.json").items()
    }


def level_of(table: str, column: str) -> str | None:
    """Return the level of a column; nothing of a table that is not listed."""
    kept = kept_tables().get(table)
    return kept.columns.get(column, kept.level) if kept else None


def published_file(version: int = VERSION) -> Path:
    """Return where a version of the classes lies."""
    return DATA / f"classes-{version}.json"


def _tongue() -> str:
    return "en" if get_language() == "en" else "zh"


@cache
def _published() -> dict[str, Any]:
    return _read(published_file().name)


def _read(file: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((DATA / file).read_text(encoding="utf-8"))
    return content
