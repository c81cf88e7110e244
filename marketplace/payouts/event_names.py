"""What the record of events calls what happens in this room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class PayoutEvent(TextChoices):
    """What happens to runs, and to where providers are paid."""

    ACCOUNT_CHANGED = "payouts.account.changed", _("Bank account changed")
    FROZEN = "payouts.payable.frozen", _("Payouts frozen")
    UNFROZEN = "payouts.payable.unfrozen", _("Payouts unfrozen")
    TAX_PUBLISHED = "payouts.tax.published", _("Tax on payouts published")
    PROPOSED = "payouts.run.proposed", _("Payout run proposed")
    APPROVED = "payouts.run.approved", _("Payout run approved")
    SENT = "payouts.run.sent", _("Payout run handed to the bank")
    DONE = "payouts.run.done", _("Payout run done")
