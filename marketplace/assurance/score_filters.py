"""What scores and stopped listings may be narrowed by."""

import django_filters
from django.utils.translation import gettext_lazy as _

from common.filters import DayFilter, UUIDFilter
from marketplace.assurance.models import ListingStop, ResourceScore


class ResourceScoreFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How scores can be searched."""

    resource = UUIDFilter(field_name="resource_id", label=_("Resource"))
    provider = UUIDFilter(field_name="provider_id", label=_("Provider"))
    day = DayFilter(label=_("Day"))

    class Meta:
        model = ResourceScore
        fields: tuple[str, ...] = ()


class ListingStopFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How stopped listings can be searched."""

    listing = UUIDFilter(field_name="listing_id", label=_("Listing"))
    is_over = django_filters.BooleanFilter(
        field_name="ended_at", lookup_expr="isnull", exclude=True, label=_("Over")
    )

    class Meta:
        model = ListingStop
        fields: tuple[str, ...] = ()
