"""What appeals may be narrowed by."""

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _

from common.filters import MomentFilter
from identity.appeals.contracts import AppealState
from identity.appeals.models import Appeal


class AppealFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """State and time of appeals."""

    state = django_filters.MultipleChoiceFilter(choices=AppealState.choices, label=_("State"))
    made_from = MomentFilter(field_name="made_at", lookup_expr="gte", label=_("Made from"))
    made_until = MomentFilter(field_name="made_at", lookup_expr="lt", label=_("Made before"))

    class Meta:
        model = Appeal
        fields: list[Any] = []
