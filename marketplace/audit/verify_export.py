#!/usr/bin/env python3
"""
Check an export of trade records without trusting the market that made it.

    python3 verify_export.py X-0001.zip
    python3 verify_export.py --json directory/
    python3 verify_export.py --key NAME+HASH+KEY X-0001.zip

Needs Python 3.11 or newer and nothing else (Parquet files also need pyarrow). Checked are: the
file's SHA-256, the number of rows, every control total recomputed from the rows, the content hash
of every record, and, when the bundle holds a pack of the ledger, the ledger itself. Who writes a
whole bundle anew makes one that agrees with itself; the market's key, kept from elsewhere, tells:
with --key the manifest, and the ledger's checkpoint, must be signed by it.

Exit status: 0 everything agrees; 1 something was altered, the first altered record is named;
2 the export could not be read.
"""

import argparse
import csv
import hashlib
import importlib.util
import io
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

EXACT: Final = Context(prec=60)
DIGITS: Final = {"money": Decimal("0.01"), "quantity": Decimal("0.000000000001")}
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.sig"
SUBJECT: Final = "export"
LEDGER_VERIFIER: Final = "verify_ledger.py"
FORMAT: Final = "suanpan-export/1"
SHEET: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
XML_DEPTH_MAX: Final = 32
Row = dict[str, str]


class Unreadable(Exception):  # noqa: N818 - an answer of this script, not a fault in it
    """The export cannot be checked: something is missing, or is in no known format."""


@dataclass
class Findings:
    """What was checked, and what disagrees."""

    checks: list[tuple[str, bool | None, str]] = field(default_factory=list)
    first_altered: str | None = None

    def note(self, check: str, *, is_right: bool | None, detail: str) -> None:
        """Add the result of one check; None: it was not made."""
        self.checks.append((check, is_right, detail))

    @property
    def is_right(self) -> bool:
        """Return whether every check agreed."""
        return all(is_right is not False for _, is_right, _ in self.checks)


# --- Reading rows: every format gives back the same texts -----------------------------------


def rows_csv(path: Path, columns: list[dict[str, str]]) -> Iterator[Row]:
    """Read CSV; a leading apostrophe marks a text that a spreadsheet might take for a formula."""
    names = [column["name"] for column in columns]
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        if next(reader, None) != names:
            message = "the header of the CSV file differs from the manifest"
            raise Unreadable(message)
        for cells in reader:
            yield dict(zip(names, (cell.removeprefix("'") for cell in cells), strict=True))


def rows_jsonl(path: Path, columns: list[dict[str, str]]) -> Iterator[Row]:
    """Read JSON Lines; the values are texts already."""
    names = [column["name"] for column in columns]
    with path.open(encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            yield {name: str(record[name]) for name in names}


def rows_xlsx(path: Path, columns: list[dict[str, str]]) -> Iterator[Row]:
    """Read every sheet of a workbook; only what the exporter writes is understood."""
    with zipfile.ZipFile(path) as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
        for name in sorted(sheets, key=lambda each: int(re.sub(r"\D", "", each))):
            with book.open(name) as sheet:
                yield from _sheet_rows(sheet, columns)


def _sheet_rows(sheet: Any, columns: list[dict[str, str]]) -> Iterator[Row]:
    is_header = True
    for _, element in ElementTree.iterparse(sheet):  # noqa: S314 - no entity is ever expanded
        if element.tag != f"{SHEET}row":
            continue
        cells = {_column_of(cell): _cell_text(cell) for cell in element}
        element.clear()
        if is_header:
            is_header = False
            continue
        yield {
            column["name"]: scaled(cells.get(index, ""), column["type"])
            for index, column in enumerate(columns)
        }


def _column_of(cell: ElementTree.Element) -> int:
    number = 0
    for letter in re.sub(r"\d", "", cell.get("r", "A")):
        number = number * 26 + ord(letter) - 64
    return number - 1


def _cell_text(cell: ElementTree.Element) -> str:
    text = "".join(
        part.text or "" for part in cell.iter() if part.tag in {f"{SHEET}t", f"{SHEET}v"}
    )
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)


