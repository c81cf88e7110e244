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
    RECOVERY_REPAID = "claims.recovery.repaid", _("Paid vouchers paid back")
