"""What a dispute about money is: what it may be about, its clocks, its states, what it comes to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal

DISPUTE_KIND: Final = "assurance.dispute"  # What takes two people: what a dispute comes to.
CLAIMING_TURN: Final = "claims"  # claims of vouchers wait for each other, and covers for them
CLAIM_MAX: Final = 2_000
DISPUTE_FILES_MAX: Final = 5
RELIED_ON_BY: Final = "dispute"


class DisputeSubject(TextChoices):
    """What a dispute is about."""

    CHARGE = "CHARGE", _("A charge")
    DELIVERY = "DELIVERY", _("The delivery")
    CERTIFICATE = "CERTIFICATE", _("A certificate of the resource")
    COVER = "COVER", _("What a voucher covered")


@dataclass(frozen=True, slots=True)
class DisputeRule:
    """A version of the clocks of disputes; a dispute keeps the one that it was opened under."""

    name: str
    opens_within: timedelta  # after what it is about
    answer_within: timedelta  # the provider loses otherwise
    appeal_within: timedelta  # after each decision
    opens_by_subject: Mapping[DisputeSubject, timedelta] = field(default_factory=dict)
    answer_reminders: tuple[timedelta, ...] = ()  # before the answer is due, the longest first
    decide_every: timedelta | None = None  # how often operators, or the second one, are reminded

    def opens_for(self, subject: str) -> timedelta:
        """Return how long a subject may be disputed, from when its clock begins."""
        return self.opens_by_subject.get(DisputeSubject(subject), self.opens_within)


DISPUTE_RULES: Final[Mapping[str, DisputeRule]] = {
    "dispute-1": DisputeRule(
        "dispute-1",
        opens_within=timedelta(days=30),
        answer_within=timedelta(days=5),
        appeal_within=timedelta(days=7),
    ),
    "dispute-2": DisputeRule(
        "dispute-2",
        opens_within=timedelta(days=30),
        answer_within=timedelta(days=5),
        appeal_within=timedelta(days=7),
        opens_by_subject={
            DisputeSubject.CERTIFICATE: timedelta(days=90),
            DisputeSubject.COVER: timedelta(days=60),
        },
        answer_reminders=(timedelta(days=2), timedelta(hours=12)),
        decide_every=timedelta(days=2),
    ),
}
NEWEST_RULE: Final = "dispute-2"


class DisputeState(TextChoices):
    """Where a dispute stands."""

    OPEN = "OPEN", _("Waits for the provider")
    ANSWERED = "ANSWERED", _("Answered")
    LAPSED = "LAPSED", _("Lost for want of an answer")
    DECIDED = "DECIDED", _("Decided")
    APPEALED = "APPEALED", _("Appealed against")
    CLOSED = "CLOSED", _("Closed")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")


class DisputeStep(TextChoices):
    """What moves a dispute on."""

    ANSWER = "ANSWER", _("Answer")
    LAPSE = "LAPSE", _("Lose for want of an answer")
    DECIDE = "DECIDE", _("Decide")
    APPEAL = "APPEAL", _("Appeal")
    CARRY_OUT = "CARRY_OUT", _("Carry out")
    WITHDRAW = "WITHDRAW", _("Withdraw")


# The table of states: the trigger `assurance_dispute_moves` keeps the same one.
DISPUTE_STEPS: Final[Mapping[DisputeStep, tuple[tuple[DisputeState, ...], DisputeState]]] = {
    DisputeStep.ANSWER: ((DisputeState.OPEN,), DisputeState.ANSWERED),
    DisputeStep.LAPSE: ((DisputeState.OPEN,), DisputeState.LAPSED),
    DisputeStep.DECIDE: (
        (DisputeState.ANSWERED, DisputeState.LAPSED, DisputeState.APPEALED),
        DisputeState.DECIDED,
    ),
    DisputeStep.APPEAL: ((DisputeState.DECIDED,), DisputeState.APPEALED),
    DisputeStep.CARRY_OUT: ((DisputeState.DECIDED,), DisputeState.CLOSED),
    DisputeStep.WITHDRAW: (
        (DisputeState.OPEN, DisputeState.ANSWERED, DisputeState.LAPSED),
        DisputeState.WITHDRAWN,
    ),
}
ENDED: Final = (DisputeState.CLOSED, DisputeState.WITHDRAWN)
TO_DECIDE: Final = DISPUTE_STEPS[DisputeStep.DECIDE][0]


class DisputeNotFound(NotFound):
    """There is no such dispute, or it is someone else's; the two look alike."""

    code = "dispute_not_found"
    sentence = _("There is no such dispute.")


class DisputeMoved(Refusal):
    """The dispute is not where the step begins."""

    code = "dispute_moved"
    sentence = _("The dispute is “%(state)s”: it cannot do that.")


class DisputeUnderWay(Refusal):
    """The same thing of a contract is disputed once at a time."""

    code = "dispute_under_way"
    sentence = _("A dispute about the same thing is under way.")


class DisputeTooLate(Refusal):
    """What it is about lies too long ago, or there is nothing yet."""

    code = "dispute_too_late"
    sentence = _("What it is about lies more than %(days)s days ago.")


class DisputeBeyondCharged(Refusal):
    """More is claimed than was collected."""

    code = "dispute_beyond_charged"
    status = 422
    sentence = _(
        "At most %(most)s: so much was paid for it, and is neither given back nor claimed already."
    )


class DisputeClockRuns(Refusal):
    """A side may still do something."""

    code = "dispute_clock_runs"
    sentence = _("The time for this is over, or has not come.")


class AppealedAlready(Refusal):
    """Each side appeals once."""

    code = "dispute_appealed_already"
    sentence = _("Each side may appeal once.")


class InvalidDispute(InvalidInput):
    """A text or an amount of a dispute breaks its limits."""

    code = "invalid_dispute"
    sentence = _("This is not valid: %(problem)s")
