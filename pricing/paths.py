"""Paths between hubs, as one reads them: what is in force at a moment; and assumed figures."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from common import tabular

PATHS_MAX: Final = 1_000  # rows written at once
WITHIN_A_HUB_MS: Final = Decimal(0)
ASSUMED: Final = Path(__file__).parent / "data" / "paths.csv"
LAYOUT: Final = tabular.Layout(
    name="paths",
    required=("hub_a", "hub_b", "latency_ms", "bandwidth_gbps", "price_per_gb"),
    optional=(),
)


@dataclass(frozen=True, slots=True)
class PathFacts:
    """The network between two hubs: latency there and back, bandwidth, price of a gigabyte."""

    hub_a: str
    hub_b: str
    latency_ms: Decimal
    bandwidth_gbps: int
    price_per_gb: Decimal
    basis: str = "ASSUMED"
    source: str = ""

    def seen_from(self, hub: str) -> str:
        """Return the other end."""
        return self.hub_b if hub == self.hub_a else self.hub_a


def parse(lines: Iterable[Mapping[str, str]], *, source: str) -> list[PathFacts]:
    """Return the paths of a table with one path a line."""
    return [
        PathFacts(
            hub_a=min(line["hub_a"], line["hub_b"]),
            hub_b=max(line["hub_a"], line["hub_b"]),
            latency_ms=Decimal(line["latency_ms"]),
            bandwidth_gbps=int(line["bandwidth_gbps"]),
            price_per_gb=Decimal(line["price_per_gb"]),
            source=source,
        )
        for line in lines
    ]


def assumed() -> list[PathFacts]:
    """Return figures of the ten hubs that nobody measured: by their distance, see the docs."""
    with tabular.open_lines(ASSUMED) as lines:
        rows = [row for row in tabular.Table(lines, LAYOUT) if isinstance(row, tabular.Record)]
        return parse((row.cells for row in rows), source="assumed by distance")
