#!/usr/bin/env python3
"""
Check an export of trade records without trusting the market that made it.

    python3 verify_export.py X-0001.zip
    python3 verify_export.py --json directory/
    python3 verify_export.py --key NAME+HASH+KEY X-0001.zip

Needs Python 3.11 or newer and nothing else (Parquet files also need pyarrow). Checked are: the
file's SHA-256, the number of rows, every control total recomputed from the rows, the content hash
of every record, that each is what the ledger's log sealed (and that none is missing, in an export
of everything), and, when the bundle holds a pack of the ledger, the ledger itself. Who writes a
whole bundle anew makes one that agrees with itself; the market's key, kept from elsewhere, tells:
with --key the manifest, and the ledger's checkpoints, must be signed by it.

Exit status: 0 everything agrees; 1 something was altered, the first altered record is named;
2 the export could not be read.
"""

import argparse
import base64
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
FORMATS: Final = ("suanpan-export/1", "suanpan-export/2")
SEAL_FORMAT: Final = "suanpan-export-seal/1"
NAMED_MAX: Final = 10  # records that a check names
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
        if not is_header:
            texts = (scaled(cells.get(at, ""), each["type"]) for at, each in enumerate(columns))
            yield dict(zip((column["name"] for column in columns), texts, strict=True))
        is_header = False


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
        message = "Parquet files can only be checked with pyarrow (pip install pyarrow)"
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


READERS: Final = {"CSV": rows_csv, "JSONL": rows_jsonl, "XLSX": rows_xlsx, "PARQUET": rows_parquet}


# --- Checking -------------------------------------------------------------------------------


def content_hash(row: Row) -> str:
    """Return the SHA-256 of a record: JSON of its other columns, keys sorted, no spaces, UTF-8."""
    content = {name: text for name, text in row.items() if name != "content_hash"}
    written = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def parted(row: Row, columns: list[dict[str, Any]]) -> tuple[Row, dict[str, Row]]:
    """Return what a record's hash covers, and by which column the rest; no hash covers derived."""
    apart: dict[str, Row] = defaultdict(dict)
    for column in columns:
        if not column.get("derived"):
            apart[column.get("covered_by", "")][column["name"]] = row[column["name"]]
    return apart.pop(""), apart


def is_altered(row: Row, digest: str, apart: dict[str, Row]) -> bool:
    """Return whether a hash is another one; what is kept from this reader cannot be hashed."""
    return digest != row["content_hash"] or any(
        any(texts.values()) and content_hash(texts) != row[by] for by, texts in apart.items()
    )


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


def check_rows(path: Path, manifest: dict[str, Any], findings: Findings) -> dict[str, str]:
    """Recompute row count, totals and content hashes from the rows; return the hashes by name."""
    totals, records, key = Totals(manifest["columns"]), {}, manifest["key"]
    is_hashed = any(column["name"] == "content_hash" for column in manifest["columns"])
    count = altered = 0
    for count, row in enumerate(READERS[manifest["file_format"]](path, manifest["columns"]), 1):
        totals.add(row)
        if not is_hashed:
            continue
        covered, apart = parted(row, manifest["columns"])
        records[row[key]] = content_hash(covered)
        if is_altered(row, records[row[key]], apart):
            altered += 1
            findings.first_altered = findings.first_altered or f"{row[key]} (row {count})"
    found = totals.plain()
    findings.note(
        "row count", is_right=count == manifest["rows"], detail=f"{count} of {manifest['rows']}"
    )
    expected = manifest["control_totals"]
    findings.note("control totals", is_right=found == expected, detail=_difference(found, expected))
    if is_hashed:
        findings.note("record hashes", is_right=not altered, detail=f"{altered} altered")
    return records


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
    found = file_hash(path)
    findings.note("file SHA-256", is_right=found == manifest["sha256"], detail=found)


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class Trust:
    """The keys that the reader trusts, and the ledger's verifier, which knows signatures."""

    keys: list[str]
    verifier: Path | None

    def signers(self, note: str, subject: str, digest: bytes, size: int) -> list[str]:
        """
        Return which trusted keys signed a note about this; ValueError if it is no note.

        :raises Unreadable: if there is nothing to check it with
        """
        if self.verifier is None:
            message = f"signatures need {LEDGER_VERIFIER} beside this script, or named"
            raise Unreadable(message)
        ledger = _module(self.verifier)
        try:
            trusted = [ledger.parse_verifier_key(key) for key in self.keys]
        except ValueError as broken:
            message = f"not a key: {broken}"
            raise Unreadable(message) from broken
        found = ledger.Checkpoint.parse(note)
        is_this = (found.root, found.size) == (digest, size)
        is_about = found.origin.endswith(f"/{subject}") if subject else True
        return list(found.signers(trusted)) if is_this and is_about else []


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


