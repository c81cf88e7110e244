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


@registry.register
class DeskEvent(TextChoices):
    """What happens at the finance desk."""

    STATEMENT_IMPORTED = "payments.statement.imported", _("Bank statement imported")
    LINE_MATCHED = "payments.line.matched", _("Line of a bank statement matched")
    DIFFERENCE_FOUND = "payments.difference.found", _("Difference found")
    DIFFERENCE_TAKEN = "payments.difference.taken", _("Difference taken on")
    DIFFERENCE_SETTLED = "payments.difference.settled", _("Difference settled")
    RECONCILED = "payments.reconciliation.finished", _("Reconciled with the gateway")
    RECONCILING = "payments.reconciliation.asked", _("Reconciliation asked for")
