"""Whether an order is too small for a listing. Pure."""

from collections.abc import Callable, Sequence

from marketplace.catalog.least import Least
from marketplace.catalog.rules import is_free
from marketplace.orders.contracts import Demand, PricedLine, RefusalCode
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
