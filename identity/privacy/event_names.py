"""What the record of events calls what happens in this room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class PrivacyEvent(TextChoices):
    """What happens to data under hold, and to people's data."""

    HOLD_PLACED = "privacy.hold.placed", _("Legal hold placed")
    HOLD_LIFTED = "privacy.hold.lifted", _("Legal hold lifted")
    RECORDS_REMOVED = "privacy.records.removed", _("Records removed at the end of their term")
