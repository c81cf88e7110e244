"""The rules of service levels, scores and unlisting as data, each with its text."""

from collections.abc import Callable, Iterable, Mapping
from inspect import getdoc
from types import ModuleType
from typing import Any, Final

from marketplace.assurance import level_1, level_rules, score_1, score_rules, unlist_1

# Where each version is written: its text is what stands at the head of it.
WRITTEN: Final[Mapping[str, ModuleType]] = {
    module.RULE.name: module for module in (level_1, score_1, unlist_1)
}


def level_rules_published() -> dict[str, Any]:
    """Return every version of the formula of service levels, and the newest."""
    return _published(
        level_rules.LEVELS,
        lambda each: {
            "buffer_seconds": each.buffer_seconds,
            "network_weight": list(each.network_weight),
            "responses_bp": each.responses_bp,
            "probes_min": each.probes_min,
        },
    )


def score_rules_published() -> dict[str, Any]:
    """Return every version of the formula of scores, and the newest."""
    return _published(
        score_rules.SCORES,
        lambda each: {
            "days": each.days,
            "known_seconds": WRITTEN[each.name].KNOWN_US // 1_000_000,
            "floor_ppm": WRITTEN[each.name].FLOOR_PPM,
            "levels": {str(level): value for level, value in WRITTEN[each.name].LEVELS.items()},
            "credibility": dict(WRITTEN[each.name].CREDIBILITY),
            "stability": dict(WRITTEN[each.name].STABILITY),
        },
    )


def unlisting_rules_published() -> dict[str, Any]:
    """Return every version of the rule by which listings leave the market, and the newest."""
    return _published(
        score_rules.UNLISTING,
        lambda each: {
            "days": each.days,
            "below_ppm": each.below_ppm,
            "warned_seconds": each.warned_seconds,
            "known_ppm": each.known_ppm,
        },
    )


def _published(book: Any, figures: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    versions: Iterable[Any] = book.versions.values()
    return {
        "newest": book.newest,
        "versions": [
            {"name": each.name} | figures(each) | {"text": getdoc(WRITTEN[each.name]) or ""}
            for each in versions
        ],
    }
