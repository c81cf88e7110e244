"""What the record of events calls what happens in this room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class DriverEvent(TextChoices):
    """What happens to drivers of providers; addresses and secrets are no part of any event."""

    REGISTERED = "drivers.driver.registered", _("Driver registered")
    CHANGED = "drivers.driver.changed", _("Driver changed")
    REMOVED = "drivers.driver.removed", _("Driver removed")
    SECRET_REPLACED = "drivers.driver.secret_replaced", _("Driver's secret replaced")


@registry.register
class DriverCallEvent(TextChoices):
    """What happens to calls to drivers that somebody has to see to."""

    DEAD = "drivers.call.dead", _("Call to a driver given up")


@registry.register
class SceneEvent(TextChoices):
    """What happens to scenes of orders."""

    PUBLISHED = "drivers.scene.published", _("Scene of orders published")


@registry.register
class OrderTemplateEvent(TextChoices):
    """What happens to templates that buyers keep."""

    KEPT = "drivers.template.kept", _("Template of an order kept")
    REMOVED = "drivers.template.removed", _("Template of an order removed")
