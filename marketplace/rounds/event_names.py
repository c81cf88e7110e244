"""What the record of events calls what happens in this room."""

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry

ROUND: Final = "call_round"
ROUND_ORDER: Final = "round_order"


@registry.register
class CallRoundEvent(TextChoices):
    """What happens to call rounds."""

    SCHEDULED = "rounds.round.scheduled", _("Call round scheduled")
    OPENED = "rounds.round.opened", _("Call round opened")
    CLOSED = "rounds.round.closed", _("No-cancel phase begun")
    PRICED = "rounds.round.priced", _("Indicative price told")
    SEALED = "rounds.round.sealed", _("Orders of the round sealed")
    PUBLISHED = "rounds.round.published", _("Call round published")
    CALLED_OFF = "rounds.round.called_off", _("Call round called off")


@registry.register
class RoundOrderEvent(TextChoices):
    """What happens to orders of a round."""

    PLACED = "rounds.order.placed", _("Order entered in a round")
    AMENDED = "rounds.order.amended", _("Order of a round changed")
    WITHDRAWN = "rounds.order.withdrawn", _("Order of a round withdrawn")
    FILLED = "rounds.order.filled", _("Order of a round filled")
    UNFILLED = "rounds.order.unfilled", _("Order of a round not filled")
