"""What the record of events calls what happens in this room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class BaselinesEvent(TextChoices):
    """What operators say a standard hour costs to make, and should cost."""

    REFERENCE_ANNOUNCED = "baselines.reference.announced", _("Reference price announced")
    COSTS_ANNOUNCED = "baselines.costs.announced", _("Inputs of costs announced")
