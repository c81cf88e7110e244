"""A statement as a file: CSV and XLSX for people, JSON for whoever verifies it."""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, Final

from common.canonical import decimal_text
from common.tabular.columns import Column, ColumnType
from common.tabular.texts import money_text
from common.tabular.writing import CsvWriter, XlsxWriter
from marketplace.statements import documents
from marketplace.statements.models import Statement, StatementLine

FORM: Final = "suanpan-statement-1"
TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
VERIFIER: Final = Path(__file__).parent / "verify_statement.py"
COLUMNS: Final = (
    Column("position", ColumnType.INTEGER),
    Column("account"),
    Column("asset"),
    Column("transfer"),
    Column("amount_minor", ColumnType.INTEGER, total=True),
    Column("occurred_at"),
    Column("day"),
    Column("reason"),
    Column("reference"),
    Column("contract"),
    Column("order"),
    Column("chip"),
    Column("region"),
    Column("standard_hours", ColumnType.QUANTITY),
    Column("corrects"),
)
TABLE: Final = (*COLUMNS, Column("amount", ColumnType.MONEY), Column("what"))
_AT_ONCE: Final = 2_000


def written(statement: Statement, form: str) -> IO[bytes]:
    """Return an open file of a statement; it is gone when it is closed."""
    with TemporaryDirectory(prefix="statement-") as folder:
        path = Path(folder) / f"statement.{form}"
        if form == "json":
            with path.open("wb") as file:
                file.writelines(_json(statement))
        else:
            _table(statement, form, path)
        return path.open("rb")


def _table(statement: Statement, form: str, path: Path) -> None:
    writer: CsvWriter | XlsxWriter = (CsvWriter if form == "csv" else XlsxWriter)(path, TABLE)
    for line, texts in _lines(statement):
        writer.write([*texts, money_text(line.amount_minor), line.what])
    writer.close()


def _json(statement: Statement) -> Iterator[bytes]:
    cancels = statement.cancels.number if statement.cancels else ""
    head = {
        "form": FORM,
        "document": documents.content(statement, documents.plain_balances(statement), cancels),
        "content_hash": statement.content_hash,
        "columns": [each.name for each in COLUMNS],
    }
    yield json.dumps(head, ensure_ascii=False, indent=1)[:-2].encode()
    yield b',\n "lines": ['
    for number, (_line, texts) in enumerate(_lines(statement)):
        yield (",\n" if number else "\n").encode()
        yield json.dumps(texts, ensure_ascii=False).encode()
    yield b"\n]}\n"


def _lines(statement: Statement) -> Iterator[tuple[StatementLine, list[str]]]:
    codes = {each.account_number: each.account for each in statement.balances.all()}
    found = StatementLine.objects.filter(statement=statement).select_related("corrects")
    for line in found.order_by("position").iterator(chunk_size=_AT_ONCE):
        yield line, _texts(line, codes)


def _texts(line: StatementLine, codes: dict[int, str]) -> list[str]:
    """Return the texts that the hash of the lines covers, as the database has them."""
    numbers: list[Any] = [line.position, codes[line.account_number], line.asset, line.transfer_id]
    return [
        *map(str, numbers),
        str(line.amount_minor),
        f"{line.occurred_at:%Y-%m-%dT%H:%M:%S.%fZ}",
        line.day.isoformat(),
        line.reason,
        line.reference,
        line.contract_number,
        line.order_number,
        line.chip,
        line.region,
        decimal_text(line.standard_hours),
        line.corrects.number if line.corrects else "",
    ]
