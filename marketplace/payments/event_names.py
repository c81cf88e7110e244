"""What the record of events calls what happens in this room."""

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry

MOVEMENT: Final = "movement"  # the kind of object that a movement of money is


@registry.register
class MovementEvent(TextChoices):
    """What happens to movements of money, one event for each state that they reach."""

    REQUESTED = "payments.movement.requested", _("Payment asked for")
    APPROVED = "payments.movement.approved", _("Payment approved")
    SENT = "payments.movement.sent", _("Payment under way")
    DONE = "payments.movement.done", _("Payment done")
    CANCELLED = "payments.movement.cancelled", _("Payment cancelled")
    RETURNED = "payments.movement.returned", _("Payment returned")
