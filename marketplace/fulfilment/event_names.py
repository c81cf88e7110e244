"""What the record of events calls what happens in this room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class DeliveryEvent(TextChoices):
    """What happens to deliveries."""

    OPENED = "fulfilment.delivery.opened", _("Delivery asked for")
    CONNECTED = "fulfilment.delivery.connected", _("Access set up")
    SCHEDULED = "fulfilment.delivery.scheduled", _("Delivery scheduled")
    READY = "fulfilment.delivery.ready", _("Delivery ready")
    INTERRUPTED = "fulfilment.delivery.interrupted", _("Delivery interrupted")
    EXITED = "fulfilment.delivery.exited", _("Delivery exited")
    FAILED = "fulfilment.delivery.failed", _("Not delivered")
    CALLED_OFF = "fulfilment.delivery.called_off", _("Delivery called off")
    WIPED = "fulfilment.delivery.wiped", _("Data wiped")
    CONFIRMED = "fulfilment.delivery.confirmed", _("Operation confirmed")
    PREEMPTING = "fulfilment.delivery.preempting", _("Delivery is taken back with notice")
    STOPPED = "fulfilment.delivery.stopped", _("Delivery stopped by the operator")
    HALTED = "fulfilment.delivery.halted", _("Delivery waits for the end of a suspension")


@registry.register
class DeliveryPolicyEvent(TextChoices):
    """What is said of from when on orders are charged."""

    PUBLISHED = "fulfilment.policy.published", _("Delivery policy published")


@registry.register
class HandoverEvent(TextChoices):
    """What happens to access; secrets are no part of any event."""

    ASKED = "fulfilment.handover.asked", _("Access asked for")
    HANDED = "fulfilment.handover.handed", _("Access handed over")
    TAKEN = "fulfilment.handover.taken", _("Secret taken")
    KEY_WANTED = "fulfilment.handover.key_wanted", _("Access waits for a sealing key")
    EXPIRING = "fulfilment.handover.expiring", _("Key for an interface expires soon")


@registry.register
class HandoverKeyEvent(TextChoices):
    """What happens to keys of buyers."""

    ADDED = "fulfilment.handover_key.added", _("Access key added")
    WITHDRAWN = "fulfilment.handover_key.withdrawn", _("Access key withdrawn")


@registry.register
class DeliveryMessageEvent(TextChoices):
    """That a side wrote; what it wrote is no part of any event."""

    SENT = "fulfilment.message.sent", _("Message about an order")


@registry.register
class DeliveryChangeEvent(TextChoices):
    """What happens to requests for a change; their words are no part of any event."""

    ASKED = "fulfilment.change.asked", _("Change of an order asked for")
    ACCEPTED = "fulfilment.change.accepted", _("Change of an order agreed on")
    REFUSED = "fulfilment.change.refused", _("Change of an order refused")
    WITHDRAWN = "fulfilment.change.withdrawn", _("Request for a change withdrawn")
    EXPIRED = "fulfilment.change.expired", _("Request for a change not answered in time")


@registry.register
class MaintenanceEvent(TextChoices):
    """What happens to maintenance; each buyer whose orders it concerns is told of its own."""

    ANNOUNCED = "fulfilment.maintenance.announced", _("Maintenance announced")
    BEGUN = "fulfilment.maintenance.begun", _("Maintenance begun")
    ENDED = "fulfilment.maintenance.ended", _("Maintenance over")
    WITHDRAWN = "fulfilment.maintenance.withdrawn", _("Maintenance withdrawn")
