"""
The formula of scores `score-1`: how credible what is said of a resource is, and how stable it is.

Pure, whole numbers of thousandths, frozen. Each part is a figure of 0 to 1,000 with a weight; a
part that nothing is known of is left out, and the others weigh as much more.

| credibility | weight | from |
|---|---|---|
| coverage | 40 | the share of 30 days in which its agent or the market's probe told of it |
| certificate | 30 | its level (L1 400, L2 800, L3 1,000), a tenth less for each 90 days of age |
| corrections | 15 | 1,000 less the share of its usage records that were revised |
| disputes | 15 | 1,000 less 50 for each in a hundred contracts that gave money back |

| stability | weight | from |
|---|---|---|
| availability | 60 | 95 % and less of 30 days is 0, all of it 1,000 |
| starts | 25 | 1,000 less the share of deliveries that never got ready |
| promises | 15 | 1,000 less the share of months that missed their service level |

Who was told of in less than 7 of the 30 days has no record yet: none, and never 0.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from marketplace.assurance.score_contracts import ScoreInputs, ScorePart, ScoreResult, ScoreRule

DAYS: Final = 30
KNOWN_US: Final = 7 * 24 * 3_600 * 1_000_000
WHOLE: Final = 1_000
FLOOR_PPM: Final = 950_000
LEVELS: Final[Mapping[int, int]] = {0: 0, 1: 400, 2: 800, 3: 1_000}
CREDIBILITY: Final[Mapping[str, int]] = {
    "coverage": 40,
    "certificate": 30,
    "corrections": 15,
    "disputes": 15,
}
STABILITY: Final[Mapping[str, int]] = {"availability": 60, "starts": 25, "promises": 15}


def score(inputs: ScoreInputs) -> ScoreResult:
    """Return both scores with their parts; none where there is no record yet."""
    credibility = _parts(CREDIBILITY, _credible(inputs))
    stability = _parts(STABILITY, _stable(inputs))
    is_known = inputs.told_us >= KNOWN_US
    return ScoreResult(
        credibility=_weighed(credibility) if is_known else None,
        stability=_weighed(stability) if is_known else None,
        credibility_parts=credibility,
        stability_parts=stability,
    )


def _credible(inputs: ScoreInputs) -> dict[str, int | None]:
    level = LEVELS[inputs.certificate_level]
    age = inputs.certificate_age_days
    return {
        "coverage": min(WHOLE, inputs.told_us * WHOLE // inputs.total_us),
        "certificate": max(0, level - level * (age // 90) // 10) if age is not None else 0,
        "corrections": _rest(inputs.revised, inputs.records),
        "disputes": max(0, WHOLE - 50 * (inputs.disputes * 100 // inputs.contracts))
        if inputs.contracts
        else None,
    }


def _stable(inputs: ScoreInputs) -> dict[str, int | None]:
    available = inputs.availability_ppm
    above = None if available is None else max(0, available - FLOOR_PPM)
    return {
        "availability": None if above is None else above * WHOLE // (1_000_000 - FLOOR_PPM),
        "starts": _rest(inputs.failed_starts, inputs.deliveries),
        "promises": _rest(inputs.missed_months, inputs.months),
    }


def _rest(bad: int, of: int) -> int | None:
    return WHOLE - bad * WHOLE // of if of else None


def _parts(weights: Mapping[str, int], found: Mapping[str, int | None]) -> tuple[ScorePart, ...]:
    return tuple(ScorePart(name, weight, found[name]) for name, weight in weights.items())


def _weighed(parts: Sequence[ScorePart]) -> int | None:
    """Return the weighted mean of what is known, rounded down."""
    known = [(each.weight, each.value) for each in parts if each.value is not None]
    if not known:
        return None
    return sum(weight * value for weight, value in known) // sum(weight for weight, _ in known)


RULE: Final = ScoreRule("score-1", days=DAYS, score=score)
