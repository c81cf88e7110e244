"""Every format gives the verifier back the texts that went in, and it names what was altered."""

import csv
import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from common.money import parse_decimal
from common.tabular import writing
from common.tabular.columns import Column, ColumnType
from marketplace.audit import verify_export, writers
from marketplace.audit.contracts import ExportFormat
from marketplace.audit.manifest import ControlTotals, manifest

SCRIPT = Path(verify_export.__file__)
COLUMNS = (
    Column("sequence", ColumnType.INTEGER),
    Column("number"),
    Column("buyer_name"),
    Column("traded_at", ColumnType.TIME),
    Column("standard_hours", ColumnType.QUANTITY, total=True),
    Column("gross", ColumnType.MONEY, total=True),
    Column("assets"),
    Column("content_hash"),
)
NASTY_NAMES = [
    "=HYPERLINK(0)",
    "+1",
    "@SUM(A1)",
    "'quoted",
    "\ttab",
    "＝1+1",
    "﹣1",
    "−1",
    " =1+1",
    "\u200b=1",
    '算力 "引号", 逗号',
    "two\nlines",
    "_x0041_",
    "",
]


def record(sequence: int, *, name: str, hours: str, gross: str) -> list[str]:
    row = [
        str(sequence),
        f"T-{sequence:08d}",
        name,
        "2026-11-20T06:05:00.123456Z" if sequence % 2 else "2026-11-20T06:05:00Z",
        hours,
        gross,
        f"CNY:{gross};VCH-SME:0.10" if sequence > 1 else "",
    ]
    content = dict(zip([column.name for column in COLUMNS], row, strict=False))
    return [*row, verify_export.content_hash(content)]


def records() -> list[list[str]]:
    rows = [
        record(number, name=name, hours="12.5", gross="1284.50")
        for number, name in enumerate(NASTY_NAMES, 1)
    ]
    rows.append(record(98, name="correction", hours="-0.000000001", gross="-12.34"))
    rows.append(record(99, name="long", hours="1234567890.123456789", gross="99999999999999.99"))
    rows.append(record(100, name="no standard hours", hours="", gross="0.00"))
    return rows


def export(directory: Path, file_format: ExportFormat, rows: list[list[str]]) -> Path:
    path = directory / f"trades.{writers.WRITERS[file_format][1]}"
    totals = ControlTotals(COLUMNS)
    writer = writers.open_writer(path, columns=COLUMNS, file_format=file_format)
    for row in rows:
        writer.write(row)
        totals.add(row)
    writer.close()
    facts = {
        "export": "X-0001",
        "kind": "TRADES",
        "key": "number",
        "file_format": str(file_format),
    }
    written = manifest(path=path, columns=COLUMNS, totals=totals, facts=facts)
    (directory / "manifest.json").write_text(json.dumps(written, ensure_ascii=False))
    return path


def run(path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(SCRIPT), *options, str(path)],
        capture_output=True,
        text=True,
        check=False,
    )


