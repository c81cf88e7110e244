"""
What a report must show, by a rule that is data: pure.

Nothing that a report says of itself is believed: medians and spreads are computed again from the
values that it holds.
"""

import hashlib
import json
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from common.canonical import canonical_json
from metering.verifying.contracts import BenchmarkFigure, ReportProblem
from metering.verifying.reports import ProbeDocument, ProbeResult

DATA: Final = Path(__file__).parent / "rules_data"
CURRENT: Final = "probe-1"
WATTS: Final = "watts-1"


@cache
def rule(code: str) -> Mapping[str, Any]:
    """Return a version of a rule."""
    found: dict[str, Any] = json.loads((DATA / f"{code}.json").read_text(encoding="utf-8"))
    return found


@cache
def rule_hash(code: str) -> str:
    """Return the hash of a version."""
    return hashlib.sha256(canonical_json(rule(code))).hexdigest()


@dataclass(frozen=True, slots=True)
class ResourceSize:
    """What of a resource bounds what it can do."""

    chip: str
    vcpus: int

    @property
    def is_accelerated(self) -> bool:
        """Return whether it has cards."""
        return bool(self.chip)


def resource_size(specification: Mapping[str, Any]) -> ResourceSize:
    """Return what bounds a resource, from what was registered of it."""
    chips = [str(part.get("chip") or "") for part in specification.get("chips") or ()]
    if specification.get("chip"):
        chips.append(str(specification["chip"]))
    return ResourceSize("+".join(sorted({each for each in chips if each})), vcpus_of(specification))


def vcpus_of(specification: Mapping[str, Any]) -> int:
    """Return how many virtual processors were registered; 0: it was not said."""
    count = specification.get("vcpu")
    return count if isinstance(count, int) else 0


def main_figure(size: ResourceSize) -> str:
    """Return the name of the figure that counts for a resource."""
    names: Mapping[str, str] = rule(CURRENT)["main"]
    return names["accelerated" if size.is_accelerated else "general"]


@cache
def nameplates() -> Mapping[str, Mapping[str, str]]:
    """Return the published figures of chips, under every name that a chip goes by."""
    return {
        name: entry for entry in rule(CURRENT)["chips"] for name in (entry["chip"], *entry["also"])
    }


def bound(name: str, size: ResourceSize) -> Decimal | None:
    """Return what the hardware can do at most; nothing where nobody published it."""
    if name.startswith("gpu_"):
        text = nameplates().get(size.chip, {}).get(name)
        return Decimal(text) if text else None
    text = rule(CURRENT)["vcpu"].get(name)
    return Decimal(text) * size.vcpus if text and size.vcpus else None


def measured(results: Sequence[ProbeResult]) -> list[BenchmarkFigure]:
    """Return the figures of a report, computed again."""
    return [
        BenchmarkFigure(each.name, each.unit, _median(each), len(each.values), spread(each))
        for each in results
    ]


def spread(result: ProbeResult) -> Decimal:
    """Return how far the values lie apart, as a share of the median, to four digits."""
    middle = _median(result)
    values = [Decimal(each) for each in result.values]
    if not middle:
        return Decimal(1)
    return min(((max(values) - min(values)) / middle).quantize(Decimal("0.0001")), Decimal(9999))


def _median(result: ProbeResult) -> Decimal:
    return statistics.median(Decimal(each) for each in result.values)


def spread_max(name: str) -> Decimal:
    """Return how much a figure may vary."""
    terms = rule(CURRENT)
    is_shared = name.startswith(tuple(terms["shared"]))
    return Decimal(terms["spread_max_shared" if is_shared else "spread_max"])


def problems(
    document: ProbeDocument, *, measured_at: datetime, size: ResourceSize, now: datetime
) -> list[ReportProblem]:
    """Return why a report earns nothing, each reason once; nothing if it does."""
    return list(dict.fromkeys(_problems(document, measured_at, size, now)))


def _problems(
    document: ProbeDocument, measured_at: datetime, size: ResourceSize, now: datetime
) -> Iterator[ReportProblem]:
    terms = rule(CURRENT)
    oldest = now - timedelta(hours=terms["age_hours_max"])
    if not oldest <= measured_at <= now + timedelta(seconds=terms["ahead_seconds_max"]):
        yield ReportProblem.NOT_FRESH
    main = main_figure(size)
    if main not in {each.name for each in document.results}:
        yield ReportProblem.NO_MAIN
    if bound(main, size) is None:
        yield ReportProblem.UNKNOWN_CHIP
    for each in measured(document.results):
        if each.repeats < terms["repeats_min"]:
            yield ReportProblem.TOO_FEW
        if each.spread is None or each.spread > spread_max(each.name):
            yield ReportProblem.NOISY
        most = bound(each.name, size)
        if most is not None and each.value > most * Decimal(terms["share_max"]):
            yield ReportProblem.ABOVE


def is_below(value: Decimal, certified: Decimal) -> bool:
    """Return whether a challenge shows less than what was certified, beyond the tolerance."""
    return value < certified * (1 - Decimal(rule(CURRENT)["tolerance"]))
