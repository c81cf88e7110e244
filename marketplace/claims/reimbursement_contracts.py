"""What other rooms see of reimbursements, and what is refused about them."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal
from marketplace.vouchers.terms import EvidenceKind

REIMBURSEMENT_LINES_MAX: Final = 1_000
REIMBURSEMENT_FILES_MAX: Final = 20
REIMBURSEMENT_DAYS_MAX: Final = 366
# What the market knows of every trade itself; for the rest the applicant brings a file.
KNOWN_HERE: Final = frozenset(
    {EvidenceKind.CONTRACT.value, EvidenceKind.PAYMENT_PROOF.value, EvidenceKind.METERING.value}
)


class ReimbursementState(TextChoices):
    """Where a request to be reimbursed stands."""

    SUBMITTED = "SUBMITTED", _("To be reviewed")
    REVIEWED = "REVIEWED", _("To be checked by another person")
    PUBLISHED = "PUBLISHED", _("Open to objections")
    APPROVED = "APPROVED", _("Granted")
    PAID = "PAID", _("Paid")
    RETURNED = "RETURNED", _("Given back")
    REJECTED = "REJECTED", _("Rejected")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")


class ReimbursementStep(TextChoices):
    """What moves a request on."""

    SUBMIT = "SUBMIT", _("Submitted")
    REVIEW = "REVIEW", _("Reviewed")
    SEND_BACK = "SEND_BACK", _("Sent back to the review")
    PUBLISH = "PUBLISH", _("Opened to objections")
    APPROVE = "APPROVE", _("Granted")
    REJECT = "REJECT", _("Rejected")
    WITHDRAW = "WITHDRAW", _("Withdrawn")
    PAY = "PAY", _("Paid")
    GIVE_BACK = "GIVE_BACK", _("Given back")


S = ReimbursementState
# From which states a step leads, and to which; the trigger `claims_reimbursement_moves` keeps it.
REIMBURSEMENT_STEPS: Final = {
    ReimbursementStep.REVIEW: ({S.SUBMITTED}, S.REVIEWED),
    ReimbursementStep.SEND_BACK: ({S.REVIEWED}, S.SUBMITTED),
    ReimbursementStep.PUBLISH: ({S.REVIEWED}, S.PUBLISHED),
    ReimbursementStep.APPROVE: ({S.REVIEWED, S.PUBLISHED}, S.APPROVED),
    ReimbursementStep.REJECT: ({S.SUBMITTED, S.REVIEWED, S.PUBLISHED}, S.REJECTED),
    ReimbursementStep.WITHDRAW: ({S.SUBMITTED, S.REVIEWED, S.PUBLISHED}, S.WITHDRAWN),
    ReimbursementStep.PAY: ({S.APPROVED}, S.PAID),
    ReimbursementStep.GIVE_BACK: ({S.APPROVED}, S.RETURNED),
}
LIVE: Final = (S.SUBMITTED, S.REVIEWED, S.PUBLISHED, S.APPROVED, S.PAID)
UNDECIDED: Final = (S.SUBMITTED, S.REVIEWED, S.PUBLISHED)


class LineRefusal(TextChoices):
    """Why nothing of a trade is reimbursed."""

    OFFSET = "OFFSET", _("Vouchers of this programme paid a part of it at once.")
    NOTHING_PAID = "NOTHING_PAID", _("Nothing of it was paid with the buyer's own money.")
    NOTHING_MORE = "NOTHING_MORE", _("Nothing more of it is supported.")


@dataclass(frozen=True, slots=True)
class ReimbursementWish:
    """The trades that ended on some days, to be reimbursed by a programme, with what proves it."""

    programme_id: UUID
    since: date
    until: date
    files: dict[str, UUID] = field(default_factory=dict)  # by kind of evidence


@dataclass(frozen=True, slots=True)
class ReimbursedTrade:
    """What a trade record adds to a request: own money, what is granted, and why that much."""

    trade_record_id: UUID
    contract_id: UUID
    number: str
    base_minor: int
    amount_minor: int
    is_live: bool
    explained: dict[str, Any]


class ReimbursementNotFound(NotFound):
    """There is no such request, or it is someone else's; the two look alike."""

    code = "reimbursement_not_found"


class ReimbursementMoved(Refusal):
    """The request is not where this step begins."""

    code = "reimbursement_moved"
    sentence = _("This request is: %(state)s.")


class NothingToReimburse(Refusal):
    """No trade of these days can be reimbursed by the programme."""

    code = "nothing_to_reimburse"
    sentence = _("No trade of these days can be reimbursed: %(why)s")


class ReimbursementClosed(Refusal):
    """The programme does not reimburse, or takes no requests at this time."""

    code = "reimbursement_closed"
    sentence = _("The programme takes no requests to be reimbursed now. %(clause)s")


class PayeeRefused(Refusal):
    """The programme's rules say that somebody else is paid."""

    code = "payee_refused"
    sentence = _("The programme pays somebody else: %(payee)s. %(clause)s")


class EvidenceMissing(InvalidInput):
    """The programme's rules ask for evidence that was not brought."""

    code = "reimbursement_evidence_missing"
    sentence = _("This is missing: %(kinds)s. %(clause)s")


class InvalidReimbursementPeriod(InvalidInput):
    """No day, or more than a year."""

    code = "invalid_reimbursement_period"
    sentence = _("Choose 1 to %(days)s days that have begun.")


class ReimbursementObjected(Refusal):
    """Somebody objects, and nobody answered yet; or the organisation did so before."""

    code = "reimbursement_objected"
    sentence = _("Your organisation has objected to this request.")


class PaymentNotArrived(Refusal):
    """No payment of this amount under this reference reached the buyer's account."""

    code = "reimbursement_not_arrived"
    sentence = _(
        "No payment of %(amount)s under this reference is booked to the buyer's account: finance"
        " imports the statement first."
    )


class SharePaidBefore(Refusal):
    """A payer paid its part, so the claim cannot go back."""

    code = "claim_partly_paid"
    sentence = _("A payer has paid its part of this claim: it cannot be returned any more.")