def rehash_file(directory: Path, path: Path) -> None:
    """Make the manifest agree with the altered file, as a careful forger would."""
    written = json.loads((directory / "manifest.json").read_text())
    written["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (directory / "manifest.json").write_text(json.dumps(written))


@pytest.mark.parametrize("file_format", list(ExportFormat))
def test_the_texts_of_every_format_come_back_unchanged(tmp_path, file_format):
    rows = records()
    path = export(tmp_path, file_format, rows)

    read = list(
        verify_export.READERS[str(file_format)](path, [column.plain() for column in COLUMNS])
    )

    assert [list(row.values()) for row in read] == rows


@pytest.mark.parametrize("file_format", list(ExportFormat))
def test_an_untouched_export_verifies(tmp_path, file_format):
    export(tmp_path, file_format, records())

    done = run(tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("VERIFIED\n")


def test_control_totals_are_exact(tmp_path):
    export(tmp_path, ExportFormat.CSV, records())

    written = json.loads((tmp_path / "manifest.json").read_text())

    assert written["rows"] == 17
    assert written["control_totals"] == {
        "columns": {"gross": "100000000017970.65", "standard_hours": "1234568065.123456788"},
        "assets": {"CNY": "100000000016686.15", "VCH-SME": "1.60"},
    }


def test_no_cell_of_a_csv_file_starts_a_formula(tmp_path):
    path = export(tmp_path, ExportFormat.CSV, records())

    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]

    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    for cell in cells:
        is_number = cell.startswith("-") and parse_decimal(cell) < 0
        assert is_number or not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_a_workbook_holds_no_formula(tmp_path):
    path = export(tmp_path, ExportFormat.XLSX, records())

    with zipfile.ZipFile(path) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()

    assert "<f>" not in sheet
    assert "=HYPERLINK(0)</t>" in sheet


@pytest.mark.parametrize("file_format", [ExportFormat.CSV, ExportFormat.JSONL])
def test_an_altered_amount_is_named_even_if_the_manifest_was_forged(tmp_path, file_format):
    path = export(tmp_path, file_format, records())
    text = path.read_text(encoding="utf-8")
    at = text.index("1284.50", text.index("T-00000003"))
    path.write_text(text[:at] + "1284.51" + text[at + 7 :], encoding="utf-8", newline="")
    rehash_file(tmp_path, path)

    done = run(tmp_path)

    assert done.returncode == 1
    assert "First altered record: T-00000003 (row 3)" in done.stdout
    assert "FAILED  control totals: gross:" in done.stdout


def test_a_removed_row_is_missed(tmp_path):
    path = export(tmp_path, ExportFormat.JSONL, records())
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:-1]))

    done = run(tmp_path, "--json")

    answer = json.loads(done.stdout)
    failed = [check["check"] for check in answer["checks"] if check["ok"] is False]
    assert done.returncode == 1
    assert failed == ["file SHA-256", "row count", "control totals"]


def test_an_altered_workbook_is_named(tmp_path):
    rows = records()
    export(tmp_path, ExportFormat.XLSX, rows)
    honest = (tmp_path / "manifest.json").read_text()
    rows[4][2] = "someone else"
    export(tmp_path, ExportFormat.XLSX, rows)
    (tmp_path / "manifest.json").write_text(honest)

    done = run(tmp_path)

    assert done.returncode == 1
    assert "First altered record: T-00000005 (row 5)" in done.stdout


@pytest.mark.parametrize(
    "damage", ["no manifest", "no file", "not a zip", "other format", "header"]
)
def test_what_cannot_be_read_is_neither_right_nor_wrong(tmp_path, damage):
    path = export(tmp_path, ExportFormat.CSV, records())
    target = tmp_path
    if damage == "no manifest":
        (tmp_path / "manifest.json").unlink()
    elif damage == "no file":
        path.unlink()
    elif damage == "not a zip":
        target = path
    elif damage == "other format":
        (tmp_path / "manifest.json").write_text('{"format": "else/1"}')
    else:
        path.write_text("other,header\n1,2\n")

    done = run(target)

    assert done.returncode == 2
    assert done.stderr.startswith("cannot be checked: ")


def test_a_bundle_cannot_write_outside_its_directory(tmp_path):
    inside = tmp_path / "inside"
    inside.mkdir()
    path = export(inside, ExportFormat.CSV, records())
    bundle = tmp_path / "X-0001.zip"
    with zipfile.ZipFile(bundle, "w") as packed:
        packed.write(path, path.name)
        packed.write(inside / "manifest.json", "manifest.json")
        packed.writestr("../escaped.txt", "out")

    done = run(bundle)

    assert done.returncode == 0
    assert not (tmp_path.parent / "escaped.txt").exists()


def test_a_full_sheet_goes_on_upon_the_next(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "SHEET_ROWS_MAX", 5)
    path = export(tmp_path, ExportFormat.XLSX, records())

    with zipfile.ZipFile(path) as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/")]

    assert len(sheets) == 4
    assert run(tmp_path).returncode == 0
