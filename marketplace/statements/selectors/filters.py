"""What lists of statements and fapiao may be narrowed by: for the API and for the pages."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from common.filters import DayFilter
from marketplace.statements.contracts import BillSide, FapiaoState, MonitorKind, StatementKind
from marketplace.statements.models import AccountMonitor, Fapiao, Statement, StatementLine
from marketplace.statements.selectors.statements import orders_of_project


class StatementFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How statements can be searched."""

    q = django_filters.CharFilter(
        field_name="number", lookup_expr="istartswith", max_length=24, label=_("Number")
    )
    side = django_filters.ChoiceFilter(choices=BillSide.choices, label=_("Whose"))
    kind = django_filters.ChoiceFilter(choices=StatementKind.choices, label=_("Kind"))
    from_day = DayFilter(field_name="starts_on", lookup_expr="gte", label=_("From"))
    until_day = DayFilter(field_name="ends_on", lookup_expr="lte", label=_("Until"))

    class Meta:
        model = Statement
        fields: ClassVar[list[str]] = []


class StatementLineFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Which lines of a statement: those behind a sum."""

    order = django_filters.CharFilter(
        field_name="order_number", max_length=24, label=_("Order number")
    )
    project = django_filters.CharFilter(method="of_project", max_length=64, label=_("Project"))
    chip = django_filters.CharFilter(max_length=100, label=_("Chip"))
    region = django_filters.CharFilter(max_length=12, label=_("Region"))
    reason = django_filters.CharFilter(max_length=40, label=_("Reason"))
    day = DayFilter(field_name="day", label=_("Day"))

    class Meta:
        model = StatementLine
        fields: ClassVar[list[str]] = []

    def of_project(self, found: QuerySet[StatementLine], _name: str, code: str) -> Any:
        """Return the lines of orders for a project."""
        return found.filter(order_number__in=orders_of_project(code))


class FapiaoFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How requests for fapiao can be searched."""

    q = django_filters.CharFilter(
        field_name="number", lookup_expr="istartswith", max_length=24, label=_("Number")
    )
    state = django_filters.ChoiceFilter(choices=FapiaoState.choices, label=_("State"))

    class Meta:
        model = Fapiao
        fields: ClassVar[list[str]] = []


class MonitorFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How monitors of accounts can be searched."""

    q = django_filters.CharFilter(
        field_name="account", lookup_expr="istartswith", max_length=200, label=_("Account")
    )
    kind = django_filters.ChoiceFilter(choices=MonitorKind.choices, label=_("Kind"))

    class Meta:
        model = AccountMonitor
        fields: ClassVar[list[str]] = []
