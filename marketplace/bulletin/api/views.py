"""The published index, and rule changes, over HTTP."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.filters import DayFilter
from identity.contracts import ResourceClass
from marketplace.bulletin import rule_changes, selectors
from marketplace.bulletin.contracts import RuleKind, Standing
from marketplace.bulletin.filters import RuleChangeFilter
from marketplace.bulletin.models import DailyIndex, RuleChange


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


class DifferenceReply(serializers.Serializer[Any]):
    """One field that two versions tell differently, in the reader's language."""

    name = serializers.CharField()
    before = serializers.CharField(help_text="empty if there was none")
    after = serializers.CharField(help_text="empty if there is none any more")


class RuleChangeReply(serializers.Serializer[Any]):
    """A version of a rule: when it was announced, when it takes effect, what is different."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=RuleKind.choices)
    name = serializers.CharField()
    owner = serializers.CharField(help_text="whose rule it is; empty for the market's own")
    version = serializers.IntegerField()
    announced_at = serializers.DateTimeField()
    effective_at = serializers.DateTimeField()
    is_first = serializers.BooleanField(help_text="nobody relied on other terms")
    is_worse = serializers.BooleanField(help_text="for somebody, or it is not clear")
    differences = DifferenceReply(many=True)
    source = serializers.CharField()  # type: ignore[assignment]


class RuleChangeList(generics.ListAPIView[RuleChange]):
    """What was announced about prices, measuring, programmes and the fee, newest first."""

    public = True
    serializer_class = RuleChangeReply
    filterset_class = RuleChangeFilter
    queryset = RuleChange.objects.none()
    ordering = ("-announced_at", "-id")

    def get_queryset(self) -> QuerySet[RuleChange]:
        """Return every published version of a rule."""
        return rule_changes.rule_changes()

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002 - DRF's
        """Return a page of changes with what they say."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        told = rule_changes.describe_changes(page or [])
        return self.get_paginated_response(RuleChangeReply(told, many=True).data)
