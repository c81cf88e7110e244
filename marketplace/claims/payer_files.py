"""A batch of claims as the file that a programme's payer pays from, with its control totals."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from uuid import UUID

from common.tabular.columns import Column, ColumnType
from common.tabular.texts import money_text
from common.tabular.writing import CsvWriter, XlsxWriter
from marketplace.claims.contracts import PayTo
from marketplace.claims.models import ClaimShare

COLUMNS: Final = (
    Column("reference"),
    Column("programme"),
    Column("payee"),
    Column("payee_uscc"),
    Column("holder"),
    Column("account"),
    Column("bank_code"),
    Column("bank"),
    Column("amount", ColumnType.MONEY, total=True),
    Column("currency"),
    Column("batch"),
    Column("source"),
    Column("message"),
)
TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
NO_ACCOUNT: Final = PayTo("", "", "", "")


def written(
    batch: str, shares: Sequence[ClaimShare], pay_to: Mapping[UUID, PayTo], form: str
) -> bytes:
    """
    Return a payer's file of a batch; a payee without an account in use has empty columns.

    What is paid to a buyer goes to its account in the market: the message says whose it is.
    """
    with TemporaryDirectory(prefix="claims-") as folder:
        path = Path(folder) / f"batch.{form}"
        writer: CsvWriter | XlsxWriter = (CsvWriter if form == "csv" else XlsxWriter)(path, COLUMNS)
        for row in _rows(batch, shares, pay_to):
            writer.write(row)
        writer.close()
        return path.read_bytes()


def _rows(
    batch: str, shares: Sequence[ClaimShare], pay_to: Mapping[UUID, PayTo]
) -> Iterator[list[str]]:
    for share in shares:
        claim, payee = share.claim, share.provider
        account = pay_to.get(share.claim_id, NO_ACCOUNT)
        yield [
            claim.number,
            claim.programme.code,
            payee.name,
            payee.uscc,
            account.holder,
            account.account_number,
            account.bank_code,
            account.bank_name,
            money_text(share.amount_minor),
            "CNY",
            batch,
            share.source,
            account.message,
        ]
    # The payer compares it with what was read: how many payments, and what they add up to.
    total = money_text(sum(share.amount_minor for share in shares))
    yield ["TOTAL", "", str(len(shares)), "", "", "", "", "", total, "CNY", batch, "", ""]
