"""What others see of service levels: targets, what was measured of them, and what is refused."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import NotFound, Refusal
from common.period import Period
from gateway.sensing.contracts import PROBE_BOUNDS_MS, ToldSpan
from marketplace.fulfilment.contracts import InterruptedTime

WHOLE_PPM: Final = 1_000_000  # the whole, in millionths
WHOLE_BP: Final = 10_000  # the whole, in hundredths of a per cent
RESPONSE_BOUNDS_MS: Final = PROBE_BOUNDS_MS  # what a target of response may be
TIERS_MAX: Final = 5
READY_SECONDS_MIN: Final = 60  # sooner, every order would miss it
READY_SECONDS_MAX: Final = 24 * 3_600
LEVEL_EVALUATION: Final = "level_evaluation"  # the kind of object that an evaluation is


class LevelTarget(TextChoices):
    """What a provider may promise of a listing."""

    AVAILABILITY = "availability", _("Availability")
    READY = "ready", _("Time to ready")
    RESPONSE = "response", _("Response")
    NETWORK = "network", _("Network")


class LevelCount(TextChoices):
    """How a stretch of time counts."""

    UP = "up", _("In operation")
    MACHINE = "machine", _("Down")
    NETWORK = "network", _("Not reachable")
    EXCUSED = "excused", _("Announced maintenance")


@dataclass(frozen=True, slots=True)
class LevelPromise:
    """The targets of a listing and what a missed one gives back, in hundredths of a per cent."""

    availability_ppm: int | None = None
    tiers: tuple[tuple[int, int], ...] = ()  # below how many millionths, what goes back
    ready_seconds: int | None = None
    ready_credit_bp: int = 0
    response_ms: int | None = None
    response_credit_bp: int = 0
    network_ppm: int | None = None
    network_credit_bp: int = 0

    @property
    def is_empty(self) -> bool:
        """Return whether it promises nothing."""
        targets = (self.availability_ppm, self.ready_seconds, self.response_ms, self.network_ppm)
        return all(target is None for target in targets)


@dataclass(frozen=True, slots=True)
class LevelFacts:
    """All that a service level is counted from: of one contract, in one month."""

    period: Period  # of the month, while the contract lasted
    runs_from: datetime | None  # when it was first ready; none: never, or nobody had to say so
    asked_at: datetime | None  # from when it had to be ready; none where the clock decides
    interrupted: tuple[InterruptedTime, ...]
    told: tuple[ToldSpan, ...]
    excused: tuple[Period, ...]
    probes: int
    probes_within: int
    charged: Mapping[str, int]  # minor units by asset


@dataclass(frozen=True, slots=True)
class CountedTime:
    """A stretch of time, how it counts, and who said so."""

    starts_at: datetime
    ends_at: datetime
    count: LevelCount
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LevelResult:
    """What was measured, what of it missed its target, and what goes back."""

    counted_us: int  # microseconds, announced maintenance left out
    machine_us: int
    network_us: int
    availability_ppm: int | None
    network_ppm: int | None
    ready_seconds: int | None
    response_bp: int | None
    times: tuple[CountedTime, ...]
    missed: Mapping[LevelTarget, int]  # with what each alone would give back
    credit_bp: int
    credits: Mapping[str, int]  # minor units by asset


@dataclass(frozen=True, slots=True)
class LevelRule:
    """A version of the formula: how a month is counted and what a missed target gives back."""

    name: str
    buffer_seconds: int
    network_weight: tuple[int, int]  # a fraction
    responses_bp: int  # the share of probes that has to be answered in time
    probes_min: int
    count: Callable[[LevelPromise, LevelFacts], LevelResult]


@dataclass(frozen=True, slots=True)
class Headroom:
    """How much of this month's allowance of a contract is left, if all goes well from now on."""

    allowed: timedelta  # down time that keeps the target
    left: timedelta  # negative: missed already
    availability_ppm: int
    credit_bp: int  # what it gives back as it stands
    next_credit_bp: int  # what it gives back once the next limit is missed, too
    is_down: bool

    @property
    def left_percent(self) -> int:
        """Return how much of the allowance is left."""
        return int(100 * self.left / self.allowed) if self.allowed else 0


@dataclass(frozen=True, slots=True)
class LevelRun:
    """What one look at service levels did."""

    begun: int = 0
    evaluated: int = 0
    missed: int = 0
    booked: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class LevelWish:
    """The service level that a provider wants to publish."""

    listing_id: UUID
    promise: LevelPromise
    starts_at: datetime | None = None


class LevelTermsInvalid(Refusal):
    """A target or a credit is out of its bounds."""

    code = "level_terms_invalid"
    status = 422
    sentence = _("This is no service level: %(why)s")


class LevelUnchanged(Refusal):
    """The terms say what those before say."""

    code = "level_terms_unchanged"
    status = 422
    sentence = _("This service level says what the one before says.")


class LevelEvaluationNotFound(NotFound):
    """There is no such evaluation, or it is someone else's; the two look alike."""

    code = "level_evaluation_not_found"
    sentence = _("There is no such evaluation of a service level.")


def promise_of(row: Any) -> LevelPromise:
    """Return what a row of terms promises."""
    return LevelPromise(
        availability_ppm=row.availability_ppm,
        tiers=tuple((int(below), int(credit)) for below, credit in row.tiers),
        ready_seconds=row.ready_seconds,
        ready_credit_bp=row.ready_credit_bp,
        response_ms=row.response_ms,
        response_credit_bp=row.response_credit_bp,
        network_ppm=row.network_ppm,
        network_credit_bp=row.network_credit_bp,
    )
