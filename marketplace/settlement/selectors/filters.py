"""What lists of contracts, charges and trades may be narrowed by: for the API and for the pages."""

from typing import ClassVar, Final

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from common.filters import AmountFilter, MomentFilter, UUIDFilter
from marketplace.settlement.contracts import (
    AdjustmentReason,
    ChargeKind,
    ContractState,
    TradeKind,
)
from marketplace.settlement.models import Adjustment, Charge, Contract, TradeRecord

TEXT_LENGTH_MAX: Final = 80


class ContractFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How contracts can be searched."""

    q = django_filters.CharFilter(
        method="search", max_length=TEXT_LENGTH_MAX, label=_("Contract or order number")
    )
    state = django_filters.ChoiceFilter(choices=ContractState.choices, label=_("State"))
    order = UUIDFilter(field_name="order_id", label=_("Order number"))
    listing = UUIDFilter(field_name="listing_id", label=_("Listing"))
    buyer = UUIDFilter(field_name="buyer_id", label=_("Buyer"))
    provider = UUIDFilter(field_name="provider_id", label=_("Provider"))

    class Meta:
        model = Contract
        fields: ClassVar[list[str]] = []

    def search(self, queryset: QuerySet[Contract], _name: str, text: str) -> QuerySet[Contract]:
        """Keep the contracts whose number, or whose order's, begins with a text."""
        words = text.strip().upper()
        return queryset.filter(Q(number__startswith=words) | Q(order_number__startswith=words))


class ChargeFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How charges can be searched."""

    contract = UUIDFilter(field_name="contract_id", label=_("Contract"))
    order = UUIDFilter(field_name="contract__order_id", label=_("Order number"))
    kind = django_filters.ChoiceFilter(choices=ChargeKind.choices, label=_("Kind"))
    charged_from = MomentFilter(field_name="charged_at", lookup_expr="gte", label=_("Charged from"))
    charged_until = MomentFilter(
        field_name="charged_at", lookup_expr="lt", label=_("Charged before")
    )

    class Meta:
        model = Charge
        fields: ClassVar[list[str]] = []


class TradeRecordFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How trade records can be searched."""

    q = django_filters.CharFilter(
        method="search", max_length=TEXT_LENGTH_MAX, label=_("Trade number or compute identifier")
    )
    kind = django_filters.ChoiceFilter(choices=TradeKind.choices, label=_("Kind"))
    identifier = django_filters.CharFilter(max_length=96, label=_("Compute identifier"))
    buyer_uscc = django_filters.CharFilter(max_length=18, label=_("Credit code of the buyer"))
    provider_uscc = django_filters.CharFilter(max_length=18, label=_("Credit code of the provider"))
    traded_from = MomentFilter(field_name="traded_at", lookup_expr="gte", label=_("Traded from"))
    traded_until = MomentFilter(field_name="traded_at", lookup_expr="lt", label=_("Traded before"))
    amount_from = AmountFilter(
        field_name="gross_minor", lookup_expr="gte", label=_("Amount from, in yuan")
    )
    amount_to = AmountFilter(
        field_name="gross_minor", lookup_expr="lte", label=_("Amount up to, in yuan")
    )

    class Meta:
        model = TradeRecord
        fields: ClassVar[list[str]] = []

    def search(
        self, queryset: QuerySet[TradeRecord], _name: str, text: str
    ) -> QuerySet[TradeRecord]:
        """Keep the trades whose number or identifier begins with a text."""
        words = text.strip().upper()
        return queryset.filter(Q(number__startswith=words) | Q(identifier__startswith=words))


class AdjustmentFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How adjustments can be searched."""

    q = django_filters.CharFilter(
        method="search", max_length=TEXT_LENGTH_MAX, label=_("Number or case")
    )
    reason = django_filters.ChoiceFilter(choices=AdjustmentReason.choices, label=_("Reason"))
    contract = UUIDFilter(field_name="contract_id", label=_("Contract"))
    booked_from = MomentFilter(field_name="booked_at", lookup_expr="gte", label=_("Booked from"))
    booked_until = MomentFilter(field_name="booked_at", lookup_expr="lt", label=_("Booked before"))
    amount_from = AmountFilter(
        field_name="amount_minor", lookup_expr="gte", label=_("Amount from, in yuan")
    )
    amount_to = AmountFilter(
        field_name="amount_minor", lookup_expr="lte", label=_("Amount up to, in yuan")
    )

    class Meta:
        model = Adjustment
        fields: ClassVar[list[str]] = []

    def search(self, queryset: QuerySet[Adjustment], _name: str, text: str) -> QuerySet[Adjustment]:
        """Keep the adjustments whose number or case begins with a text."""
        words = text.strip()
        return queryset.filter(Q(number__startswith=words.upper()) | Q(reference__startswith=words))
