"""Rating: pure, exact, and every line explains itself."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

from common.canonical import content_hash, decimal_text, plain
from common.moments import parse_moment
from common.money import EXACT, parse_decimal
from common.period import Period
from common.rulebooks import Rulebook
from pricing import plan_terms, rate_1, rate_2, rate_3, rate_4
from pricing.contracts import (
    COMPONENTS_MAX,
    FIRST_RATING_RULE,
    METERED,
    PRICE_DIGITS,
    QUANTITY_DIGITS,
    TIERS_MAX,
    UNIT_PRICE_MAX,
    InvalidRates,
    Measure,
    RateCard,
    RateComponent,
    RatedLine,
    RateTier,
    RateUnit,
)
from pricing.plan_models import RateTerms

ZERO: Final = Decimal(0)
SECONDS_PER_HOUR: Final = Decimal(3600)
SECONDS_PER_MONTH: Final = Decimal(30 * 86_400)
_CODE: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
_COMPONENT_KEYS: Final = {"code", "unit", "tiers"}
_TIER_KEYS: Final = {"from", "unit_price"}
RULES: Final = Rulebook(
    "rating",
    {
        FIRST_RATING_RULE: rate_1.rate,
        rate_2.NAME: rate_2.rate,
        rate_3.NAME: rate_3.rate,
        rate_4.NAME: rate_4.rate,
    },
)


@dataclass(frozen=True, slots=True)
class CellRating:
    """How a rule that counts in cells moves them, and what lines a move of them makes."""

    advanced: Callable[..., rate_2.Cells]
    lines: Callable[..., list[RatedLine]]


CELLS: Final = {
    rate_2.NAME: CellRating(rate_2.advanced, rate_2.lines),
    rate_3.NAME: CellRating(rate_3.advanced, rate_3.lines),
    rate_4.NAME: CellRating(rate_4.advanced, rate_4.lines),
}


def rate(card: RateCard, measure: Measure, *, after: Measure | None = None) -> list[RatedLine]:
    """
    Price a measure by a plan, under the rating rule that the plan's version names.

    :raises NotMeasured: if the plan charges by a unit that the measure lacks
    :raises UnknownRuleVersion: if this release has no such rule
    """
    return RULES.rule(card.rating_rule)(card, measure, after=after)


def timed_rule(terms: RateTerms) -> str:
    """
    Return the rule by which terms are rated.

    Tokens by their kind have one of their own, and so have prices of several things.
    """
    if terms.is_of_several:
        return rate_4.NAME
    return rate_3.NAME if rate_3.counts_kinds(terms) else rate_2.NAME


def in_cells(card: RateCard) -> CellRating:
    """
    Return how a card that says terms counts in cells.

    :raises UnknownRuleVersion: if this release has no such rule
    """
    RULES.rule(card.rating_rule)
    return CELLS[card.rating_rule]


def as_asked(card: RateCard, measure: Measure) -> Measure:
    """Return a measure with what the plan's rule asks for: of when and of what, only by terms."""
    return measure if card.terms is not None else replace(measure, spread=None, facts=())


def total_minor(lines: Iterable[RatedLine]) -> int:
    """Return the charge: the sum of its lines, and nothing else."""
    return sum(line.amount_minor for line in lines)


def raw_total(lines: Iterable[RatedLine]) -> Decimal:
    """Return the exact sum before any rounding."""
    total = ZERO
    for line in lines:
        total = EXACT.add(total, line.raw_amount)
    return total


def unit_hours(unit_seconds: Decimal) -> Decimal:
    """
    Return seconds as hours, to the digits that quantities have.

    Rate the running total, not each window: a third of an hour has no end, and rounded thirds
    do not add up.
    """
    hours = EXACT.divide(unit_seconds, SECONDS_PER_HOUR)
    return hours.quantize(Decimal(1).scaleb(-QUANTITY_DIGITS), ROUND_HALF_EVEN, EXACT)


def gb_months(gb_seconds: Decimal) -> Decimal:
    """Return seconds of gigabytes as months of thirty days, to the digits that quantities have."""
    months = EXACT.divide(gb_seconds, SECONDS_PER_MONTH)
    return months.quantize(Decimal(1).scaleb(-QUANTITY_DIGITS), ROUND_HALF_EVEN, EXACT)


