"""A run as the files that banks take: a table, or a pain.001 message, each with control totals."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from django.conf import settings

from common.tabular.columns import Column, ColumnType
from common.tabular.writing import CsvWriter, XlsxWriter
from marketplace.payouts.models import PayoutLine, PayoutRun

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
COLUMNS: Final = (
    Column("reference"),
    Column("payee"),
    Column("account"),
    Column("bank_code"),
    Column("bank"),
    Column("amount", ColumnType.MONEY, total=True),
    Column("currency"),
    Column("remark"),
)
# Of a run that withholds tax, what it withheld of each payment.
TAX: Final = Column("tax_withheld", ColumnType.MONEY, total=True)
TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": "application/xml",
}


def written(run: PayoutRun, lines: Sequence[PayoutLine], form: str) -> bytes:
    """Return the file of an approved run; the same run gives the same payments every time."""
    if form == "xml":
        return _message(run, lines)
    with TemporaryDirectory(prefix="payouts-") as folder:
        path = Path(folder) / f"run.{form}"
        columns = (*COLUMNS, TAX) if run.tax_minor else COLUMNS
        writer: CsvWriter | XlsxWriter = (CsvWriter if form == "csv" else XlsxWriter)(path, columns)
        for row in _rows(run, lines):
            writer.write(row)
        writer.close()
        return path.read_bytes()


def yuan(minor: int) -> str:
    """Return an amount as banks write it."""
    return f"{Decimal(minor).scaleb(-2):.2f}"


def _rows(run: PayoutRun, lines: Sequence[PayoutLine]) -> Iterator[list[str]]:
    for line in lines:
        account, movement = line.account, line.movement
        assert account is not None and movement is not None  # noqa: PT018 - of lines that pay
        yield [
            movement.number,
            account.holder,
            account.account_number,
            account.bank_code,
            account.bank_name,
            yuan(line.amount_minor),
            movement.currency,
            run.number,
            *([yuan(line.tax_minor)] if run.tax_minor else []),
        ]
    # The bank compares it with what it read: how many payments, and what they add up to.
    tax = [yuan(sum(line.tax_minor for line in lines))] if run.tax_minor else []
    yield ["TOTAL", str(len(lines)), "", "", "", yuan(_sum(lines)), "CNY", run.number, *tax]


def _sum(lines: Sequence[PayoutLine]) -> int:
    return sum(line.amount_minor for line in lines)


def _message(run: PayoutRun, lines: Sequence[PayoutLine]) -> bytes:
    document = ET.Element("Document", {"xmlns": NAMESPACE})
    message = ET.SubElement(document, "CstmrCdtTrfInitn")
    head = ET.SubElement(message, "GrpHdr")
    approved = run.approved_at or run.proposed_at
    _texts(head, MsgId=run.number, CreDtTm=approved.isoformat(timespec="seconds"))
    _texts(head, NbOfTxs=str(len(lines)), CtrlSum=yuan(_sum(lines)))
    _texts(ET.SubElement(head, "InitgPty"), Nm=settings.PAYOUTS_DEBTOR_NAME)
    payment = ET.SubElement(message, "PmtInf")
    _texts(payment, PmtInfId=run.number, PmtMtd="TRF")
    _texts(payment, NbOfTxs=str(len(lines)), CtrlSum=yuan(_sum(lines)))
    _texts(ET.SubElement(payment, "ReqdExctnDt"), Dt=approved.date().isoformat())
    _texts(ET.SubElement(payment, "Dbtr"), Nm=settings.PAYOUTS_DEBTOR_NAME)
    _account(payment, "DbtrAcct", settings.PAYOUTS_DEBTOR_ACCOUNT)
    _bank(payment, "DbtrAgt", settings.PAYOUTS_DEBTOR_BANK_CODE)
    for line in lines:
        _transfer(payment, line, run)
    out = BytesIO()
    ET.ElementTree(document).write(out, encoding="utf-8", xml_declaration=True)
    return out.getvalue()


def _transfer(payment: ET.Element, line: PayoutLine, run: PayoutRun) -> None:
    account, movement = line.account, line.movement
    assert account is not None and movement is not None  # noqa: PT018 - of lines that pay
    transfer = ET.SubElement(payment, "CdtTrfTxInf")
    _texts(ET.SubElement(transfer, "PmtId"), EndToEndId=movement.number)
    amount = ET.SubElement(ET.SubElement(transfer, "Amt"), "InstdAmt", {"Ccy": movement.currency})
    amount.text = yuan(line.amount_minor)
    _bank(transfer, "CdtrAgt", account.bank_code)
    _texts(ET.SubElement(transfer, "Cdtr"), Nm=account.holder)
    _account(transfer, "CdtrAcct", account.account_number)
    tax = f" tax withheld {yuan(line.tax_minor)}" if line.tax_minor else ""
    _texts(ET.SubElement(transfer, "RmtInf"), Ustrd=f"{run.number}{tax}")


def _account(parent: ET.Element, name: str, number: str) -> None:
    identified = ET.SubElement(ET.SubElement(parent, name), "Id")
    _texts(ET.SubElement(identified, "Othr"), Id=number)


def _bank(parent: ET.Element, name: str, code: str) -> None:
    institution = ET.SubElement(ET.SubElement(parent, name), "FinInstnId")
    _texts(ET.SubElement(institution, "ClrSysMmbId"), MmbId=code)


def _texts(parent: ET.Element, **texts: str) -> None:
    for name, text in texts.items():
        ET.SubElement(parent, name).text = text
