"""What lists of payouts may be narrowed by: for the API and for the pages."""

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from common.filters import AmountFilter, UUIDFilter
from marketplace.payments.contracts import MovementState
from marketplace.payouts.contracts import PayoutChannel, ProviderKind, RunState, Skipped
from marketplace.payouts.models import PayoutLine, PayoutRun, TaxRule


class PayoutRunFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How runs can be searched."""

    q = django_filters.CharFilter(
        field_name="number", lookup_expr="istartswith", max_length=24, label=_("Number")
    )
    state = django_filters.ChoiceFilter(choices=RunState.choices, label=_("State"))
    channel = django_filters.ChoiceFilter(choices=PayoutChannel.choices, label=_("Way"))

    class Meta:
        model = PayoutRun
        fields: ClassVar[list[str]] = []


class PayoutFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How payouts can be searched."""

    run = UUIDFilter(field_name="run_id", label=_("Payout run"))
    provider = UUIDFilter(field_name="provider_id", label=_("Provider"))
    skipped = django_filters.ChoiceFilter(
        choices=[each for each in Skipped.choices if each[0]], label=_("Not paid because")
    )
    state = django_filters.ChoiceFilter(
        field_name="movement__state", choices=MovementState.choices, label=_("State")
    )
    amount_from = AmountFilter(
        field_name="amount_minor", lookup_expr="gte", label=_("Amount from, in yuan")
    )
    amount_to = AmountFilter(
        field_name="amount_minor", lookup_expr="lte", label=_("Amount up to, in yuan")
    )

    class Meta:
        model = PayoutLine
        fields: ClassVar[list[str]] = []


class TaxRuleFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Of which kind of provider a tax is."""

    kind = django_filters.MultipleChoiceFilter(choices=ProviderKind.choices, label=_("Providers"))

    class Meta:
        model = TaxRule
        fields: ClassVar[list[str]] = []
