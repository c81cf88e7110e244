"""What lists of peering are narrowed by."""

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _

from common.filters import DayFilter
from gateway.peering.models import DayTotals
from identity.contracts import ResourceClass


class DayTotalsFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Node, class and days."""

    node = django_filters.CharFilter(label=_("Node code"), max_length=6)
    resource_class = django_filters.ChoiceFilter(choices=ResourceClass.choices, label=_("Class"))
    day_from = DayFilter(field_name="day", lookup_expr="gte", label=_("From day"))
    day_until = DayFilter(field_name="day", lookup_expr="lte", label=_("Until day"))

    class Meta:
        model = DayTotals
        fields: list[Any] = []
