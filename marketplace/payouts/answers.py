"""The bank's answer as a file: which payouts were paid, and which came back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from common import tabular
from common.errors import Refusal
from common.money import Money
from marketplace.payouts.contracts import Answer, BadAnswer, BankAnswer

LAYOUT: Final = tabular.Layout("payout answers", required=("reference", "amount", "result"))
WORDS: Final = {
    "paid": Answer.PAID,
    "已付": Answer.PAID,
    "成功": Answer.PAID,
    "returned": Answer.RETURNED,
    "退回": Answer.RETURNED,
    "失败": Answer.RETURNED,
}
LINES_MAX: Final = 20_000


def read(path: Path) -> Iterator[BankAnswer | BadAnswer]:
    """
    Yield the lines of a file: reference, amount in yuan, result, and the bank's reason.

    :raises FileRefused: if it is no such table
    """
    with tabular.open_lines(path) as lines:
        for row in tabular.Table(lines, LAYOUT):
            if isinstance(row, tabular.BadLine):
                yield BadAnswer(row.number, "", row.code, row.detail)
            elif row.cells["reference"] != "TOTAL":
                yield _answer(row)


def _answer(row: tabular.Record) -> BankAnswer | BadAnswer:
    reference = row.cells["reference"]
    said = WORDS.get(row.cells["result"].strip().lower())
    if said is None:
        return BadAnswer(row.number, reference, "unknown_result", row.cells["result"])
    try:
        amount = Money.parse(row.cells["amount"]).minor
    except Refusal as refusal:
        return BadAnswer(row.number, reference, refusal.code, row.cells["amount"])
    return BankAnswer(row.number, reference, amount, said, row.cells.get("reason", ""))
