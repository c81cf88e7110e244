"""What lists of projects may be narrowed by: the same for the API and for the pages."""

from typing import Any, Final

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from identity.projects.contracts import ProjectState
from identity.projects.models import Project

TEXT_LENGTH_MAX: Final = 80


class ProjectFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Code, name and state of projects."""

    q = django_filters.CharFilter(
        method="search", max_length=TEXT_LENGTH_MAX, label=_("Code or name")
    )
    state = django_filters.MultipleChoiceFilter(choices=ProjectState.choices, label=_("State"))

    class Meta:
        model = Project
        fields: list[Any] = []

    def search(self, queryset: QuerySet[Project], _name: str, text: str) -> QuerySet[Project]:
        """Keep the projects whose code begins with a text, or whose name holds it."""
        text = text.strip()
        return queryset.filter(Q(code__startswith=text.upper()) | Q(name__icontains=text))
