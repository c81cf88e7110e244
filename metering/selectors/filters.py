"""What lists of metering may be narrowed by: the same for the API and for the pages."""

from typing import ClassVar, Final

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from common.filters import MomentFilter, UUIDFilter
from metering.contracts import Assessment, SetAsideReason, WindowState
from metering.models import CapacityCertificate, Meter, Reading, UsageRecord, Window
from metering.selectors import meters

TEXT_LENGTH_MAX: Final = 120


class MeterFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How meters can be found."""

    q = django_filters.CharFilter(
        method="search", max_length=TEXT_LENGTH_MAX, label=_("Name or resource")
    )
    resource = UUIDFilter(field_name="resource_id", label=_("Resource"))
    is_trial = django_filters.BooleanFilter(label=_("Trial"))

    class Meta:
        model = Meter
        fields: ClassVar[list[str]] = []

    def search(self, queryset: QuerySet[Meter], _name: str, text: str) -> QuerySet[Meter]:
        """Keep the meters whose name, or whose resource, is called by a text."""
        return meters.meters_matching(queryset, text)


class WindowFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How windows can be found."""

    q = django_filters.CharFilter(
        field_name="meter__name",
        lookup_expr="icontains",
        max_length=TEXT_LENGTH_MAX,
        label=_("Meter"),
    )
    meter = UUIDFilter(field_name="meter_id", label=_("Meter"))
    state = django_filters.ChoiceFilter(choices=WindowState.choices, label=_("State"))
    reason = django_filters.ChoiceFilter(
        field_name="set_aside_reason",
        choices=[each for each in SetAsideReason.choices if each[0]],
        label=_("Why it waits"),
    )
    starts_from = MomentFilter(field_name="starts_at", lookup_expr="gte", label=_("Starts from"))
    starts_until = MomentFilter(field_name="starts_at", lookup_expr="lt", label=_("Starts before"))

    class Meta:
        model = Window
        fields: ClassVar[list[str]] = []


class ReadingFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How a meter's readings can be found."""

    starts_from = MomentFilter(field_name="starts_at", lookup_expr="gte", label=_("Starts from"))
    starts_until = MomentFilter(field_name="starts_at", lookup_expr="lt", label=_("Starts before"))

    class Meta:
        model = Reading
        fields: ClassVar[list[str]] = []


class MeterUsageFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How what was measured of a meter can be found."""

    starts_from = MomentFilter(field_name="starts_at", lookup_expr="gte", label=_("Starts from"))
    starts_until = MomentFilter(field_name="starts_at", lookup_expr="lt", label=_("Starts before"))
    is_revised = django_filters.BooleanFilter(method="revised", label=_("Measured again"))

    class Meta:
        model = UsageRecord
        fields: ClassVar[list[str]] = []

    def revised(
        self, queryset: QuerySet[UsageRecord], _name: str, wanted: bool
    ) -> QuerySet[UsageRecord]:
        """Keep the records that a later reading changed, or the others."""
        return queryset.filter(revision__gt=1) if wanted else queryset.filter(revision=1)


class CertificateFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How certificates can be found."""

    q = django_filters.CharFilter(
        method="search", max_length=TEXT_LENGTH_MAX, label=_("Resource or identifier")
    )
    resource = UUIDFilter(field_name="resource_id", label=_("Resource"))
    assessment = django_filters.ChoiceFilter(choices=Assessment.choices, label=_("How it is known"))

    class Meta:
        model = CapacityCertificate
        fields: ClassVar[list[str]] = []

    def search(
        self, queryset: QuerySet[CapacityCertificate], _name: str, text: str
    ) -> QuerySet[CapacityCertificate]:
        """Keep the certificates whose resource is called by a text."""
        return meters.certificates_matching(queryset, text)
