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
    FORM_CHOSEN = "vouchers.programme.form_chosen", _("Form of a programme chosen")
    BATCH_MADE = "vouchers.batch.made", _("Batch of applications made")
    BATCH_DECIDED = "vouchers.batch.decided", _("Batch of applications decided")
    BATCH_ISSUED = "vouchers.batch.issued", _("Batch of vouchers issued")
    FUNDING_RECORDED = "vouchers.funding.recorded", _("Budget added")
    APPLICATION_DRAFTED = "vouchers.application.drafted", _("Application drafted")
    APPLICATION_MADE = "vouchers.application.made", _("Voucher applied for")
    EVIDENCE_ASKED = "vouchers.application.evidence_asked", _("More evidence asked for")
    EVIDENCE_GIVEN = "vouchers.application.evidence_given", _("Evidence added")
    APPLICATION_REVIEWED = "vouchers.application.reviewed", _("Application reviewed")
    APPLICATION_RETURNED = "vouchers.application.returned", _("Sent back to the review")
    APPLICATION_PUBLISHED = "vouchers.application.published", _("Opened to objections")
    APPLICATION_WITHDRAWN = "vouchers.application.withdrawn", _("Application withdrawn")
    APPLICATION_EXPIRED = "vouchers.application.expired", _("Application expired")
    APPLICATION_REVOKED = "vouchers.application.revoked", _("Approval revoked")
    CONTRACT_NAMED = "vouchers.application.contract_named", _("Contract named")
    CONTROL_FOUND = "vouchers.control.found", _("Control found something")
    FINDING_DECIDED = "vouchers.control.decided", _("Control finding decided")
    CONTROL_RULE = "vouchers.control.rule_published", _("Control rule published")
    CONTROL_LIST = "vouchers.control.list_brought", _("List for control brought in")
    SAMPLE_COMMITTED = "vouchers.sample.committed", _("Sample committed to")
    SAMPLE_DRAWN = "vouchers.sample.drawn", _("Sample drawn")
    SUPPLIER_SIZED = "vouchers.supplier.sized", _("Size of a supplier noted")
    APPLICATION_ENDS_SOON = "vouchers.application.ends_soon", _("Application ends soon")
    OBJECTION_MADE = "vouchers.objection.made", _("Objection made")
    OBJECTION_ANSWERED = "vouchers.objection.answered", _("Objection answered")
    APPLICATION_APPROVED = "vouchers.application.approved", _("Application approved")
    APPLICATION_REJECTED = "vouchers.application.rejected", _("Application rejected")
    VOUCHER_ISSUED = "vouchers.voucher.issued", _("Voucher issued")
    VOUCHER_ENDS_SOON = "vouchers.voucher.ends_soon", _("Voucher ends soon")
    VOUCHER_EXPIRED = "vouchers.voucher.expired", _("Voucher expired")
    VOUCHER_CLAWED_BACK = "vouchers.voucher.clawed_back", _("Voucher clawed back")
    VOUCHER_SET_ASIDE = "vouchers.voucher.set_aside", _("Voucher set aside")
    VOUCHER_CLOSED = "vouchers.voucher.closed", _("Set-aside voucher closed")
    VOUCHER_RETRIED = "vouchers.voucher.retried", _("Voucher tried again")
