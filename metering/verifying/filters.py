"""What lists of verification may be narrowed by: the same for the API and for the pages."""

from typing import ClassVar

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from common import clock
from common.filters import MomentFilter, UUIDFilter
from metering.verifying.contracts import AssessmentState, ChallengeState, Level, WattVerdict
from metering.verifying.models import (
    Assessor,
    Certificate,
    Challenge,
    CrossCheck,
    ThirdPartyAssessment,
)


class CapabilityFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How certificates of capability can be found."""

    q = django_filters.CharFilter(
        field_name="resource__identifier",
        lookup_expr="icontains",
        max_length=120,
        label=_("Identifier"),
    )
    resource = UUIDFilter(field_name="resource_id", label=_("Resource"))
    provider = UUIDFilter(field_name="provider_id", label=_("Provider"))
    level = django_filters.MultipleChoiceFilter(choices=Level.choices, label=_("Level"))
    in_force = django_filters.BooleanFilter(method="counts", label=_("In force"))
    ends_before = MomentFilter(field_name="valid_to", lookup_expr="lt", label=_("Ends before"))

    class Meta:
        model = Certificate
        fields: ClassVar[list[str]] = []

    def counts(
        self, queryset: QuerySet[Certificate], _name: str, wanted: bool
    ) -> QuerySet[Certificate]:
        """Keep the certificates that count now, or those that do not."""
        now = clock.now()
        is_in_force = Q(end__isnull=True, valid_from__lte=now, valid_to__gt=now)
        return queryset.filter(is_in_force if wanted else ~is_in_force)


class AssessorFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How assessors can be found."""

    q = django_filters.CharFilter(
        field_name="organization__name",
        lookup_expr="icontains",
        max_length=120,
        label=_("Name"),
    )

    class Meta:
        model = Assessor
        fields: ClassVar[list[str]] = []


class AssessmentFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How assessments can be found."""

    state = django_filters.MultipleChoiceFilter(choices=AssessmentState.choices, label=_("State"))
    resource = UUIDFilter(field_name="resource_id", label=_("Resource"))
    asked_from = MomentFilter(field_name="asked_at", lookup_expr="gte", label=_("Asked from"))

    class Meta:
        model = ThirdPartyAssessment
        fields: ClassVar[list[str]] = []


class ChallengeFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How challenges can be found."""

    state = django_filters.MultipleChoiceFilter(choices=ChallengeState.choices, label=_("State"))
    resource = UUIDFilter(field_name="resource_id", label=_("Resource"))

    class Meta:
        model = Challenge
        fields: ClassVar[list[str]] = []


class CrossCheckFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How comparisons with power can be found."""

    verdict = django_filters.MultipleChoiceFilter(choices=WattVerdict.choices, label=_("Verdict"))
    resource = UUIDFilter(field_name="resource_id", label=_("Resource"))

    class Meta:
        model = CrossCheck
        fields: ClassVar[list[str]] = []
