"""A probe from beginning to end, and what it reports: the bytes that the agent signs."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from suanpan_agent import moments
from suanpan_agent.probing import cpu, disk, gpu, network
from suanpan_agent.probing.conditions import conditions
from suanpan_agent.probing.measuring import Missing, Result, Results
from suanpan_agent.probing.network import Echo

FORMAT: Final = "suanpan-probe-1"
BENCHMARK: Final = ("suanpan-probe", "1")
PARTS: Final = ("cpu", "memory", "disk", "network", "gpu", "tokens")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be measured, and for what."""

    parts: frozenset[str] = frozenset(PARTS)
    resource: str = ""
    challenge: str = ""
    folder: Path = Path()
    disk_bytes: int = 64 << 20
    tokens_url: str = ""
    tokens_model: str = ""
    tokens_key: str = ""
    echo: Echo | None = None


@dataclass(slots=True)
class Report:
    """What was measured, what was not and why, and under which conditions."""

    wish: Wish
    started_at: str = ""
    ended_at: str = ""
    results: list[Result] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=dict)

    @property
    def noisy(self) -> list[Result]:
        """Return what varied more than it may."""
        return [each for each in self.results if not each.is_quiet]

    @property
    def is_good(self) -> bool:
        """Return whether something was measured, and nothing of it is noisy."""
        return bool(self.results) and not self.noisy

    def told(self) -> dict[str, Any]:
        """Return the report as values of JSON; numbers are text."""
        return {
            "format": FORMAT,
            "benchmark": BENCHMARK[0],
            "benchmark_version": BENCHMARK[1],
            "resource": self.wish.resource,
            "challenge": self.wish.challenge,
            "started_at": self.started_at,
            "ended_at": self.ended_at,
            "conditions": self.found,
            "results": [each.told() for each in self.results],
            "skipped": self.skipped,
            "noisy": [each.name for each in self.noisy],
            "is_good": self.is_good,
        }

    def body(self) -> bytes:
        """Return the bytes that are signed."""
        return json.dumps(
            self.told(), ensure_ascii=False, sort_keys=True, separators=(",", ":")
        ).encode()


def probe(wish: Wish) -> Report:
    """Measure what is wished for; what cannot be measured here is skipped, with the reason."""
    report = Report(wish, started_at=moments.written(moments.now()))
    load = f"{os.getloadavg()[0]:.2f}"
    for part in PARTS:
        if part in wish.parts:
            try:
                report.results.extend(_MEASURED[part](wish))
            except Missing as reason:
                report.skipped[part] = str(reason)
    report.ended_at = moments.written(moments.now())
    report.found = conditions() | {"load_before": load}
    return report


def _network(wish: Wish) -> Iterator[Result]:
    if wish.echo is None:
        message = "no market is configured"
        raise Missing(message)
    yield from network.network(wish.echo)


def _tokens(wish: Wish) -> Iterator[Result]:
    if not wish.tokens_url:
        message = "no endpoint is named: --tokens-url"
        raise Missing(message)
    from suanpan_agent.probing import tokens  # With Python alone the other parts are measured.

    yield from tokens.tokens(wish.tokens_url, model=wish.tokens_model, key=wish.tokens_key)


_MEASURED: Final[Mapping[str, Callable[[Wish], Results]]] = {
    "cpu": lambda _wish: cpu.gemm(),
    "memory": lambda _wish: cpu.triad(),
    "disk": lambda wish: disk.disk(wish.folder, size=wish.disk_bytes),
    "network": _network,
    "gpu": lambda _wish: gpu.gpu(),
    "tokens": _tokens,
}
