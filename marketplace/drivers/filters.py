"""What lists of calls to drivers may be narrowed by: the same for the API and for the pages."""

from typing import Any, Final

import django_filters
from django.db.models import Q, QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from marketplace.drivers.contracts import CallState, DriverStep
from marketplace.drivers.models import BatchJob, DriverCall
from marketplace.orders.contracts import OrderState

TEXT_LENGTH_MAX: Final = 24


class DriverCallFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Which steps were told, and where they stand."""

    q = django_filters.CharFilter(
        method="search", max_length=TEXT_LENGTH_MAX, label=_("Order number")
    )
    step = django_filters.MultipleChoiceFilter(choices=DriverStep.choices, label=_("Step"))
    state = django_filters.MultipleChoiceFilter(choices=CallState.choices, label=_("State"))

    class Meta:
        model = DriverCall
        fields: list[Any] = []

    def search(self, queryset: QuerySet[DriverCall], _name: str, text: str) -> QuerySet[DriverCall]:
        """Keep the calls of orders whose number begins with a text."""
        return queryset.filter(delivery__order_number__startswith=text.strip().upper())


class JobOutcome(TextChoices):
    """How a job ended, if it did."""

    OPEN = "OPEN", _("Not ended")
    GOOD = "GOOD", _("Ended with 0")
    BAD = "BAD", _("Ended with another code")


class BatchJobFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Which jobs: by number of the order, its state, and how they ended."""

    q = django_filters.CharFilter(
        method="search", max_length=TEXT_LENGTH_MAX, label=_("Order number")
    )
    state = django_filters.MultipleChoiceFilter(
        field_name="order__state", choices=OrderState.choices, label=_("State")
    )
    outcome = django_filters.ChoiceFilter(
        method="ended", choices=JobOutcome.choices, label=_("Result")
    )

    class Meta:
        model = BatchJob
        fields: list[Any] = []

    def search(self, queryset: QuerySet[BatchJob], _name: str, text: str) -> QuerySet[BatchJob]:
        """Keep the jobs of orders whose number begins with a text."""
        return queryset.filter(order__number__startswith=text.strip().upper())

    def ended(self, queryset: QuerySet[BatchJob], _name: str, value: str) -> QuerySet[BatchJob]:
        """Keep the jobs that ended like this; one that failed without a code ended as well."""
        good: dict[str, Any] = {"exit_code": 0}
        if value == JobOutcome.GOOD:
            return queryset.filter(**good)
        ended: dict[str, Any] = {"exited_at__isnull": value == JobOutcome.OPEN}
        found = queryset.filter(**ended)
        if value == JobOutcome.OPEN:
            return found
        uncoded: dict[str, Any] = {"exit_code__isnull": True}
        return found.filter(Q(**uncoded) | ~Q(**good))
