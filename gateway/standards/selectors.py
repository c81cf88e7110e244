"""The directory: what ships with the product, its rules by version, what operators entered."""

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from common import rulebooks
from gateway.standards.contracts import DirectoryKind, SupportKind
from gateway.standards.models import DirectoryEntry
from metering import selectors as metering_selectors

DATA: Final = Path(__file__).parent / "data" / "directory.json"
FOUND_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class DirectoryLine:
    """An entry: what it is, its version, how far it is supported, and clause → rule → decision."""

    kind: str
    code: str
    version: str
    title: str
    title_en: str
    support: str
    note: str = ""
    url: str = ""
    clause: str = ""
    rule: str = ""
    decision: str = ""


def rules() -> list[tuple[str, str]]:
    """Return every rule of this release by kind and version."""
    return [(book.kind, version) for book in rulebooks.books() for version in book.versions]


def directory(*, kind: str = "", text: str = "", support: str = "") -> list[DirectoryLine]:
    """Return the entries that a search finds, by kind, code and version; at most 500."""
    wanted = text.strip().lower()
    found = [
        line
        for line in [*_shipped(), *_rules(), *_measurement_rules(), *_entered()]
        if (not kind or line.kind == kind)
        and (not support or line.support == support)
        and (not wanted or wanted in _words(line))
    ]
    order = list(DirectoryKind.values)
    found.sort(key=lambda line: (order.index(line.kind), line.code, line.version, line.clause))
    return found[:FOUND_MAX]


def _words(line: DirectoryLine) -> str:
    parts = (line.code, line.version, line.title, line.title_en, line.note, line.rule, line.clause)
    return " ".join(parts).lower()


@functools.cache
def _shipped() -> Sequence[DirectoryLine]:
    entries = json.loads(DATA.read_text(encoding="utf-8"))["entries"]
    return tuple(DirectoryLine(**entry) for entry in entries)


def _rules() -> list[DirectoryLine]:
    by_rule: dict[str, DirectoryLine] = {line.rule: line for line in _shipped() if line.rule}
    lines = []
    for book in rulebooks.books():
        for version in book.versions:
            name = f"{book.kind}/{version}"
            linked = by_rule.get(name) or by_rule.get(book.kind)
            lines.append(
                DirectoryLine(
                    kind=DirectoryKind.RULE,
                    code=f"rule:{book.kind}",
                    version=version,
                    title=_titles().get(book.kind, (book.kind, book.kind))[0],
                    title_en=_titles().get(book.kind, (book.kind, book.kind))[1],
                    support=SupportKind.WHOLE,
                    clause=linked.title + (f" {linked.clause}" if linked.clause else "")
                    if linked
                    else "",
                    rule=name,
                    decision=linked.decision if linked else _decisions().get(book.kind, ""),
                )
            )
    return lines


@functools.cache
def _titles() -> dict[str, tuple[str, str]]:
    said = json.loads(DATA.read_text(encoding="utf-8"))["rules"]
    return {kind: (each["title"], each["title_en"]) for kind, each in said.items()}


@functools.cache
def _decisions() -> dict[str, str]:
    said = json.loads(DATA.read_text(encoding="utf-8"))["rules"]
    return {kind: each["decision"] for kind, each in said.items()}


def _measurement_rules() -> list[DirectoryLine]:
    return [
        DirectoryLine(
            kind=DirectoryKind.RULE,
            code=f"measurement:{each.code}",
            version=str(each.version),
            title=f"{_titles()['measurement'][0]} {each.code}",
            title_en=f"{_titles()['measurement'][1]} {each.code}",
            support=SupportKind.WHOLE,
            note=f"{each.metric}, {each.unit}",
            rule=f"measurement/{each.code}-{each.version}",
            decision=_decisions()["measurement"],
        )
        for each in metering_selectors.rule_versions()
    ]


def _entered() -> list[DirectoryLine]:
    return [
        DirectoryLine(
            kind=row.kind,
            code=row.code,
            version=row.version,
            title=row.title,
            title_en=row.title_en,
            support=row.support,
            note=row.note,
            url=row.url,
            clause=row.clause,
            rule=row.rule,
            decision=row.decision,
        )
        for row in DirectoryEntry.objects.order_by("code", "version")[:FOUND_MAX]
    ]