def rows_parquet(path: Path, columns: list[dict[str, str]]) -> Iterator[Row]:
    """Read Parquet, which needs pyarrow."""
    try:
        from pyarrow import parquet
    except ImportError as missing:
        message = (
            "Parquet files can only be checked where pyarrow is installed (pip install pyarrow)"
        )
        raise Unreadable(message) from missing
    for batch in parquet.ParquetFile(path).iter_batches():
        for record in batch.to_pylist():
            yield {
                column["name"]: _plain(record[column["name"]], column["type"]) for column in columns
            }


def _plain(value: Any, kind: str) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return scaled(str(value), kind)


def scaled(text: str, kind: str) -> str:
    """Return a number as its column writes it: money with two digits, quantities without zeros."""
    if not text or kind not in DIGITS:
        return text
    number = Decimal(text).quantize(DIGITS[kind], rounding=ROUND_HALF_EVEN, context=EXACT)
    written = f"{number:f}"
    return written if kind == "money" else written.rstrip("0").rstrip(".") or "0"


READERS: Final = {
    "CSV": rows_csv,
    "JSONL": rows_jsonl,
    "XLSX": rows_xlsx,
    "PARQUET": rows_parquet,
}


# --- Checking -------------------------------------------------------------------------------


def content_hash(row: Row) -> str:
    """Return the SHA-256 of a record: JSON of its other columns, keys sorted, no spaces, UTF-8."""
    content = {name: text for name, text in row.items() if name != "content_hash"}
    written = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


class Totals:
    """Control totals: the sum of every summed column, and of every asset."""

    def __init__(self, columns: Iterable[dict[str, str]]) -> None:
        self.summed = [column["name"] for column in columns if column.get("total")]
        self.columns: dict[str, Decimal] = dict.fromkeys(self.summed, Decimal(0))
        self.assets: dict[str, Decimal] = defaultdict(Decimal)

    def add(self, row: Row) -> None:
        """Count one record."""
        for name in self.summed:
            self.columns[name] = EXACT.add(self.columns[name], Decimal(row[name] or 0))
        for part in filter(None, row.get("assets", "").split(";")):
            asset, _, amount = part.rpartition(":")
            self.assets[asset] = EXACT.add(self.assets[asset], Decimal(amount))

    def plain(self) -> dict[str, dict[str, str]]:
        """Return the totals as texts."""
        return {
            "columns": {name: f"{total:f}" for name, total in sorted(self.columns.items())},
            "assets": {name: f"{total:f}" for name, total in sorted(self.assets.items())},
        }


def check_rows(path: Path, manifest: dict[str, Any], findings: Findings) -> None:
    """Recompute row count, totals and content hashes from the rows themselves."""
    totals = Totals(manifest["columns"])
    is_hashed = any(column["name"] == "content_hash" for column in manifest["columns"])
    count = altered = 0
    for count, row in enumerate(READERS[manifest["file_format"]](path, manifest["columns"]), 1):
        totals.add(row)
        if is_hashed and content_hash(row) != row["content_hash"]:
            altered += 1
            findings.first_altered = findings.first_altered or (
                f"{row[manifest['key']]} (row {count})"
            )
    found = totals.plain()
    findings.note(
        "row count", is_right=count == manifest["rows"], detail=f"{count} of {manifest['rows']}"
    )
    expected = manifest["control_totals"]
    findings.note("control totals", is_right=found == expected, detail=_difference(found, expected))
    if is_hashed:
        findings.note("record hashes", is_right=not altered, detail=f"{altered} altered")


