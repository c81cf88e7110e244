"""
Documents in the log: what another room recorded, as (kind, reference, SHA-256) among the entries.

The ledger knows nothing of what they say; whoever has a document computes its hash and asks here
where it was sealed. A document is sealed once, under the first hash that was brought.
"""

from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from django.db import connection

from common import sets, tenancy
from common.errors import NotFound
from ledger import merkle, sealing, selectors
from ledger.contracts import Document, SealedDocument
from ledger.proofs import InclusionProof, NotSealedYet

DOCUMENTS_MAX: Final = 10_000  # in one call
TILES_KEPT: Final = 4_096  # of 8 KiB, while a set of proofs is made

_DOCUMENT: Final = {
    "kind": "text",
    "form": "smallint",
    "reference": "text",
    "at": "timestamptz",
    "sha256": "bytea",
}
_FIND: Final = """
    SELECT l.xid::text, l.id, d.reference, d.form, encode(d.sha256, 'hex'), d.at, l.line
    FROM ledger_document d JOIN ledger_document_line l USING (xid, id)
    WHERE d.kind = %s AND {where} ORDER BY d.xid, d.id
"""


@dataclass(frozen=True, slots=True)
class Node:
    """A hash of the tree that a set of proofs needs: `number` counts the nodes of a level."""

    level: int
    number: int
    hash: bytes


def seal_documents(*, documents: Sequence[Document]) -> int:
    """
    Put documents into the log; return how many of them were new. The next seal covers them.

    What was brought before under the same kind and reference is left as it was.
    """
    assert len(documents) <= DOCUMENTS_MAX
    if not documents:
        return 0
    rows = [(d.kind, d.form, d.reference, d.at, bytes.fromhex(d.sha256)) for d in documents]
    with tenancy.acting_as_platform():
        return sets.insert(
            "ledger_document", _DOCUMENT, rows, on_conflict="(kind, reference) DO NOTHING"
        ).count


def documents_named(kind: str, references: Collection[str]) -> list[SealedDocument]:
    """Return those documents of a kind that were brought, in the order of the log."""
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute(_FIND.format(where="d.reference = ANY (%s)"), [kind, list(references)])
        return [_sealed(kind, *row) for row in cursor.fetchall()]


def between(kind: str, *, starts_at: datetime, ends_at: datetime) -> Iterator[list[SealedDocument]]:
    """Yield the documents of a kind whose moment lies in a period, in the order of the log."""
    return _pages(kind, "d.at >= %s AND d.at < %s", starts_at, ends_at)


def every(kind: str) -> Iterator[list[SealedDocument]]:
    """Yield all documents of a kind in the order of the log."""
    return _pages(kind, "true")


def inclusion(kind: str, reference: str) -> InclusionProof:
    """
    Return the proof that a document is a leaf of the log; who may see it is the caller's to know.

    :raises NotFound: if no such document was brought
    :raises NotSealedYet: if the log does not reach so far yet
    """
    found = documents_named(kind, [reference])
    if not found:
        raise NotFound
    head, index = selectors.head(), indexed(found)[0]
    if head is None or index is None:
        raise NotSealedYet
    with tenancy.acting_as_platform():
        proof = merkle.inclusion_proof(index, head.size, sealing.read_tile)
    return InclusionProof(found[0].line, index, proof, head.note)


@tenancy.acting_as_platform()
def indexed(documents: Sequence[SealedDocument]) -> list[int | None]:
    """Return the index of each of some documents in the order of the log; None: not sealed yet."""
    places: dict[sealing.LogPosition, int] = {}
    found: list[int | None] = []
    for document in documents:
        position = sealing.LogPosition(document.xid, 0, document.id)
        if position not in places and (not found or found[-1] is not None):
            places = sealing.indexes_of_tile(position)
        found.append(places.get(position))  # Behind one that is not sealed, none is.
    return found


def nodes(indexes: Iterable[int], size: int) -> Iterator[Node]:
    """Yield the hashes that lead from leaves to the root of the first `size`, each once."""
    read = lru_cache(maxsize=TILES_KEPT)(sealing.read_tile)
    known, level = array("q", sorted(indexes)), 0
    while known and (size - 1) >> level:
        above = array("q")
        for number, has_sibling in _pairs(known):
            begin = (number ^ 1) << level
            if not has_sibling and begin < size:
                end = min(size, begin + (1 << level))
                yield Node(level, number ^ 1, merkle.range_root(begin, end, read))
            above.append(number >> 1)
        known, level = above, level + 1


def _pairs(numbers: Sequence[int]) -> Iterator[tuple[int, bool]]:
    """Yield rising numbers of nodes, those under one node once, and whether both are there."""
    at = 0
    while at < len(numbers):
        both = at + 1 < len(numbers) and numbers[at + 1] == numbers[at] ^ 1
        yield numbers[at], both
        at += 1 + both


def _pages(kind: str, where: str, *values: Any) -> Iterator[list[SealedDocument]]:
    with tenancy.acting_as_platform(), connection.chunked_cursor() as cursor:
        cursor.execute(_FIND.format(where=where), [kind, *values])
        while rows := cursor.fetchmany(DOCUMENTS_MAX):
            yield [_sealed(kind, *row) for row in rows]


def _sealed(
    kind: str,
    xid: str,
    document_id: UUID,
    reference: str,
    form: int,
    sha256: str,
    at: datetime,
    line: str,
) -> SealedDocument:
    return SealedDocument(xid, document_id, kind, reference, form, sha256, at, line)
