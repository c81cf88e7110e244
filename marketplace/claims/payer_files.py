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
from marketplace.claims.models import VoucherClaim

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
)
TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
NO_ACCOUNT: Final = PayTo("", "", "", "")


def written(
    batch: str, claims: Sequence[VoucherClaim], pay_to: Mapping[UUID, PayTo], form: str
) -> bytes:
    """Return the file of a batch; a provider without an account in use has empty columns."""
    with TemporaryDirectory(prefix="claims-") as folder:
        path = Path(folder) / f"batch.{form}"
        writer: CsvWriter | XlsxWriter = (CsvWriter if form == "csv" else XlsxWriter)(path, COLUMNS)
        for row in _rows(batch, claims, pay_to):
            writer.write(row)
        writer.close()
        return path.read_bytes()


def _rows(
    batch: str, claims: Sequence[VoucherClaim], pay_to: Mapping[UUID, PayTo]
) -> Iterator[list[str]]:
    for claim in claims:
        account = pay_to.get(claim.provider_id, NO_ACCOUNT)
        yield [
            claim.number,
            claim.programme.code,
            claim.provider.name,
            claim.provider.uscc,
            account.holder,
            account.account_number,
            account.bank_code,
            account.bank_name,
            money_text(claim.accepted_minor),
            "CNY",
            batch,
        ]
    # The payer compares it with what was read: how many payments, and what they add up to.
    total = money_text(sum(claim.accepted_minor for claim in claims))
    yield ["TOTAL", "", str(len(claims)), "", "", "", "", "", total, "CNY", batch]
