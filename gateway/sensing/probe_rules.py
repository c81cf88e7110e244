"""An agent and our probe look at the same resource: how far they agree; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from common.period import Period
from gateway.sensing.contracts import Health, StateSource, ToldSpan

_WELL: Final = (Health.OK, Health.DEGRADED)


@dataclass(frozen=True, slots=True)
class SourceDisagreement:
    """A time in which one said that it runs, and the other that it does not."""

    period: Period
    agent: Health
    probe: Health


@dataclass(frozen=True, slots=True)
class ProbeAgreement:
    """What two sources say of a resource now, and how far they agreed over a period."""

    agent: Health | None
    probe: Health | None
    both: timedelta  # in which both told
    disagreed: timedelta
    disagreements: Sequence[SourceDisagreement]

    @property
    def is_agreed(self) -> bool | None:
        """Return whether they agree now; none where one of them is silent."""
        if self.agent is None or self.probe is None:
            return None
        return not _contradict(self.agent, self.probe)


def compared(spans: Iterable[ToldSpan], now: datetime) -> ProbeAgreement:
    """Return how agent and probe compare, of what each said in a period up to now."""
    told = list(spans)
    agent = [each for each in told if each.source == StateSource.AGENT]
    probe = [each for each in told if each.source == StateSource.PROBE]
    both, found = timedelta(), list[SourceDisagreement]()
    for one in agent:
        for other in probe:
            part = one.period.overlap(other.period)
            if part is None:
                continue
            both += part.ends_at - part.starts_at
            if _contradict(one.health, other.health):
                found.append(SourceDisagreement(part, one.health, other.health))
    found.sort(key=lambda each: each.period.starts_at)
    return ProbeAgreement(
        agent=_now(agent, now),
        probe=_now(probe, now),
        both=both,
        disagreed=sum((each.period.ends_at - each.period.starts_at for each in found), timedelta()),
        disagreements=found,
    )


def _contradict(one: Health, other: Health) -> bool:
    return {one, other} <= {*_WELL, Health.DOWN} and (one in _WELL) != (other in _WELL)


def _now(spans: Sequence[ToldSpan], now: datetime) -> Health | None:
    return next((each.health for each in spans if each.period.contains(now)), None)
