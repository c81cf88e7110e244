"""What lists of prices may be narrowed by: the same for the API and for the pages."""

from typing import ClassVar, Final

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from common.filters import UUIDFilter
from pricing import selectors
from pricing.group_contracts import PriceGroup
from pricing.models import PriceGroupEntry, RatePlan

TEXT_LENGTH_MAX: Final = 80


class PlanFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How price lists can be searched."""

    q = django_filters.CharFilter(
        method="search", max_length=TEXT_LENGTH_MAX, label=_("Name or code")
    )
    provider = UUIDFilter(field_name="provider_id", label=_("Provider"))
    code = django_filters.CharFilter(max_length=40, label=_("Code"))

    class Meta:
        model = RatePlan
        fields: ClassVar[list[str]] = []

    def search(self, queryset: QuerySet[RatePlan], _name: str, text: str) -> QuerySet[RatePlan]:
        """Keep the plans whose name or code holds a text."""
        return selectors.plans_matching(queryset, text)


class GroupFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Group, and whom entries are about."""

    price_group = django_filters.ChoiceFilter(choices=PriceGroup.choices, label=_("Price group"))
    buyer = UUIDFilter(field_name="buyer_id", label=_("Buyer"))

    class Meta:
        model = PriceGroupEntry
        fields: ClassVar[list[str]] = []
