"""Service levels by version of their formula, and what is worse about one; pure."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from common.rulebooks import Rulebook
from marketplace.assurance import level_1
from marketplace.assurance.level_contracts import (
    WHOLE_PPM,
    Headroom,
    LevelFacts,
    LevelPromise,
    LevelRule,
    LevelTarget,
)
from marketplace.fulfilment.contracts import InterruptedTime

LEVELS: Final[Rulebook[LevelRule]] = Rulebook("service_level", {level_1.RULE.name: level_1.RULE})
_NEVER: Final = 10**9


def is_worse_level(before: LevelPromise, after: LevelPromise) -> bool:
    """Return whether a service level promises or gives back less; other tiers are unclear."""
    return (
        (bool(before.tiers) and after.tiers != before.tiers)
        or _or(after.availability_ppm, -1) < _or(before.availability_ppm, -1)
        or _or(after.network_ppm, -1) < _or(before.network_ppm, -1)
        or _or(after.ready_seconds, _NEVER) > _or(before.ready_seconds, _NEVER)
        or _or(after.response_ms, _NEVER) > _or(before.response_ms, _NEVER)
        or after.ready_credit_bp < before.ready_credit_bp
        or after.response_credit_bp < before.response_credit_bp
        or after.network_credit_bp < before.network_credit_bp
    )


def headroom(
    promise: LevelPromise, facts: LevelFacts, now: datetime, *, rule: LevelRule | None = None
) -> Headroom | None:
    """
    Return how much down time a month under way may still have before its availability is missed.

    What lies ahead is taken as well; not reachable counts one and a half times. None where nothing
    is promised, or it does not run yet.
    """
    rule = rule or LEVELS.rule(level_1.RULE.name)
    so_far = replace(facts, interrupted=tuple(_until(each, now) for each in facts.interrupted))
    found = rule.count(promise, so_far)
    if promise.availability_ppm is None or found.availability_ppm is None:
        return None
    weight, of = rule.network_weight
    spent_us = found.machine_us + found.network_us * weight // of
    missing = WHOLE_PPM - promise.availability_ppm
    allowed_us = found.counted_us * missing // WHOLE_PPM + rule.buffer_seconds * 1_000_000
    lower = [credit for limit, credit in promise.tiers if found.availability_ppm >= limit]
    credit_bp = found.missed.get(LevelTarget.AVAILABILITY, 0)
    return Headroom(
        allowed=timedelta(microseconds=allowed_us),
        left=timedelta(microseconds=allowed_us - spent_us),
        availability_ppm=found.availability_ppm,
        credit_bp=credit_bp,
        next_credit_bp=min((each for each in lower if each > credit_bp), default=credit_bp),
        is_down=any(each.starts_at <= now < each.ends_at for each in found.times)
        or any(each.ends_at is None for each in facts.interrupted),
    )


def _until(each: InterruptedTime, now: datetime) -> InterruptedTime:
    """Return an interruption that goes on as one that ends now."""
    ends_at = max(now, each.starts_at) if each.ends_at is None else each.ends_at
    return replace(each, ends_at=ends_at)


def _or(value: int | None, other: int) -> int:
    return other if value is None else value
