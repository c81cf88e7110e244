"""What other rooms see of measuring."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Self
from uuid import UUID

from django.conf import settings
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import Forbidden, InvalidInput, NotFound, Refusal
from metering.units import bound_of


class MetricKind(TextChoices):
    """Whether a metric counts use over time (card-seconds) or things (tokens)."""

    TIME = "TIME", _("Use over time")
    COUNT = "COUNT", _("Count")


class WindowState(TextChoices):
    """Where a window stands. A late reading opens a closed one again, for the next revision."""

    OPEN = "OPEN", _("Open")
    CLOSED = "CLOSED", _("Closed")
    SET_ASIDE = "SET_ASIDE", _("Set aside")


class SetAsideReason(TextChoices):
    """Why a window waits for a decision instead of being measured."""

    NONE = "", ""
    ABOVE_CAPACITY = "above_capacity", _("More than the resource can deliver")
    CROWDED = "resource_above_capacity", _("More than the resource can deliver, over all meters")
    OVERLAPPING = "overlapping_readings", _("The same time counted twice")
    NOT_MEASURABLE = "not_measurable", _("The readings cannot be added up")


class Verdict(TextChoices):
    """What an operator decides about a window that was set aside."""

    ADMIT = "ADMIT", _("Admit as read")
    DISCARD = "DISCARD", _("Discard")


class MeterState(TextChoices):
    """What a provider should know about a meter at a glance."""

    LIVE = "LIVE", _("Live")
    LATE = "LATE", _("Late")
    SILENT = "SILENT", _("Silent")
    SET_ASIDE = "SET_ASIDE", _("Set aside")


class ChainFaultKind(TextChoices):
    """What the numbers and hashes of an agent's batches tell, and a signature alone does not."""

    GAP = "GAP", _("Batches are missing")
    CONFLICT = "CONFLICT", _("One number, two contents")
    OUT_OF_CHAIN = "OUT_OF_CHAIN", _("Does not follow from the batch before")


class Precision(TextChoices):
    """The number format that a capacity figure was stated for."""

    FP64 = "FP64", "FP64"
    FP32 = "FP32", "FP32"
    TF32 = "TF32", "TF32"
    FP16 = "FP16", "FP16"
    INT8 = "INT8", "INT8"
    FP8 = "FP8", "FP8"


class Density(TextChoices):
    """Whether a capacity figure counts on structured sparsity."""

    DENSE = "DENSE", _("Dense")
    SPARSE = "SPARSE", _("Sparse")


class ComputePath(TextChoices):
    """Which units of a chip a capacity figure was stated for."""

    VECTOR = "VECTOR", _("Vector")
    TENSOR = "TENSOR", _("Tensor")


class Assessment(TextChoices):
    """How a capacity figure came about."""

    NAMEPLATE = "NAMEPLATE", _("Nameplate")
    MEASURED = "MEASURED", _("Measured")


class Aggregate(StrEnum):
    """What the readings of a window make together."""

    SUM = "sum"
    MAX = "max"
    LATEST = "latest"
    UNIQUE = "unique"
    TIME_WEIGHTED_MEAN = "time_weighted_mean"


class Reads(StrEnum):
    """What the figure of a reading says: an amount, a level, or where a counter stands."""

    DELTA = "delta"
    GAUGE = "gauge"
    CUMULATIVE = "cumulative"


class Combine(StrEnum):
    """How weighted parts become one figure, as Slurm does it with TRES."""

    SUM = "sum"
    MAX = "max"


class RowRefusal(StrEnum):
    """Why one reading of a batch was not taken. The codes are API: stable, never reused."""

    INVALID_EVENT = "invalid_event"
    INVALID_QUANTITY = "invalid_quantity"
    INVALID_PERIOD = "invalid_period"
    UNKNOWN_METER = "unknown_meter"
    UNIT_MISMATCH = "unit_mismatch"
    NEGATIVE_QUANTITY = "negative_quantity"
    READING_IN_FUTURE = "reading_in_future"
    CROSSES_WINDOW = "reading_crosses_window"
    ABOVE_CAPACITY = "above_capacity"
    READING_CONFLICT = "reading_conflict"
    SIGNATURE_REQUIRED = "signature_required"
    TOO_OLD = "reading_too_old"
    TOO_LATE = "reading_too_late"
    BEFORE_METER = "reading_before_meter"
    MONTH_REMOVED = "reading_month_removed"
    UNKNOWN_STATE = "unknown_state"


