"""Ledger transfers as rows of an export, read page by page in the order of their identifiers."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from common.money import EXACT
from common.tabular.columns import Column, ColumnType
from common.tabular.texts import time_text
from ledger import selectors as ledger_selectors
from ledger.contracts import PostedTransfer
from marketplace.audit.contracts import Query

COLUMNS: Final = (
    Column("id"),
    Column("operation"),
    Column("debit"),
    Column("credit"),
    Column("asset"),
    Column("amount"),
    Column("reason"),
    Column("hold"),
    Column("reverses"),
    Column("group"),
    Column("reference"),
    Column("effective_at", ColumnType.TIME),
    Column("recorded_at", ColumnType.TIME),
    Column("assets"),
)
PAGE_ROWS: Final = 5_000
# Identifiers carry the moment at which a transfer was made, which is a little before it was
# recorded; pages start early enough to miss none.
LEAD: Final = timedelta(hours=1)


def rows(query: Query, _owner_id: UUID | None) -> Iterator[list[str]]:
    """Yield the transfers that were recorded in the period; totals are of what was moved."""
    after = first_id(query.starts_at - LEAD)
    while page := ledger_selectors.transfers(after=after, limit=PAGE_ROWS):
        for transfer in page:
            if query.starts_at <= transfer.recorded_at < query.ends_at:
                yield _row(transfer)
        after = page[-1].id
        if after > first_id(query.ends_at):
            return


def count(query: Query, owner_id: UUID | None) -> int:
    """Return how many transfers were recorded in the period."""
    return sum(1 for _ in rows(query, owner_id))


def first_id(moment: datetime) -> UUID:
    """Return the lowest identifier (UUIDv7) that can have been made at a moment."""
    milliseconds = max(int(moment.timestamp()), 0) * 1000
    return UUID(int=(milliseconds << 80) | (0x7 << 76) | (0b10 << 62))


def _row(transfer: PostedTransfer) -> list[str]:
    amount = f"{Decimal(transfer.amount).scaleb(-transfer.scale, context=EXACT):f}"
    moves = transfer.op.name in ("POST", "CAPTURE")
    return [
        str(transfer.id),
        transfer.op.name,
        transfer.debit,
        transfer.credit,
        transfer.asset,
        amount,
        transfer.reason,
        str(transfer.hold_id or ""),
        str(transfer.reverses or ""),
        str(transfer.group or ""),
        transfer.reference,
        time_text(transfer.effective_at),
        time_text(transfer.recorded_at),
        # Holds and releases move nothing: they stay out of the totals.
        f"{transfer.asset}:{amount}" if moves else "",
    ]
