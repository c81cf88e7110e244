"""What stands between a wish and its order: price collars, and orders of unusual size."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from common.errors import Refusal
from marketplace.catalog import collar as collar_rules
from marketplace.catalog import selectors as catalog_selectors
from marketplace.orders import selectors
from marketplace.orders.contracts import (
    OrderNotRepeated,
    OrderWish,
    Repeated,
)
from marketplace.orders.models import Order


def refused(
    rows: Sequence[Order], wishes: Mapping[str, OrderWish], *, buyer_id: UUID, at: datetime
) -> dict[str, Refusal]:
    """
    Return why a buyer may not order some things for the first time, by the orders' keys.

    A price has to be one that the book allows, and what is unusually large is said twice.
    """
    if not rows:
        return {}
    found = _dear(rows, at=at)
    rest = [row for row in rows if row.key not in found]
    return found | _unrepeated(rest, wishes, buyer_id=buyer_id)


def _dear(rows: Sequence[Order], *, at: datetime) -> dict[str, Refusal]:
    book_ids = {row.book_id for row in rows}
    collars = catalog_selectors.collars_in_force(book_ids=book_ids, at=at)
    found: dict[str, Refusal] = {}
    for row in rows:
        limits = collars.get(row.book_id)
        if limits is None or row.gross_minor is None or not row.standard_hours:
            continue
        hours = Fraction(row.standard_hours)
        if not collar_rules.is_within(row.gross_minor, hours, limits):
            found[row.key] = collar_rules.refusal(row.gross_minor, hours, limits)
    return found


def _unrepeated(
    rows: Sequence[Order], wishes: Mapping[str, OrderWish], *, buyer_id: UUID
) -> dict[str, Refusal]:
    found: dict[str, Refusal] = {}
    for row in selectors.unusual_orders(rows, buyer_id=buyer_id):
        said = Repeated(row.units_milli, row.gross_minor)
        if wishes[row.key].repeated != said:
            found[row.key] = OrderNotRepeated(
                field="repeat", units_milli=said.units_milli, amount_minor=said.amount_minor
            )
    return found
