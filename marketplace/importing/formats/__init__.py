"""
Usage as others write it down, read line by line.

`open_usage` tells the format of a file from its beginning; iterating over it yields one `UsageRow`,
`StepRow` or `BadRow` for each line of data, in the order of the file. Nothing here touches a
database: what rows become is the business of the command that reads them.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from common.tabular import Lines, Table, open_lines
from marketplace.importing.contracts import (
    BadRow,
    OneEventALine,
    SacctForPeople,
    StepRow,
    UnknownUsageFormat,
    UsageFormat,
    UsageRow,
)
from marketplace.importing.formats import azure_llm, cloudevents_jsonl, openb_pods, slurm_sacct
from marketplace.importing.formats.lines import Reckoning

_OPENED_ARRAY: Final = re.compile(r"\[\s*\{?")
_TABLES: Final = {
    UsageFormat.OPENB_PODS: openb_pods,
    UsageFormat.AZURE_LLM: azure_llm,
    UsageFormat.SLURM: slurm_sacct,
}

__all__ = ["Reckoning", "UsageFile", "detect", "open_usage", "read"]


@dataclass(frozen=True, slots=True)
class UsageFile:
    """A file of usage whose format is known; read once."""

    usage_format: UsageFormat
    lines: Lines
    reckoning: Reckoning
    table: Table | None = field(default=None, repr=False)

    def __iter__(self) -> Iterator[UsageRow | StepRow | BadRow]:
        """Yield a row for each line of data; several for a line of several kinds of card."""
        if self.table is None:
            yield from cloudevents_jsonl.rows(self.lines)
        else:
            yield from _TABLES[self.usage_format].rows(self.table, self.reckoning)


@contextmanager
def open_usage(
    path: Path,
    *,
    usage_format: str = "",
    charset: str = "",
    reckoning: Reckoning | None = None,
) -> Iterator[UsageFile]:
    """
    Open a file in a format that is named, or that its first line tells.

    :raises FileRefused: if it is no text, or its header belongs to no format
    :raises UnknownUsageFormat, OneEventALine: if it is JSON of another kind
    """
    if not usage_format:
        with open_lines(path, charset=charset) as lines:
            first = next((each for each in lines if each.text.strip()), None)
        usage_format = detect(first.text) if first is not None else ""
    with open_lines(path, charset=charset) as lines:
        yield read(lines, usage_format=usage_format, reckoning=reckoning)


def read(lines: Lines, *, usage_format: str = "", reckoning: Reckoning | None = None) -> UsageFile:
    """
    Return a file of usage, its header read if it has one.

    :raises FileRefused: if the header does not belong to the format, or to any
    """
    reckoning = reckoning or Reckoning()
    if usage_format == UsageFormat.CLOUDEVENTS:
        return UsageFile(UsageFormat.CLOUDEVENTS, lines, reckoning)
    named = [_TABLES[UsageFormat(usage_format)]] if usage_format else list(_TABLES.values())
    table = Table(lines, *(each.LAYOUT for each in named))
    return UsageFile(UsageFormat(table.layout.name), lines, reckoning, table)


def detect(first_line: str) -> str:
    """
    Name the format that a first line shows; nothing where the header will tell.

    :raises UnknownUsageFormat, OneEventALine: if it is JSON, but no event
    :raises SacctForPeople: if it is Slurm's, laid out for people
    """
    line = first_line.removeprefix("\ufeff").strip()
    if line[:1] in ("{", "["):
        if line == "{" or (line[0] == "{" and line.endswith((",", "{", ":", "["))):
            raise OneEventALine(problem=cloudevents_jsonl.ONE_A_LINE)
        if '"specversion"' in line or _OPENED_ARRAY.fullmatch(line):
            return UsageFormat.CLOUDEVENTS
        raise UnknownUsageFormat(known=", ".join(UsageFormat))
    if line.startswith("JobID") and "|" not in line and len(line.split()) > 1 and "," not in line:
        raise SacctForPeople(columns=",".join(slurm_sacct.REQUIRED))
    return ""
