"""What other rooms see of voucher claims, and what is refused about them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal

LINES_MAX: Final = 1_000
CLAW_BACK_KIND: Final = "claims.claw_back"  # What takes two people of the issuer.
EVIDENCE_LENGTH_MAX: Final = 1_000
REASON_LENGTH_MAX: Final = 500
REFERENCE_LENGTH_MAX: Final = 80


class ClaimState(TextChoices):
    """Where a claim stands."""

    SUBMITTED = "SUBMITTED", _("Being checked")
    CHECKED = "CHECKED", _("Accepted")
    INSTRUCTED = "INSTRUCTED", _("With the payer")
    PAID = "PAID", _("Paid")
    RETURNED = "RETURNED", _("Returned")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")


class ClaimKind(TextChoices):
    """What is claimed."""

    VOUCHER = "VOUCHER", _("Captured vouchers")
    REIMBURSEMENT = "REIMBURSEMENT", _("Reimbursement")


class RecoveryState(TextChoices):
    """Whether what a programme wants back was paid back."""

    OPEN = "OPEN", _("To be paid back")
    REPAID = "REPAID", _("Paid back")
    VOID = "VOID", _("Nothing is wanted any more")


OPEN: Final = (ClaimState.SUBMITTED, ClaimState.CHECKED, ClaimState.INSTRUCTED)


@dataclass(frozen=True, slots=True)
class PayerBatch:
    """What an issuer's payer was handed at once."""

    batch: str
    instructed_at: datetime
    claims: int
    paid: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class PayTo:
    """The bank account that a provider is paid to."""

    holder: str
    account_number: str
    bank_code: str
    bank_name: str
    message: str = ""  # what the payer writes on the transfer


@dataclass(frozen=True, slots=True)
class Claimable:
    """What a provider may claim from a programme now."""

    programme_id: UUID
    programme_code: str
    trades: int
    amount_minor: int


class ClaimNotFound(NotFound):
    """There is no such claim, or it is someone else's; the two look alike."""

    code = "claim_not_found"
    sentence = _("There is no such claim.")


class SourceUnknown(InvalidInput):
    """The programme's rules name no such source of money."""

    code = "source_unknown"
    sentence = _("The programme's rules name no such source of money.")


class RecoveryNotFound(NotFound):
    """There is no such claim of a programme, or it is someone else's; the two look alike."""

    code = "recovery_not_found"


class RecoveryRepaid(Refusal):
    """It was paid back before, under another reference."""

    code = "recovery_repaid"
    sentence = _("This was paid back before, under another reference.")


class GroundNotNamed(Refusal):
    """The programme's rules do not name this ground for taking back."""

    code = "claw_back_ground_not_named"
    sentence = _("The programme's rules do not name this ground for taking back. %(clause)s")


class ClawBackTooLate(Refusal):
    """The time in which the programme's rules let it take back is over."""

    code = "claw_back_too_late"
    sentence = _("The time to take this voucher back ended after %(days)s days. %(clause)s")


class NothingToClaim(Refusal):
    """No settled trade was paid by vouchers of the programme that are not claimed already."""

    code = "nothing_to_claim"
    sentence = _("Nothing of this programme can be claimed now.")


class ClaimMoved(Refusal):
    """The claim is not where this step begins."""

    code = "claim_moved"
    sentence = _("This claim is: %(state)s.")


class BatchTaken(Refusal):
    """A batch that the payer was handed grows no more."""

    code = "claim_batch_taken"
    sentence = _("A batch of this name is with the payer already: choose another name.")


class ClaimUnderCase(Refusal):
    """A case of surveillance rests on a trade that would be accepted."""

    code = "claim_under_case"
    sentence = _("A case of surveillance rests on %(trades)s: strike it out, or wait for the case.")


class ReasonNeeded(InvalidInput):
    """Who returns or reduces a claim says why."""

    code = "claim_reason_needed"
    sentence = _("Say why.")


class AllStruck(InvalidInput):
    """A claim of which nothing is left is returned."""

    code = "claim_all_struck"
    sentence = _("Nothing would be left of the claim: return it instead.")
