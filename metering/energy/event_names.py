"""What the record of events calls what happens in this room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class EnergyEvent(TextChoices):
    """What happens to data centres, their PUE and their green electricity."""

    CENTRE_ADDED = "energy.centre.added", _("Data centre added")
    CENTRE_EQUIPPED = "energy.centre.equipped", _("Resources placed in a data centre")
    PUE_ENTERED = "energy.pue.entered", _("PUE entered")
    FACTOR_PUBLISHED = "energy.factor.published", _("Grid factor published")
    GREEN_REGISTERED = "energy.green.registered", _("Green electricity registered")
    GREEN_CLAIMED = "energy.green.claimed", _("Green electricity claimed")
    GREEN_RETIRED = "energy.green.retired", _("Green electricity retired")
    GREEN_CANCELLED = "energy.green.cancelled", _("Green electricity cancelled")
