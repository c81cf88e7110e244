"""What the record of events calls what happens in this room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class VoucherEvent(TextChoices):
    """What happens to programmes, applications and vouchers."""

    PROGRAMME_CREATED = "vouchers.programme.created", _("Programme set up")
    DRAFT_SAVED = "vouchers.draft.saved", _("Draft of a programme saved")
    RULES_PUBLISHED = "vouchers.programme.published", _("Programme rules published")
    FUNDING_RECORDED = "vouchers.funding.recorded", _("Budget added")
    APPLICATION_MADE = "vouchers.application.made", _("Voucher applied for")
    APPLICATION_APPROVED = "vouchers.application.approved", _("Application approved")
    APPLICATION_REJECTED = "vouchers.application.rejected", _("Application rejected")
    VOUCHER_ISSUED = "vouchers.voucher.issued", _("Voucher issued")
    VOUCHER_EXPIRED = "vouchers.voucher.expired", _("Voucher expired")
    VOUCHER_CLAWED_BACK = "vouchers.voucher.clawed_back", _("Voucher clawed back")
    VOUCHER_SET_ASIDE = "vouchers.voucher.set_aside", _("Voucher set aside")
    VOUCHER_CLOSED = "vouchers.voucher.closed", _("Set-aside voucher closed")
    VOUCHER_RETRIED = "vouchers.voucher.retried", _("Voucher tried again")
