"""What other rooms see of deliveries: their states, their policies and their refusals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import NotFound, Refusal
from common.period import Period

POLICY_KIND: Final = "fulfilment.policy"  # What takes two operators.
DELIVERY: Final = "delivery"  # the kind of object that a delivery is
DETAIL_LENGTH_MAX: Final = 500
EXIT_CODE_MAX: Final = 255
RESULT_LENGTH_MAX: Final = 500
LOG_TAIL_MAX: Final = 4_000  # characters of the end of what a job wrote


class FulfilmentState(TextChoices):
    """Where a delivery stands, in the words of the interconnection procedure."""

    PREPARING = "PREPARING", _("Being prepared")
    CONNECTED = "CONNECTED", _("Connected")
    SCHEDULED = "SCHEDULED", _("Scheduled to run")
    RUNNING = "RUNNING", _("In operation")
    INTERRUPTED = "INTERRUPTED", _("Interrupted")
    EXITED = "EXITED", _("Exited")
    FAILED = "FAILED", _("Not delivered")
    CALLED_OFF = "CALLED_OFF", _("Called off")


class DeliveryMove(TextChoices):
    """What may happen to a delivery."""

    CONNECT = "CONNECT", _("Access is set up")
    SCHEDULE = "SCHEDULE", _("Scheduled to run")
    READY = "READY", _("It is ready")
    INTERRUPT = "INTERRUPT", _("Interrupted")
    EXIT = "EXIT", _("Exited")
    FAIL = "FAIL", _("Not delivered")
    CALL_OFF = "CALL_OFF", _("Called off")
    WIPE = "WIPE", _("Data wiped")


class DeliveryReason(TextChoices):
    """Why nothing, or no more, was delivered. Stable: it is API."""

    NONE = "", _("None")
    DECLINED = "declined", _("The provider cannot deliver it")
    NOT_ANSWERED_IN_TIME = "not_answered_in_time", _("The provider did not answer in time")
    ACCESS_NOT_ASKED = "access_not_asked", _("The buyer named no key for its access")
    NOT_READY_IN_TIME = "not_ready_in_time", _("Not ready in time")
    NOT_RESTORED_IN_TIME = "not_restored_in_time", _("Not restored in time")
    HARDWARE_FAULT = "hardware_fault", _("Fault of the hardware")
    NETWORK_FAULT = "network_fault", _("Fault of the network")
    ACCESS_FAULT = "access_fault", _("Access could not be set up")
    MAINTENANCE = "maintenance", _("Maintenance")
    TAKEN_BACK = "taken_back", _("The provider took the capacity back")
    NEVER_READY = "never_ready", _("It exited before it was ready")
    JOB_DONE = "job_done", _("The job is done")
    ORDER_ENDED = "order_ended", _("The ordered time is over")
    AGREED_END = "agreed_end", _("Buyer and provider agreed on its end")
    ORDER_CANCELLED = "order_cancelled", _("The order was cancelled")
    PROVIDER_SUSPENDED = "provider_suspended", _("The provider is suspended")
    BUYER_SUSPENDED = "buyer_suspended", _("The buyer is suspended")
    RESOURCE_SUSPENDED = "resource_suspended", _("The resource is suspended")
    AGENT_DOWN = "agent_down", _("The provider's agent says that it stands still")
    PREEMPTED = "preempted", _("Taken back with the notice that its listing promised")
    EMERGENCY_STOP = "emergency_stop", _("Stopped by the operator in an emergency")


REASON_CHOICES: Final = [choice for choice in DeliveryReason.choices if choice[0]]
# Why a provider itself may say so; the others the market alone finds.
PROVIDERS_REASONS: Final = (
    DeliveryReason.DECLINED,
    DeliveryReason.HARDWARE_FAULT,
    DeliveryReason.NETWORK_FAULT,
    DeliveryReason.ACCESS_FAULT,
    DeliveryReason.MAINTENANCE,
    DeliveryReason.TAKEN_BACK,
    DeliveryReason.NEVER_READY,
    DeliveryReason.JOB_DONE,
)
# What is no fault of a provider: another would not have delivered it either.
BUYERS_REASONS: Final = (
    DeliveryReason.NONE,
    DeliveryReason.ACCESS_NOT_ASKED,
    DeliveryReason.JOB_DONE,
    DeliveryReason.AGREED_END,
    DeliveryReason.ORDER_CANCELLED,
    DeliveryReason.BUYER_SUSPENDED,
    DeliveryReason.EMERGENCY_STOP,
)
PROVIDERS_MOVES: Final = (
    DeliveryMove.CONNECT,
    DeliveryMove.SCHEDULE,
    DeliveryMove.READY,
    DeliveryMove.INTERRUPT,
    DeliveryMove.EXIT,
    DeliveryMove.FAIL,
    DeliveryMove.WIPE,
)
# Moves that lead to operation: none of them while a party or the resource is suspended.
BEGINNING: Final = (DeliveryMove.CONNECT, DeliveryMove.SCHEDULE, DeliveryMove.READY)
# Which of them fit what happened.
_FAULTS: Final = (
    DeliveryReason.HARDWARE_FAULT,
    DeliveryReason.NETWORK_FAULT,
    DeliveryReason.ACCESS_FAULT,
    DeliveryReason.MAINTENANCE,
    DeliveryReason.TAKEN_BACK,
)
REASONS_OF: Final[dict[DeliveryMove, tuple[DeliveryReason, ...]]] = {
    DeliveryMove.INTERRUPT: _FAULTS,
    DeliveryMove.EXIT: (DeliveryReason.JOB_DONE, *_FAULTS),
    DeliveryMove.FAIL: (DeliveryReason.DECLINED, *_FAULTS, DeliveryReason.NEVER_READY),
}
# Moves that say that something does not run, and therefore say why.
REASONED: Final = (DeliveryMove.INTERRUPT, DeliveryMove.EXIT, DeliveryMove.FAIL)


class PolicyMode(TextChoices):
    """From when on an order is charged."""

    BY_CLOCK = "BY_CLOCK", _("From its start, by what is measured")
    READY_TO_BILL = "READY_TO_BILL", _("From when its provider says that it is ready")


class Confirmer(StrEnum):
    """Who confirmed that a delivery runs."""

    READING = "reading"
    BUYER = "buyer"


@dataclass(frozen=True, slots=True)
class WorkLeft:
    """What a job left behind at its exit, as its provider says; each may be missing."""

    exit_code: int | None = None
    result_reference: str = ""
    log_tail: str = ""


@dataclass(frozen=True, slots=True)
class AnswerTerms:
    """How long a provider may say nothing of what it was asked for ahead of the start."""

    ahead_seconds: int  # of what is asked for later than that before its start nothing is due
    late_seconds: int
    late_parts: int  # and no more than one of so many parts of the time until the start
    fails_seconds: int
    fails_parts: int

    def bounds(
        self, *, opened_at: datetime, starts_at: datetime
    ) -> tuple[datetime, datetime] | None:
        """Return from when on silence is late, and when it has failed; nothing if neither is."""
        ahead = starts_at - opened_at
        if ahead < timedelta(seconds=self.ahead_seconds):
            return None
        late = min(timedelta(seconds=self.late_seconds), ahead / self.late_parts)
        fails = min(timedelta(seconds=self.fails_seconds), ahead / self.fails_parts)
        return opened_at + late, opened_at + fails


@dataclass(frozen=True, slots=True)
class DeliveryTerms:
    """A version of the rule of deliveries: how long each part may take."""

    name: str
    ready_seconds: int  # from the start, or from the clearing if that is later
    restore_seconds: int  # of an interruption
    wipe_seconds: int  # from the exit until the provider has confirmed that data is wiped
    parts_of_order: int = 0  # no more than one of so many parts of the ordered time; 0: no bound
    answer: AnswerTerms | None = None  # nothing: silence before the start is never late
    follows_agent: bool = False  # it does not run while the provider's agent says so

    def bounded(self, seconds: int, *, starts_at: datetime, ends_at: datetime) -> timedelta:
        """Return how long a part may take of an order with these times."""
        length = timedelta(seconds=seconds)
        if not self.parts_of_order:
            return length
        return min(length, (ends_at - starts_at) / self.parts_of_order)


@dataclass(frozen=True, slots=True)
class Delivered:
    """When an order was in operation: what settlement charges for, and nothing else."""

    order_id: UUID
    state: FulfilmentState
    reason: DeliveryReason
    periods: Sequence[tuple[datetime, datetime | None]]

    def within(self, ordered: Period) -> tuple[Period, ...]:
        """Return the parts of an ordered time in which it ran; an open one runs on to its end."""
        spans = (
            Period(starts, ends or max(ordered.ends_at, starts))
            for starts, ends in self.periods
            if ends is None or ends > starts
        )
        found = (span.overlap(ordered) for span in spans if span.ends_at > span.starts_at)
        return tuple(part for part in found if part is not None)


@dataclass(frozen=True, slots=True)
class InterruptedTime:
    """A time in which a delivery did not run after it had been ready; an open one goes on."""

    starts_at: datetime
    ends_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class DeliveredCourse:
    """How a delivery went: when it had to be ready, when it first was, when it did not run."""

    order_id: UUID
    asked_at: datetime  # from when it had to be ready
    ready_at: datetime | None
    interrupted: tuple[InterruptedTime, ...]
    is_failed_start: bool  # it never ran although its time had come


@dataclass(frozen=True, slots=True)
class AdvancingRun:
    """What one look at all deliveries did."""

    opened: int = 0
    failed: int = 0
    exited: int = 0
    called_off: int = 0

    @property
    def moved(self) -> int:
        """Return how many deliveries were opened or moved."""
        return self.opened + self.failed + self.exited + self.called_off


class ComputeDeliveryNotFound(NotFound):
    """There is no such delivery, or it is someone else's; the two look alike."""

    code = "compute_delivery_not_found"
    sentence = _("There is no such delivery.")