# --- The seal: each record is a leaf of the ledger's log -------------------------------------


def leaf_hash(line: str) -> bytes:
    """Return the hash of a leaf (RFC 9162)."""
    return hashlib.sha256(b"\x00" + line.encode()).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash above two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass
class Seal:
    """What a seal file says: its head, the sealed lines by name, and the tree above them."""

    head: dict[str, Any]
    lines: dict[str, list[str]] = field(default_factory=dict)  # reference -> fields of its line
    waiting: dict[str, list[str]] = field(default_factory=dict)
    leaves: dict[int, bytes] = field(default_factory=dict)
    nodes: dict[tuple[int, int], bytes] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> "Seal":
        """Read a seal file; ValueError if it is no such file."""
        with path.open(encoding="utf-8") as file:
            seal = cls(json.loads(next(file)))
            if seal.head.get("format") != SEAL_FORMAT:
                message = f"{path.name} is not of the format {SEAL_FORMAT}"
                raise ValueError(message)
            for text in file:
                seal.take(text.rstrip("\n"))
        return seal

    def take(self, text: str) -> None:
        """Read one line: a node, a leaf, or a record that waits for the next seal."""
        word, _, rest = text.partition(" ")
        if word == "node":
            level, number, digest = rest.split(" ")
            self.nodes[int(level), int(number)] = bytes.fromhex(digest)
            return
        index, _, line = rest.partition(" ") if word == "leaf" else ("", "", rest)
        fields = line.split("\t")
        if fields[:2] != ["document", self.head["kind"]]:
            message = f"a leaf of another kind: {line}"
            raise ValueError(message)
        if word == "leaf":
            self.leaves[int(index)] = leaf_hash(line)
            self.lines.setdefault(fields[3], fields)
        else:
            self.waiting[fields[3]] = fields

    def root(self, size: int) -> bytes | None:
        """Return the root that leaves and nodes lead to; None if a hash on the way is missing."""
        row, level = self.leaves, 0
        while (size - 1) >> level:
            above: dict[int, bytes] = {}
            for number, digest in row.items():
                sibling = number ^ 1
                other = row.get(sibling, self.nodes.get((level, sibling)))
                if sibling << level >= size:
                    above[number >> 1] = digest
                elif other is None:
                    return None
                elif number >> 1 not in above:
                    pair = (other, digest) if number & 1 else (digest, other)
                    above[number >> 1] = node_hash(*pair)
            row, level = above, level + 1
        return row.get(0)


def check_seal(
    root: Path, manifest: dict[str, Any], records: dict[str, str], trust: Trust, findings: Findings
) -> None:
    """Check that every record is the one that the log sealed, and that none of those is missing."""
    told = manifest.get("seal")
    if not told:
        return
    try:
        path = root / Path(told["file"]).name
        seal = Seal.read(path)
        faults = [] if file_hash(path) == told["sha256"] else [f"{path.name} was altered"]
        faults += _root_faults(seal, trust)
    except (OSError, ValueError, KeyError, IndexError, StopIteration) as broken:
        findings.note("seal", is_right=False, detail=f"not readable as written: {broken!r}")
        return
    faults += _record_faults(seal, records, findings)
    faults += _pack_faults(root, manifest, seal)
    unsealed = len(records.keys() - seal.lines.keys())
    detail = f"{len(seal.lines)} records sealed, {unsealed} not yet"
    findings.note("seal", is_right=not faults, detail="; ".join(faults[:NAMED_MAX]) or detail)


def _root_faults(seal: Seal, trust: Trust) -> list[str]:
    """Compare the root that the leaves lead to with the checkpoint, and its signature."""
    note = seal.head["checkpoint"]
    size, digest = int(note.split("\n")[1]), base64.b64decode(note.split("\n")[2], validate=True)
    faults = []
    if seal.leaves and seal.root(size) != digest:
        faults.append("the sealed leaves do not lead to the root of the checkpoint")
    if trust.keys and not trust.signers(note, "", digest, size):
        faults.append("no trusted key signed the checkpoint of the seal")
    return faults


def _record_faults(seal: Seal, records: dict[str, str], findings: Findings) -> list[str]:
    faults = []
    for reference, fields in (seal.waiting | seal.lines).items():
        if reference not in records:
            faults.append(f"sealed, and missing from the export: {reference}")
        elif records[reference] != fields[5]:
            findings.first_altered = findings.first_altered or reference
            faults.append(f"altered since it was sealed: {reference}")
    return faults


