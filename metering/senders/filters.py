"""What lists of senders may be narrowed by: the same for the API and for the pages."""

from typing import Any, Final

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from metering.senders.contracts import Reads, Unmapped
from metering.senders.models import Mapping, Series, UnmappedMetric

TEXT_LENGTH_MAX: Final = 80


class _ByMetric(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    q = django_filters.CharFilter(method="search", max_length=TEXT_LENGTH_MAX, label=_("Metric"))

    def search(self, queryset: QuerySet[Any], _name: str, text: str) -> QuerySet[Any]:
        """Keep the rows whose metric holds a text."""
        return queryset.filter(metric__icontains=text.strip())


class UnmappedFilter(_ByMetric):
    """Metric, and why it is not read."""

    reason = django_filters.MultipleChoiceFilter(choices=Unmapped.choices, label=_("Reason"))

    class Meta:
        model = UnmappedMetric
        fields: list[Any] = []


class SeriesFilter(_ByMetric):
    """Metric, and how it is read."""

    reads = django_filters.MultipleChoiceFilter(choices=Reads.choices, label=_("Read as"))

    class Meta:
        model = Series
        fields: list[Any] = []


class MappingFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """The name of a mapping."""

    q = django_filters.CharFilter(
        field_name="name", lookup_expr="icontains", max_length=TEXT_LENGTH_MAX, label=_("Name")
    )

    class Meta:
        model = Mapping
        fields: list[Any] = []
