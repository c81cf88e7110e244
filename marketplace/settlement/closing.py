"""
What an early end adds to a contract by its plan: its fee, and what comes back; pure.

Both follow from what was counted in all, so readings that come late, in whatever order, lead to the
same figures. The fee is never more than what is left of all that was held: nothing is asked for
that nobody agreed to hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from common.canonical import decimal_text
from pricing import rate_2
from pricing.contracts import RateCard, RateUnit
from pricing.plan_models import PlanModel, PlanPart
from pricing.rate_2 import Cells, RatingContext

FEE_CODE: Final = "early-end"
# By which member a line of a charge says that it is of an early end, and of what of it.
ENDING: Final = "ending"
FEE: Final = "fee"
GIVEN_BACK: Final = "given_back"


@dataclass(frozen=True, slots=True)
class PlannedEnd:
    """What an early end asks by the contract's plan, and all that was held for the contract."""

    fee_minor: int
    gives_back: Decimal
    held_minor: int


@dataclass(frozen=True, slots=True)
class GivenBack:
    """What comes back of the price of a part's prepaid hours."""

    unused: Fraction
    minor: int


NOTHING_BACK: Final = GivenBack(Fraction(0), 0)


@dataclass(frozen=True, slots=True)
class ClosedEnd:
    """What an early end comes to: a fee, and what comes back by the codes of prepaid parts."""

    fee_minor: int = 0
    given_back: Mapping[str, GivenBack] = field(default_factory=dict)

    @property
    def minor(self) -> int:
        """Return what it adds to the contract; negative where more comes back."""
        return self.fee_minor - self.given_back_minor

    @property
    def given_back_minor(self) -> int:
        """Return what comes back in all."""
        return sum(each.minor for each in self.given_back.values())


def fee_of(card: RateCard) -> int:
    """Return the fee that a plan asks for ending early, in minor units; rounded as prices are."""
    said = rate_2.terms_of(card).early_end
    return rate_2.rounded_up(Fraction(said.fee), card) if said else 0


def closed(card: RateCard, cells: Cells, context: RatingContext, end: PlannedEnd) -> ClosedEnd:
    """Return what an early end comes to after all that was counted."""
    back = {
        part.code: given
        for part in rate_2.terms_of(card).parts
        if part.model == PlanModel.PREPAID
        and (given := _given_back(card, part, cells, context, end.gives_back)).minor
    }
    used = rate_2.total_of(card, cells, context) - sum(each.minor for each in back.values())
    return ClosedEnd(min(end.fee_minor, max(end.held_minor - used, 0)), back)


def _given_back(
    card: RateCard, part: PlanPart, cells: Cells, context: RatingContext, share: Decimal
) -> GivenBack:
    """Return what comes back of a part, rounded down: never more than was paid for it."""
    hours = Fraction(part.tiers[-1].starts_from)
    used = sum((n for cell, n in cells.items() if cell.code == part.code), Fraction(0))
    is_owed = any(not cell.code and n for cell, n in cells.items())
    if not is_owed or used >= hours:
        return NOTHING_BACK
    terms = rate_2.terms_of(card)
    times = rate_2.multiplier(terms, part, "", context.facts)
    paid = rate_2.rounded_up(Fraction(part.price) * times, card)
    raw = paid * (hours - used) / hours * Fraction(share)
    return GivenBack(hours - used, int(raw / terms.to_minor) * terms.to_minor)


def lines(
    card: RateCard, before: ClosedEnd, after: ClosedEnd, end: PlannedEnd
) -> list[dict[str, Any]]:
    """Return a line for each figure of an early end that moved, as charges keep lines."""
    found = []
    for part in rate_2.terms_of(card).parts:
        had = before.given_back.get(part.code, NOTHING_BACK)
        has = after.given_back.get(part.code, NOTHING_BACK)
        if has.minor != had.minor:
            price = Fraction(part.price) / Fraction(part.tiers[-1].starts_from)
            said = {
                "component": part.code,
                "unit": part.unit,
                "quantity": decimal_text(rate_2.decimal_of(had.unused - has.unused)),
                "unit_price": decimal_text(rate_2.decimal_of(price)),
                "factors": [[GIVEN_BACK, "", decimal_text(end.gives_back)]],
                ENDING: GIVEN_BACK,
            }
            found.append(_line(card, said, had.minor - has.minor))
    if after.fee_minor != before.fee_minor:
        said = {
            "component": FEE_CODE,
            "unit": str(RateUnit.PERIOD),
            "quantity": "1",
            "unit_price": decimal_text(Decimal(end.fee_minor).scaleb(-card.scale)),
            "factors": [],
            ENDING: FEE,
        }
        found.append(_line(card, said, after.fee_minor - before.fee_minor))
    return found


def _line(card: RateCard, said: dict[str, Any], minor: int) -> dict[str, Any]:
    return said | {
        "tier_from": "0",
        "tier_until": None,
        "raw_amount": decimal_text(Decimal(minor).scaleb(-card.scale)),
        "amount_minor": minor,
        "asset": card.asset,
        "plan_version_id": str(card.version_id),
        "rule_version_id": None,
        "rating_rule": card.rating_rule,
        "period": "",
        "band": "",
        "plan_hash": card.content_hash,
    }
