"""What the record of events calls what happens in this room."""

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry

DEMAND: Final = "demand"  # the kind of object that a demand is


@registry.register
class DemandEvent(TextChoices):
    """What happens to demands."""

    POSTED = "demands.demand.posted", _("Demand posted")
    AMENDED = "demands.demand.amended", _("Demand amended")
    FILLED = "demands.demand.filled", _("Demand filled")
    REFUSED = "demands.demand.refused", _("Demand refused")
    EXPIRED = "demands.demand.expired", _("Demand expired")
    CANCELLED = "demands.demand.cancelled", _("Demand cancelled")
    REOPENED = "demands.demand.reopened", _("Demand looks again: not delivered")


@registry.register
class SearchEvent(TextChoices):
    """What happens to saved searches."""

    SAVED = "demands.search.saved", _("Search saved")
    DROPPED = "demands.search.dropped", _("Search dropped")
    FOUND = "demands.search.found", _("Saved search has a new match")
