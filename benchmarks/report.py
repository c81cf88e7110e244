"""
The one shape of every benchmark's result, and what a benchmark needs to report in it.

A benchmark is a module `benchmarks/NAME.py` that prints `report(...)` as JSON on standard output
when it is run; whatever else it has to say goes to standard error. `python -m benchmarks NAME`
(`bin/bench NAME`) gives it a durable PostgreSQL cluster of its own, checks the shape and shows it.

    {"bench": name, "machine": {...}, "cases": [
        {"case": name, "ours": figure, "unit": unit, "references": {name: figure},
         "ratios": {name: ours / figure}, "runs": [figure of each run]}]}

`ours` is the median of `runs`; null, with no runs, where there is nothing to measure yet.
"""

import json
import os
import platform
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CASE_KEYS = {"case", "ours", "unit", "references", "ratios", "runs"}
REPORT_KEYS = {"bench", "machine", "cases"}


@dataclass(frozen=True)
class Case:
    """What was measured, how often, and beside what."""

    name: str
    unit: str
    runs: Sequence[float]
    references: Mapping[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the case in the shape of every report."""
        ours = statistics.median(self.runs) if self.runs else None
        return {
            "case": self.name,
            "ours": None if ours is None else rounded(ours),
            "unit": self.unit,
            "references": {name: rounded(value) for name, value in self.references.items()},
            "ratios": {name: rounded((ours or 0) / it) for name, it in self.references.items()},
            "runs": [rounded(value) for value in self.runs],
        }


def rounded(value: float) -> float:
    """Return a figure with four significant digits, whole numbers whole."""
    return int(value) if float(value).is_integer() else float(f"{value:.4g}")


def report(bench: str, cases: Sequence[Case]) -> dict[str, Any]:
    """Return a benchmark's whole result."""
    return {"bench": bench, "machine": machine(), "cases": [case.as_json() for case in cases]}


def machine() -> dict[str, Any]:
    """Return what figures depend on."""
    return {
        "cpu": cpu_name(),
        "cpus": os.cpu_count(),
        "memory_gib": round(memory_bytes() / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
    }


def cpu_name() -> str:
    """Return the processor's name as the kernel knows it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def memory_bytes() -> int:
    """Return the machine's memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def emit(result: Mapping[str, Any]) -> None:
    """Print a result as the one object on standard output."""
    json.dump(result, sys.stdout, ensure_ascii=False)
    sys.stdout.write("\n")


def faults(result: Any) -> list[str]:
    """Return how a result differs from the shape; nothing if it does not."""
    if not isinstance(result, dict) or set(result) != REPORT_KEYS:
        return [f"a report has exactly {sorted(REPORT_KEYS)}"]
    found = [] if result["cases"] else ["a report has cases"]
    for case in result["cases"]:
        if set(case) != CASE_KEYS:
            found.append(f"{case.get('case')}: a case has exactly {sorted(CASE_KEYS)}")
        elif set(case["references"]) != set(case["ratios"]):
            found.append(f"{case['case']}: every reference has its ratio")
    return found
