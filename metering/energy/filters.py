"""What lists of energy may be narrowed by: the same for the API and for the pages."""

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from common.filters import NumberFilter, UUIDFilter
from metering.energy.contracts import DIRECT_LENGTH_MAX, TEXT_LENGTH_MAX, GreenKind, GreenState
from metering.energy.models import GreenSupply, GridFactor


class GreenSupplyFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How green electricity can be found."""

    q = django_filters.CharFilter(
        field_name="number",
        lookup_expr="icontains",
        max_length=DIRECT_LENGTH_MAX,
        label=_("Number"),
    )
    kind = django_filters.ChoiceFilter(choices=GreenKind.choices, label=_("Kind"))
    state = django_filters.ChoiceFilter(choices=GreenState.choices, label=_("State"))
    centre = UUIDFilter(field_name="centre_id", label=_("Data centre"))

    class Meta:
        model = GreenSupply
        fields: ClassVar[list[str]] = []


class GridFactorFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How factors of grids can be found."""

    q = django_filters.CharFilter(
        field_name="source", lookup_expr="icontains", max_length=TEXT_LENGTH_MAX, label=_("Source")
    )
    province = django_filters.CharFilter(max_length=6, label=_("GB/T 2260 code"))
    year = NumberFilter(min_value=2000, max_value=2999, label=_("Year"))

    class Meta:
        model = GridFactor
        fields: ClassVar[list[str]] = []
