"""`suanpan-agent check`: what stands in the way, said before it costs a reading."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from suanpan_agent import beating, keys, moments, sources
from suanpan_agent.config import AnySource, Config, PrometheusSource, ResourceConfig, SlurmSource
from suanpan_agent.errors import AgentError
from suanpan_agent.market import Chain, Market, Trouble
from suanpan_agent.moments import SECOND
from suanpan_agent.readings import MeterFacts
from suanpan_agent.running import SKEW_MAX

FIGURES: Final = ("total_milli", "free_milli")
WARNED_AT: Final = 10 * SECOND


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    is_well: bool
    told: str


def check(config: Config) -> Iterator[Finding]:
    """Look at everything, in the order in which it is needed."""
    yield _tried("state", lambda: _space(config))
    key = _tried("key", lambda: _key(config))
    yield key
    found: list[Chain] = []
    if key.is_well:
        yield _tried("market", lambda: _market(config, found))
    for chain in found:
        yield from _after(config, chain)
    facts = {each.id: each for chain in found for each in chain.meters}
    for told in config.resource:
        yield _tried(f"resource {told.resource}", lambda told=told: _seen(told))  # type: ignore[misc]
    for each in config.source:
        yield _tried(f"source {each.name}", lambda each=each: _sample(each, facts))  # type: ignore[misc]


def _tried(name: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(name, is_well=True, told=look())
    except (AgentError, OSError) as error:
        return Finding(name, is_well=False, told=str(error))
    except Trouble as trouble:
        return Finding(name, is_well=False, told=f"{trouble.code}: {trouble.detail}")


def _seen(config: ResourceConfig) -> str:
    told = beating.seen(config)
    figures = ", ".join(f"{name} {told[name]}" for name in FIGURES if name in told)
    return f"{told['health']}, {figures or 'no figures'}"


def _space(config: Config) -> str:
    config.state.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(config.state).free
    bound = config.agent.spool_bytes_max
    if free < bound:
        message = f"{config.state}: {free} bytes are free, and the spool may take {bound}"
        raise AgentError(message)
    return f"{config.state}: {free} bytes are free, the spool takes at most {bound}"


def _key(config: Config) -> str:
    key = keys.load(config.key)
    if not keys.is_private(config.key):
        message = f"{config.key}: others can read it; chmod 600"
        raise AgentError(message)
    return f"{config.key}: {key.id}"


def _market(config: Config, found: list[Chain]) -> str:
    market = Market(config)
    try:
        chain = market.chain(keys.load(config.key).id)
    finally:
        market.close()
    if not chain.is_good:
        message = f"the key {chain.key_id} of {chain.name} has ended: give the agent a new key"
        raise AgentError(message)
    found.append(chain)
    skew = market.skew or 0
    if abs(skew) > SKEW_MAX:
        message = f"our clock is {skew // SECOND} s ahead of the market's: set it"
        raise AgentError(message)
    apart = f", clocks are {skew // SECOND} s apart" if abs(skew) > WARNED_AT else ""
    return f"{config.market.url} knows {chain.name}, batch {chain.number} was the last{apart}"


def _after(config: Config, chain: Chain) -> Iterator[Finding]:
    known = {each.id for each in chain.meters}
    named = {meter for source in config.source for meter in _meters(source)}
    missing = sorted(named - known)
    if missing:
        told = f"this agent does not sign for {', '.join(missing)}: bind it on the page Meters"
        yield Finding("meters", is_well=False, told=told)
    else:
        told = f"this agent signs for {len(known)} meters, {len(named)} are in the configuration"
        yield Finding("meters", is_well=True, told=told)


def _meters(source: AnySource) -> list[str]:
    if isinstance(source, PrometheusSource):
        return [str(each.meter) for each in source.series]
    return [str(source.meter)] if isinstance(source, SlurmSource) else []


def _sample(config: AnySource, facts: dict[str, MeterFacts]) -> str:
    return sources.made(config).sample(sources.Known({}, set(), facts, moments.now()))
