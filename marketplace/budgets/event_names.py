"""What the record of events calls what happens to caps."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class BudgetEvent(TextChoices):
    """What happens to caps."""

    CAP_SET = "budgets.cap.set", _("Budget set")
    CAP_ENDED = "budgets.cap.ended", _("Budget ended")
    CAP_REACHED = "budgets.cap.reached", _("Part of a budget used")
    CAP_FORESEEN = "budgets.cap.foreseen", _("Budget foreseen to be exceeded")
