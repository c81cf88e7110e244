"""What incidents may be narrowed by."""

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _

from common.filters import MomentFilter
from identity.rights.contracts import IncidentNature, Severity
from identity.rights.models import Incident


class IncidentFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Title, nature, severity and time of incidents, and whether they are open."""

    q = django_filters.CharFilter(
        field_name="title", lookup_expr="icontains", max_length=80, label=_("Heading")
    )
    nature = django_filters.ChoiceFilter(choices=IncidentNature.choices, label=_("What happened"))
    severity = django_filters.ChoiceFilter(choices=Severity.choices, label=_("Severity"))
    is_open = django_filters.BooleanFilter(
        field_name="closed_at", lookup_expr="isnull", label=_("Still open")
    )
    noticed_from = MomentFilter(field_name="noticed_at", lookup_expr="gte", label=_("Noticed from"))

    class Meta:
        model = Incident
        fields: list[Any] = []
