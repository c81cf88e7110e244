"""What lists of applications may be narrowed by: the same for the API and for the pages."""

from typing import Any, Final

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from common.filters import AmountFilter, MomentFilter
from identity import selectors as identity_selectors
from marketplace.vouchers.contracts import ApplicationState, VoucherState
from marketplace.vouchers.models import Application, Voucher

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


class VoucherFilter(django_filters.FilterSet):  # type: ignore[misc] # it has no stubs
    """Number, holder, state, face value and last day of vouchers."""

    q = django_filters.CharFilter(
        method="search", max_length=TEXT_LENGTH_MAX, label=_("Number or holder")
    )
    state = django_filters.MultipleChoiceFilter(choices=VoucherState.choices, label=_("State"))
    face_from = AmountFilter(
        field_name="face_minor", lookup_expr="gte", label=_("Face value from, in yuan")
    )
    face_to = AmountFilter(
        field_name="face_minor", lookup_expr="lte", label=_("Face value up to, in yuan")
    )
    expires_until = MomentFilter(
        field_name="expires_at", lookup_expr="lt", label=_("Expires before")
    )

    class Meta:
        model = Voucher
        fields: list[Any] = []

    def search(self, queryset: QuerySet[Voucher], _name: str, text: str) -> QuerySet[Voucher]:
        """Keep the vouchers that a text names, by number or holder."""
        parties = identity_selectors.organization_ids_named(text, limit=PARTIES_MAX)
        return queryset.filter(Q(holder_id__in=parties) | Q(number__icontains=text.strip()))
