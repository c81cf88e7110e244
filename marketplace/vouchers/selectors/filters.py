"""What lists of applications may be narrowed by: the same for the API and for the pages."""

from typing import Any, Final

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from common.filters import AmountFilter, MomentFilter
from identity import selectors as identity_selectors
from marketplace.vouchers.contracts import ApplicationState
from marketplace.vouchers.models import Application

TEXT_LENGTH_MAX: Final = 80
PARTIES_MAX: Final = 50


class ApplicationFilter(django_filters.FilterSet):  # type: ignore[misc] # it has no stubs
    """State, applicant, programme, amount and day of applications."""

    q = django_filters.CharFilter(
        method="search", max_length=TEXT_LENGTH_MAX, label=_("Applicant or code of the programme")
    )
    state = django_filters.MultipleChoiceFilter(choices=ApplicationState.choices, label=_("State"))
    applied_from = MomentFilter(field_name="applied_at", lookup_expr="gte", label=_("Applied from"))
    applied_until = MomentFilter(
        field_name="applied_at", lookup_expr="lt", label=_("Applied before")
    )
    amount_from = AmountFilter(
        field_name="amount_minor", lookup_expr="gte", label=_("Amount from, in yuan")
    )
    amount_to = AmountFilter(
        field_name="amount_minor", lookup_expr="lte", label=_("Amount up to, in yuan")
    )

    class Meta:
        model = Application
        fields: list[Any] = []

    def search(
        self, queryset: QuerySet[Application], _name: str, text: str
    ) -> QuerySet[Application]:
        """Keep the applications of applicants, or to programmes, that a text names."""
        parties = identity_selectors.organization_ids_named(text, limit=PARTIES_MAX)
        programme = Q(programme_version__programme__code__iexact=text.strip())
        return queryset.filter(Q(applicant_id__in=parties) | programme)