class MoveRefused(Refusal):
    """The delivery stands where nothing of the kind may happen."""

    code = "delivery_move_refused"
    sentence = _("This cannot happen to a delivery that is: %(state)s.")


class DeliveryHalted(Refusal):
    """Nothing is put into operation while a party of it, or the resource, is suspended."""

    code = "delivery_halted"
    sentence = _(
        "The provider, the buyer or the resource is suspended: nothing is put into operation"
        " until that is lifted."
    )


class AgentStandsStill(Refusal):
    """The provider says that it is ready, and its own agent that the resource stands still."""

    code = "delivery_stands_still"
    sentence = _(
        "The provider's own agent says that the resource stands still: it is ready once the agent"
        " says so, or says nothing any more."
    )


class DeliveryReasonUnfit(Refusal):
    """The reason is one of the list, and does not fit what happened."""

    code = "delivery_reason_unfit"
    status = 422
    sentence = _("This reason does not fit what happened.")


class DeliveryReasonMissing(Refusal):
    """What does not run, or no longer, has a reason of the list."""

    code = "delivery_reason_missing"
    status = 422
    sentence = _("Choose the reason.")


class WorkNotOver(Refusal):
    """Only what exits leaves a result."""

    code = "delivery_work_not_over"
    status = 422
    sentence = _("An exit code, a result and a log belong to an exit alone.")


class NotRunningYet(Refusal):
    """There is nothing to confirm."""

    code = "delivery_not_running"
    sentence = _("Only what is in operation can be confirmed.")


class PolicyRefused(Refusal):
    """A policy would change what was in force already, or is the one in force."""

    code = "delivery_policy_refused"
    status = 422
    sentence = _("A policy differs from the one before it and takes effect later than every other.")
