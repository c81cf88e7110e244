"""Requests for fapiao as the tax system takes them, and its answer as a table."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from common import tabular
from common.tabular.columns import Column, ColumnType
from common.tabular.texts import money_text
from common.tabular.writing import csv_text
from marketplace.statements.contracts import (
    ANSWERS_MAX,
    CODE_LENGTH_MAX,
    REASON_LENGTH_MAX,
    BadTaxAnswer,
    FapiaoState,
    TaxAnswer,
    TaxAnswersRefused,
)
from marketplace.statements.models import Fapiao

COLUMNS: Final = (
    Column("reference"),
    Column("kind"),
    Column("title"),
    Column("taxpayer_code"),
    Column("email"),
    Column("statement"),
    Column("month"),
    Column("amount", ColumnType.MONEY, total=True),
    Column("net", ColumnType.MONEY, total=True),
    Column("tax", ColumnType.MONEY, total=True),
)
LAYOUT: Final = tabular.Layout("fapiao answers", required=("reference", "result"))
WORDS: Final = {
    "issued": FapiaoState.ISSUED,
    "已开具": FapiaoState.ISSUED,
    "refused": FapiaoState.REFUSED,
    "驳回": FapiaoState.REFUSED,
    "reversed": FapiaoState.REVERSED,
    "已红冲": FapiaoState.REVERSED,
}


def exported(found: Sequence[Fapiao]) -> str:
    """Return requests as CSV for the tax system; the reference brings its answer back."""
    return csv_text(COLUMNS, (_row(each) for each in found))


def read(path: Path) -> Iterator[TaxAnswer | BadTaxAnswer]:
    """
    Yield the lines of an answer: reference, result, number of the fapiao, reason.

    :raises FileRefused: if it is no such table
    :raises TaxAnswersRefused: if it has too many lines
    """
    with tabular.open_lines(path) as lines:
        for count, row in enumerate(tabular.Table(lines, LAYOUT)):
            if count == ANSWERS_MAX:
                raise TaxAnswersRefused(most=ANSWERS_MAX)
            if isinstance(row, tabular.BadLine):
                yield BadTaxAnswer(row.number, "", row.code, row.detail)
            else:
                yield _answer(row)


def _answer(row: tabular.Record) -> TaxAnswer | BadTaxAnswer:
    reference = row.cells["reference"].strip()
    state = WORDS.get(row.cells["result"].strip().lower())
    if state is None:
        return BadTaxAnswer(row.number, reference, "unknown_result", row.cells["result"])
    number = row.cells.get("fapiao_number", "").strip()
    if len(number) > CODE_LENGTH_MAX or (not number.isalnum() and number):
        return BadTaxAnswer(row.number, reference, "bad_number", number[:CODE_LENGTH_MAX])
    reason = row.cells.get("reason", "").strip()[:REASON_LENGTH_MAX]
    return TaxAnswer(row.number, reference, state, number, reason)


def _row(each: Fapiao) -> list[str]:
    return [
        each.number,
        each.kind,
        each.title,
        each.taxpayer_code,
        each.email,
        each.statement.number,
        f"{each.statement.starts_on:%Y-%m}",
        money_text(each.amount_minor),
        money_text(each.amount_minor - each.tax_minor),
        money_text(each.tax_minor),
    ]
