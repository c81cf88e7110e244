"""What the big screen shows, as its template draws it. Kinds of compute are never added up."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from identity.contracts import CapacityUnit, ResourceClass
from marketplace.bulletin.board_contracts import Alarm, HubLine, Wall
from marketplace.bulletin.rows import IndexRow
from marketplace.portal import figures, names
from marketplace.portal.index_chart import IndexChart, index_chart

CLASSES_SHOWN: Final = 4
BAR_STEP: Final = Decimal("7.5")
BARS_HIGH: Final = 90
SHORT_AT: Final = 100_000
FIGURES_STILL: Final = "figures_still"
ALARM_WORDS: Final[dict[str, str | Promise]] = {
    FIGURES_STILL: _("No newer figures"),
    "worker": _("Worker gives no sign of life"),
    "beat": _("Clock of the market stands still"),
    "rings": _("Rings are lost"),
    "sealer": _("Sealing is behind"),
    "work": _("Work lies longer than it may"),
    "clocks": _("Clocks disagree"),
    "storage": _("Storage is almost full"),
    "balances": _("Balances differ from their transfers"),
    "seals": _("The key is not known to the database"),
    "set_aside": _("Work waits for a person"),
    "books": _("Debits and credits differ"),
}


@dataclass(frozen=True, slots=True)
class ClassLine:
    """One class in one unit: how much of it is on the market, and which share is used."""

    resource_class: str
    label: str
    unit: str
    total: str
    used_percent: int


@dataclass(frozen=True, slots=True)
class MinuteBar:
    """Orders of one minute."""

    x: str
    y: str
    height: str


@dataclass(frozen=True, slots=True)
class Minutes:
    """Orders a minute over the last hour."""

    now: int
    peak: int
    bars: tuple[MinuteBar, ...]


@dataclass(frozen=True, slots=True)
class WallIndex:
    """The index on the wall."""

    last: IndexRow | None
    change: Decimal | None
    chart: IndexChart | None


@dataclass(frozen=True, slots=True)
class AlarmLine:
    """An alarm in words."""

    words: str | Promise
    count: int
    since: datetime | None


def classes(lines: Iterable[HubLine]) -> list[ClassLine]:
    """Return each class by unit; what converts to standard hours is written in PFLOPS."""
    sums: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 4)
    for line in lines:
        total = sums[line.resource_class, line.unit]
        total[0] += line.total_milli
        total[1] += line.free_milli
        total[2] += line.total_standard or 0
        total[3] += line.free_standard or 0
    order = [ResourceClass.AI, ResourceClass.GENERAL, ResourceClass.HPC]
    found = sorted(sums, key=lambda key: (order.index(ResourceClass(key[0])), key[1]))
    return [_class_line(*key, sums[key]) for key in found[:CLASSES_SHOWN]]


def _class_line(resource_class: str, unit: str, sums: Sequence[Decimal]) -> ClassLine:
    total, free, standard, free_standard = sums
    is_standard = bool(standard)
    whole, rest = (standard, free_standard) if is_standard else (total, free)
    used = int((whole - rest) * 100 // whole) if whole else 0
    shown = total.scaleb(-3)
    return ClassLine(
        resource_class=resource_class,
        label=str(ResourceClass(resource_class).label),
        unit="P · FP16" if is_standard else names.unit(CapacityUnit(unit), is_one=False),
        total=figures.petaflops(standard)
        if is_standard
        else (figures.counted(shown) if shown >= SHORT_AT else figures.grouped(shown, 0)),
        used_percent=used,
    )


def minutes(counts: Sequence[int]) -> Minutes:
    """Return the last hour as bars; the newest minute is not over yet."""
    peak = max(counts, default=0)
    bars = []
    for at, count in enumerate(counts):
        height = Decimal(BARS_HIGH * count) / max(peak, 1)
        height = max(height, Decimal(2))
        bars.append(MinuteBar(f"{BAR_STEP * at:.1f}", f"{BARS_HIGH - height:.1f}", f"{height:.1f}"))
    return Minutes(counts[-1] if counts else 0, peak, tuple(bars))


def index(series: Sequence[IndexRow]) -> WallIndex:
    """Return the newest figure, how it moved in a week, and its line."""
    priced = [row for row in series if row.price is not None]
    last = priced[-1] if priced else None
    change = None
    if last is not None and last.price:
        week = last.day - timedelta(days=7)
        former = [row.price for row in priced if row.day <= week and row.price]
        change = (last.price - former[-1]) / former[-1] if former else None
    return WallIndex(last, change, index_chart(series, width=452, height=230))


def alarms(found: Wall, now: datetime) -> list[AlarmLine]:
    """Return what is not well; that nothing tells it any more is an alarm of its own."""
    told = list(found.alarms.content.alarms) if found.alarms else []
    parts = [found.public, found.wall, found.alarms]
    if any(part is None or part.is_stale(now) for part in parts):
        taken = [part.taken_at for part in parts if part is not None]
        told.insert(0, Alarm(FIGURES_STILL, since=min(taken) if taken else None))
    if found.public and not found.public.content.books.is_balanced:
        told.insert(0, Alarm("books"))
    return [
        AlarmLine(ALARM_WORDS.get(alarm.code, alarm.code), alarm.count, alarm.since)
        for alarm in told
    ]
