"""What an order costs: its capacity measured, priced line by line. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from common.period import Period
from marketplace.catalog import rules as catalog_rules
from marketplace.orders.contracts import PricedLine
from marketplace.vouchers.contracts import LineKind
from pricing import rules as pricing_rules
from pricing.contracts import Measure, RateCard, RateUnit

# Programmes ask for the kind of a line.
LINE_KINDS: Final = {
    RateUnit.STANDARD_HOUR: LineKind.COMPUTE,
    RateUnit.UNIT_HOUR: LineKind.COMPUTE,
    RateUnit.KTOKEN: LineKind.COMPUTE,
    RateUnit.MTOKEN_IN: LineKind.COMPUTE,
    RateUnit.MTOKEN_OUT: LineKind.COMPUTE,
    RateUnit.MTOKEN_CACHED: LineKind.COMPUTE,
    RateUnit.GB_MONTH: LineKind.STORAGE,
    RateUnit.GB_MOVED: LineKind.NETWORK,
    RateUnit.PERIOD: LineKind.COMPUTE,
}


def price(
    card: RateCard,
    *,
    units_milli: int,
    seconds: int,
    factor: Decimal | None,
    rule_version_id: UUID,
    starts_at: datetime | None = None,
    facts: tuple[tuple[str, str], ...] = (),
) -> tuple[PricedLine, ...]:
    """
    Price a committed amount of capacity by a plan.

    When it starts, and facts of the resource, decide where the plan says terms (`rate-2`).

    :raises NotMeasured: if the plan charges by standard hours and the chip has no factor
    """
    measure = committed(
        units_milli,
        seconds,
        factor=factor,
        rule_version_id=rule_version_id,
        # Tokens are committed by name alone: of cards nobody knows how many they make.
        units=[part.unit for part in card.components if part.unit != RateUnit.KTOKEN],
    )
    if card.terms is not None and starts_at is not None:
        spread = Period(starts_at, starts_at + timedelta(seconds=seconds))
        measure = replace(measure, spread=spread, facts=facts)
    return tuple(
        priced_line(pricing_rules.line_json(line)) for line in pricing_rules.rate(card, measure)
    )


def committed(
    units_milli: int,
    seconds: int,
    *,
    factor: Decimal | None,
    rule_version_id: UUID,
    units: Sequence[RateUnit] = (),
) -> Measure:
    """Return what using all of an order's capacity will be measured as."""
    unit_seconds = Decimal(units_milli * seconds).scaleb(-3)
    return catalog_rules.measure_of(
        unit_seconds, factor=factor, rule_version_id=rule_version_id, units=units
    )


def priced_line(text: dict[str, Any]) -> PricedLine:
    """Return a rated line, as quotes keep it, with the kind that voucher programmes ask for."""
    return PricedLine(
        kind=LINE_KINDS[RateUnit(text["unit"])], amount_minor=text["amount_minor"], text=text
    )


def whole_seconds(starts_at: datetime, ends_at: datetime) -> int:
    """Return the length of a period that starts and ends on whole seconds."""
    length = ends_at - starts_at
    return length.days * 86_400 + length.seconds