def _difference(found: dict[str, dict[str, str]], expected: dict[str, dict[str, str]]) -> str:
    differing = [
        f"{name}: {found.get(group, {}).get(name)} instead of {total}"
        for group, totals in expected.items()
        for name, total in totals.items()
        if found.get(group, {}).get(name) != total
    ]
    return "; ".join(differing) or "equal"


def check_file(path: Path, manifest: dict[str, Any], findings: Findings) -> None:
    """Compare the file's hash with the manifest."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    findings.note("file SHA-256", is_right=found == manifest["sha256"], detail=found)


def check_signature(
    root: Path,
    manifest: dict[str, Any],
    keys: list[str],
    verifier: Path | None,
    findings: Findings,
) -> None:
    """
    Check that a key which the reader trusts signed the manifest.

    :raises Unreadable: if there is nothing to check it with
    """
    if not keys:
        findings.note(
            "signature", is_right=None, detail="not checked; name the market's key: --key"
        )
        return
    if verifier is None:
        message = f"signatures need {LEDGER_VERIFIER} beside this script, or named"
        raise Unreadable(message)
    ledger = _module(verifier)
    path = root / SIGNATURE
    if not path.is_file():
        findings.note("signature", is_right=False, detail=f"the bundle lacks {SIGNATURE}")
        return
    try:
        trusted = [ledger.parse_verifier_key(key) for key in keys]
    except ValueError as broken:
        message = f"not a key: {broken}"
        raise Unreadable(message) from broken
    try:
        note = ledger.Checkpoint.parse(path.read_text(encoding="utf-8"))
    except ValueError as broken:
        findings.note("signature", is_right=False, detail=f"not readable: {broken}")
        return
    digest = hashlib.sha256((root / MANIFEST).read_bytes()).digest()
    is_this = (note.root, note.size) == (digest, manifest["rows"])
    signers = note.signers(trusted) if is_this and note.origin.endswith(f"/{SUBJECT}") else []
    detail = ", ".join(signers) or "no trusted key signed this manifest"
    findings.note("signature", is_right=bool(signers), detail=detail)


def _module(path: Path) -> Any:
    """Load the ledger's verifier, a script that the reader chose."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        message = f"{path} is no script"
        raise Unreadable(message)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def check_ledger(
    root: Path,
    manifest: dict[str, Any],
    keys: list[str],
    verifier: Path | None,
    findings: Findings,
) -> None:
    """
    Run the ledger's verifier on the pack of the ledger, if the bundle has one.

    The script that came *in* the bundle is not run by itself: a bundle is what is being doubted.
    """
    if not manifest.get("ledger_pack"):
        return
    pack = root / Path(manifest["ledger_pack"]).name
    if not pack.is_file():
        findings.note("ledger", is_right=False, detail=f"the bundle lacks {pack.name}")
        return
    if verifier is None:
        detail = f"not checked; put {LEDGER_VERIFIER} beside this script or name it"
        findings.note("ledger", is_right=None, detail=detail)
        return
    done = subprocess.run(  # noqa: S603 - no shell; a script that the reader chose
        [sys.executable, "-I", str(verifier), *(f"--key={key}" for key in keys), str(pack)],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = (done.stdout + done.stderr).strip().splitlines()
    findings.note("ledger", is_right=done.returncode == 0, detail=lines[0] if lines else "")


def load_manifest(root: Path) -> dict[str, Any]:
    """
    Read the manifest.

    :raises Unreadable: if it is missing or of another format
    """
    try:
        manifest: dict[str, Any] = json.loads((root / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as broken:
        message = f"no readable {MANIFEST}: {broken}"
        raise Unreadable(message) from broken
    if manifest.get("format") != FORMAT or manifest.get("file_format") not in READERS:
        message = f"the manifest is not of the format {FORMAT}"
        raise Unreadable(message)
    if not (root / Path(manifest["file"]).name).is_file():
        message = f"the bundle lacks {manifest['file']}"
        raise Unreadable(message)
    return manifest


def beside() -> Path | None:
    """Return the ledger's verifier that lies beside this script, or where its source keeps it."""
    here = Path(__file__).resolve()
    places = [
        here.with_name(LEDGER_VERIFIER),
        *(parent / "ledger" / LEDGER_VERIFIER for parent in here.parents[2:3]),
    ]
    return next((place for place in places if place.is_file()), None)


def verify(
    root: Path, ledger_verifier: Path | None, keys: list[str]
) -> tuple[dict[str, Any], Findings]:
    """Check an unpacked export."""
    manifest, findings = load_manifest(root), Findings()
    check_signature(root, manifest, keys, ledger_verifier, findings)
    path = root / Path(manifest["file"]).name
    check_file(path, manifest, findings)
    try:
        check_rows(path, manifest, findings)
    except (ValueError, KeyError, ArithmeticError, ElementTree.ParseError) as broken:
        findings.note("rows", is_right=False, detail=f"not readable as written: {broken!r}")
    check_ledger(root, manifest, keys, ledger_verifier, findings)
    return manifest, findings


def unpacked(path: Path, stack: ExitStack) -> Path:
    """Return a directory with the export's files."""
    if path.is_dir():
        return path
    if path.name == MANIFEST:
        return path.parent
    if not zipfile.is_zipfile(path):
        message = f"{path} is neither a bundle (.zip), nor a directory, nor a manifest"
        raise Unreadable(message)
    directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    with zipfile.ZipFile(path) as bundle:
        for member in bundle.infolist():
            # Only plain names: a bundle cannot write outside the directory.
            if member.filename == Path(member.filename).name:
                bundle.extract(member, directory)
    return directory


def report(manifest: dict[str, Any], findings: Findings, out: io.TextIOBase | Any) -> None:
    """Write the findings for a reader."""
    out.write(f"{manifest['export']} {manifest['kind']} {manifest['file']}\n")
    for check, is_right, detail in findings.checks:
        mark = {True: "ok    ", False: "FAILED", None: "--    "}[is_right]
        out.write(f"  {mark}  {check}: {detail}\n")
    if findings.first_altered:
        out.write(f"First altered record: {findings.first_altered}\n")
    out.write("VERIFIED\n" if findings.is_right else "NOT VERIFIED: the export was altered\n")


def as_json(manifest: dict[str, Any], findings: Findings) -> str:
    """Return the findings for a program."""
    checks = [
        {"check": check, "ok": is_right, "detail": detail}
        for check, is_right, detail in findings.checks
    ]
    return json.dumps(
        {
            "export": manifest["export"],
            "verified": findings.is_right,
            "first_altered": findings.first_altered,
            "rows": manifest["rows"],
            "checks": checks,
        },
        ensure_ascii=False,
    )


def main(arguments: list[str] | None = None) -> int:
    """Check the export that the command line names."""
    parser = argparse.ArgumentParser(description="Check an export and its manifest, offline.")
    parser.add_argument("path", type=Path, help="the bundle (.zip), its directory or its manifest")
    parser.add_argument("--json", action="store_true", help="answer as one JSON object")
    parser.add_argument(
        "--ledger-verifier", type=Path, help="verify_ledger.py; else the one beside this script"
    )
    parser.add_argument(
        "--key",
        action="append",
        default=[],
        help="the market's public key, NAME+HASH+KEY, from a source you trust; may be repeated",
    )
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        try:
            root = unpacked(options.path, stack)
            manifest, findings = verify(root, options.ledger_verifier or beside(), options.key)
        except (Unreadable, OSError, zipfile.BadZipFile) as unreadable:
            sys.stderr.write(f"cannot be checked: {unreadable}\n")
            return 2
        if options.json:
            sys.stdout.write(as_json(manifest, findings) + "\n")
        else:
            report(manifest, findings, sys.stdout)
        return 0 if findings.is_right else 1


if __name__ == "__main__":
    sys.exit(main())
