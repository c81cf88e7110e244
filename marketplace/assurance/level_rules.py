"""Service levels by version of their formula, and what is worse about one; pure."""

from typing import Final

from common.rulebooks import Rulebook
from marketplace.assurance import level_1
from marketplace.assurance.level_contracts import LevelPromise, LevelRule

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


def _or(value: int | None, other: int) -> int:
    return other if value is None else value
