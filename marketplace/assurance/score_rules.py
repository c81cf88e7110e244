"""Scores by version of their formula; pure."""

from collections.abc import Sequence
from typing import Final

from common.rulebooks import Rulebook
from marketplace.assurance import score_1, unlist_1
from marketplace.assurance.score_contracts import ScoreRule, UnlistRule

SCORES: Final[Rulebook[ScoreRule]] = Rulebook("score", {score_1.RULE.name: score_1.RULE})
UNLISTING: Final[Rulebook[UnlistRule]] = Rulebook("unlist", {unlist_1.RULE.name: unlist_1.RULE})


def mean_of(values: Sequence[int | None]) -> int | None:
    """Return the mean of the scores of a provider's resources, rounded down; unknown left out."""
    known = [each for each in values if each is not None]
    return sum(known) // len(known) if known else None
