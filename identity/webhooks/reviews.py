"""The work of webhooks that can be set aside."""

from typing import Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from common import clock
from common.reviews import ReviewKind
from identity.webhooks import selectors, services

KINDS: Final = (
    ReviewKind(
        "webhook",
        _("Webhook delivery"),
        _("The delivery is given up; what comes after it is told already."),
        selectors.deliveries_set_aside,
        retry=lambda pk: services.retry_delivery(delivery_id=UUID(pk), now=clock.now()),
        close=lambda pk, closing: services.close_delivery(delivery_id=UUID(pk), closing=closing),
    ),
)
