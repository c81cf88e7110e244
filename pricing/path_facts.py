"""What a path between two hubs is to a plan that has factors by path: a class of latency."""

from datetime import datetime
from decimal import Decimal
from typing import Final

from common.canonical import decimal_text
from pricing import selectors
from pricing.paths import WITHIN_A_HUB_MS, PathFacts

# Milliseconds there and back, up to which a path is of a class; beyond them it is the last one.
LATENCY_CLASSES: Final = (
    (Decimal(5), "le-5ms"),
    (Decimal(10), "le-10ms"),
    (Decimal(20), "le-20ms"),
    (Decimal(50), "le-50ms"),
)
BEYOND: Final = "gt-50ms"


def latency_class(latency_ms: Decimal) -> str:
    """Return the class of a latency; its border belongs to the class below."""
    return next((name for most, name in LATENCY_CLASSES if latency_ms <= most), BEYOND)


def path_between(here: str, there: str, *, at: datetime) -> dict[str, str] | None:
    """Return the fact of the path between two hubs at a moment; None where no path is known."""
    if here == there:
        return {"value": latency_class(WITHIN_A_HUB_MS), "source": f"within the hub {here}"}
    pair = tuple(sorted((here, there)))
    found = next((p for p in selectors.paths(at=at) if (p.hub_a, p.hub_b) == pair), None)
    return None if found is None else _told(found)


def _told(path: PathFacts) -> dict[str, str]:
    return {
        "value": latency_class(path.latency_ms),
        "source": f"path {path.hub_a}-{path.hub_b}: {decimal_text(path.latency_ms)} ms,"
        f" {decimal_text(path.price_per_gb)} yuan a GB, {path.basis}, {path.source}",
        "price_per_gb": decimal_text(path.price_per_gb),
    }
