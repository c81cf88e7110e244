"""What lists of deliveries may be narrowed by: the same for the API and for the pages."""

from typing import Any, Final

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from common.filters import MomentFilter, UUIDFilter
from marketplace.fulfilment.contracts import REASON_CHOICES, FulfilmentState
from marketplace.fulfilment.maintenance_contracts import MaintenanceImpact, MaintenanceState
from marketplace.fulfilment.models import ComputeDelivery, DeliveryMessage, MaintenanceWork

TEXT_LENGTH_MAX: Final = 24


class DeliveryFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Where deliveries stand, why they failed, and by when they have to be ready."""

    q = django_filters.CharFilter(
        method="search", max_length=TEXT_LENGTH_MAX, label=_("Order number")
    )
    state = django_filters.MultipleChoiceFilter(choices=FulfilmentState.choices, label=_("State"))
    reason = django_filters.MultipleChoiceFilter(choices=REASON_CHOICES, label=_("Reason"))
    order = UUIDFilter(field_name="order_id", label=_("Order"))
    ready_from = MomentFilter(field_name="ready_by", lookup_expr="gte", label=_("Due from"))
    ready_until = MomentFilter(field_name="ready_by", lookup_expr="lt", label=_("Due before"))

    class Meta:
        model = ComputeDelivery
        fields: list[Any] = []

    def search(
        self, queryset: QuerySet[ComputeDelivery], _name: str, text: str
    ) -> QuerySet[ComputeDelivery]:
        """Keep the deliveries of orders whose number begins with a text."""
        return queryset.filter(order_number__startswith=text.strip().upper())


class ReceivedMessageFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Whether it was read, about which order it is, and when it was sent."""

    q = django_filters.CharFilter(
        method="search", max_length=TEXT_LENGTH_MAX, label=_("Order number")
    )
    is_unread = django_filters.BooleanFilter(label=_("Unread"))
    order = UUIDFilter(field_name="order_id", label=_("Order"))
    sent_from = MomentFilter(field_name="sent_at", lookup_expr="gte", label=_("Sent from"))
    sent_before = MomentFilter(field_name="sent_at", lookup_expr="lt", label=_("Sent before"))

    class Meta:
        model = DeliveryMessage
        fields: list[Any] = []

    def search(
        self, queryset: QuerySet[DeliveryMessage], _name: str, text: str
    ) -> QuerySet[DeliveryMessage]:
        """Keep what was written about orders whose number begins with a text."""
        return queryset.filter(order_number__startswith=text.strip().upper())


class MaintenanceFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Where maintenance stands, what it does, of what it is, and when it begins."""

    state = django_filters.MultipleChoiceFilter(choices=MaintenanceState.choices, label=_("State"))
    impact = django_filters.MultipleChoiceFilter(
        choices=MaintenanceImpact.choices, label=_("Impact")
    )
    listing = UUIDFilter(field_name="listings__listing_id", label=_("Listing"))
    provider = UUIDFilter(field_name="provider_id", label=_("Provider"))
    begins_from = MomentFilter(field_name="starts_at", lookup_expr="gte", label=_("Begins from"))
    begins_before = MomentFilter(field_name="starts_at", lookup_expr="lt", label=_("Begins before"))

    class Meta:
        model = MaintenanceWork
        fields: list[Any] = []
