"""What holds, and who saw what, may be narrowed by."""

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _

from common.filters import MomentFilter
from identity.privacy.contracts import HeldKind
from identity.privacy.models import LegalHold, SeenRecord


class LegalHoldFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Kind and object of holds, and whether they last."""

    kind = django_filters.ChoiceFilter(choices=HeldKind.choices, label=_("What is held"))
    object_id = django_filters.CharFilter(max_length=64, label=_("Identifier"))
    lasts = django_filters.BooleanFilter(
        field_name="lifted_at", lookup_expr="isnull", label=_("Lasts")
    )

    class Meta:
        model = LegalHold
        fields: list[Any] = []


class SeenFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Kind and identifier of what was seen, and when."""

    object_kind = django_filters.CharFilter(max_length=32, label=_("Kind"))
    object_id = django_filters.CharFilter(max_length=64, label=_("Identifier"))
    seen_from = MomentFilter(field_name="seen_at", lookup_expr="gte", label=_("Seen from"))
    seen_until = MomentFilter(field_name="seen_at", lookup_expr="lt", label=_("Seen before"))

    class Meta:
        model = SeenRecord
        fields: list[Any] = []
