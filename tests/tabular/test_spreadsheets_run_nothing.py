"""Whatever leaves as CSV or XLSX is written in one way, by every door."""

import csv
import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.tabular import writing
from common.tabular.columns import Column, ColumnType
from ledger import journals
from ledger.contracts import AccountStatement, AccountStatementLine, Op, PostedTransfer
from marketplace.audit import writers
from marketplace.audit.contracts import ExportFormat

FORMULAS = [
    *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "'=1"),
    *("＝1+1", "＋1", "－1", "＠SUM(A1)", "﹦1", "﹢1", "﹣1", "﹫SUM(A1)", "−1"),
    *(" =1+1", "\u3000=1", "\xa0-1", "\ufeff=1", "\u200b=1", "\x0b=1", "\u200e＝1"),
    *("\u202e=1", "\u2066=1", "\u061c=1", "\u180e=1", "\ufe0f=1", "\u3164=1", "\u2800＋1"),
]
PLAIN = ["甲", "a=1", "1-1", "", " ", "a", "0", '"', "(=1)", "机房,一", "two\nlines"]
MONEY = ["-12.34", "0.00", "99999999999999.99"]
AT = datetime(2026, 11, 20, tzinfo=UTC)
COLUMNS = (Column("text"), Column("amount", ColumnType.MONEY))


def transfer(text: str) -> PostedTransfer:
    return PostedTransfer(
        id=UUID(int=1),
        op=Op.POST,
        debit=text,
        credit=text,
        asset="CNY",
        scale=2,
        amount=1234,
        reason=text,
        hold_id=None,
        reverses=None,
        group=None,
        reference=text,
        effective_at=AT,
        recorded_at=AT,
        expires_at=None,
        meta=None,
    )


def an_export(folder: Path, text: str) -> str:
    path = folder / "export.csv"
    writer = writers.open_writer(path, columns=COLUMNS, file_format=ExportFormat.CSV)
    writer.write([text, "-12.34"])
    writer.close()
    return path.read_bytes().decode()


def a_journal(_folder: Path, text: str) -> str:
    return journals.csv_journal([transfer(text)])


def a_statement(_folder: Path, text: str) -> str:
    line = AccountStatementLine(entry=1, transfer=transfer(text), change=-1234, balance=-1234)
    return journals.csv_statement(
        AccountStatement("a", "CNY", 2, "cash", (line,), before=None, after=None)
    )


DOORS = [an_export, a_journal, a_statement]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("text", FORMULAS)
def test_no_door_lets_a_formula_out(tmp_path, door, text):
    written = door(tmp_path, text)

    ((row),) = csv.DictReader(io.StringIO(written.removeprefix("\ufeff"), newline=""))
    assert f"'{text}" in row.values()
    assert text not in row.values()


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("text", PLAIN)
def test_every_door_writes_a_mark_and_whole_lines_and_leaves_the_rest_alone(tmp_path, door, text):
    written = door(tmp_path, text)

    header, row = csv.reader(io.StringIO(written.removeprefix("\ufeff"), newline=""))
    assert written.startswith("\ufeff")
    assert written.endswith("\r\n")
    assert len(header) == len(row)
    assert text in row


@pytest.mark.parametrize("door", [an_export, a_statement])
def test_a_negative_amount_stays_a_number(tmp_path, door):
    assert ",-12.34" in door(tmp_path, "a")


@pytest.mark.parametrize("cell", ["-1+1", "=1", "－1", "-", "+1", "-1|x"])
def test_what_is_no_number_is_none_in_a_column_of_numbers_either(cell):
    assert f"'{cell}" in writing.csv_text(COLUMNS, [["a", cell]])


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=8))
def test_taking_one_apostrophe_away_gives_the_text_back(text):
    assert writing.neutral(text).removeprefix("'") == text


def test_a_workbook_types_texts_as_texts_and_amounts_as_numbers(tmp_path):
    path = tmp_path / "export.xlsx"
    writer = writers.open_writer(path, columns=COLUMNS, file_format=ExportFormat.XLSX)
    for text in FORMULAS:
        for amount in MONEY:
            writer.write([text, amount])
    writer.close()

    with zipfile.ZipFile(path) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314
    cells = [cell for cell in sheet.iter() if cell.tag.endswith("}c")]
    assert not [each for each in sheet.iter() if each.tag.endswith("}f")]
    kinds = [cell.get("t", "n") for cell in cells[2:]]
    assert kinds[0::2] == ["inlineStr"] * len(FORMULAS) * 3
    assert kinds[1::2] == ["n", "n", "inlineStr"] * len(FORMULAS)  # sixteen digits are a text


def test_a_text_too_long_for_a_cell_is_not_lost_in_silence(tmp_path):
    writer = writing.XlsxWriter(tmp_path / "long.xlsx", COLUMNS)

    with pytest.raises(ValueError, match="text: a cell holds at most 32767 characters"):
        writer.write(["x" * 40_000, "1.00"])
    writer.close()
