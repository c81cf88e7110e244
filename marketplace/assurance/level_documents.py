"""The document of an evaluation: all that it was counted from, and how, for whoever checks it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from common.canonical import plain
from marketplace.assurance.level_contracts import (
    LevelFacts,
    LevelPromise,
    LevelResult,
    LevelRule,
    LevelTarget,
)

FORMAT: Final = "suanpan-service-level/1"


@dataclass(frozen=True, slots=True)
class LevelSubject:
    """What an evaluation is of."""

    contract: str
    listing: str
    month: str
    version: int


def document_of(
    subject: LevelSubject,
    rule: LevelRule,
    promise: LevelPromise,
    facts: LevelFacts,
    result: LevelResult,
) -> dict[str, Any]:
    """
    Return the document, in JSON's own values: what `plain` would make of it, without looking.

    Many contracts of a listing are counted from the same moments, so each is written down once.
    """
    return {
        "format": FORMAT,
        "rule": rule.name,
        "formula": {
            "buffer_seconds": rule.buffer_seconds,
            "network_weight": list(rule.network_weight),
            "responses_bp": rule.responses_bp,
            "probes_min": rule.probes_min,
        },
        "contract": subject.contract,
        "listing": subject.listing,
        "month": subject.month,
        "promise": {"version": subject.version, **promise_facts(promise)},
        "facts": {
            "period": _pair(facts.period.starts_at, facts.period.ends_at),
            "asked_at": _moment(facts.asked_at),
            "runs_from": _moment(facts.runs_from),
            "interrupted": [
                [*_pair(t.starts_at, t.ends_at), str(t.reason)] for t in facts.interrupted
            ],
            "told": [
                [*_pair(t.period.starts_at, t.period.ends_at), str(t.source), str(t.health)]
                for t in facts.told
            ],
            "excused": [_pair(t.starts_at, t.ends_at) for t in facts.excused],
            "probes": facts.probes,
            "probes_within": facts.probes_within,
            "charged": dict(facts.charged),
        },
        "result": {
            "counted_us": result.counted_us,
            "machine_us": result.machine_us,
            "network_us": result.network_us,
            "availability_ppm": result.availability_ppm,
            "network_ppm": result.network_ppm,
            "ready_seconds": result.ready_seconds,
            "response_bp": result.response_bp,
            "times": [
                [*_pair(t.starts_at, t.ends_at), str(t.count), [str(s) for s in t.sources]]
                for t in result.times
            ],
            "missed": missed_facts(result.missed),
            "credit_bp": result.credit_bp,
            "credits": dict(result.credits),
        },
    }


def promise_facts(promise: LevelPromise) -> dict[str, Any]:
    """Return what is promised, under the names of its columns."""
    return {
        "availability_ppm": promise.availability_ppm,
        "tiers": [list(tier) for tier in promise.tiers],
        "ready_seconds": promise.ready_seconds,
        "ready_credit_bp": promise.ready_credit_bp,
        "response_ms": promise.response_ms,
        "response_credit_bp": promise.response_credit_bp,
        "network_ppm": promise.network_ppm,
        "network_credit_bp": promise.network_credit_bp,
    }


def missed_facts(missed: Mapping[LevelTarget, int]) -> dict[str, int]:
    """Return the missed targets by name."""
    return {str(target): credit for target, credit in missed.items()}


def _pair(starts_at: datetime, ends_at: datetime | None) -> list[str | None]:
    return [_moment(starts_at), _moment(ends_at)]


@lru_cache(maxsize=16_384)
def _moment(at: datetime | None) -> str | None:
    text: str | None = plain(at)
    return text
