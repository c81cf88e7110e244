"""What lists of the register may be narrowed by: the same for the API and for the pages."""

from typing import ClassVar, Final

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from common.filters import DayFilter
from identity import selectors
from identity.contracts import TieKind
from identity.models import OrganizationTie

TEXT_LENGTH_MAX: Final = 80
PARTIES_MAX: Final = 50


class TieFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Parties, kind and days of ties."""

    q = django_filters.CharFilter(
        method="search", max_length=TEXT_LENGTH_MAX, label=_("Name or credit code of a party")
    )
    kind = django_filters.ChoiceFilter(choices=TieKind.choices, label=_("Kind of tie"))
    lasts = django_filters.BooleanFilter(
        field_name="valid_to", lookup_expr="isnull", label=_("Without an end")
    )
    starts_from = DayFilter(field_name="valid_from", lookup_expr="gte", label=_("Starts from"))

    class Meta:
        model = OrganizationTie
        fields: ClassVar[list[str]] = []

    def search(
        self, queryset: QuerySet[OrganizationTie], _name: str, text: str
    ) -> QuerySet[OrganizationTie]:
        """Keep the ties of organisations that a text names."""
        parties = selectors.organization_ids_named(text, limit=PARTIES_MAX)
        return queryset.filter(Q(holder_id__in=parties) | Q(held_id__in=parties))
