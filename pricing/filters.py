"""What lists of prices may be narrowed by: the same for the API and for the pages."""

from typing import ClassVar, Final

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from common import clock
from common.filters import UUIDFilter
from identity.projects.contracts import CODE_LENGTH_MAX
from pricing import selectors
from pricing.group_contracts import PriceGroup
from pricing.models import KEPT, PriceGroupEntry, Quote, RatePlan

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


class QuoteFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Project, and whether quotes hold and are kept for days."""

    project = django_filters.CharFilter(
        method="of_project", max_length=CODE_LENGTH_MAX, label=_("Project code")
    )
    project_id = UUIDFilter(field_name="project_id", label=_("Project"))
    holds = django_filters.BooleanFilter(method="that_hold", label=_("Holds now"))
    kept = django_filters.BooleanFilter(method="that_are_kept", label=_("Kept for days"))

    class Meta:
        model = Quote
        fields: ClassVar[list[str]] = []

    def of_project(self, queryset: QuerySet[Quote], _name: str, code: str) -> QuerySet[Quote]:
        """Keep the quotes for projects of a code."""
        return queryset.filter(project__code=code.strip().upper())

    def that_hold(self, queryset: QuerySet[Quote], _name: str, value: bool) -> QuerySet[Quote]:
        """Keep what is valid now, or what is over."""
        holds = Q(valid_until__gt=clock.now())
        return queryset.filter(holds if value else ~holds)

    def that_are_kept(self, queryset: QuerySet[Quote], _name: str, value: bool) -> QuerySet[Quote]:
        """Keep what was asked to be kept for days, or what an order form showed."""
        return queryset.filter(KEPT if value else ~KEPT)


class GroupFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Group, and whom entries are about."""

    price_group = django_filters.ChoiceFilter(choices=PriceGroup.choices, label=_("Price group"))
    buyer = UUIDFilter(field_name="buyer_id", label=_("Buyer"))

    class Meta:
        model = PriceGroupEntry
        fields: ClassVar[list[str]] = []
