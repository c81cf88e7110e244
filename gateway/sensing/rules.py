"""
What is known of a resource now, from all that tell of it; pure.

1. Of one source the newest observation counts (the merge keeps it).
2. What is older than its time is stale, and counts no more.
3. *Down* beats *up*, unless the market's probe or a delivery saw it up later.
4. An agent that says *up* while a probe says *down*: degraded.
5. Where agents or probes told of a resource and none is fresh, nothing is known: no last number.
6. The total is the record's; a lower one of an agent lowers what is available.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gateway.sensing.contracts import Health, StateSource

_TRUSTED: Final = frozenset({StateSource.PROBE, StateSource.DELIVERY})
# Those who look again and again, so that their silence says something.
WATCHERS: Final = frozenset({StateSource.AGENT, StateSource.PROBE})
# Of figures alike, who looked closer is named.
_NEARER: Final = (StateSource.AGENT, StateSource.PROBE, StateSource.DELIVERY, StateSource.MARKET)


@dataclass(frozen=True, slots=True)
class Sight:
    """What one source told last of a resource; amounts in thousandths of its unit."""

    source: StateSource
    total_milli: int | None
    free_milli: int | None
    health: Health
    observed_at: datetime
    fresh_until: datetime

    def is_fresh(self, now: datetime) -> bool:
        """Return whether it counts still."""
        return now < self.fresh_until


@dataclass(frozen=True, slots=True)
class PerceivedState:
    """What is known of a resource now."""

    available_milli: int | None
    source: StateSource | None  # whose figure that is
    observed_at: datetime | None  # of that figure; where nothing is known, of the last word
    health: Health
    fresh_until: datetime | None  # until when the first of those that count counts
    is_stale: bool


def perceived(
    *,
    total_milli: int,
    market_milli: int,
    market_at: datetime,
    sights: Sequence[Sight],
    now: datetime,
) -> PerceivedState:
    """Return what follows from the market's own book and from all that tell of a resource."""
    fresh = [sight for sight in sights if sight.is_fresh(now)]
    if not fresh and any(sight.source in WATCHERS for sight in sights):
        last = max(sight.observed_at for sight in sights)
        return PerceivedState(None, None, last, Health.UNKNOWN, None, is_stale=True)
    health = _health(fresh)
    figures = [(market_milli, StateSource.MARKET, market_at)]
    for sight in fresh:
        total = total_milli if sight.total_milli is None else min(sight.total_milli, total_milli)
        free = total if sight.free_milli is None else min(sight.free_milli, total)
        if sight.free_milli is not None or sight.total_milli is not None:
            figures.append((free, sight.source, sight.observed_at))
        if health == Health.DOWN and sight.health == Health.DOWN:
            figures.append((0, sight.source, sight.observed_at))
    milli, source, observed_at = min(
        figures, key=lambda it: (it[0], _NEARER.index(it[1]), now - it[2])
    )
    until = min((sight.fresh_until for sight in fresh), default=None)
    return PerceivedState(milli, source, observed_at, health, until, is_stale=False)


def _health(fresh: Sequence[Sight]) -> Health:
    """Return how a resource is by those that count; unknown where nobody says."""
    downs = [sight for sight in fresh if sight.health == Health.DOWN]
    ups = [sight for sight in fresh if sight.health in (Health.OK, Health.DEGRADED)]
    if downs:
        last = max(sight.observed_at for sight in downs)
        if any(up.source in _TRUSTED and up.observed_at > last for up in ups):
            return _worst(ups)
        is_contradicted = any(up.source == StateSource.AGENT for up in ups)
        return Health.DEGRADED if is_contradicted else Health.DOWN
    return _worst(ups) if ups else Health.UNKNOWN


def _worst(ups: Sequence[Sight]) -> Health:
    is_degraded = any(up.health == Health.DEGRADED for up in ups)
    return Health.DEGRADED if is_degraded else Health.OK
