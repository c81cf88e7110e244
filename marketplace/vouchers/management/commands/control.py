"""Brings in the lists that control goes by, and writes what other cities bring in."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

from django.core.management.base import CommandError, CommandParser

from common import clock, commands, tabular
from common.errors import Refusal
from common.moments import parse_day
from common.tabular.columns import Column
from common.tabular.writing import csv_text
from identity.uscc import is_uscc
from marketplace.vouchers import selectors, services
from marketplace.vouchers.control_contracts import ROWS_MAX, MarkKind
from marketplace.vouchers.services.control_lists import (
    EXPORT_COLUMNS,
    BroughtEntry,
    BroughtMark,
)

LAYOUTS: Final = {
    "marks": tabular.Layout("marks", ("uscc", "kind", "value", "valid_from"), ("valid_to",)),
    "dishonest": tabular.Layout("dishonest", ("uscc", "reference", "listed_on"), ("removed_on",)),
    "supports": tabular.Layout("supports", ("fingerprint", "city"), ("exchange",)),
}
SHOWN_MAX: Final = 20


class Command(commands.Command):
    help = (
        "Bring in a list that control goes by (marks, dishonest, supports), or export the"
        " fingerprints of supported contracts for other cities. A file with a bad line is left out"
        " as a whole. See docs/how-to/control-lists.md."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=[*LAYOUTS, "export"])
        parser.add_argument("file", type=Path, help="the CSV file")
        parser.add_argument("--source", default="", help="whose list it is: marks and dishonest")
        parser.add_argument("--exchange", default="", help="the agreement: supports and export")
        parser.add_argument("--city", default="", help="this city's name in an export")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            told = self._act(**options)
        except (OSError, Refusal, ValueError) as error:
            raise CommandError(commands.describe_error(error)) from error
        self.stdout.write(told)

    def _act(
        self, *, act: str, file: Path, source: str, exchange: str, city: str, **_options: Any
    ) -> str:
        if act in ("supports", "export") and exchange not in selectors.exchange_secrets():
            raise ValueError("--exchange names none of VOUCHERS_EXCHANGE_SECRETS")
        if act == "export":
            return _export(file, exchange=exchange, city=city)
        if act != "supports" and not source.strip():
            raise ValueError("--source is needed: whose list it is")
        rows = _rows(file, act)
        now = clock.now()
        if act == "marks":
            done = services.bring_marks(list(rows), source=source, now=now)
        elif act == "dishonest":
            done = services.bring_dishonest(list(rows), source=source, now=now)
        else:
            done = services.bring_supports(list(rows), exchange=exchange, now=now)
        return f"{done.rows} rows, {done.findings} findings"


def _export(file: Path, *, exchange: str, city: str) -> str:
    if not city.strip():
        raise ValueError("--city is needed: this city's name")
    found = services.own_supports(exchange, city=city.strip())
    columns = [Column(name) for name in EXPORT_COLUMNS]
    file.write_text(csv_text(columns, found), encoding="utf-8", newline="")
    return f"{len(found)} fingerprints"


def _rows(file: Path, act: str) -> Iterator[Any]:
    """Return every row of a list; the first bad lines are named, and then nothing is brought in."""
    read = _READERS[act]
    rows, bad = [], []
    with tabular.open_lines(file) as lines:
        for line in tabular.Table(lines, LAYOUTS[act]):
            if isinstance(line, tabular.BadLine):
                bad.append(f"line {line.number}: {line.detail}")
                continue
            try:
                rows.append(read(line.cells))
            except (ValueError, Refusal) as error:
                bad.append(f"line {line.number}: {error}")
            if len(rows) > ROWS_MAX:
                message = f"at most {ROWS_MAX} rows are brought in at once"
                raise ValueError(message)
    if bad:
        more = f"; and {len(bad) - SHOWN_MAX} more" if len(bad) > SHOWN_MAX else ""
        raise ValueError("; ".join(bad[:SHOWN_MAX]) + more)
    return iter(rows)


def _uscc(cells: Any) -> str:
    found = cells["uscc"].upper()
    if not is_uscc(found):
        message = f"“{found}” is no unified social credit code"
        raise ValueError(message)
    return str(found)


def _end(text: str) -> date | None:
    return parse_day(text) if text else None


def _mark(cells: Any) -> BroughtMark:
    kind = cells["kind"].upper()
    if kind not in MarkKind.values:
        message = f"“{kind}” is none of {', '.join(MarkKind.values)}"
        raise ValueError(message)
    if not cells["value"].strip():
        raise ValueError("the value is empty")
    since, until = parse_day(cells["valid_from"]), _end(cells.get("valid_to", ""))
    if until is not None and until <= since:
        raise ValueError("valid_to lies not after valid_from")
    return BroughtMark(_uscc(cells), kind, cells["value"], since, until)


def _entry(cells: Any) -> BroughtEntry:
    since, until = parse_day(cells["listed_on"]), _end(cells.get("removed_on", ""))
    if until is not None and until < since:
        raise ValueError("removed_on lies before listed_on")
    if not cells["reference"]:
        raise ValueError("the reference is empty")
    return BroughtEntry(_uscc(cells), cells["reference"][:80], since, until)


def _support(cells: Any) -> tuple[str, str]:
    mark = cells["fingerprint"].lower()
    if not re.fullmatch("[0-9a-f]{64}", mark) or not cells["city"]:
        raise ValueError("a fingerprint of 64 hexadecimal digits and a city are needed")
    return mark, cells["city"][:80]


_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "marks": _mark,
    "dishonest": _entry,
    "supports": _support,
}
