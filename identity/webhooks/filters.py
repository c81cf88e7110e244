"""What deliveries may be narrowed by: the same for the API and for the page."""

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from identity.webhooks.contracts import DeliveryState
from identity.webhooks.models import Delivery


class WebhookDeliveryFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How deliveries can be searched."""

    state = django_filters.ChoiceFilter(choices=DeliveryState.choices, label=_("State"))
    event_name = django_filters.CharFilter(max_length=64, label=_("Name of the event"))

    class Meta:
        model = Delivery
        fields: ClassVar[list[str]] = []
