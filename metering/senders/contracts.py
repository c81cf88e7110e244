"""What others see of senders: how series are read, what became of a request, and the refusals."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self
from uuid import UUID

from django.conf import settings
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal
from metering.contracts import CountingMeter

MAPPINGS_MAX: Final = 20
RULES_MAX: Final = 200
VALUES_MAX: Final = 1_000  # entries in a rule's table of label values
NAME_LENGTH_MAX: Final = 80
SERIES_LABELS_MAX: Final = 64
LABEL_NAME_MAX: Final = 200
LABEL_VALUE_MAX: Final = 1_024
UNMAPPED_METRICS_MAX: Final = 1_000
WAITING_MAX: Final = 1_000  # samples of one series that wait for earlier ones
WAIT_SECONDS_MAX: Final = 3_600
GAP_SECONDS_MAX: Final = 86_400


class Reads(TextChoices):
    """How a series is read."""

    COUNTER = "counter", _("Counter: what it grew by")
    GAUGE = "gauge", _("Level: its value for as long as it stands")
    PRESENT = "present", _("Presence: the factor for as long as it is there")


class Via(TextChoices):
    """By which door series come."""

    REMOTE_WRITE_1 = "remote-write-1", "Prometheus remote write 1.0"
    REMOTE_WRITE_2 = "remote-write-2", "Prometheus remote write 2.0"
    OTLP = "otlp", "OTLP"


class SeriesKind(TextChoices):
    """What a sender says a series is."""

    UNTYPED = "untyped", _("not said")
    CUMULATIVE = "cumulative", _("counter")
    LEVEL = "level", _("level")
    DELTA = "delta", _("growth")
    OTHER = "other", _("histogram or summary")


class Unmapped(TextChoices):
    """Why a series is not followed."""

    NO_RULE = "no_rule", _("No mapping names it")
    NO_METER = "no_meter", _("Its label names no meter of yours")
    UNLIKE = "unlike", _("It is of another kind than the mapping reads")


class SampleRefusal(TextChoices):
    """Why a sample is not taken. The codes are API."""

    FUTURE = "sample_in_future", _("The sample lies in the future.")
    OLD = "sample_too_old", _("The sample is older than samples are taken for.")
    LABELS = (
        "invalid_labels",
        _("A series needs a name, each label once, and no label may be too long or too many."),
    )
    SERIES = "too_many_series", _("More series are followed than one provider may have.")
    UNREAD = "histogram_unread", _("Histograms are not read; send counters or levels.")


@dataclass(slots=True)
class SamplesTaken:
    """What became of a request's samples and of the readings that came of them."""

    samples: int = 0
    series: int = 0
    unmapped: int = 0
    waiting: int = 0
    odd: Counter[str] = field(default_factory=Counter)  # samples that added nothing, by reason
    refused: Counter[str] = field(default_factory=Counter)  # by code; never taken
    readings: int = 0
    known: int = 0

    @property
    def written(self) -> int:
        """Return how many samples were kept or looked at; the others are in `refused`."""
        return self.samples - self.not_written

    @property
    def not_written(self) -> int:
        """Return how many samples as such were not taken."""
        return sum(self.refused[code] for code in SampleRefusal.values)

    def plain(self) -> dict[str, Any]:
        """Return the counts as they are answered."""
        return {
            "samples": self.samples,
            "series": self.series,
            "unmapped": self.unmapped,
            "waiting": self.waiting,
            "nothing_new": dict(sorted(self.odd.items())),
            "refused": dict(sorted(self.refused.items())),
            "readings": self.readings,
            "known_readings": self.known,
        }


class MappingNotFound(NotFound):
    """There is no such mapping, or it is another provider's."""

    code = "mapping_not_found"
    sentence = _("There is no such mapping.")


class InvalidMapping(InvalidInput):
    """A mapping breaks its form, or names what is not there."""

    code = "invalid_mapping"
    sentence = _("The mapping is not valid: %(reason)s")


class MappingNameTaken(Refusal):
    """The provider has a mapping of this name."""

    code = "mapping_name_taken"
    sentence = _("You have a mapping of this name already.")


class TooManyMappings(Refusal):
    """The provider keeps as many mappings as it may."""

    code = "too_many_mappings"
    status = 422
    sentence = _("A provider may keep %(most)s mappings.")


class MappingChanged(Refusal):
    """Somebody published another version since this one was begun."""

    code = "mapping_changed"
    sentence = _("Version %(version)s was published meanwhile. Look at it, then publish yours.")


class MappingEnded(Refusal):
    """Nothing is published to a mapping that was ended."""

    code = "mapping_ended"
    sentence = _("This mapping was ended.")


class UnreadableSamples(InvalidInput):
    """A request cannot be read as what it says it is."""

    code = "unreadable_samples"
    sentence = _("The request cannot be read: %(reason)s")


class RequestTooLarge(Refusal):
    """A request holds more than is taken at once."""

    code = "request_too_large"
    status = 413
    sentence = _("A request may hold %(samples_max)s samples and %(bytes_max)s bytes, unpacked.")

    @classmethod
    def with_limits(cls) -> Self:
        """Name the limits in force."""
        return cls(
            samples_max=settings.METERING_SENDERS_SAMPLES_MAX,
            bytes_max=settings.METERING_SENDERS_BYTES_MAX,
        )


class SamplesRefused(InvalidInput):
    """Some samples, or readings of them, were not taken; the others were."""

    code = "samples_refused"
    keeps_writes = True
    sentence = _("Not everything was taken: %(reasons)s. The rest was.")

    @classmethod
    def of(cls, taken: SamplesTaken) -> Self:
        """Count the reasons."""
        told = ", ".join(f"{code} {count}" for code, count in sorted(taken.refused.items()))
        return cls(reasons=told, taken=taken.plain())


@dataclass(frozen=True, slots=True)
class MappingChange:
    """A rule that one version of a mapping has, and another has not."""

    sign: str
    rule: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TriedSeries:
    """What one series of a sample would do."""

    metric: str
    labels: Mapping[str, str]
    samples: int
    meter: CountingMeter | None
    reads: str
    subject: UUID | None
    reason: str
    readings: Sequence[Any] = ()
    place: int = 0  # of the rule that reads it, from 1 on; 0: none does
