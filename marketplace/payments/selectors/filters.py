"""What lists of payments may be narrowed by: the same for the API and for the pages."""

from typing import Any, Final

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from common.filters import AmountFilter, DayFilter, MomentFilter, UUIDFilter
from identity import selectors as identity_selectors
from marketplace.payments.contracts import (
    DifferenceKind,
    LineState,
    MovementKind,
    MovementState,
    PayChannel,
)
from marketplace.payments.models import (
    BankLine,
    BankStatement,
    Deposit,
    MoneyDifference,
    Movement,
)

TEXT_LENGTH_MAX: Final = 80
PARTIES_MAX: Final = 50  # organisations whose name holds a text
OPEN: Final = "open"
SETTLED: Final = "settled"


class MovementFilter(django_filters.FilterSet):  # type: ignore[misc] # it has no stubs
    """Number, kind, way, state, amount and time of movements of money."""

    q = django_filters.CharFilter(
        field_name="number",
        lookup_expr="istartswith",
        max_length=20,
        label=_("Number of a movement"),
    )
    kind = django_filters.MultipleChoiceFilter(choices=MovementKind.choices, label=_("Kind"))
    channel = django_filters.ChoiceFilter(choices=PayChannel.choices, label=_("Way"))
    state = django_filters.MultipleChoiceFilter(choices=MovementState.choices, label=_("State"))
    organization = UUIDFilter(field_name="organization_id", label=_("Organization"))
    requested_from = MomentFilter(
        field_name="requested_at", lookup_expr="gte", label=_("Asked for from")
    )
    requested_until = MomentFilter(
        field_name="requested_at", lookup_expr="lt", label=_("Asked for before")
    )
    amount_from = AmountFilter(
        field_name="amount_minor", lookup_expr="gte", label=_("Amount from, in yuan")
    )
    amount_to = AmountFilter(
        field_name="amount_minor", lookup_expr="lte", label=_("Amount up to, in yuan")
    )

    class Meta:
        model = Movement
        fields: list[Any] = []


class BankStatementFilter(django_filters.FilterSet):  # type: ignore[misc] # it has no stubs
    """Name and time of imported files of the bank."""

    q = django_filters.CharFilter(
        field_name="file_name",
        lookup_expr="icontains",
        max_length=TEXT_LENGTH_MAX,
        label=_("Name of the file"),
    )
    imported_from = MomentFilter(
        field_name="imported_at", lookup_expr="gte", label=_("Imported from")
    )
    imported_until = MomentFilter(
        field_name="imported_at", lookup_expr="lt", label=_("Imported before")
    )

    class Meta:
        model = BankStatement
        fields: list[Any] = []


class BankLineFilter(django_filters.FilterSet):  # type: ignore[misc] # it has no stubs
    """Text, state, day and amount of lines of the bank."""

    q = django_filters.CharFilter(
        method="search", max_length=TEXT_LENGTH_MAX, label=_("Payer, text or bank reference")
    )
    statement = UUIDFilter(field_name="statement_id", label=_("Bank statement"))
    state = django_filters.ChoiceFilter(choices=LineState.choices, label=_("State"))
    booked_from = DayFilter(field_name="booked_on", lookup_expr="gte", label=_("Booked from"))
    booked_until = DayFilter(field_name="booked_on", lookup_expr="lt", label=_("Booked before"))
    amount_from = AmountFilter(
        field_name="amount_minor", lookup_expr="gte", label=_("Amount from, in yuan")
    )
    amount_to = AmountFilter(
        field_name="amount_minor", lookup_expr="lte", label=_("Amount up to, in yuan")
    )

    class Meta:
        model = BankLine
        fields: list[Any] = []

    def search(self, queryset: QuerySet[BankLine], _name: str, text: str) -> QuerySet[BankLine]:
        """Keep lines whose payer or text holds a text, or whose reference begins with it."""
        plain = text.strip()
        return queryset.filter(
            Q(party__icontains=plain) | Q(text__icontains=plain) | Q(reference__startswith=plain)
        )


class DifferenceFilter(django_filters.FilterSet):  # type: ignore[misc] # it has no stubs
    """Kind, way, state, owner and age of differences."""

    q = django_filters.CharFilter(
        field_name="reference",
        lookup_expr="istartswith",
        max_length=TEXT_LENGTH_MAX,
        label=_("Reference"),
    )
    kind = django_filters.MultipleChoiceFilter(choices=DifferenceKind.choices, label=_("Kind"))
    channel = django_filters.ChoiceFilter(choices=PayChannel.choices, label=_("Way"))
    state = django_filters.ChoiceFilter(
        choices=[(OPEN, _("To clear up")), (SETTLED, _("Cleared up"))],
        method="standing",
        label=_("State"),
    )
    owned = django_filters.ChoiceFilter(
        choices=[("yes", _("Somebody")), ("no", _("Nobody"))],
        method="owners",
        label=_("Seen to by"),
    )
    found_from = MomentFilter(field_name="found_at", lookup_expr="gte", label=_("Found from"))
    found_until = MomentFilter(field_name="found_at", lookup_expr="lt", label=_("Found before"))

    class Meta:
        model = MoneyDifference
        fields: list[Any] = []

    def standing(
        self, queryset: QuerySet[MoneyDifference], _name: str, value: str
    ) -> QuerySet[MoneyDifference]:
        """Keep those that are open, or settled."""
        return queryset.filter(settled_at__isnull=value == OPEN)

    def owners(
        self, queryset: QuerySet[MoneyDifference], _name: str, value: str
    ) -> QuerySet[MoneyDifference]:
        """Keep those that somebody sees to, or nobody."""
        return queryset.filter(owner__isnull=value == "no")


class DepositFilter(django_filters.FilterSet):  # type: ignore[misc] # it has no stubs
    """Reference, buyer, amount and day of deposits."""

    q = django_filters.CharFilter(
        method="search", max_length=TEXT_LENGTH_MAX, label=_("Bank reference or buyer")
    )
    recorded_from = MomentFilter(
        field_name="recorded_at", lookup_expr="gte", label=_("Booked from")
    )
    recorded_until = MomentFilter(
        field_name="recorded_at", lookup_expr="lt", label=_("Booked before")
    )
    amount_from = AmountFilter(
        field_name="amount_minor", lookup_expr="gte", label=_("Amount from, in yuan")
    )
    amount_to = AmountFilter(
        field_name="amount_minor", lookup_expr="lte", label=_("Amount up to, in yuan")
    )

    class Meta:
        model = Deposit
        fields: list[Any] = []

    def search(self, queryset: QuerySet[Deposit], _name: str, text: str) -> QuerySet[Deposit]:
        """Keep those whose reference begins with a text, or of buyers whose name holds it."""
        buyers = identity_selectors.organization_ids_named(text, limit=PARTIES_MAX)
        return queryset.filter(
            Q(reference__startswith=text.strip()) | Q(organization_id__in=buyers)
        )
