"""What a script needs to price charges again: the plan, what was counted, the charges."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from common import tenancy
from common.canonical import decimal_text, plain
from marketplace.settlement import closing, records
from marketplace.settlement.models import Charge, Contract, EarlyEnd
from marketplace.settlement.selectors import accounts
from pricing import plan_terms
from pricing import rules as pricing_rules
from pricing import selectors as pricing_selectors
from pricing.plan_models import CountedBy


def charges_document(contract: Any) -> dict[str, Any]:
    """
    Return a contract's charges with everything that decided their prices, for `verify_price.py`.

    Each charge brings what was sealed of it with its hash; cells follow from these quantities.
    Under terms `cells` are what was counted so far; where tiers count a buyer's month or year,
    `shared` holds those of all its contracts under this version, by their numbers.
    """
    card = pricing_selectors.rate_card(contract.plan_version_id)
    order = contract.order
    facts = pricing_rules.facts_of(order.lines or ()) | {
        kind: fact["value"] for kind, fact in contract.price_facts.items()
    }
    total = contract.standard_hours
    with tenancy.acting_as_platform():
        ordered = accounts.accounts_of([contract])[0].terms.ordered
    charges = list(Charge.objects.filter(contract_id=contract.pk).order_by("id"))
    return {
        "kind": "charges",
        "number": contract.number,
        "unit": contract.unit,
        "plan_code": card.plan_code,
        "plan_version": card.version,
        "plan_version_id": str(card.version_id),
        "plan_content_hash": card.content_hash,
        "rating_rule": card.rating_rule,
        "asset": card.asset,
        "components": pricing_rules.components_json(card.components),
        "terms": None if card.terms is None else plan_terms.terms_json(card.terms),
        "facts": facts,
        "ordered": [plain(order.starts_at), plain(order.ends_at)],
        "units_milli": order.units_milli,
        "window_seconds": ordered.window_seconds,
        "ran_in_parts": ordered.delivered is not None
        or ordered.reduced is not None
        or (order.starts_at, order.ends_at) != (contract.starts_at, contract.ends_at),
        "quantity": decimal_text(contract.quantity),
        "standard_hours": None if total is None else decimal_text(total),
        "cells": contract.rating or {},
        "shared": _shared(contract, card.terms),
        "rated_minor": contract.rated_minor,
        "early_end": _ended(contract, charges),
        "charges": [
            {
                "id": str(each.pk),
                "starts_at": plain(each.starts_at),
                "ends_at": plain(each.ends_at),
                "lines": each.lines,
                "rated_minor": each.rated_minor,
                "sealed": records.charge_content(
                    each, contract=contract.number, order=contract.order_number
                ),
                "content_hash": each.content_hash,
            }
            for each in charges
        ],
    }


def _ended(contract: Any, charges: Sequence[Charge]) -> dict[str, Any] | None:
    """Return by what the end of a contract was charged; None where nothing was."""
    if not any(closing.ENDING in line for each in charges for line in each.lines):
        return None
    ends = list(EarlyEnd.objects.filter(contract_id=contract.pk))
    end = accounts.planned_ends([contract], ends)[contract.pk]
    return {
        "fee_minor": end.fee_minor,
        "gives_back": decimal_text(end.gives_back),
        "held_minor": end.held_minor,
    }


def _shared(contract: Any, terms: Any) -> dict[str, Any]:
    if terms is None or terms.counted_by == CountedBy.CONTRACT:
        return {}
    others = Contract.objects.filter(
        buyer_id=contract.buyer_id, plan_version_id=contract.plan_version_id
    )
    return {number: cells or {} for number, cells in others.values_list("number", "rating")}


def rerated_for(*, order_id: UUID) -> Any:
    """Return the contract of an order with its order, as the tenant may see it; or nothing."""
    found = Contract.objects.select_related("order").filter(order_id=order_id)
    return found.first()