def gb_moved(size: Decimal) -> Decimal:
    """Return bytes as gigabytes of 10⁹, to the digits that quantities have."""
    gigabytes = size.scaleb(-9, context=EXACT)
    return gigabytes.quantize(Decimal(1).scaleb(-QUANTITY_DIGITS), ROUND_HALF_EVEN, EXACT)


def ktokens(tokens: Decimal) -> Decimal:
    """Return tokens in thousands, to the digits that quantities have."""
    thousands = tokens.scaleb(-3, context=EXACT)
    return thousands.quantize(Decimal(1).scaleb(-QUANTITY_DIGITS), ROUND_HALF_EVEN, EXACT)


def is_code(code: str) -> bool:
    """Return whether a text may name a plan or a component."""
    return _CODE.fullmatch(code) is not None


# --- Rates as data -----------------------------------------------------------------------------
def parse_components(definition: Any) -> tuple[RateComponent, ...]:
    """
    Read the components of a plan from plain data; amounts are text, never floats.

    :raises InvalidRates: naming the first thing that is wrong
    """
    if not isinstance(definition, list | tuple) or not 1 <= len(definition) <= COMPONENTS_MAX:
        raise InvalidRates(field="components", problem=f"1 to {COMPONENTS_MAX} components")
    components = tuple(_parse_component(part) for part in definition)
    if len({part.code for part in components}) < len(components):
        raise InvalidRates(field="components", problem="a component code occurs twice")
    return components


def _parse_component(part: Any) -> RateComponent:
    if not isinstance(part, Mapping) or set(part) != _COMPONENT_KEYS:
        raise InvalidRates(field="components", problem="a component has code, unit and tiers")
    code, unit, tiers = part["code"], part["unit"], part["tiers"]
    if not isinstance(code, str) or not is_code(code):
        raise InvalidRates(field="components", problem="a code is lower-case letters, digits, -")
    if unit not in METERED:
        raise InvalidRates(field="components", problem=f"unit is one of {[*map(str, METERED)]}")
    if not isinstance(tiers, list | tuple) or not 1 <= len(tiers) <= TIERS_MAX:
        raise InvalidRates(field="components", problem=f"1 to {TIERS_MAX} tiers")
    parsed = tuple(_parse_tier(tier) for tier in tiers)
    borders = [tier.starts_from for tier in parsed]
    if borders[0] != 0 or any(low >= high for low, high in pairwise(borders)):
        raise InvalidRates(field="components", problem="tiers start at 0 and rise")
    return RateComponent(code=code, unit=RateUnit(unit), tiers=parsed)


def _parse_tier(tier: Any) -> RateTier:
    if not isinstance(tier, Mapping) or set(tier) != _TIER_KEYS:
        raise InvalidRates(field="components", problem="a tier has from and unit_price")
    starts_from = _parse_number(tier["from"])
    unit_price = _parse_number(tier["unit_price"])
    if starts_from < 0 or not 0 <= unit_price <= UNIT_PRICE_MAX:
        raise InvalidRates(field="components", problem="a figure is negative or too large")
    return RateTier(starts_from=starts_from, unit_price=unit_price)


def _parse_number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise InvalidRates(field="components", problem="write numbers as text, such as 3.18")
    number = parse_decimal(decimal_text(value) if isinstance(value, Decimal) else str(value))
    if -int(number.as_tuple().exponent) > PRICE_DIGITS:
        raise InvalidRates(field="components", problem=f"at most {PRICE_DIGITS} digits")
    return number


def components_json(components: Iterable[RateComponent]) -> list[dict[str, Any]]:
    """Return components as the plain data that `parse_components` reads."""
    return [
        {
            "code": part.code,
            "unit": str(part.unit),
            "tiers": [
                {
                    "from": decimal_text(tier.starts_from),
                    "unit_price": decimal_text(tier.unit_price),
                }
                for tier in part.tiers
            ],
        }
        for part in components
    ]