REFUSAL_SENTENCES = {
    RowRefusal.INVALID_EVENT: _("This is no CloudEvent 1.0 of the documented type."),
    RowRefusal.INVALID_QUANTITY: _(
        "Write the quantity in plain digits: at most 15 before and 12 after the point."
    ),
    RowRefusal.INVALID_PERIOD: _("The reading must end after it starts, in a named time zone."),
    RowRefusal.UNKNOWN_METER: _("You have no meter of this name."),
    RowRefusal.UNIT_MISMATCH: _("The unit is not the one that the meter's metric counts in."),
    RowRefusal.NEGATIVE_QUANTITY: _("A quantity cannot be negative."),
    RowRefusal.READING_IN_FUTURE: _("The reading ends in the future."),
    RowRefusal.CROSSES_WINDOW: _("The reading crosses the edge of a measuring window: split it."),
    RowRefusal.ABOVE_CAPACITY: _("The quantity is more than the resource can physically deliver."),
    RowRefusal.READING_CONFLICT: _(
        "This source and id were taken before, with other content. Corrections need a new id."
    ),
    RowRefusal.SIGNATURE_REQUIRED: _("This meter's readings must be signed by its own agent."),
    RowRefusal.TOO_OLD: _("The reading began longer ago than readings are taken for."),
    RowRefusal.TOO_LATE: _("The reading arrives later than the meter's rule takes readings."),
    RowRefusal.BEFORE_METER: _("The reading began before its meter was registered."),
    RowRefusal.MONTH_REMOVED: _("The raw readings of that month were removed; it takes no more."),
    RowRefusal.UNKNOWN_STATE: _("The meter's rule knows no such state of the resource."),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a meter counted over a stretch of time; `(source, event_id)` names it for good."""

    source: str
    event_id: str
    meter_id: UUID
    starts_at: datetime
    ends_at: datetime
    quantity: Decimal
    unit: str
    subject: UUID | None = None  # the order that the use belongs to
    state: str = ""  # what the resource did meanwhile, where its rule knows states


@dataclass(frozen=True, slots=True)
class ChainPlace:
    """Where a batch stands among those of its agent: its number, and the hash of the one before."""

    number: int
    previous: str


@dataclass(frozen=True, slots=True)
class MissingBatches:
    """Numbers of batches that never arrived, the first and the last of a stretch."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """One event of a batch that was not taken, by its place in the batch."""

    index: int
    code: RowRefusal
    hint: str = ""  # where in the event, if it could not be read

    @property
    def detail(self) -> str:
        """Return the reason in the reader's language."""
        sentence = str(REFUSAL_SENTENCES[self.code])
        return f"{sentence} {self.hint}" if self.hint else sentence


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What became of a batch: taken, known before, refused. The three add up to its length."""

    accepted: int
    duplicates: int
    refused: tuple[RefusedRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Closed:
    """What one run of closing did; `is_full` says that more may be due."""

    windows: int
    records: int
    set_aside: int
    is_full: bool


@dataclass(frozen=True, slots=True)
class MeasuredUsage:
    """
    What a meter delivered to one subject in one closed window.

    `quantity` is in the metric's own unit (card-seconds, tokens); `native_hours` is the same for
    time metrics, in unit-hours; `standard_hours` is None where the rule knows no factor, and
    `no_standard_reason` says why. `units_max` is how many units were in use at one moment, at most
    (None: nobody knows). `parts` are what a rule weighed it from: unit, quantity, weight.
    `sequence` rises in the order of commits: read past a watermark nothing is ever missed.
    """

    sequence: int
    id: UUID
    provider_id: UUID
    meter_id: UUID
    resource_id: UUID
    subject: UUID | None
    starts_at: datetime
    ends_at: datetime
    revision: int
    supersedes_id: UUID | None
    quantity: Decimal
    unit: str
    native_hours: Decimal | None
    standard_hours: Decimal | None
    no_standard_reason: str
    rule_version_id: UUID
    inputs_hash: str
    reading_count: int
    units_max: Decimal | None
    is_trial: bool = False
    parts: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a subject's time on a resource, inside of one window, and its share of units."""

    subject: UUID
    resource_id: UUID
    starts_at: datetime
    ends_at: datetime
    units: Decimal
    unit: str  # of the metric that it is measured in


@dataclass(frozen=True, slots=True)
class Factor:
    """How many standard hours one hour of a chip is worth, and who says so."""

    value: Decimal
    source: str
    certificate_id: UUID | None = None
    hour_class: str = ""  # of the table that it follows from; empty: the rule's own figures
    row: str = ""  # of that table

    @property
    def is_priced(self) -> bool:
        """Return whether its hours are the ones of prices, collars and the index: training's."""
        return self.hour_class in {"", "training"}


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """A version of a measurement rule, as other rooms quote it."""

    id: UUID
    code: str
    version: int
    metric: str
    unit: str
    window_seconds: int
    grace_seconds: int
    content_hash: str

    def fits(self, capacity_unit: str) -> bool:
        """Return whether the rule counts what a unit of a resource yields: time, or bytes."""
        bound = bound_of(self.unit)
        return bound is not None and bound.of == capacity_unit


# What serves a model is certified in this unit, and names the model as its makers do.
TOKENS_A_SECOND = "tokens/s"
MODEL_NAME_MAX = 60
MODEL_ALIASES_MAX = 8


@dataclass(frozen=True, slots=True)
class CapacityLine:
    """One stated capacity figure. Lines add up only where precision, density and path agree."""

    precision: Precision
    density: Density
    path: ComputePath
    value: Decimal
    unit: str = "TFLOPS"


@dataclass(frozen=True, slots=True)
class DailyHours:
    """Standard hours of one local day and one resource class."""

    day: str  # ISO date
    resource_class: str
    standard_hours: Decimal
    native_hours: Decimal


@dataclass(frozen=True, slots=True)
class HeatCell:
    """How full a provider's capacity was in one hour of the week (Monday is 1)."""

    weekday: int
    hour: int
    utilisation: Decimal  # 0 … 1


@dataclass(frozen=True, slots=True)
class MeterHealth:
    """How a meter is doing."""

    meter_id: UUID
    name: str
    resource_id: UUID
    metric: str
    unit: str
    last_reading_at: datetime | None
    coverage: Decimal  # share of the windows looked at that have readings, 0 … 1
    state: MeterState


@dataclass(frozen=True, slots=True)
class CountingMeter:
    """What whoever makes readings for a meter needs to know of it."""

    id: UUID
    name: str
    unit: str
    window_seconds: int
    identifier: str  # of its resource
    agent_id: UUID | None


@dataclass(frozen=True, slots=True)
class RuleDefinition:
    """A measurement rule as data; see `metering/rules_data` for those that come with Suanpan."""

    metric: str
    aggregate: str
    window_seconds: int
    grace_seconds: int
    standard: bool
    accepts_certificates: bool
    factors: Sequence["ChipFactor"] = ()
    measuring_rule: str = "measure-1"  # how sums become hours
    reads: str = Reads.DELTA
    weights: Sequence["MetricWeight"] = ()
    combine: str = ""
    multipliers: Sequence["StateMultiplier"] = ()
    increment: str = "0"  # a window's quantity is rounded up to whole ones
    minimum: str = "0"  # what is used at all counts for no less
    lateness_seconds: int | None = None  # how late a reading may come; None: the market's limit
    trial: bool = False  # measured and shown, never charged
    conversion: "NamedTable | None" = None  # whose factors convert to standard hours


@dataclass(frozen=True, slots=True)
class ChipFactor:
    """A chip's published dense FP16 figure, and the factor against the reference that follows."""

    chip: str
    tflops: str
    factor: str
    source: str
    also: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class MetricWeight:
    """How much one unit of a metric counts in a rule that reads several."""

    metric: str
    weight: str
    source: str


@dataclass(frozen=True, slots=True)
class StateMultiplier:
    """How much of a use counts while a resource is in a state, by which clause."""

    state: str
    factor: str
    source: str


@dataclass(frozen=True, slots=True)
class NamedTable:
    """A published conversion table, by name and version."""

    name: str
    version: int


class MeterNotFound(NotFound):
    """There is no such meter, or it is another provider's."""

    code = "meter_not_found"
    sentence = _("There is no such meter.")


class UsageNotFound(NotFound):
    """There is no such usage record, or it is another provider's."""

    code = "usage_record_not_found"
    sentence = _("There is no such usage record.")


class WindowNotFound(NotFound):
    """There is no such window, or it is another provider's."""

    code = "window_not_found"
    sentence = _("There is no such window.")


class WindowNotSetAside(Refusal):
    """There is nothing to decide about this window."""

    code = "window_not_set_aside"
    sentence = _("Only a window that was set aside waits for a decision.")


class OwnWindow(Forbidden):
    """Nobody decides about their own readings."""

    code = "own_window"
    sentence = _("Another organisation must decide about your readings.")


class RuleVersionNotFound(NotFound):
    """There is no such version of a measurement rule."""

    code = "rule_version_not_found"
    sentence = _("There is no such measurement rule.")


class MeterRefused(Refusal):
    """The meter cannot be registered like this."""

    code = "meter_refused"
    status = 422
    sentence = _("The meter cannot be registered: %(reason)s")


class MeterNameTaken(Refusal):
    """The resource has a meter of this name already."""

    code = "meter_name_taken"
    sentence = _("This resource has a meter of this name already.")


class InvalidRule(InvalidInput):
    """The definition of a measurement rule breaks its own form."""

    code = "invalid_measurement_rule"
    sentence = _("The measurement rule is not valid: %(reason)s")


class RuleVersionConflict(Refusal):
    """This version of the rule was published before, with other content."""

    code = "rule_version_conflict"
    sentence = _("This version was published with other content; publish a new version.")


class InvalidEnvelope(InvalidInput):
    """The request is no CloudEvents message at all."""

    code = "invalid_envelope"
    sentence = _("The request is no CloudEvents 1.0 message: %(reason)s")


class BatchTooLarge(Refusal):
    """The batch has more events or bytes than one request may carry."""

    code = "batch_too_large"
    status = 413
    sentence = _("A batch may hold %(events_max)s events and %(bytes_max)s bytes.")

    @classmethod
    def with_limits(cls) -> Self:
        """Name the limits in force."""
        return cls(
            events_max=settings.METERING_BATCH_EVENTS_MAX,
            bytes_max=settings.METERING_BATCH_BYTES_MAX,
        )


class EventsRefused(Refusal):
    """No event of the request was taken."""

    code = "events_refused"
    keeps_writes = True
    status = 422
    sentence = _("No event was taken; see the reason of each.")

    @classmethod
    def of(cls, rows: Sequence[RefusedRow]) -> Self:
        """Name every row, its code and its reason."""
        return cls(
            refused=[
                {"index": row.index, "code": str(row.code), "detail": row.detail} for row in rows
            ]
        )


class BatchConflict(Refusal):
    """The number of the batch was used before, for other bytes."""

    code = "batch_conflict"
    keeps_writes = True
    sentence = _("Batch %(number)s was taken before, with other content.")


class BatchOutOfChain(Refusal):
    """The batch does not follow from the ones beside it."""

    code = "batch_out_of_chain"
    keeps_writes = True
    sentence = _("Batch %(number)s does not follow from the batch before it.")


class SignatureRefused(Refusal):
    """The signature does not prove that the named agent sent these bytes."""

    code = "signature_refused"
    status = 401
    sentence = _("The signature is not valid for this agent and these bytes.")


class UnlikeLines(Refusal):
    """Figures of unlike precision, density or path were about to be added."""

    code = "unlike_capacity_lines"
    status = 422
    sentence = _("Capacity figures of unlike precision, density, path or unit do not add up.")


class CertificateRefused(Refusal):
    """The certificate cannot be taken like this."""

    code = "certificate_refused"
    status = 422
    sentence = _("The capacity certificate cannot be taken: %(reason)s")
