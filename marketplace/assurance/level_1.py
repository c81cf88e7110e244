"""
The formula of service levels `level-1`; pure, whole numbers only, and frozen.

A month of a contract is cut where anything begins or ends. A part counts as

- *excused*, while maintenance that was announced in time was under way: it counts nowhere;
- *not reachable*, while its delivery was interrupted by the network, or while the market's probe
  got no answer and the provider's agent said that the machine was well;
- *down*, while its delivery was interrupted otherwise, while the agent said so and the probe saw
  nothing else, or while the probe got no answer and no agent said anything;
- *up* in all other cases. What nobody told is up; of two that contradict each other, who saw it
  from outside is believed, for good or for bad.

    availability = (counted − down − 1.5 × not reachable + 10 minutes) / counted, at most 1
    network      = (counted − not reachable) / counted

The largest credit of the missed targets counts, never their sum: that share of what was charged
for the month goes back, each asset by itself, rounded half up to the minor unit.
"""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from common.period import Period
from gateway.sensing.contracts import Health, StateSource, ToldSpan
from marketplace.assurance.level_contracts import (
    WHOLE_BP,
    WHOLE_PPM,
    CountedTime,
    LevelCount,
    LevelFacts,
    LevelPromise,
    LevelResult,
    LevelRule,
    LevelTarget,
)

BUFFER_SECONDS: Final = 600
NETWORK_WEIGHT: Final = (3, 2)
RESPONSES_BP: Final = 9_500
PROBES_MIN: Final = 20
DELIVERY: Final = "delivery"
MAINTENANCE: Final = "maintenance"
NETWORK_FAULT: Final = "network_fault"
_MICROSECOND: Final = timedelta(microseconds=1)
_SECOND: Final = 1_000_000
_Words = dict[StateSource, tuple[list[datetime], list[ToldSpan]]]
_WELL: Final = (Health.OK, Health.DEGRADED)


def count(promise: LevelPromise, facts: LevelFacts) -> LevelResult:
    """Return what a month of a contract measured, and what it gives back."""
    times = counted_times(facts)
    lengths = dict.fromkeys(LevelCount, 0)
    for each in times:
        lengths[each.count] += (each.ends_at - each.starts_at) // _MICROSECOND
    machine, network = lengths[LevelCount.MACHINE], lengths[LevelCount.NETWORK]
    counted = lengths[LevelCount.UP] + machine + network
    available = availability(counted, machine, network)
    reachable = (counted - network) * WHOLE_PPM // counted if counted else None
    ready = _ready_seconds(facts)
    response = (
        facts.probes_within * WHOLE_BP // facts.probes if facts.probes >= PROBES_MIN else None
    )
    missed = _missed(promise, available, reachable, ready, response)
    credit_bp = max(missed.values(), default=0)
    return LevelResult(
        counted_us=counted,
        machine_us=machine,
        network_us=network,
        availability_ppm=available,
        network_ppm=reachable,
        ready_seconds=ready,
        response_bp=response,
        times=tuple(each for each in times if each.count != LevelCount.UP),
        missed=missed,
        credit_bp=credit_bp,
        credits={
            asset: back
            for asset, minor in sorted(facts.charged.items())
            if (back := credited(minor, credit_bp)) > 0
        },
    )


