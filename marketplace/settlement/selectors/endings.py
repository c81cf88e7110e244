"""What ends early, and what goes on after it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from marketplace.settlement.models import EarlyEnd, Extension


@dataclass(frozen=True, slots=True)
class OrderChain:
    """The order that an order extends, and those that extend it."""

    before: Any
    after: tuple[Any, ...]


def early_end_of_order(order_id: UUID) -> EarlyEnd | None:
    """Return how the contract of an order was ended early, if it was."""
    return EarlyEnd.objects.filter(contract__order_id=order_id).first()


def chain_of(order_id: UUID) -> OrderChain:
    """Return what an order extends, and what extends it."""
    found = list(
        Extension.objects.select_related("order", "extends")
        .filter(Q(order_id=order_id) | Q(extends_id=order_id))
        .order_by("id")
    )
    before = next((each.extends for each in found if each.order_id == order_id), None)
    return OrderChain(before, tuple(each.order for each in found if each.extends_id == order_id))
