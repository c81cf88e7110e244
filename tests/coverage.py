"""
How much of each room the tests try: `bin/test --coverage`.

Rules and services are where a mistake costs money. Of their branches nine in ten are tried in
every room, or a run of all tests fails.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
REPORT: Final = ROOT / ".coverage" / "report.json"
BRANCHES_MIN: Final = 0.9
ROOMS: Final = ("identity", "ledger", "metering", "pricing", "gateway", "marketplace")
# Rooms inside these are told one by one.
HOUSES: Final = ("marketplace/*/__init__.py", "identity/*/models.py")
# `services` and `rules`, and a rule by its version: `clear_1`.
CORE: Final = re.compile(r"services|(\w+_)?rules?(_\w+)?|[a-z_]+_[0-9]+")


@dataclass(slots=True)
class Tried:
    """How many lines and branches there are, and how many of them were tried."""

    lines: int = 0
    lines_tried: int = 0
    branches: int = 0
    branches_tried: int = 0

    def add(self, summary: dict[str, Any]) -> None:
        self.lines += summary["num_statements"]
        self.lines_tried += summary["covered_lines"]
        self.branches += summary["num_branches"]
        self.branches_tried += summary["covered_branches"]

    @property
    def share_of_lines(self) -> float:
        return self.lines_tried / self.lines if self.lines else 1.0

    @property
    def share_of_branches(self) -> float:
        return self.branches_tried / self.branches if self.branches else 1.0


@dataclass(slots=True)
class Room:
    """All of a room, and what decides and writes in it."""

    everything: Tried
    core: Tried


def is_core(path: str) -> bool:
    """Return whether a module belongs to a room's rules or services."""
    house, *parts = Path(path).with_suffix("").parts
    return house in ROOMS and any(CORE.fullmatch(part) for part in parts)


def room_of(path: str, rooms: Iterable[str]) -> str:
    """Return the room of a module: its package, or the package inside it that is one."""
    first, second, *_ = Path(path).parts
    nested = f"{first}.{second}"
    return nested if nested in rooms else first


def by_room(report: dict[str, Any]) -> dict[str, Room]:
    """Return what a report of coverage says of each room."""
    houses = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for pattern in HOUSES
        for path in ROOT.glob(pattern)
    }
    rooms: dict[str, Room] = {}
    for path, module in sorted(report["files"].items()):
        name = room_of(path, houses)
        room = rooms.setdefault(name, Room(Tried(), Tried()))
        room.everything.add(module["summary"])
        if is_core(path):
            room.core.add(module["summary"])
    return rooms


def table(rooms: dict[str, Room]) -> str:
    """Return the rooms and their shares, as lines of text."""
    lines = [f"{'room':28} {'lines':>7} {'branches':>9} {'of rules and services':>22}"]
    for name, room in rooms.items():
        core = f"{room.core.share_of_branches:.1%}" if room.core.branches else "–"
        everything = room.everything
        lines.append(
            f"{name:28} {everything.share_of_lines:7.1%} {everything.share_of_branches:9.1%}"
            f" {core:>22}"
        )
    return "\n".join(lines) + "\n"


def short(rooms: dict[str, Room]) -> list[str]:
    """Return the rooms of whose rules and services too few branches were tried."""
    return [name for name, room in rooms.items() if room.core.share_of_branches < BRANCHES_MIN]


def run(command: list[str], *, is_whole: bool) -> int:
    """Run pytest, tell what it tried, and return how it ended."""
    coverage = [sys.executable, "-m", "coverage"]
    subprocess.run([*coverage, "erase"], cwd=ROOT, check=True)
    status = subprocess.run([*coverage, "run", *command], cwd=ROOT, check=False).returncode
    subprocess.run([*coverage, "combine", "--quiet"], cwd=ROOT, check=True)
    subprocess.run([*coverage, "json", "--quiet", "-o", str(REPORT)], cwd=ROOT, check=True)
    rooms = by_room(json.loads(REPORT.read_text(encoding="utf-8")))
    sys.stdout.write(table(rooms))
    if is_whole and (rooms_short := short(rooms)):
        sys.stdout.write(
            f"Less than {BRANCHES_MIN:.0%} of the branches of rules and services were tried in "
            f"{', '.join(rooms_short)}.\n"
        )
        return status or 1
    return status
