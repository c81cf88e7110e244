"""Reads of energy and carbon. Row-level security decides whose."""

from metering.energy.selectors.books import EmissionBook, emission_book, latest_pues
from metering.energy.selectors.centres import (
    centre_for,
    centre_months,
    centres_for,
    month_sums,
    places_of,
    pues_of,
    resources_in,
    supplies_for,
    supply_for,
)
from metering.energy.selectors.factors import (
    GridBook,
    factor_in_force,
    grid_book,
    grid_factors,
    rest_factor,
)
from metering.energy.selectors.usage import (
    EmissionPart,
    EmissionTotal,
    RecordSums,
    changed_hours,
    counted_until,
    emission_totals,
    energy_of,
    green_shares_in,
    per_standard_hour,
    total_emission,
)

__all__ = [
    "EmissionBook",
    "EmissionPart",
    "EmissionTotal",
    "GridBook",
    "RecordSums",
    "centre_for",
    "centre_months",
    "centres_for",
    "changed_hours",
    "counted_until",
    "emission_book",
    "emission_totals",
    "energy_of",
    "factor_in_force",
    "green_shares_in",
    "grid_book",
    "grid_factors",
    "latest_pues",
    "month_sums",
    "per_standard_hour",
    "places_of",
    "pues_of",
    "resources_in",
    "rest_factor",
    "supplies_for",
    "supply_for",
    "total_emission",
]
