"""What each kind of export reads, and how a record becomes a row of texts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from common.tabular.columns import Column
from marketplace.audit import ledger_rows
from marketplace.audit.contracts import ExportKind, Query
from marketplace.settlement import records
from marketplace.settlement import selectors as settlement_selectors

CHUNK_ROWS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Dataset:
    """One kind of records: the columns, the name of a record, and how to count and read them."""

    columns: tuple[Column, ...]
    key: str
    count: Callable[[Query, UUID | None], int]
    rows: Callable[[Query, UUID | None], Iterator[list[str]]]


def _wanted(query: Query, owner_id: UUID | None) -> settlement_selectors.Wanted:
    return settlement_selectors.Wanted(
        starts_at=query.starts_at,
        ends_at=query.ends_at,
        organization_id=owner_id,
        party=query.party,
        programme=query.programme,
    )


def _trade_rows(query: Query, owner_id: UUID | None) -> Iterator[list[str]]:
    for record in settlement_selectors.trades_in(_wanted(query, owner_id)).iterator(
        chunk_size=CHUNK_ROWS
    ):
        # The stored hash, not one made now: a record that was altered in place must not verify.
        yield [*records.trade_content(record).values(), record.content_hash]


def _charge_rows(query: Query, owner_id: UUID | None) -> Iterator[list[str]]:
    for charge in settlement_selectors.charges_in(_wanted(query, owner_id)).iterator(
        chunk_size=CHUNK_ROWS
    ):
        content = records.charge_content(
            charge, contract=charge.contract.number, order=charge.contract.order_number
        )
        yield [*content.values(), charge.content_hash]


DATASETS: Final[dict[ExportKind, Dataset]] = {
    ExportKind.TRADES: Dataset(
        columns=records.TRADE_COLUMNS,
        key="number",
        count=lambda query, owner_id: settlement_selectors.trades_in(
            _wanted(query, owner_id)
        ).count(),
        rows=_trade_rows,
    ),
    ExportKind.CHARGES: Dataset(
        columns=records.CHARGE_COLUMNS,
        key="id",
        count=lambda query, owner_id: settlement_selectors.charges_in(
            _wanted(query, owner_id)
        ).count(),
        rows=_charge_rows,
    ),
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
