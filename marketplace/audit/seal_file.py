"""
The seal of an export: where the ledger's log holds its records, for `verify_export.py`.

For each record it names the leaf, and for all of them the hashes that lead to the signed root.

Lines of text: a head (JSON), then `leaf INDEX LINE`, `wait LINE` (not sealed yet) and
`node LEVEL NUMBER HASH`. An export of everything also names what was sealed and is there no more.
"""

import json
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final
from uuid import UUID

from common.documents import DocumentKind
from ledger import documents as log
from ledger import selectors as ledger_selectors
from ledger.contracts import SealedDocument, SealedHead
from marketplace.audit import datasets, manifest
from marketplace.audit.contracts import ExportJob, Query

NAME: Final = "seal.txt"
FORMAT: Final = "suanpan-export-seal/1"
CHUNK: Final = 5_000


@dataclass(frozen=True, slots=True)
class SealFile:
    """A written seal, and what the manifest says of it."""

    path: Path
    facts: dict[str, Any]


def write(kind: DocumentKind, job: ExportJob, directory: Path) -> SealFile | None:
    """Write the seal of an export's records; None while nothing at all is sealed."""
    head = ledger_selectors.head()
    if head is None:
        return None
    query, owner_id = job.query, job.owner_id
    is_whole = owner_id is None and not (query.party or query.programme)
    path = directory / NAME
    with path.open("w", encoding="utf-8") as file:
        facts = {
            "format": FORMAT,
            "kind": kind.name,
            "is_whole": is_whole,
            "starts_at": query.plain()["starts_at"],
            "ends_at": query.plain()["ends_at"],
            "checkpoint": head.note,
        }
        file.write(json.dumps(facts, ensure_ascii=False) + "\n")
        sealed, waiting = _write_leaves(file, _documents(kind, query, owner_id, is_whole), head)
    told = {"file": path.name, "kind": kind.name, "sha256": manifest.file_hash(path)}
    return SealFile(path, told | {"sealed": sealed, "waiting": waiting})


def _documents(
    kind: DocumentKind, query: Query, owner_id: UUID | None, is_whole: bool
) -> Iterator[list[SealedDocument]]:
    """Yield what was brought of the export's records; of a whole one, of its period."""
    if is_whole:
        yield from log.between(kind.name, starts_at=query.starts_at, ends_at=query.ends_at)
        return
    rows = datasets.found(kind, query, owner_id).values_list(kind.reference, flat=True)
    for names in _chunks(map(str, rows.iterator(chunk_size=CHUNK))):
        yield log.documents_named(kind.name, names)


def _write_leaves(
    file: IO[str], pages: Iterable[list[SealedDocument]], head: SealedHead
) -> tuple[int, int]:
    """Write leaves and nodes; return how many documents are sealed and how many wait for it."""
    indexes, waiting = array("q"), 0
    for page in pages:
        for document, index in zip(page, log.indexed(page), strict=True):
            if index is None or index >= head.size:
                file.write(f"wait {document.line}\n")
                waiting += 1
            else:
                file.write(f"leaf {index} {document.line}\n")
                indexes.append(index)
    for node in log.nodes(indexes, head.size):
        file.write(f"node {node.level} {node.number} {node.hash.hex()}\n")
    return len(indexes), waiting


def _chunks(names: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(names)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk
