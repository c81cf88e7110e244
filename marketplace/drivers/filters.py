"""What lists of calls to drivers may be narrowed by: the same for the API and for the pages."""

from typing import Any, Final

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from marketplace.drivers.contracts import CallState, DriverStep
from marketplace.drivers.models import DriverCall

TEXT_LENGTH_MAX: Final = 24


class DriverCallFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Which steps were told, and where they stand."""

    q = django_filters.CharFilter(
        method="search", max_length=TEXT_LENGTH_MAX, label=_("Order number")
    )
    step = django_filters.MultipleChoiceFilter(choices=DriverStep.choices, label=_("Step"))
    state = django_filters.MultipleChoiceFilter(choices=CallState.choices, label=_("State"))

    class Meta:
        model = DriverCall
        fields: list[Any] = []

    def search(self, queryset: QuerySet[DriverCall], _name: str, text: str) -> QuerySet[DriverCall]:
        """Keep the calls of orders whose number begins with a text."""
        return queryset.filter(delivery__order_number__startswith=text.strip().upper())
