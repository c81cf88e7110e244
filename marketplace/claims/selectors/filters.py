"""What lists of claims may be narrowed by: for the API and for the pages."""

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from common.filters import AmountFilter
from marketplace.claims.contracts import ClaimState, RecoveryState
from marketplace.claims.models import (
    ClaimLine,
    ClaimShare,
    Recovery,
    Reimbursement,
    ReimbursementLine,
    VoucherClaim,
)
from marketplace.claims.reimbursement_contracts import ReimbursementState


class ClaimFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How claims can be searched."""

    q = django_filters.CharFilter(
        field_name="number", lookup_expr="istartswith", max_length=24, label=_("Number")
    )
    state = django_filters.MultipleChoiceFilter(choices=ClaimState.choices, label=_("State"))
    batch = django_filters.CharFilter(field_name="batch", max_length=80, label=_("Batch"))
    amount_from = AmountFilter(
        field_name="claimed_minor", lookup_expr="gte", label=_("Amount from, in yuan")
    )
    amount_to = AmountFilter(
        field_name="claimed_minor", lookup_expr="lte", label=_("Amount up to, in yuan")
    )

    class Meta:
        model = VoucherClaim
        fields: ClassVar[list[str]] = []


class ClaimLineFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How the lines of a claim can be searched."""

    q = django_filters.CharFilter(
        field_name="trade_record__number",
        lookup_expr="istartswith",
        max_length=24,
        label=_("Trade record"),
    )

    class Meta:
        model = ClaimLine
        fields: ClassVar[list[str]] = []


class RecoveryFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How what is wanted back can be searched."""

    q = django_filters.CharFilter(
        field_name="number", lookup_expr="istartswith", max_length=24, label=_("Number")
    )
    state = django_filters.MultipleChoiceFilter(choices=RecoveryState.choices, label=_("State"))

    class Meta:
        model = Recovery
        fields: ClassVar[list[str]] = []


class ReimbursementFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How requests to be reimbursed can be searched."""

    q = django_filters.CharFilter(
        field_name="number", lookup_expr="istartswith", max_length=24, label=_("Number")
    )
    state = django_filters.MultipleChoiceFilter(
        choices=ReimbursementState.choices, label=_("State")
    )

    class Meta:
        model = Reimbursement
        fields: ClassVar[list[str]] = []


class ReimbursementLineFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How the lines of a request can be searched."""

    q = django_filters.CharFilter(
        field_name="trade_record__number",
        lookup_expr="istartswith",
        max_length=24,
        label=_("Trade record"),
    )

    class Meta:
        model = ReimbursementLine
        fields: ClassVar[list[str]] = []


class ClaimShareFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How the parts that payers pay can be searched."""

    q = django_filters.CharFilter(
        field_name="claim__number", lookup_expr="istartswith", max_length=24, label=_("Number")
    )
    is_unpaid = django_filters.BooleanFilter(
        field_name="paid_at", lookup_expr="isnull", label=_("To be paid")
    )

    class Meta:
        model = ClaimShare
        fields: ClassVar[list[str]] = []
