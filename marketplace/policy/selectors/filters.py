"""What lists of runs may be narrowed by."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from marketplace.policy.contracts import WorkbenchState
from marketplace.policy.models import PolicyRun, PolicyRunParty
from marketplace.vouchers.contracts import Beneficiary

CHANGES = (
    ("gain", _("Gains")),
    ("lose", _("Loses")),
    ("out", _("Shut out")),
)


class PolicyRunFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Title, programme and state of runs."""

    q = django_filters.CharFilter(
        field_name="title", lookup_expr="icontains", max_length=80, label=_("Run")
    )
    code = django_filters.CharFilter(max_length=24, label=_("Programme"))
    state = django_filters.MultipleChoiceFilter(choices=WorkbenchState.choices, label=_("State"))

    class Meta:
        model = PolicyRun
        fields: list[Any] = []


class PolicyPartyFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """District, class and change of enterprises."""

    q = django_filters.CharFilter(
        field_name="organization__name", lookup_expr="icontains", max_length=80, label=_("Name")
    )
    district = django_filters.CharFilter(
        lookup_expr="startswith", max_length=6, label=_("District")
    )
    beneficiary = django_filters.MultipleChoiceFilter(choices=Beneficiary.choices, label=_("Class"))
    change = django_filters.ChoiceFilter(choices=CHANGES, method="by_change", label=_("Change"))

    class Meta:
        model = PolicyRunParty
        fields: list[Any] = []

    def by_change(
        self, found: QuerySet[PolicyRunParty], _name: str, value: str
    ) -> QuerySet[PolicyRunParty]:
        """Return those that gain, lose, or get nothing any more."""
        narrowed = {
            "gain": Q(change_minor__gt=0),
            "lose": Q(change_minor__lt=0),
            "out": Q(after_minor=0, before_minor__gt=0) | Q(before_minor=None, after_minor=0),
        }
        return found.filter(narrowed[value])