def availability(counted_us: int, machine_us: int, network_us: int) -> int | None:
    """Return the availability in millionths, rounded down; none where nothing is counted."""
    if not counted_us:
        return None
    weight, of = NETWORK_WEIGHT
    up = of * (counted_us - machine_us + BUFFER_SECONDS * _SECOND) - weight * network_us
    return max(0, min(WHOLE_PPM, up * WHOLE_PPM // (of * counted_us)))


def credited(minor: int, credit_bp: int) -> int:
    """Return a share of an amount, rounded half up; what is no charge gives nothing back."""
    return (2 * max(0, minor) * credit_bp + WHOLE_BP) // (2 * WHOLE_BP)


def counted_times(facts: LevelFacts) -> list[CountedTime]:
    """Return the parts of the month while it ran, in order, each with how it counts."""
    period = _counted(facts)
    if period is None:
        return []
    cuts = sorted({period.starts_at, period.ends_at, *_edges(facts, period)})
    words = _by_source(facts.told)
    times: list[CountedTime] = []
    for starts_at, ends_at in pairwise(cuts):
        how, sources = _how(facts, words, starts_at)
        last = times[-1] if times else None
        if last and (last.count, last.sources) == (how, sources):
            times[-1] = CountedTime(last.starts_at, ends_at, how, sources)
        else:
            times.append(CountedTime(starts_at, ends_at, how, sources))
    return times


def _by_source(told: Iterable[ToldSpan]) -> _Words:
    """Return the words of each source in their order: of one source they never overlap."""
    words: _Words = {}
    for each in sorted(told, key=lambda each: each.period.starts_at):
        starts, spans = words.setdefault(each.source, ([], []))
        starts.append(each.period.starts_at)
        spans.append(each)
    return words


def _counted(facts: LevelFacts) -> Period | None:
    """Return the time that counts: from readiness on, where somebody had to be ready."""
    if facts.asked_at is None:
        return facts.period
    if facts.runs_from is None or facts.runs_from >= facts.period.ends_at:
        return None
    return Period(max(facts.runs_from, facts.period.starts_at), facts.period.ends_at)


def _edges(facts: LevelFacts, period: Period) -> Iterable[datetime]:
    spans = [
        *((each.starts_at, each.ends_at) for each in facts.interrupted),
        *((each.period.starts_at, each.period.ends_at) for each in facts.told),
        *((each.starts_at, each.ends_at) for each in facts.excused),
    ]
    for span in spans:
        for edge in span:
            if edge is not None and period.starts_at < edge < period.ends_at:
                yield edge


def _how(facts: LevelFacts, words: _Words, at: datetime) -> tuple[LevelCount, tuple[str, ...]]:
    """Return how a moment counts, and who said so."""
    if any(each.contains(at) for each in facts.excused):
        return LevelCount.EXCUSED, (MAINTENANCE,)
    for each in facts.interrupted:
        if each.starts_at <= at and (each.ends_at is None or at < each.ends_at):
            is_network = each.reason == NETWORK_FAULT
            return LevelCount.NETWORK if is_network else LevelCount.MACHINE, (DELIVERY,)
    said: dict[StateSource, Health] = {}
    for source, (starts, spans) in words.items():
        place = bisect_right(starts, at) - 1
        if place >= 0 and at < spans[place].period.ends_at:
            said[source] = spans[place].health
    agent, probe = said.get(StateSource.AGENT), said.get(StateSource.PROBE)
    if probe == Health.DOWN and agent in _WELL:
        return LevelCount.NETWORK, (str(StateSource.PROBE), str(StateSource.AGENT))
    if Health.DOWN in (agent, probe) and probe not in _WELL:
        sources = [source for source, health in said.items() if health == Health.DOWN]
        return LevelCount.MACHINE, tuple(sorted(str(source) for source in sources))
    return LevelCount.UP, ()


def _ready_seconds(facts: LevelFacts) -> int | None:
    """Return how long it took to be ready, in the month in which it should have been."""
    if facts.asked_at is None or not facts.period.contains(facts.asked_at):
        return None
    ready = min(facts.runs_from or facts.period.ends_at, facts.period.ends_at)
    return max(0, -((facts.asked_at - ready) // timedelta(seconds=1)))


def _missed(
    promise: LevelPromise,
    available: int | None,
    reachable: int | None,
    ready: int | None,
    response: int | None,
) -> dict[LevelTarget, int]:
    missed: dict[LevelTarget, int] = {}
    target = promise.availability_ppm
    if target is not None and available is not None and available < target:
        below = [credit for limit, credit in promise.tiers if available < limit]
        missed[LevelTarget.AVAILABILITY] = max(below, default=0)
    if promise.ready_seconds is not None and ready is not None and ready > promise.ready_seconds:
        missed[LevelTarget.READY] = promise.ready_credit_bp
    if promise.response_ms is not None and response is not None and response < RESPONSES_BP:
        missed[LevelTarget.RESPONSE] = promise.response_credit_bp
    target = promise.network_ppm
    if target is not None and reachable is not None and reachable < target:
        missed[LevelTarget.NETWORK] = promise.network_credit_bp
    return missed


RULE: Final = LevelRule(
    "level-1",
    buffer_seconds=BUFFER_SECONDS,
    network_weight=NETWORK_WEIGHT,
    responses_bp=RESPONSES_BP,
    probes_min=PROBES_MIN,
    count=count,
)
