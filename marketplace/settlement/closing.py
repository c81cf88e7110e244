"""
What the end of a contract adds to it by its plan; pure.

Prepaid hours that are owed from the start and of which nothing was used are charged then; of an
early end the fee, less what comes back of hours that were not used.

All of it follows from what was counted in all, so readings that come late, in whatever order, lead
to the same figures. The fee is never more than what is left of all that was held: nothing is asked
for that nobody agreed to hold.
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
UNUSED: Final = "unused"
GIVEN_BACK: Final = "given_back"


@dataclass(frozen=True, slots=True)
class PlannedEnd:
    """
    What an early end asks by the contract's plan, and all that was held for the contract.

    Of a contract that runs to its end there is no fee, and nothing comes back.
    """

    held_minor: int
    fee_minor: int = 0
    gives_back: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class GivenBack:
    """What comes back of the price of a part's prepaid hours."""

    unused: Fraction
    minor: int


NOTHING_BACK: Final = GivenBack(Fraction(0), 0)


@dataclass(frozen=True, slots=True)
class ClosedEnd:
    """What an end comes to: a fee; what is owed unused, and comes back, by prepaid parts' codes."""

    fee_minor: int = 0
    given_back: Mapping[str, GivenBack] = field(default_factory=dict)
    unused: Mapping[str, int] = field(default_factory=dict)

    @property
    def minor(self) -> int:
        """Return what it adds to the contract; negative where more comes back."""
        return self.fee_minor + sum(self.unused.values()) - self.given_back_minor

    @property
    def given_back_minor(self) -> int:
        """Return what comes back in all."""
        return sum(each.minor for each in self.given_back.values())


def closes(card: RateCard) -> bool:
    """Return whether the end of a contract by a plan may add something though it is not early."""
    return card.terms is not None and any(part.owed_from for part in card.terms.parts)


def fee_of(card: RateCard) -> int:
    """Return the fee that a plan asks for ending early, in minor units; rounded as prices are."""
    said = rate_2.terms_of(card).early_end
    return rate_2.rounded_up(Fraction(said.fee), card) if said else 0


def closed(card: RateCard, cells: Cells, context: RatingContext, end: PlannedEnd) -> ClosedEnd:
    """Return what the end comes to after all that was counted."""
    is_used = any(not cell.code and n for cell, n in cells.items())
    owed = {
        part.code: _price_of(card, part, context)
        for part in rate_2.terms_of(card).parts
        if part.model == PlanModel.PREPAID and (is_used or part.owed_from)
    }
    back = {
        part.code: given
        for part in rate_2.terms_of(card).parts
        if part.code in owed
        and (given := _given_back(card, part, cells, owed[part.code], end.gives_back)).minor
    }
    unused = {} if is_used else {code: minor for code, minor in owed.items() if minor}
    reached = rate_2.total_of(card, cells, context) + sum(unused.values())
    reached -= sum(each.minor for each in back.values())
    return ClosedEnd(min(end.fee_minor, max(end.held_minor - reached, 0)), back, unused)


def _price_of(card: RateCard, part: PlanPart, context: RatingContext) -> int:
    """Return what a part's prepaid hours cost together, in minor units."""
    times = rate_2.multiplier(rate_2.terms_of(card), part, "", context.facts)
    return rate_2.rounded_up(Fraction(part.price) * times, card)


def _given_back(
    card: RateCard, part: PlanPart, cells: Cells, paid: int, share: Decimal
) -> GivenBack:
    """Return what comes back of a part, rounded down: never more than was paid for it."""
    hours = Fraction(part.tiers[-1].starts_from)
    used = sum((n for cell, n in cells.items() if cell.code == part.code), Fraction(0))
    if used >= hours:
        return NOTHING_BACK
    terms = rate_2.terms_of(card)
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
        if owed := after.unused.get(part.code, 0) - before.unused.get(part.code, 0):
            said: dict[str, Any] = {
                "component": part.code,
                "unit": str(RateUnit.PERIOD),
                "quantity": "1" if owed > 0 else "-1",
                "unit_price": decimal_text(part.price),
                "factors": [],
                ENDING: UNUSED,
            }
            found.append(_line(card, said, owed))
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
