"""What an order of a listing would draw, and what that is in carbon: an estimate for its price."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from common import tenancy
from common.moments import market_date, parse_moment
from metering.energy import selectors as energy_selectors

MILLI_WATT_SECONDS = 1000 * 3600  # of a watt-hour, units being counted in thousandths


@dataclass(frozen=True, slots=True)
class QuotedEnergy:
    """What the use would draw, by published power, and what that is in carbon; or not known."""

    watt_hours: int | None
    carbon_g: int | None


def energy_of_subject(listing: Any, subject: Mapping[str, Any], *, at: datetime) -> QuotedEnergy:
    """Estimate electricity and carbon of all that a quote is for, at full use, at the door."""
    today = market_date(at)
    grid = energy_selectors.grid_book(year=today.year)
    with tenancy.acting_as_platform():
        pues = energy_selectors.latest_pues([listing.resource_id], on=today)
    measured = pues.get(listing.resource_id)
    pue = listing.pue if measured is None else measured.value
    watts, grams = grid.watts_of(listing.resource), grid.grams_of(listing.resource)
    if watts is None or pue is None:
        return QuotedEnergy(None, None)
    lasts = parse_moment(subject["ends_at"]) - parse_moment(subject["starts_at"])
    unit_seconds = subject["units_milli"] * (lasts.days * 86_400 + lasts.seconds)
    drawn = Fraction(watts) * unit_seconds * Fraction(pue) / MILLI_WATT_SECONDS
    return QuotedEnergy(int(drawn), None if grams is None else int(drawn * grams / 1000))
