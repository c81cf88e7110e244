"""Clearing rounds as documents that are sealed and exported."""

from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from common.documents import HASH, DocumentKind
from common.tabular.columns import Column, ColumnType
from common.tabular.texts import json_text, time_text
from marketplace.orders import frozen
from marketplace.orders.models import ClearingRound


def _rows(owner_id: UUID | None) -> QuerySet[ClearingRound]:
    return (
        ClearingRound.objects.select_related("view")
        if owner_id is None
        else ClearingRound.objects.none()
    )


def _content(found: ClearingRound) -> dict[str, str]:
    return {
        "id": str(found.pk),
        "number": found.number,
        "book": str(found.book_id),
        "rule_version": found.rule_version,
        "seed": found.seed,
        # Hashes of what is stored now: who alters a snapshot does not alter its hash along.
        "input_hash": frozen.hash_of(found.whole_snapshot),
        "output_hash": frozen.hash_of(found.result),
        "late_refusals": json_text(found.late_refusals),
        "orders": str(found.order_count),
        "cleared": str(found.cleared_count),
        "rejected": str(found.rejected_count),
        "started_at": time_text(found.started_at),
        "finished_at": time_text(found.finished_at),
    }


ROUNDS: Final = DocumentKind(
    name="orders.round",
    form=1,
    columns=(
        Column("id"),
        Column("number"),
        Column("book", ColumnType.INTEGER),
        Column("rule_version"),
        Column("seed"),
        Column("input_hash"),
        Column("output_hash"),
        Column("late_refusals"),
        Column("orders", ColumnType.INTEGER, total=True),
        Column("cleared", ColumnType.INTEGER, total=True),
        Column("rejected", ColumnType.INTEGER, total=True),
        Column("started_at", ColumnType.TIME),
        Column("finished_at", ColumnType.TIME),
        HASH,
    ),
    rows=_rows,
    content=_content,
    moment="finished_at",
)
