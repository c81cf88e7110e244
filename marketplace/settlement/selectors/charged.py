"""What contracts were charged in a stretch of time, by asset, for rooms that compute of it."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, QuerySet

from common.period import Period
from marketplace.settlement.models import Contract

_CHARGED: Final = """
    SELECT c.contract_id, part.key, sum(part.value::bigint)
    FROM settlement_charge c, jsonb_each_text(c.parts) AS part
    WHERE c.contract_id = ANY(%s) AND c.starts_at >= %s AND c.starts_at < %s
    GROUP BY c.contract_id, part.key
"""


def charged_by_asset(contract_ids: Collection[UUID], period: Period) -> dict[UUID, dict[str, int]]:
    """Return what contracts paid for windows that begin in a period: minor units by asset."""
    found: dict[UUID, dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_CHARGED, [list(contract_ids), period.starts_at, period.ends_at])
        for contract_id, asset, minor in cursor.fetchall():
            found.setdefault(contract_id, {})[asset] = int(minor)
    return found


def contracts_after(sequence: int, *, limit: int) -> QuerySet[Contract]:
    """Return the contracts past a number, in their order: they are numbered without gaps."""
    return Contract.objects.filter(sequence__gt=sequence).order_by("sequence")[:limit]


def contract_counts(resource_ids: Collection[UUID], period: Period) -> dict[UUID, int]:
    """Return how many contracts of resources ended in a period."""
    rows = (
        Contract.objects.filter(
            resource_id__in=resource_ids, ends_at__gt=period.starts_at, ends_at__lte=period.ends_at
        )
        .order_by()
        .values("resource_id")
        .annotate(count=Count("id"))
    )
    found = dict.fromkeys(resource_ids, 0)
    return found | {row["resource_id"]: row["count"] for row in rows}
