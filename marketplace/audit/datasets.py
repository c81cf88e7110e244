"""What each kind of export reads, and how a record becomes a row of texts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet

from common.documents import DocumentKind
from common.tabular.columns import Column
from marketplace import accounts
from marketplace.audit import documents, energy_columns, ledger_rows
from marketplace.audit.contracts import ExportKind, FilterNotKnown, Query

CHUNK_ROWS: Final = 2_000
LOOK_ROWS: Final = 3  # of the first chunk: a look needs no more
# How a kind tells what a programme paid.
PROGRAMMES: Final[dict[ExportKind, Callable[[str], Q]]] = {
    ExportKind.TRADES: lambda asset: Q(assets__contains=f"{asset}:"),
    ExportKind.CHARGES: lambda asset: Q(parts__has_key=asset),
}


@dataclass(frozen=True, slots=True)
class Dataset:
    """One kind of records: the columns, the name of a record, and how to count and read them."""

    columns: tuple[Column, ...]
    key: str
    count: Callable[[Query, UUID | None], int]
    rows: Callable[[Query, UUID | None], Iterator[list[str]]]


def found(kind: DocumentKind, query: Query, owner_id: UUID | None) -> QuerySet[Any]:
    """Return the documents that a query asks for."""
    rows = kind.rows(owner_id).filter(kind.recorded_between(query.starts_at, query.ends_at))
    if query.party:
        same = [Q((path, query.party)) for path in kind.parties]
        rows = rows.filter(same[0] if len(same) == 1 else same[0] | same[1])
    if query.programme:
        asset = accounts.programme_asset(query.programme)
        rows = rows.filter(PROGRAMMES[query.kind](asset))
    return rows.order_by(*kind.sorting)


def require_known_filters(query: Query) -> None:
    """
    Refuse what records of a kind cannot be told apart by.

    :raises FilterNotKnown: naming the filter
    """
    kind = documents.EXPORTED.get(query.kind)
    if query.party and (kind is None or not kind.parties):
        raise FilterNotKnown(field="party")
    if query.programme and query.kind not in PROGRAMMES:
        raise FilterNotKnown(field="programme")


def _rows(kind: DocumentKind, query: Query, owner_id: UUID | None) -> Iterator[list[str]]:
    beside = energy_columns.BESIDE.get(query.kind)
    records = found(kind, query, owner_id).iterator(chunk_size=CHUNK_ROWS)
    size = LOOK_ROWS
    while chunk := list(islice(records, size)):
        told = beside.texts(chunk) if beside else [[]] * len(chunk)
        for row, texts in zip(chunk, told, strict=True):
            yield [*kind.texts(row, owner_id), *texts]
        size = CHUNK_ROWS


def _count(kind: DocumentKind, query: Query, owner_id: UUID | None) -> int:
    return found(kind, query, owner_id).count()


def _of(name: ExportKind, kind: DocumentKind) -> Dataset:
    beside = energy_columns.BESIDE.get(name)
    return Dataset(
        columns=kind.columns + (beside.columns if beside else ()),
        key=kind.reference,
        count=partial(_count, kind),
        rows=partial(_rows, kind),
    )


DATASETS: Final[dict[ExportKind, Dataset]] = {
    **{name: _of(name, kind) for name, kind in documents.EXPORTED.items()},
    ExportKind.LEDGER: Dataset(
        columns=ledger_rows.COLUMNS,
        key="id",
        count=ledger_rows.count,
        rows=ledger_rows.rows,
    ),
}


def dataset(kind: ExportKind | str) -> Dataset:
    """Return what a kind of export reads."""
    return DATASETS[ExportKind(kind)]


def first_rows(query: Query, owner_id: UUID | None, *, limit: int) -> list[list[str]]:
    """Return the first rows of an export, for a look at it before it starts."""
    rows: Any = dataset(query.kind).rows(query, owner_id)
    return [row for row, _ in zip(rows, range(limit), strict=False)]
