"""
Where listings under a plan take part, known before there is one: by kind of capacity. Pure.

Tried is the plan itself: it rates a day of such capacity, as the market does where it asks prices.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import Refusal
from common.period import Period
from identity.contracts import CapacityUnit
from marketplace.catalog import rules
from marketplace.catalog.price_facts import sold_as
from pricing import rate_4
from pricing import rules as pricing_rules
from pricing.contracts import TOKEN_KINDS, Measure, RateCard

NOBODY: Final = UUID(int=0)
ONE: Final = Decimal(1)
DAY: Final = Period(
    datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=1)
)


class ReachedCapacity(TextChoices):
    """What a listing may sell. The codes are API."""

    WITH_STANDARD_HOURS = "cards", _("Cards that have standard hours")
    WITHOUT = "others", _("Cores, and cards without a published figure")
    STORAGE = "storage", _("Storage")
    NETWORK = "network", _("Networks")
    INTERFACE = "interface", _("APIs that answer tokens")


class PlanPlace(StrEnum):
    """Where listings may take part."""

    CALL_ROUND = "call_round"
    CALCULATOR = "calculator"
    COMPARED = "compared"


class PlanAbsence(TextChoices):
    """Why listings under a plan take no part. Codes are API: stable, never reused."""

    NO_STANDARD_HOURS = (
        "plan_no_standard_hours",
        _("such capacity has no standard hours, and prices there are by them"),
    )
    NO_NEED = "plan_no_need", _("nobody can ask for such capacity there")


@dataclass(frozen=True, slots=True)
class PlanReach:
    """Whether listings of a kind of capacity take part; nothing stands where they do."""

    kind: ReachedCapacity
    call_round: PlanAbsence | None
    calculator: PlanAbsence | None
    compared: PlanAbsence | None

    def absence(self, place: PlanPlace) -> PlanAbsence | None:
        """Return why it takes no part somewhere."""
        found: PlanAbsence | None = getattr(self, place.value)
        return found


_MEASURED: Final[dict[ReachedCapacity, tuple[CapacityUnit, Decimal | None]]] = {
    ReachedCapacity.WITH_STANDARD_HOURS: (CapacityUnit.CARD, Decimal(1)),
    ReachedCapacity.WITHOUT: (CapacityUnit.VCPU, None),
    ReachedCapacity.STORAGE: (CapacityUnit.GB, None),
    ReachedCapacity.NETWORK: (CapacityUnit.GBPS, None),
    ReachedCapacity.INTERFACE: (CapacityUnit.TPS, None),
}


def plan_reach(card: RateCard) -> Sequence[PlanReach]:
    """Return where listings under a plan take part, of the kinds of capacity that can bear it."""
    return tuple(_reaches(card))


def _reaches(card: RateCard) -> Iterator[PlanReach]:
    for kind in ReachedCapacity:
        unit, factor = _MEASURED[kind]
        if not _is_borne(rules.card_of(card, capacity_unit=unit), unit, factor):
            continue
        no_hours = PlanAbsence.NO_STANDARD_HOURS if factor is None else None
        yield PlanReach(
            kind=kind,
            call_round=no_hours,
            calculator=PlanAbsence.NO_NEED if kind == ReachedCapacity.NETWORK else None,
            compared=no_hours,
        )


def _is_borne(card: RateCard, unit: CapacityUnit, factor: Decimal | None) -> bool:
    """Tell whether such capacity is measured in what the plan charges by, and not by the way."""
    kinds = TOKEN_KINDS if unit == CapacityUnit.TPS else ()
    if not card.components:
        return False  # The plan has prices of other things alone.
    own = {*rules.OWN_UNITS.get(unit, ()), *kinds}
    charged = {part.unit for part in card.components}
    if own and not own & charged:
        return False  # Storage is not listed by its hours.
    if kinds and not charged <= own:
        return False  # Of an API tokens alone are measured.
    measure: Measure = rules.measure_of(
        Decimal(24 * 3600),
        factor=factor,
        rule_version_id=NOBODY,
        units=own,
        spread=DAY,
        facts=((rate_4.SOLD_AS, sold_as(unit).value),),
    )
    measure = replace(measure, quantities={**measure.quantities, **dict.fromkeys(kinds, ONE)})
    try:
        pricing_rules.rate(card, pricing_rules.as_asked(card, measure))
    except Refusal:
        return False
    return True
