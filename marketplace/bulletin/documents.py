"""Index values as documents that are sealed and exported."""

from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from common.documents import HASH, DocumentKind
from common.tabular.columns import Column, ColumnType
from common.tabular.texts import json_text, quantity_text, time_text
from marketplace.bulletin.models import DailyIndex


def _rows(_owner_id: UUID | None) -> QuerySet[DailyIndex]:
    return DailyIndex.objects.all()


def _content(found: DailyIndex) -> dict[str, str]:
    return {
        "id": str(found.pk),
        "day": found.day.isoformat(),
        "resource_class": found.resource_class,
        "methodology": str(found.methodology),
        "standing": found.standing,
        "price": quantity_text(found.price),
        "standard_hours": quantity_text(found.standard_hours),
        "trades": str(found.trades),
        "providers": str(found.providers),
        "excluded": json_text(found.excluded),
        "inputs_hash": found.inputs_hash,
        "published_at": time_text(found.published_at),
    }


INDEX: Final = DocumentKind(
    name="bulletin.index",
    form=1,
    columns=(
        Column("id"),
        Column("day"),
        Column("resource_class"),
        Column("methodology", ColumnType.INTEGER),
        Column("standing"),
        Column("price", ColumnType.QUANTITY),
        Column("standard_hours", ColumnType.QUANTITY),
        Column("trades", ColumnType.INTEGER, total=True),
        Column("providers", ColumnType.INTEGER),
        Column("excluded"),
        Column("inputs_hash"),
        Column("published_at", ColumnType.TIME),
        HASH,
    ),
    rows=_rows,
    content=_content,
    moment="published_at",
)
