"""What the record of events calls what happens in this room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class ClaimEvent(TextChoices):
    """What happens to voucher claims."""

    SUBMITTED = "claims.claim.submitted", _("Claim submitted")
    CHECKED = "claims.claim.checked", _("Claim accepted")
    INSTRUCTED = "claims.claim.instructed", _("Claim handed to the payer")
    PAID = "claims.claim.paid", _("Claim paid")
    RETURNED = "claims.claim.returned", _("Claim returned")
    WITHDRAWN = "claims.claim.withdrawn", _("Claim withdrawn")
    CLAWED_BACK = "claims.claw_back.decided", _("Claw-back decided")
    RECOVERY_DEMANDED = "claims.recovery.demanded", _("Paid vouchers claimed back")
    REIMBURSEMENT_SUBMITTED = "claims.reimbursement.submitted", _("Reimbursement asked for")
    REIMBURSEMENT_REVIEWED = "claims.reimbursement.reviewed", _("Reimbursement reviewed")
    REIMBURSEMENT_SENT_BACK = "claims.reimbursement.sent_back", _("Reimbursement sent back")
    REIMBURSEMENT_PUBLISHED = (
        "claims.reimbursement.published",
        _("Reimbursement opened to objections"),
    )
    REIMBURSEMENT_OBJECTED = "claims.reimbursement.objected", _("Objection to a reimbursement")
    REIMBURSEMENT_ANSWERED = (
        "claims.reimbursement.answered",
        _("Objection to a reimbursement answered"),
    )
    REIMBURSEMENT_APPROVED = "claims.reimbursement.approved", _("Reimbursement granted")
    REIMBURSEMENT_REJECTED = "claims.reimbursement.rejected", _("Reimbursement rejected")
    REIMBURSEMENT_WITHDRAWN = "claims.reimbursement.withdrawn", _("Reimbursement withdrawn")
    REIMBURSEMENT_PAID = "claims.reimbursement.paid", _("Reimbursement paid")
    REIMBURSEMENT_GIVEN_BACK = "claims.reimbursement.given_back", _("Reimbursement given back")
    PAYER_SET = "claims.payer.set", _("Payer of a programme named")
    SHARE_PAID = "claims.share.paid", _("Part of a claim paid")
    RECOVERY_LOWERED = "claims.recovery.lowered", _("Less is claimed back")
    RECOVERY_REPAID = "claims.recovery.repaid", _("Paid vouchers paid back")
