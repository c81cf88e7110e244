"""What a path between two places is to a plan that has factors by path: a class of latency."""

from decimal import Decimal
from typing import Final

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
