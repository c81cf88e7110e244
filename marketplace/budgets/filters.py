"""What lists of caps may be narrowed by: the same for the API and for the pages."""

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _

from common.filters import UUIDFilter
from marketplace.budgets.contracts import CapPeriod, CapScope
from marketplace.budgets.models import Cap


class CapFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Whom caps bound, after which time they begin anew, and whether they are in force."""

    scope = django_filters.MultipleChoiceFilter(choices=CapScope.choices, label=_("Bounds"))
    period = django_filters.MultipleChoiceFilter(choices=CapPeriod.choices, label=_("Period"))
    project_id = UUIDFilter(field_name="project_id", label=_("Project"))
    in_force = django_filters.BooleanFilter(
        field_name="ended_at", lookup_expr="isnull", label=_("In force")
    )

    class Meta:
        model = Cap
        fields: list[Any] = []
