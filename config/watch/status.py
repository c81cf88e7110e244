"""
The public page *Status*: whether each thing that people do works, in plain words.

It tells what `/readyz` tells strangers, a word a part, and no figures: neither how much work waits
nor where anything runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common import clock
from common.reviews import ReviewKind
from config.pulse import report
from marketplace.bulletin import boards
from marketplace.bulletin.board_contracts import Alarm
from marketplace.portal import reviews
from marketplace.portal.access import for_strangers

SITE: Final = "site"
# What people do, and the parts that it needs.
SERVICES: Final[tuple[tuple[str | Promise, frozenset[str]], ...]] = (
    (_("Reading the market and signing in"), frozenset({SITE, "seals"})),
    (_("Orders and clearing"), frozenset({"beat", "worker", "rings", "clocks"})),
    (_("Metering and charging"), frozenset({"beat", "worker", "clocks"})),
    (_("Ledger and its seals"), frozenset({"worker", "balances"})),
    (_("Exports and files"), frozenset({"worker", "storage"})),
)


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """One thing that people do, and whether it works."""

    name: str | Promise
    is_up: bool


def services(parts: Sequence[report.Part]) -> list[ServiceLine]:
    """Return whether each thing works: it does while every part that it needs is well."""
    unwell = {part.name for part in parts if not part.is_well}
    return [ServiceLine(name, not needed & unwell) for name, needed in SERVICES]


@for_strangers
def status(request: HttpRequest) -> HttpResponse:
    """Show whether the market works."""
    now = clock.now()
    lines = services(report.signs_of_life("web"))
    shown = boards.public()
    context: dict[str, Any] = {
        "now": now,
        "lines": lines,
        "is_up": all(line.is_up for line in lines),
        "taken_at": shown.taken_at if shown else None,
        "is_stale": shown is None or shown.is_stale(now),
    }
    return render(request, "public/status.html", context)


def alarms(now: datetime) -> list[Alarm]:
    """Return what is not well, for the big screen; the caller acts for the market."""
    unwell = [Alarm(part.name) for part in report.parts("worker") if not part.is_well]
    waiting = [count for kind in reviews.KINDS if (count := _waiting(kind))]
    return [*unwell, *([Alarm("set_aside", sum(waiting), now)] if waiting else [])]


def _waiting(kind: ReviewKind) -> int:
    return int(kind.count().rows)
