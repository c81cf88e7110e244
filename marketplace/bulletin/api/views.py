"""The published index over HTTP."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from rest_framework import generics, serializers

from identity.contracts import ResourceClass
from identity.http.fields import DayFilter
from marketplace.bulletin import selectors
from marketplace.bulletin.contracts import Standing
from marketplace.bulletin.models import DailyIndex


class DailyIndexReply(serializers.Serializer[Any]):
    """The index of one class of resource on one day, and what it was computed from."""

    day = serializers.DateField()
    resource_class = serializers.ChoiceField(choices=ResourceClass.choices)
    methodology = serializers.IntegerField()
    standing = serializers.ChoiceField(choices=Standing.choices)
    price = serializers.DecimalField(max_digits=16, decimal_places=6, allow_null=True)
    standard_hours = serializers.DecimalField(max_digits=38, decimal_places=12)
    trades = serializers.IntegerField()
    providers = serializers.IntegerField()
    excluded = serializers.DictField(child=serializers.IntegerField())
    inputs_hash = serializers.CharField()
    content_hash = serializers.CharField()
    published_at = serializers.DateTimeField()


class IndexFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How the index can be searched."""

    resource_class = django_filters.ChoiceFilter(choices=ResourceClass.choices)
    day_from = DayFilter(field_name="day", lookup_expr="gte")
    day_until = DayFilter(field_name="day", lookup_expr="lt")

    class Meta:
        model = DailyIndex
        fields: ClassVar[list[str]] = []


class IndexList(generics.ListAPIView[DailyIndex]):
    """The daily price index, the latest day first."""

    public = True
    serializer_class = DailyIndexReply
    filterset_class = IndexFilter
    queryset = DailyIndex.objects.none()
    ordering = ("-day", "resource_class", "id")

    def get_queryset(self) -> QuerySet[DailyIndex]:
        """Return every published figure."""
        return selectors.indexes()
