"""What a provider's own listings may be narrowed by."""

from typing import Any, Final

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from identity.contracts import ResourceClass, ResourceForm
from marketplace.catalog.contracts import ListingState
from marketplace.catalog.models import Listing

TEXT_LENGTH_MAX: Final = 80


class OwnListingFilter(django_filters.FilterSet):  # type: ignore[misc] # it has no stubs
    """Title, number, state, class and form of listings."""

    q = django_filters.CharFilter(
        method="search", max_length=TEXT_LENGTH_MAX, label=_("Title or compute identifier")
    )
    state = django_filters.MultipleChoiceFilter(choices=ListingState.choices, label=_("State"))
    resource_class = django_filters.MultipleChoiceFilter(
        choices=ResourceClass.choices, label=_("Class")
    )
    form = django_filters.MultipleChoiceFilter(
        field_name="resource__form", choices=ResourceForm.choices, label=_("Form")
    )
    accepts_vouchers = django_filters.BooleanFilter(label=_("Takes vouchers"))

    class Meta:
        model = Listing
        fields: list[Any] = []

    def search(self, queryset: QuerySet[Listing], _name: str, text: str) -> QuerySet[Listing]:
        """Keep the listings whose title holds a text, or whose resource's identifier does."""
        words = text.strip()
        is_titled = Q(title__icontains=words) | Q(title_en__icontains=words)
        return queryset.filter(is_titled | Q(resource__identifier__contains=words.upper()))
