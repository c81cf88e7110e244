"""Factors of grids: the newest version of a year, and the year in force."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING
from typing import Any, Final

from django.db.models import QuerySet

from metering.energy.contracts import GridFactorFacts
from metering.energy.models import GridFactor
from metering.energy.published import power_table
from metering.energy.rules import factor_year
from metering.selectors.factors import only_chip

# Where the country's factor without market-traded green electricity stands.
REST: Final = "000000"
FactorsByPlace = Mapping[str, Mapping[int, GridFactorFacts]]


def grid_factors() -> QuerySet[GridFactor]:
    """Return all factors that were published, by place and year."""
    return GridFactor.objects.order_by("province", "-year", "-version")


def factors_by_place() -> FactorsByPlace:
    """Return the factors that count, by place and year."""
    found: dict[str, dict[int, GridFactorFacts]] = {}
    rows = GridFactor.objects.order_by("version").values_list(
        "province", "year", "version", "value", "source"
    )
    for row in rows:
        facts = GridFactorFacts(*row)
        found.setdefault(facts.province, {})[facts.year] = facts
    return found


def factor_in_force(factors: FactorsByPlace, *, province: str, year: int) -> GridFactorFacts | None:
    """
    Return the factor of a grid for a year: of that year, else of the newest before it.

    Factors are published years later; one that is not known yet is not guessed.
    """
    known = factors.get(province, {})
    found = factor_year(known, year)
    return None if found is None else known[found]


@dataclass(frozen=True, slots=True)
class GridBook:
    """What is published of a resource's grid and chip in a year, whatever its provider says."""

    factors: FactorsByPlace
    year: int

    def factor_of(self, resource: Any) -> GridFactorFacts | None:
        """Return the factor of a resource's grid."""
        province = resource.grid_region or f"{resource.region[:2]}0000"
        return factor_in_force(self.factors, province=province, year=self.year)

    def grams_of(self, resource: Any) -> int | None:
        """Return the grams of CO2 of a kilowatt-hour there, rounded up."""
        factor = self.factor_of(resource)
        if factor is None:
            return None
        return int((factor.value * 1000).to_integral_value(rounding=ROUND_CEILING))

    def watts_of(self, resource: Any) -> int | None:
        """Return what a unit of the resource draws, by the published power of its chip."""
        said = resource.specification
        power = power_table().power_of(only_chip(said), said)
        return None if power is None else int(power.watts)


def grid_book(*, year: int) -> GridBook:
    """Return what is published for a year, in one query."""
    return GridBook(factors_by_place(), year)


def rest_factor(factors: FactorsByPlace, *, year: int) -> GridFactorFacts | None:
    """Return what electricity counts that no green proof covers, by the market."""
    return factor_in_force(factors, province=REST, year=year)
