"""What the list of orders may be narrowed by."""

from typing import Any

import django_filters

from identity.http.fields import MomentFilter, UUIDFilter
from marketplace.orders.contracts import OrderState
from marketplace.orders.models import Order


class OrderFilter(django_filters.FilterSet):  # type: ignore[misc] # it has no stubs
    """State, listing, and when an order was placed or runs."""

    state = django_filters.MultipleChoiceFilter(choices=OrderState.choices)
    listing_id = UUIDFilter(field_name="listing_id")
    refusal_code = django_filters.CharFilter(max_length=40)
    placed_from = MomentFilter(field_name="placed_at", lookup_expr="gte")
    placed_until = MomentFilter(field_name="placed_at", lookup_expr="lt")
    starts_from = MomentFilter(field_name="starts_at", lookup_expr="gte")
    starts_until = MomentFilter(field_name="starts_at", lookup_expr="lt")

    class Meta:
        model = Order
        fields: list[Any] = []
