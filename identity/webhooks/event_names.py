"""What the record of events calls what happens to webhooks."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class WebhookEvent(TextChoices):
    """What happens to endpoints."""

    ENDPOINT_CREATED = "webhooks.endpoint.created", _("Webhook endpoint registered")
    ENDPOINT_CHANGED = "webhooks.endpoint.changed", _("Webhook endpoint changed")
    ENDPOINT_REMOVED = "webhooks.endpoint.removed", _("Webhook endpoint removed")
    ENDPOINT_DISABLED = "webhooks.endpoint.disabled", _("Webhook endpoint disabled after failures")
    ENDPOINT_REPLAYED = "webhooks.endpoint.replayed", _("Webhook deliveries asked for again")
    ENDPOINT_TESTED = "webhooks.endpoint.tested", _("Test of a webhook endpoint")
    DELIVERY_CLOSED = "webhooks.delivery.closed", _("Webhook delivery closed after a check")
    SECRET_ROTATED = "webhooks.secret.rotated", _("Webhook secret replaced")
