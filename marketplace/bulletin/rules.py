"""
The daily price index; pure.

Methodology 1: for each class of resource, the money collected for the day's trades divided by
their standard hours. A record enters if it tells of a trade (not a correction) between strangers in
which something was used, measured in standard hours, and not free. With fewer than three trades or
two providers there is no figure: it would tell what single firms agreed on. Prices are those of
trades, not of lists.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from common.money import EXACT
from marketplace.bulletin.contracts import Exclusion, Figure, IndexedTrade, Standing

METHODOLOGY: Final = 1
TRADES_MIN: Final = 3
PROVIDERS_MIN: Final = 2
PRICE_DIGITS: Final = Decimal("0.000001")


def index(trades: Iterable[IndexedTrade]) -> dict[str, Figure]:
    """Return the figure of each class of resource that was traded."""
    by_class: dict[str, list[IndexedTrade]] = defaultdict(list)
    for trade in trades:
        by_class[trade.resource_class].append(trade)
    return {name: _figure(found) for name, found in sorted(by_class.items())}


def why_excluded(trade: IndexedTrade) -> Exclusion | None:
    """Return why a record does not enter, or nothing."""
    if trade.is_correction:
        return Exclusion.CORRECTION
    if trade.relation:
        return Exclusion.RELATED_PARTIES
    if trade.standard_hours is None:
        return Exclusion.NO_STANDARD_HOURS
    if trade.standard_hours <= 0:
        return Exclusion.NOTHING_USED
    if not trade.gross_minor:
        return Exclusion.FREE
    return None


def _figure(trades: list[IndexedTrade]) -> Figure:
    excluded = Counter(str(reason) for trade in trades if (reason := why_excluded(trade)))
    counted = [trade for trade in trades if why_excluded(trade) is None]
    hours = sum((trade.standard_hours or Decimal(0) for trade in counted), start=Decimal(0))
    providers = len({trade.provider for trade in counted})
    is_separable = len(counted) >= TRADES_MIN and providers >= PROVIDERS_MIN
    gross = Decimal(sum(trade.gross_minor for trade in counted)).scaleb(-2, context=EXACT)
    return Figure(
        standing=Standing.PUBLISHED if is_separable else Standing.NOT_SEPARABLE,
        price=(
            EXACT.divide(gross, hours).quantize(PRICE_DIGITS, ROUND_HALF_UP, EXACT)
            if is_separable
            else None
        ),
        standard_hours=hours,
        trades=len(counted),
        providers=providers,
        excluded=dict(sorted(excluded.items())),
        inputs_hash=inputs_hash(counted),
    )


def inputs_hash(trades: Iterable[IndexedTrade]) -> str:
    """Return the hash of exactly the records that entered: of their hashes, in order."""
    lines = sorted(trade.content_hash for trade in trades)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
