"""What ends early, and what goes on after it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from marketplace.settlement import closing, rules
from marketplace.settlement.contracts import Ending
from marketplace.settlement.models import Contract, ContractReduction, EarlyEnd, Extension
from pricing import selectors as pricing_selectors
from pricing.contracts import RateCard


@dataclass(frozen=True, slots=True)
class OrderChain:
    """The order that an order extends, and those that extend it."""

    before: Any
    after: tuple[Any, ...]


def ending_by(card: RateCard) -> Ending:
    """Return by what contracts under a plan are ended early: what it says, or the market's rule."""
    said = card.terms.early_end if card.terms else None
    if said is None:
        return rules.ENDINGS.rule(rules.ENDINGS.newest)
    return Ending(
        rules.OF_PLAN,
        notice_seconds=said.notice_hours * 3600,
        fee_minor=closing.fee_of(card),
        gives_back=said.gives_back,
    )


def ending_of(contract: Contract) -> Ending:
    """Return by what a contract is ended early: its own version of the plan says, or the market."""
    return ending_by(pricing_selectors.rate_card(contract.plan_version_id))


def early_end_of_order(order_id: UUID) -> EarlyEnd | None:
    """Return how the contract of an order was ended early, if it was."""
    return EarlyEnd.objects.filter(contract__order_id=order_id).first()


def reduction_of_order(order_id: UUID) -> ContractReduction | None:
    """Return from when on the contract of an order is of less, as its parties agreed."""
    return ContractReduction.objects.filter(contract__order_id=order_id).first()


def chain_of(order_id: UUID) -> OrderChain:
    """Return what an order extends, and what extends it."""
    found = list(
        Extension.objects.select_related("order", "extends")
        .filter(Q(order_id=order_id) | Q(extends_id=order_id))
        .order_by("id")
    )
    before = next((each.extends for each in found if each.order_id == order_id), None)
    return OrderChain(before, tuple(each.order for each in found if each.extends_id == order_id))
