"""Factors of grids: the newest version of a year, and the year in force."""

from collections.abc import Mapping
from typing import Final

from django.db.models import QuerySet

from metering.energy.contracts import GridFactorFacts
from metering.energy.models import GridFactor
from metering.energy.rules import factor_year

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


def rest_factor(factors: FactorsByPlace, *, year: int) -> GridFactorFacts | None:
    """Return what electricity counts that no green proof covers, by the market."""
    return factor_in_force(factors, province=REST, year=year)
