"""What the record of events calls what happens in this room."""

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry

ORDER: Final = "order"  # the kind of object that an order is


@registry.register
class OrderEvent(TextChoices):
    """What happens to orders: their one history, of which their page and path are made."""

    PLACED = "orders.order.placed", _("Order placed")
    CLEARED = "orders.order.cleared", _("Order cleared")
    REFUSED = "orders.order.refused", _("Order rejected")
    CANCELLED = "orders.order.cancelled", _("Order cancelled")
    PROVISIONED = "orders.order.provisioned", _("Capacity provisioned")
    METERED = "orders.order.metered", _("First use measured")
    SETTLED = "orders.order.settled", _("Order settled")
    SET_ASIDE = "orders.order.set_aside", _("Order set aside")
    RETRIED = "orders.order.retried", _("Order tried again")
    ROUND_CLEARED = "orders.round.cleared", _("Round cleared")


@registry.register
class BookEvent(TextChoices):
    """What happens to the trading in a book."""

    HALTED = "orders.book.halted", _("Trading halted")
    RESUMED = "orders.book.resumed", _("Trading resumed")


@registry.register
class RateEvent(TextChoices):
    """What is said of how often an organisation orders."""

    SET = "orders.rate.set", _("Order rate set")


@registry.register
class CommunityEvent(TextChoices):
    """What happens to members' quotas of community capacity."""

    NEARLY_USED = "orders.community.nearly_used", _("Community quota nearly used")
    USED = "orders.community.used", _("Community quota used")


@registry.register
class PriceEvent(TextChoices):
    """What buyers are told of the prices of listings that they order, use or have quoted."""

    RAISED = "orders.price.raised", _("Dearer price or worse terms announced")
    CHANGED = "orders.price.changed", _("New price announced")


@registry.register
class DepositEvent(TextChoices):
    """What happens to money that arrives for buyers."""

    RECORDED = "orders.deposit.recorded", _("Deposit recorded")


@registry.register
class ImportEvent(TextChoices):
    """What happens to imports of usage."""

    STARTED = "orders.import.started", _("Import started")
    FINISHED = "orders.import.finished", _("Import finished")
    ABANDONED = "orders.import.abandoned", _("Import abandoned")
