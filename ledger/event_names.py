"""What the record of events calls what happens in this room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class LedgerEvent(TextChoices):
    """What happens to the ledger beside transfers and definitions: its log is their record."""

    PERIOD_CLOSED = "ledger.period.closed", _("Accounting period closed")
