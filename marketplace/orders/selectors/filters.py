"""What lists of orders may be narrowed by: the same for the API and for the pages."""

from typing import Any, Final

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from common.filters import AmountFilter, MomentFilter, UUIDFilter
from identity import selectors as identity_selectors
from identity.projects.contracts import CODE_LENGTH_MAX
from marketplace.orders.contracts import OrderState
from marketplace.orders.models import Order

TEXT_LENGTH_MAX: Final = 80
PARTIES_MAX: Final = 50  # organisations whose name holds a text


class OrderFilter(django_filters.FilterSet):  # type: ignore[misc] # it has no stubs
    """State, listing, parties, amount, and when an order was placed or runs."""

    q = django_filters.CharFilter(
        method="search", max_length=TEXT_LENGTH_MAX, label=_("Order number, buyer or provider")
    )
    state = django_filters.MultipleChoiceFilter(choices=OrderState.choices, label=_("State"))
    listing_id = UUIDFilter(field_name="listing_id", label=_("Listing"))
    project_id = UUIDFilter(field_name="project_id", label=_("Project"))
    project = django_filters.CharFilter(
        method="of_project", max_length=CODE_LENGTH_MAX, label=_("Project code")
    )
    refusal_code = django_filters.CharFilter(max_length=40, label=_("Refusal"))
    placed_from = MomentFilter(field_name="placed_at", lookup_expr="gte", label=_("Placed from"))
    placed_until = MomentFilter(field_name="placed_at", lookup_expr="lt", label=_("Placed before"))
    starts_from = MomentFilter(field_name="starts_at", lookup_expr="gte", label=_("Starts from"))
    starts_until = MomentFilter(field_name="starts_at", lookup_expr="lt", label=_("Starts before"))
    amount_from = AmountFilter(
        field_name="gross_minor", lookup_expr="gte", label=_("Amount from, in yuan")
    )
    amount_to = AmountFilter(
        field_name="gross_minor", lookup_expr="lte", label=_("Amount up to, in yuan")
    )

    class Meta:
        model = Order
        fields: list[Any] = []

    def of_project(self, queryset: QuerySet[Order], _name: str, code: str) -> QuerySet[Order]:
        """Keep the orders for projects of a code."""
        return queryset.filter(project__code=code.strip().upper())

    def search(self, queryset: QuerySet[Order], _name: str, text: str) -> QuerySet[Order]:
        """Keep the orders whose number begins with a text, or with a party whose name holds it."""
        parties = identity_selectors.organization_ids_named(text, limit=PARTIES_MAX)
        party = Q(buyer_id__in=parties) | Q(provider_id__in=parties)
        return queryset.filter(Q(number__startswith=text.strip().upper()) | party)