def version_hash(
    *,
    plan_code: str,
    version: int,
    asset: str,
    components: Iterable[RateComponent],
    terms: RateTerms | None = None,
    source: str = "",
    clause: str = "",
) -> str:
    """Return the hash of what a version says; what it rests on counts where it is said."""
    said = {
        "plan": plan_code,
        "version": version,
        "asset": asset,
        "components": components_json(components),
    }
    if terms is not None:
        said["terms"] = plan_terms.terms_json(terms)
    said |= {name: text for name, text in (("source", source), ("clause", clause)) if text}
    return content_hash(said)


# --- Quotes ------------------------------------------------------------------------------------
def line_json(line: RatedLine) -> dict[str, Any]:
    """Return a line as plain data, as quotes and charges keep it."""
    said: dict[str, Any] = {
        "component": line.component,
        "unit": str(line.unit),
        "quantity": decimal_text(line.quantity),
        "tier_from": decimal_text(line.tier_from),
        "tier_until": None if line.tier_until is None else decimal_text(line.tier_until),
        "unit_price": decimal_text(line.unit_price),
        "raw_amount": decimal_text(line.raw_amount),
        "amount_minor": line.amount_minor,
        "asset": line.asset,
        "plan_version_id": str(line.plan_version_id),
        "rule_version_id": None if line.rule_version_id is None else str(line.rule_version_id),
    }
    if line.rating_rule != FIRST_RATING_RULE:
        said |= {
            "rating_rule": line.rating_rule,
            "period": line.period,
            "band": line.band,
            "factors": [[kind, value, decimal_text(by)] for kind, value, by in line.factors],
            "plan_hash": line.plan_hash,
        }
    if line.sold_as:
        said["sold_as"] = line.sold_as
    return said


def facts_of(lines: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the facts by which lines, as plain data, were priced, and what they are a price of."""
    lines = list(lines)
    sold = next((line[rate_4.SOLD_AS] for line in lines if rate_4.SOLD_AS in line), "")
    return ({rate_4.SOLD_AS: sold} if sold else {}) | {
        kind: value
        for line in lines
        for kind, value, _by in line.get("factors", ())
        if kind not in rate_2.NO_FACTS and value != rate_2.OTHERWISE
    }


def measure_json(measure: Measure) -> dict[str, Any]:
    """Return a measure as plain data."""
    said: dict[str, Any] = {
        "quantities": {
            str(unit): decimal_text(quantity) for unit, quantity in measure.quantities.items()
        },
        "rule_version_id": None if not measure.rule_version_id else str(measure.rule_version_id),
    }
    if measure.spread is not None:
        said["spread"] = [plain(measure.spread.starts_at), plain(measure.spread.ends_at)]
        said["facts"] = dict(measure.facts)
    return said


def parse_measure(data: Mapping[str, Any]) -> Measure:
    """Return the measure that `measure_json` wrote."""
    rule = data["rule_version_id"]
    return Measure(
        quantities={
            RateUnit(unit): Decimal(quantity) for unit, quantity in data["quantities"].items()
        },
        rule_version_id=UUID(rule) if rule else None,
        spread=Period(*map(parse_moment, data["spread"])) if "spread" in data else None,
        facts=tuple(sorted(data.get("facts", {}).items())),
    )


def in_group(measure: Measure, group: str) -> Measure:
    """Return a measure of whoever is in a price group; without one, as it is."""
    return with_facts(measure, {"group": group} if group else {})


def with_facts(measure: Measure, facts: Mapping[str, str]) -> Measure:
    """Return a measure of which more is known, by the kinds of factors."""
    if not facts:
        return measure
    return replace(measure, facts=tuple(sorted((dict(measure.facts) | dict(facts)).items())))


def subject_json(subject: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a quote is for as plain data."""
    return {name: plain(value) for name, value in subject.items()}


def quote_inputs_hash(card: RateCard, measure: Measure, subject: Mapping[str, Any]) -> str:
    """Return the hash of everything that decides a quote's price."""
    return content_hash(
        {
            "plan_version": str(card.version_id),
            "plan_content": card.content_hash,
            "measure": measure_json(measure),
            "subject": subject,
        }
    )


def headline_price(price: Decimal) -> Decimal:
    """Round a derived price to the digits that prices have; shown, never charged."""
    return price.quantize(Decimal(1).scaleb(-PRICE_DIGITS), ROUND_HALF_UP, EXACT)
