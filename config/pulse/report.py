"""How the parts of the market are: for load balancers, people and scripts."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from common import clock, seals
from config.pulse import clocks, rings
from config.pulse.models import Mark, Ring
from ledger import selectors as ledger_selectors

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


def parts(service: str) -> list[Part]:
    """Return every part that the database knows of, as a service of this host sees it."""
    now = clock.read()
    parts = [_seals(), *_services(now), _rings(now), _clocks(service), _storage()]
    return [*parts, _balances()]


def _seals() -> Part:
    """Return whether the database knows this process's secret key; else nobody is let in."""
    return Part(SEALS, OK if seals.are_known() else "unknown")


def _services(now: datetime) -> list[Part]:
    last: dict[str, datetime] = {}
    for mark in Mark.objects.filter(service__in=SERVICES).order_by("marked_at"):
        last[mark.service] = mark.marked_at
    return [_heard(service, now, last.get(service)) for service in SERVICES]


def _heard(name: str, now: datetime, last_at: datetime | None) -> Part:
    seconds = None if last_at is None else round((now - last_at).total_seconds())
    is_lost = seconds is None or seconds > settings.SUANPAN_SILENCE_SECONDS_MAX
    return Part(name, "silent" if is_lost else OK, {"silent_seconds": seconds})


def _rings(now: datetime) -> Part:
    heard = {(ring.sender, ring.queue): ring.heard_at for ring in Ring.objects.all()}
    paths = {
        f"{sender} to {queue}": _heard("", now, heard.get((sender, queue)))
        for sender, queue in rings.EXPECTED
    }
    status = OK if all(path.is_well for path in paths.values()) else "lost"
    seconds = {name: path.facts["silent_seconds"] for name, path in paths.items()}
    return Part("rings", status, {"silent_seconds": seconds})


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
