"""What lists of demands may be narrowed by: the same for the API and for the pages."""

from typing import Any, Final
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from common.filters import MomentFilter, UUIDFilter
from identity.contracts import ResourceClass
from marketplace.demands.contracts import DemandKind, DemandState
from marketplace.demands.models import PostedDemand

TEXT_LENGTH_MAX: Final = 80


class DemandFilter(django_filters.FilterSet):  # type: ignore[misc] # it has no stubs
    """State, kind, class and time of demands."""

    q = django_filters.CharFilter(
        field_name="number",
        lookup_expr="istartswith",
        max_length=TEXT_LENGTH_MAX,
        label=_("Demand number"),
    )
    state = django_filters.MultipleChoiceFilter(choices=DemandState.choices, label=_("State"))
    kind = django_filters.MultipleChoiceFilter(choices=DemandKind.choices, label=_("Kind"))
    resource_class = django_filters.MultipleChoiceFilter(
        choices=ResourceClass.choices, label=_("Class")
    )
    project_id = UUIDFilter(method="for_project", label=_("Project"))
    posted_from = MomentFilter(field_name="posted_at", lookup_expr="gte", label=_("Posted from"))
    posted_until = MomentFilter(field_name="posted_at", lookup_expr="lt", label=_("Posted before"))

    class Meta:
        model = PostedDemand
        fields: list[Any] = []

    def for_project(
        self, queryset: QuerySet[PostedDemand], _name: str, project_id: UUID
    ) -> QuerySet[PostedDemand]:
        """Keep the demands that are for a project."""
        return queryset.filter(terms__project_id=str(project_id))
