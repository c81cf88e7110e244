"""What the record of events calls what subscribers are told, and their subscriptions."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class ChangeEvent(TextChoices):
    """What happens to codes that somebody follows."""

    CODE_CHANGED = "changes.code.changed", _("A code that you follow changed")
    SUBSCRIBED = "changes.subscription.made", _("Codes are followed")
    ENDED = "changes.subscription.ended", _("Codes are no longer followed")
