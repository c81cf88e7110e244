"""What every door makes of a request: series, each with its samples. Pure."""

import math
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from metering.senders.contracts import (
    LABEL_NAME_MAX,
    LABEL_VALUE_MAX,
    SERIES_LABELS_MAX,
    SeriesKind,
)
from metering.senders.counting import STALE, Sample

NAME: Final = "__name__"
# The one not-a-number by which Prometheus says that a series is over.
STALE_BITS: Final = 0x7FF0000000000002
_DOUBLE: Final = struct.Struct("<d")
_BITS: Final = struct.Struct("<Q")


@dataclass(slots=True)
class SentSeries:
    """A series as its sender names it."""

    metric: str
    labels: Mapping[str, str]
    kind: SeriesKind
    samples: list[Sample] = field(default_factory=list)


@dataclass(slots=True)
class Growth:
    """What a series grew by from one moment to another; in microseconds."""

    starts_at: int
    ends_at: int
    value: str


@dataclass(slots=True)
class SentBatch:
    """The series of a request, and how many samples could not be read, by code."""

    series: list[SentSeries] = field(default_factory=list)
    growths: list[tuple[SentSeries, list[Growth]]] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
    count: int = 0
    exemplars: int = 0
    histograms: int = 0

    def refuse(self, code: str, count: int) -> None:
        """Count samples that are not read."""
        if count:
            self.refused[code] = self.refused.get(code, 0) + count


def float_text(value: float) -> str:
    """
    Return a double as its shortest decimal, which is what was written.

    A sample is a double by definition; from here on it is a decimal.
    """
    if math.isfinite(value):
        return repr(value)
    if _BITS.unpack(_DOUBLE.pack(value))[0] == STALE_BITS:
        return STALE
    return "nan"


def are_sound(metric: str, labels: Mapping[str, str]) -> bool:
    """Return whether a name and labels are within their limits, and can be kept as text."""
    if not 0 < len(metric) <= LABEL_NAME_MAX or len(labels) > SERIES_LABELS_MAX:
        return False
    return "\0" not in metric and all(
        0 < len(name) <= LABEL_NAME_MAX
        and len(value) <= LABEL_VALUE_MAX
        and "\0" not in name
        and "\0" not in value
        for name, value in labels.items()
    )


def named_labels(pairs: Iterable[tuple[str, str]]) -> tuple[str, dict[str, str]] | None:
    """Return the metric and the labels of a series; nothing if they break their form."""
    labels: dict[str, str] = {}
    for name, value in pairs:
        if name in labels:
            return None
        if value:  # A label that is empty is one that is not there.
            labels[name] = value
    metric = labels.pop(NAME, "")
    return (metric, labels) if are_sound(metric, labels) else None