def _pack_faults(root: Path, manifest: dict[str, Any], seal: Seal) -> list[str]:
    """Name what the whole log holds of the period, and the seal of this export does not."""
    name = manifest.get("ledger_pack")
    if not name or not seal.head["is_whole"]:
        return []
    begin, end = (datetime.fromisoformat(seal.head[edge]) for edge in ("starts_at", "ends_at"))
    left_out = []
    with zipfile.ZipFile(root / Path(name).name) as pack, pack.open("entries.txt") as entries:
        for raw in entries:
            fields = raw.decode().rstrip("\n").split("\t")
            if fields[:2] != ["document", seal.head["kind"]] or fields[3] in seal.lines:
                continue
            if begin <= datetime.fromisoformat(fields[4]) < end:
                left_out.append(f"sealed, and missing from the seal: {fields[3]}")
    return left_out


def check_signature(root: Path, manifest: dict[str, Any], trust: Trust, findings: Findings) -> None:
    """Check that a key which the reader trusts signed the manifest."""
    if not trust.keys:
        detail = "not checked; name the market's key: --key"
        findings.note("signature", is_right=None, detail=detail)
        return
    path = root / SIGNATURE
    if not path.is_file():
        findings.note("signature", is_right=False, detail=f"the bundle lacks {SIGNATURE}")
        return
    digest = hashlib.sha256((root / MANIFEST).read_bytes()).digest()
    try:
        signers = trust.signers(path.read_text(encoding="utf-8"), SUBJECT, digest, manifest["rows"])
    except ValueError as broken:
        findings.note("signature", is_right=False, detail=f"not readable: {broken}")
        return
    detail = ", ".join(signers) or "no trusted key signed this manifest"
    findings.note("signature", is_right=bool(signers), detail=detail)


def check_ledger(root: Path, manifest: dict[str, Any], trust: Trust, findings: Findings) -> None:
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
    if trust.verifier is None:
        detail = f"not checked; put {LEDGER_VERIFIER} beside this script or name it"
        findings.note("ledger", is_right=None, detail=detail)
        return
    done = subprocess.run(  # noqa: S603 - no shell; a script that the reader chose
        [sys.executable, "-I", trust.verifier, *(f"--key={key}" for key in trust.keys), pack],
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
    if manifest.get("format") not in FORMATS or manifest.get("file_format") not in READERS:
        message = f"the manifest is of none of the formats {', '.join(FORMATS)}"
        raise Unreadable(message)
    if not (root / Path(manifest["file"]).name).is_file():
        message = f"the bundle lacks {manifest['file']}"
        raise Unreadable(message)
    return manifest


def beside() -> Path | None:
    """Return the ledger's verifier that lies beside this script, or where its source keeps it."""
    here = Path(__file__).resolve()
    folders = [here.parent, *(parent / "ledger" for parent in here.parents[2:3])]
    places = (folder / LEDGER_VERIFIER for folder in folders)
    return next(filter(Path.is_file, places), None)


def verify(root: Path, trust: Trust) -> tuple[dict[str, Any], Findings]:
    """Check an unpacked export."""
    manifest, findings = load_manifest(root), Findings()
    check_signature(root, manifest, trust, findings)
    path = root / Path(manifest["file"]).name
    check_file(path, manifest, findings)
    try:
        records = check_rows(path, manifest, findings)
        check_seal(root, manifest, records, trust, findings)
    except (ValueError, KeyError, ArithmeticError, ElementTree.ParseError) as broken:
        findings.note("rows", is_right=False, detail=f"not readable as written: {broken!r}")
    check_ledger(root, manifest, trust, findings)
    return manifest, findings


def unpacked(path: Path, stack: ExitStack) -> Path:
    """Return a directory with the export's files."""
    if path.is_dir() or path.name == MANIFEST:
        return path if path.is_dir() else path.parent
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
    facts = {
        "export": manifest["export"],
        "verified": findings.is_right,
        "first_altered": findings.first_altered,
        "rows": manifest["rows"],
        "checks": [{"check": it, "ok": ok, "detail": why} for it, ok, why in findings.checks],
    }
    return json.dumps(facts, ensure_ascii=False)


def main(arguments: list[str] | None = None) -> int:
    """Check the export that the command line names."""
    parser = argparse.ArgumentParser(description="Check an export and its manifest, offline.")
    parser.add_argument("path", type=Path, help="the bundle (.zip), its directory or its manifest")
    parser.add_argument("--json", action="store_true", help="answer as one JSON object")
    parser.add_argument("--ledger-verifier", type=Path, help="else verify_ledger.py beside this")
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
            trust = Trust(options.key, options.ledger_verifier or beside())
            manifest, findings = verify(root, trust)
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
