"""
Whether the clocks agree: the database's, each service's, and the one that nobody can set.

A service's wall clock is compared with the database's time. That time is compared with the seconds
since the host was started, too, for on one machine a clock that is moved is everybody's clock.
"""

import socket
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings

from common import clock, seals, tenancy
from config.pulse.models import Anchor, Mark

HOST: Final = socket.gethostname()[:255]
UPTIME: Final = Path("/proc/uptime")
BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
# A mark this old is no witness any more: its service says nothing, or was taken away.
FRESH_SECONDS: Final = 30
# While the clocks agree the anchor follows, so that slow quartz never adds up to an alarm.
ANCHOR_SECONDS: Final = 600


@dataclass(frozen=True, slots=True)
class ClockReading:
    """The clocks at one moment, as one process reads them."""

    database_at: datetime
    wall_at: datetime
    skew_ms: int
    uptime_ms: int

    def drift_ms(self, anchor: Anchor) -> int:
        """Return how much further the database's clock went than the host's since the anchor."""
        passed = _ms(self.database_at - anchor.anchored_at)
        return passed - (self.uptime_ms - anchor.uptime_ms)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A clock that is off: whose, against what, by how much."""

    service: str
    host: str
    against: str
    off_ms: int

    def __str__(self) -> str:
        return f"{self.service}@{self.host} {self.against} {self.off_ms / 1000:+.1f} s"


class UnknownSealsError(Exception):
    """The service sees no row: nobody told the database its secret key."""


def read() -> ClockReading:
    """Read all clocks. The database's lies between two looks at the wall; else it is off."""
    before = time.time()
    database_at = clock.read()
    after = time.time()
    wall_at = datetime.fromtimestamp(after, UTC)
    early, late = before - database_at.timestamp(), after - database_at.timestamp()
    skew = early if early > 0 else min(late, 0.0)
    return ClockReading(database_at, wall_at, round(skew * 1000), uptime_ms())


def uptime_ms() -> int:
    """Return the milliseconds since this host was started. Not even root moves that clock."""
    try:
        return round(float(UPTIME.read_text().split()[0]) * 1000)
    except OSError:  # No Linux.
        return time.monotonic_ns() // 1_000_000


def boot() -> str:
    """Return which start of this host is meant by its uptime."""
    try:
        return BOOT.read_text().strip()
    except OSError:
        return "unknown"


def anchor_of(reading: ClockReading) -> Anchor:
    """Return the anchor of this host; the first reading after its start is the first one."""
    found = Anchor.objects.filter(host=HOST, boot=boot()).first()
    return found or Anchor(
        host=HOST, boot=boot(), uptime_ms=reading.uptime_ms, anchored_at=reading.database_at
    )


def leave_mark(service: str) -> None:
    """
    Write down what time a service of this host has, and what time it is.

    :raises UnknownSealsError: if it can do nothing, as the database does not know its key
    """
    reading = read()
    if not seals.are_known():
        message = "the database does not know this secret key: run migrate"
        raise UnknownSealsError(message)
    with tenancy.acting_as_platform():
        anchor = anchor_of(reading)
        drift_ms = reading.drift_ms(anchor)
        Mark.objects.bulk_create(
            [Mark(service=service, host=HOST, wall_at=reading.wall_at,
                  marked_at=reading.database_at, skew_ms=reading.skew_ms, drift_ms=drift_ms)],
            update_conflicts=True, unique_fields=["service", "host"],
            update_fields=["wall_at", "marked_at", "skew_ms", "drift_ms"],
        )  # fmt: skip
        age = (reading.database_at - anchor.anchored_at).total_seconds()
        if anchor.pk is None or (age > ANCHOR_SECONDS and not _is_off(drift_ms)):
            drop_anchor(reading)


def drop_anchor(reading: ClockReading) -> None:
    """Take the present reading for right."""
    Anchor.objects.bulk_create(
        [Anchor(host=HOST, boot=boot(), uptime_ms=reading.uptime_ms,
                anchored_at=reading.database_at)],
        update_conflicts=True, unique_fields=["host", "boot"],
        update_fields=["uptime_ms", "anchored_at"],
    )  # fmt: skip
    # What other starts of this host said is over.
    Anchor.objects.filter(host=HOST).exclude(boot=boot()).delete()
    forget_old_marks(reading.database_at)


def accept() -> ClockReading:
    """Take the database's time for right on every host, from now on: an operator has looked."""
    reading = read()
    with tenancy.acting_as_platform():
        Anchor.objects.all().delete()
        Mark.objects.all().delete()  # Whoever lives says it again within seconds.
        drop_anchor(reading)
    return reading


def disagreements(service: str) -> list[Disagreement]:
    """Return what contradicts the database's time: clocks of this service, marks of others."""
    reading = read()
    own = {"wall": reading.skew_ms, "uptime": reading.drift_ms(anchor_of(reading))}
    told = [Disagreement(mark.service, mark.host, against, off)
            for mark in fresh_marks(reading.database_at)
            if (mark.service, mark.host) != (service, HOST)
            for against, off in (("wall", mark.skew_ms), ("uptime", mark.drift_ms))]  # fmt: skip
    seen = [Disagreement(service, HOST, against, off) for against, off in own.items()]
    return [it for it in seen + told if _is_off(it.off_ms)]


def fresh_marks(now: datetime) -> list[Mark]:
    """Return what services have said just now."""
    around = timedelta(seconds=FRESH_SECONDS)
    return list(Mark.objects.filter(marked_at__gt=now - around, marked_at__lt=now + around))


def forget_old_marks(now: datetime) -> None:
    """Remove what hosts that are gone for a day have said."""
    Mark.objects.filter(marked_at__lt=now - timedelta(days=1)).delete()


def _is_off(milliseconds: int) -> bool:
    return abs(milliseconds) > int(settings.SUANPAN_CLOCK_SKEW_SECONDS_MAX) * 1000


def _ms(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
