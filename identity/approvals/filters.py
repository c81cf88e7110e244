"""What proposals may be narrowed by: the same for the API and for the pages."""

from typing import Any, ClassVar, Final

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from common.filters import MomentFilter, UUIDFilter
from identity.approvals.contracts import ProposalState
from identity.approvals.models import Proposal

TEXT_LENGTH_MAX: Final = 80


class ProposalFilter(django_filters.FilterSet):  # type: ignore[misc] # it has no stubs
    """Kind, state and reference of a proposal, who made it when, and what it brought about."""

    q = django_filters.CharFilter(
        method="search", max_length=TEXT_LENGTH_MAX, label=_("What, or who proposed it")
    )
    kind = django_filters.CharFilter(max_length=60)
    state = django_filters.ChoiceFilter(choices=ProposalState.choices, label=_("State"))
    reference = django_filters.CharFilter(max_length=200)
    result_id = UUIDFilter()
    proposed_from = MomentFilter(
        field_name="proposed_at", lookup_expr="gte", label=_("Proposed from")
    )
    proposed_until = MomentFilter(
        field_name="proposed_at", lookup_expr="lt", label=_("Proposed until")
    )

    class Meta:
        model = Proposal
        fields: ClassVar[list[Any]] = []

    def search(self, queryset: QuerySet[Proposal], _name: str, text: str) -> QuerySet[Proposal]:
        """Keep the proposals that a text is part of, or that somebody so called made."""
        return queryset.filter(
            Q(label__icontains=text)
            | Q(reference__icontains=text)
            | Q(proposed_by__email__icontains=text)
            | Q(proposed_by__name__icontains=text)
        )
