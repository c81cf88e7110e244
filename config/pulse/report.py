"""How the parts of the market are: for load balancers, people and scripts."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db.models import Max

from common import clock, seals, tenancy
from common.due import Due, DueWork
from config import due
from config.pulse import clocks, rings
from config.pulse.models import Mark, Ring
from ledger import selectors as ledger_selectors

Work = Sequence[tuple[DueWork, Due]]
OK: Final = "ok"
# The market is served, but something that it needs in the long run is not well.
DEGRADED: Final = "degraded"
UNAVAILABLE: Final = "unavailable"
SEALS: Final = "seals"
SERVICES: Final = ("beat", "worker")
FREE_BYTES_MIN: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Part:
    """One part: whether it is well, what is wrong in a word, and the figures."""

    name: str
    status: str
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def is_well(self) -> bool:
        """Whether nothing has to be done about it."""
        return self.status == OK

    def as_dict(self) -> dict[str, Any]:
        """Return the part as readiness tells it."""
        return {"status": self.status} | self.facts


def overall(parts: Sequence[Part]) -> str:
    """Return the word for all parts together."""
    if any(part.name == SEALS and not part.is_well for part in parts):
        return UNAVAILABLE
    return OK if all(part.is_well for part in parts) else DEGRADED


def parts(service: str, work: Work | None = None) -> list[Part]:
    """
    Return every part that the database knows of, as a service of this host sees it.

    Who has read the due work hands it over.
    """
    now = clock.read()
    told = [_seals(), *_services(now), _rings(now)]
    if told[0].is_well:  # Else no work can be seen, and that is told.
        told += _work(due_work(now) if work is None else work, now)
    return [*told, _clocks(service), _storage(), _balances()]


def signs_of_life(service: str) -> list[Part]:
    """Return the parts that can be told without acting for the market: no work is looked at."""
    now = clock.read()
    return [_seals(), *_services(now), _rings(now), _clocks(service), _storage(), _balances()]


def signs() -> dict[str, datetime | None]:
    """Return when each service, and a ring, was last heard of."""
    told: dict[str, datetime | None] = dict(
        Mark.objects.order_by("marked_at").values_list("service", "marked_at")
    )
    return told | {"rings": Ring.objects.aggregate(last=Max("heard_at"))["last"]}


def due_work(now: datetime) -> Work:
    """Return how much of each kind of work is due."""
    with tenancy.acting_as_platform():
        return [(work, work.read(now)) for work in due.WORK]


def _seals() -> Part:
    """Return whether the database knows this process's secret key; else nobody is let in."""
    return Part(SEALS, OK if seals.are_known() else "unknown")


def _services(now: datetime) -> list[Part]:
    last: dict[str, datetime] = {}
    for mark in Mark.objects.filter(service__in=SERVICES).order_by("marked_at"):
        last[mark.service] = mark.marked_at
    return [heard(service, now, last.get(service)) for service in SERVICES]


def heard(name: str, now: datetime, last_at: datetime | None) -> Part:
    """Return whether a service was heard of lately."""
    seconds = None if last_at is None else round((now - last_at).total_seconds())
    is_lost = seconds is None or seconds > settings.SUANPAN_SILENCE_SECONDS_MAX
    return Part(name, "silent" if is_lost else OK, {"silent_seconds": seconds})


def _rings(now: datetime) -> Part:
    last = {(ring.sender, ring.queue): ring.heard_at for ring in Ring.objects.all()}
    paths = {
        f"{sender} to {queue}": heard("", now, last.get((sender, queue)))
        for sender, queue in rings.EXPECTED
    }
    status = OK if all(path.is_well for path in paths.values()) else "lost"
    seconds = {name: path.facts["silent_seconds"] for name, path in paths.items()}
    return Part("rings", status, {"silent_seconds": seconds})


def _work(found: Work, now: datetime) -> list[Part]:
    """Return how far the sealer is behind, and which due work lies longer than it may."""
    oldest = {work.name: round(each.seconds(now)) for work, each in found if each.rows}
    late = [work.name for work, each in found if work.is_late(each, now=now)]
    lag = {"lag_seconds": oldest.get(due.SEAL.name, 0)}
    return [
        Part("sealer", "behind" if due.SEAL.name in late else OK, lag),
        Part("work", "late" if late else OK, {"late": late, "oldest_seconds": oldest}),
    ]


def _clocks(service: str) -> Part:
    found = clocks.disagreements(service)
    off = [
        {"service": it.service, "against": it.against, "seconds": round(it.off_ms / 1000)}
        for it in found
    ]
    return Part("clocks", "disagree" if off else OK, {"off": off} if off else {})


def _storage() -> Part:
    """Return whether files of this host find room: exports, cache, doorbell, logs."""
    try:
        free = [shutil.disk_usage(path).free for path in _folders() if path.exists()]
    except OSError:
        return Part("storage", "unreachable")
    if not free:  # Deployed without files of its own.
        return Part("storage", OK)
    return Part("storage", OK if min(free) >= FREE_BYTES_MIN else "full", {"free_bytes": min(free)})


def _balances() -> Part:
    """Return whether the last replay of the ledger found each balance as its transfers say."""
    state = ledger_selectors.replay_state()
    replayed_at = state.finished_at.isoformat() if state.finished_at else None
    facts = {"differences": state.differences, "replayed_at": replayed_at}
    return Part("balances", OK if state.is_sound else "differ", facts)


def _folders() -> tuple[Path, ...]:
    return (Path(settings.STATE_DIR), Path(settings.MEDIA_ROOT), Path(settings.AUDIT_EXPORT_DIR))
