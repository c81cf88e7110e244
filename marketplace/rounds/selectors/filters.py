"""What lists of rounds and their orders may be narrowed by: the same for the API and the pages."""

from typing import Any, Final

import django_filters
from django.utils.translation import gettext_lazy as _

from common.filters import MomentFilter
from identity.contracts import ResourceClass
from marketplace.rounds.contracts import RoundOrderState, RoundState
from marketplace.rounds.models import CallRound, RoundOrder

TEXT_LENGTH_MAX: Final = 80


class CallRoundFilter(django_filters.FilterSet):  # type: ignore[misc] # it has no stubs
    """State, class and time of rounds."""

    q = django_filters.CharFilter(
        field_name="number",
        lookup_expr="istartswith",
        max_length=TEXT_LENGTH_MAX,
        label=_("Number of the round"),
    )
    state = django_filters.MultipleChoiceFilter(choices=RoundState.choices, label=_("State"))
    resource_class = django_filters.MultipleChoiceFilter(
        choices=ResourceClass.choices, label=_("Class")
    )
    ends_from = MomentFilter(field_name="ends_at", lookup_expr="gte", label=_("Ends from"))
    ends_until = MomentFilter(field_name="ends_at", lookup_expr="lt", label=_("Ends before"))

    class Meta:
        model = CallRound
        fields: list[Any] = []


class RoundOrderFilter(django_filters.FilterSet):  # type: ignore[misc] # it has no stubs
    """State of the orders of a round."""

    state = django_filters.MultipleChoiceFilter(choices=RoundOrderState.choices, label=_("State"))

    class Meta:
        model = RoundOrder
        fields: list[Any] = []
