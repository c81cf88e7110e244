"""The last two days of meters, hour by hour, as a strip in a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.utils.translation import ngettext

from marketplace.portal import figures
from metering import selectors as metering_selectors

HOURS: Final = 48
HOUR: Final = timedelta(hours=1)
PITCH: Final = 4


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of a strip: `full`, `part`, `none`, or `before` the meter was there."""

    x: int
    state: str
    text: str


@dataclass(frozen=True, slots=True)
class Strip:
    """The last hours of a meter, the present one at the right."""

    hours: tuple[Hour, ...]
    width: int = HOURS * PITCH

    @property
    def missing(self) -> int:
        """Return how many hours lack readings, wholly or in part."""
        return sum(each.state in ("none", "part") for each in self.hours)

    def __str__(self) -> str:
        if not self.missing:
            return "—"
        said = ngettext("%(count)s hour with a gap", "%(count)s hours with gaps", self.missing)
        return said % {"count": self.missing}


def strips(meters: Sequence[Any], now: datetime) -> dict[UUID, Strip]:
    """Return the strips of some meters, in one statement; the running hour is left out."""
    until = now.replace(minute=0, second=0, microsecond=0)
    since = until - HOURS * HOUR
    found = metering_selectors.coverage_by_step(
        meter_ids=[each.pk for each in meters], since=since, until=until, step=HOUR
    )
    return {each.pk: _strip(each, found[each.pk], since) for each in meters}


def _strip(meter: Any, shares: dict[datetime, Decimal], since: datetime) -> Strip:
    hours = []
    for place in range(HOURS):
        at = since + place * HOUR
        share = shares.get(at, Decimal(0))
        text = f"{figures.moment(at)} · {figures.grouped(share * 100, 0)}%"
        hours.append(Hour(place * PITCH, _state(share, at, meter.registered_at), text))
    return Strip(tuple(hours))


def _state(share: Decimal, at: datetime, registered_at: datetime) -> str:
    if share >= 1:
        return "full"
    if share:
        return "part"
    return "before" if at < registered_at else "none"
