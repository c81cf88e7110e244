"""
The Azure trace of language-model requests: one line a request, counted in tokens.

A request has a moment and no length: it is given the microsecond after it, so that it lies in one
window. The trace writes seven digits of a second; the seventh, a tenth of a microsecond, is cut.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from common.tabular import BadLine, Layout, Record
from marketplace.importing.contracts import BadRow, UsageFormat, UsageRow
from marketplace.importing.formats.lines import (
    Reckoning,
    UnreadableError,
    bad_row,
    moments_of,
    whole,
)

COLUMNS: Final = ("TIMESTAMP", "ContextTokens", "GeneratedTokens")
LAYOUT: Final = Layout(UsageFormat.AZURE_LLM, COLUMNS)


def rows(records: Iterable[Record | BadLine], reckoning: Reckoning) -> Iterator[UsageRow | BadRow]:
    """Yield each request's tokens, context and generated together."""
    latest: datetime | None = None
    for record in records:
        if isinstance(record, BadLine):
            yield bad_row(record)
            continue
        try:
            at = _moment(record.cells["TIMESTAMP"], reckoning, latest)
            yield _usage(record.number, record.cells, at)
            latest = at
        except UnreadableError as error:
            yield error.bad_row(record.number)


def _usage(number: int, cells: Mapping[str, str], at: datetime) -> UsageRow:
    context, generated = whole(cells, "ContextTokens"), whole(cells, "GeneratedTokens")
    return UsageRow(
        line=number,
        subject_name=f"request-{number - 1}",
        requested_at=at,
        starts_at=at,
        ends_at=at + timedelta(microseconds=1),
        quantity=Decimal(context + generated),
        unit="token",
        facts={name: cells[name] for name in COLUMNS},
    )


def _moment(text: str, reckoning: Reckoning, latest: datetime | None) -> datetime:
    """Return when a request came; of an hour that came twice, when it follows the one before."""
    found = moments_of(text, name="TIMESTAMP", zone=reckoning.zone)
    return next((each for each in found if latest is None or each >= latest), found[0])
