"""Whether an order is too small for a listing, or its price not allowed. Pure."""

from collections.abc import Callable, Sequence
from fractions import Fraction

from marketplace.catalog.collar import is_within
from marketplace.catalog.least import Least
from marketplace.catalog.rules import is_free
from marketplace.orders.contracts import Collar, Demand, Offer, PricedLine, RefusalCode
from marketplace.orders.rating import whole_seconds


def why_too_little(
    demand: Demand, least: Least, lines: Callable[[], Sequence[PricedLine]]
) -> RefusalCode | None:
    """Return why an order is too small for a listing; its price is asked for where it decides."""
    seconds = whole_seconds(demand.starts_at, demand.ends_at)
    refusal = least.refusal(milli=demand.units_milli, seconds=seconds)
    if refusal is None and least.least_minor:
        priced = lines()
        minor = sum(line.amount_minor for line in priced)
        if minor < least.least_minor:
            free = is_free(line.text for line in priced)
            refusal = least.refusal_of_price(minor, is_free=free)
    return None if refusal is None else RefusalCode(refusal.code)


def why_outside_collar(
    demand: Demand,
    offer: Offer,
    collar: Collar | None,
    lines: Callable[[], Sequence[PricedLine]],
) -> RefusalCode | None:
    """Return why the book does not allow a price; what has no standard hours is not compared."""
    if collar is None or offer.factor is None:
        return None
    seconds = whole_seconds(demand.starts_at, demand.ends_at)
    standard_hours = Fraction(demand.units_milli * seconds, 3_600_000) * Fraction(offer.factor)
    gross_minor = sum(line.amount_minor for line in lines())
    if is_within(gross_minor, standard_hours, collar):
        return None
    return RefusalCode.PRICE_OUTSIDE_COLLAR
