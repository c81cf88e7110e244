"""What a contract has committed its buyer to, what goes on would cost, and what an end costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from common.period import Period
from marketplace.settlement import commitments, rules
from marketplace.settlement.closing import PlannedEnd
from marketplace.settlement.commitments import (
    CommitmentState,
    Committed,
    EarlyEndCost,
    RenewalEstimate,
)
from marketplace.settlement.contracts import NOTHING_MEASURED, ContractState, Measured
from marketplace.settlement.models import Contract, ContractReduction
from marketplace.settlement.selectors.accounts import funds_of
from marketplace.settlement.selectors.endings import ending_by
from pricing import rate_2, rate_4
from pricing import rules as pricing_rules
from pricing import selectors as pricing_selectors
from pricing.contracts import RateCard


@dataclass(frozen=True, slots=True)
class CommitmentReport:
    """A contract's commitments, with what a renewal and an early end would come to."""

    contract: Contract | None  # none before its order begins
    card: RateCard
    states: Sequence[CommitmentState]
    renewal: RenewalEstimate | None


def commitment_report(contract: Contract, *, now: datetime) -> CommitmentReport:
    """Return what a contract is committed to, and what its renewal is likely to cost."""
    committed = _committed(contract)
    following = contract.ends_at
    plan_id = pricing_selectors.plan_of_version(contract.plan_version_id)
    cards = pricing_selectors.cards_in_effect(plan_ids=[plan_id], at=max(now, following))
    card = cards.get(plan_id, committed.card)
    return CommitmentReport(
        contract=contract,
        card=committed.card,
        states=commitments.states_of(committed),
        renewal=commitments.renewal(committed, now=now, ends_at=following, card=card),
    )


def agreed_commitment(order: Any) -> CommitmentReport:
    """Return what a cleared order will commit its buyer to, before it begins."""
    facts = pricing_rules.facts_of(order.lines or ())
    card = rate_4.by_facts(pricing_selectors.rate_card(order.plan_version_id), facts)
    committed = Committed(
        card=card,
        cells={},
        facts=facts,
        agreed=Period(order.starts_at, order.ends_at),
        units_milli=order.units_milli,
        measured=NOTHING_MEASURED,
        unit="",
    )
    return CommitmentReport(None, card, commitments.states_of(committed), None)


def early_end_of(contract: Contract, *, now: datetime, ends_at: datetime) -> EarlyEndCost | None:
    """Return what ending a contract at a moment costs; None where nothing goes on any more."""
    if contract.state != ContractState.ACTIVE:
        return None
    committed = _committed(contract)
    rule = ending_by(committed.card)
    asked = PlannedEnd(rules.held_in_all(funds_of(contract)), rule.fee_minor, rule.gives_back)
    return commitments.early_end_cost(committed, now=now, ends_at=ends_at, asked=asked)


def _committed(contract: Contract) -> Committed:
    order = contract.order
    facts = pricing_rules.facts_of(order.lines or ())
    facts |= {kind: fact["value"] for kind, fact in contract.price_facts.items()}
    card = rate_4.by_facts(pricing_selectors.rate_card(contract.plan_version_id), facts)
    cells = rate_2.read(contract.rating)
    return Committed(
        card=card,
        cells=cells,
        facts=facts,
        agreed=Period(order.starts_at, order.ends_at),
        units_milli=order.units_milli,
        measured=Measured(
            contract.quantity, contract.standard_hours, commitments.kinds_counted(card, cells)
        ),
        unit=contract.unit,
        **_given_up(contract),
    )


def _given_up(contract: Contract) -> dict[str, Any]:
    """Return what of a contract's capacity its parties agreed to give up, if they did."""
    made = ContractReduction.objects.filter(contract_id=contract.pk).first()
    if made is None:
        return {}
    order = contract.order
    left = Period(made.starts_at, order.ends_at)
    fewer = order.units_milli - made.units_milli
    return {
        "given_up_hours": Fraction(fewer * left.microseconds, 1000 * 3_600_000_000),
        "later_milli": made.units_milli,
    }
