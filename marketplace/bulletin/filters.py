"""What rule changes may be narrowed by: the same for the API and for the page."""

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from common.filters import MomentFilter
from marketplace.bulletin.contracts import RuleKind
from marketplace.bulletin.models import RuleChange


class RuleChangeFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How rule changes can be searched."""

    kind = django_filters.ChoiceFilter(choices=RuleKind.choices, label=_("Kind of rule"))
    effective_from = MomentFilter(
        field_name="effective_at", lookup_expr="gte", label=_("Takes effect from")
    )
    effective_until = MomentFilter(
        field_name="effective_at", lookup_expr="lt", label=_("Takes effect before")
    )

    class Meta:
        model = RuleChange
        fields: ClassVar[list[str]] = []
