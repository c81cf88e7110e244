"""What others see of scores: their inputs, and their parts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import NotFound

SCORE_WHOLE: Final = 1_000
PROVIDERS_MAX: Final = 500  # resources of an export


class ScorePartName(TextChoices):
    """What scores are made of."""

    COVERAGE = "coverage", _("Coverage of readings")
    CERTIFICATE = "certificate", _("Level and age of the certificate")
    CORRECTIONS = "corrections", _("Usage that was not corrected")
    DISPUTES = "disputes", _("Contracts without a dispute")
    AVAILABILITY = "availability", _("Measured availability")
    STARTS = "starts", _("Deliveries that got ready")
    PROMISES = "promises", _("Months that kept their service level")


@dataclass(frozen=True, slots=True)
class ScoreInputs:
    """All that scores of a resource are made from, of 30 whole days."""

    total_us: int  # of the days, in microseconds
    told_us: int  # of them, told of by its agent or the market's probe
    availability_ppm: int | None
    certificate_level: int
    certificate_age_days: int | None
    records: int
    revised: int
    contracts: int
    disputes: int
    deliveries: int
    failed_starts: int
    months: int
    missed_months: int


@dataclass(frozen=True, slots=True)
class ScorePart:
    """A part of a score: its weight, and 0 to 1,000; none where nothing is known of it."""

    name: str
    weight: int
    value: int | None


@dataclass(frozen=True, slots=True)
class ScoreResult:
    """Both scores, 0 to 1,000, and their parts; none where there is no record yet."""

    credibility: int | None
    stability: int | None
    credibility_parts: tuple[ScorePart, ...]
    stability_parts: tuple[ScorePart, ...]


@dataclass(frozen=True, slots=True)
class ScoreRule:
    """A version of the formula of scores."""

    name: str
    days: int
    score: Callable[[ScoreInputs], ScoreResult]


@dataclass(frozen=True, slots=True)
class UnlistRule:
    """A version of the rule by which listings leave the market."""

    name: str
    days: int
    below_ppm: int  # of the days
    warned_seconds: int  # between the warning and the end of selling
    known_ppm: int  # of the days has to be told of before anything is stopped


class ScoreNotFound(NotFound):
    """No score of it was made yet, or there is no such resource."""

    code = "score_not_found"
    sentence = _("There is no record of it yet.")
