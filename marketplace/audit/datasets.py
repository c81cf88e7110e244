"""What each kind of export reads, and how a record becomes a row of texts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet

from common.tabular.columns import Column
from marketplace import accounts
from marketplace.audit import ledger_rows
from marketplace.audit.contracts import ExportKind, Query
from marketplace.settlement import records
from marketplace.settlement import selectors as settlement
from marketplace.settlement.models import Charge, TradeRecord

CHUNK_ROWS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Dataset:
    """One kind of records: the columns, the name of a record, and how to count and read them."""

    columns: tuple[Column, ...]
    key: str
    count: Callable[[Query, UUID | None], int]
    rows: Callable[[Query, UUID | None], Iterator[list[str]]]


def _trades(query: Query, owner_id: UUID | None) -> QuerySet[TradeRecord]:
    found = settlement.trade_records().filter(
        traded_at__gte=query.starts_at, traded_at__lt=query.ends_at
    )
    if owner_id is not None:
        found = found.filter(Q(buyer_id=owner_id) | Q(provider_id=owner_id))
    if query.party:
        found = found.filter(Q(buyer_uscc=query.party) | Q(provider_uscc=query.party))
    if query.programme:
        asset = accounts.programme_asset(query.programme)
        found = found.filter(assets__contains=f"{asset}:")
    return found.order_by("sequence")


def _trade_rows(query: Query, owner_id: UUID | None) -> Iterator[list[str]]:
    for record in _trades(query, owner_id).iterator(chunk_size=CHUNK_ROWS):
        # The stored hash, not one made now: a record that was altered in place must not verify.
        yield [*records.trade_content(record).values(), record.content_hash]


def _charges(query: Query, owner_id: UUID | None) -> QuerySet[Charge]:
    found = settlement.charges().filter(
        charged_at__gte=query.starts_at, charged_at__lt=query.ends_at
    )
    if owner_id is not None:
        found = found.filter(Q(buyer_id=owner_id) | Q(provider_id=owner_id))
    if query.party:
        found = found.filter(Q(buyer__uscc=query.party) | Q(provider__uscc=query.party))
    if query.programme:
        found = found.filter(parts__has_key=accounts.programme_asset(query.programme))
    return found.order_by("charged_at", "id")


def _charge_rows(query: Query, owner_id: UUID | None) -> Iterator[list[str]]:
    for charge in _charges(query, owner_id).iterator(chunk_size=CHUNK_ROWS):
        content = records.charge_content(
            charge, contract=charge.contract.number, order=charge.contract.order_number
        )
        yield [*content.values(), charge.content_hash]


DATASETS: Final[dict[ExportKind, Dataset]] = {
    ExportKind.TRADES: Dataset(
        columns=records.TRADE_COLUMNS,
        key="number",
        count=lambda query, owner_id: _trades(query, owner_id).count(),
        rows=_trade_rows,
    ),
    ExportKind.CHARGES: Dataset(
        columns=records.CHARGE_COLUMNS,
        key="id",
        count=lambda query, owner_id: _charges(query, owner_id).count(),
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
