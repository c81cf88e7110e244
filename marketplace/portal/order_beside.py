"""What is ordered together with cards: fields of the order form, quotes, and their total."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.errors import Refusal
from common.period import Period
from marketplace.catalog import services as catalog_services
from marketplace.catalog.contracts import ListingState
from marketplace.catalog.rows import ListingRow
from marketplace.orders import selectors as orders_selectors
from marketplace.orders.contracts import UNITS_MILLI_MAX
from marketplace.orders.set_contracts import OrderedBeside
from marketplace.portal.forms import ExactField
from pricing.plan_models import SoldAs

BITS: Final = 8  # of a byte: a gigabit a second moves an eighth of a GB in each
# The fields in which each is said, the first one to say what is wrong with it.
FIELDS_OF: Final = {
    SoldAs.STORAGE: ("storage_gb", "storage_quote"),
    SoldAs.NETWORK: ("network_gbps", "network_gb", "network_quote"),
}


def _amount(label: Any, help_text: Any = "") -> ExactField:
    return ExactField(
        label=label,
        help_text=help_text,
        min_value=Decimal("0.001"),
        max_value=UNITS_MILLI_MAX // 1000,
        max_digits=12,
        decimal_places=3,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )


class BesideFields(forms.Form):
    """How much of the storage and the network that stand beside a listing is ordered with it."""

    storage_gb = _amount(gettext_lazy("With storage, in GB"))
    network_gbps = _amount(gettext_lazy("With a network, in Gbit/s"))
    network_gb = _amount(
        gettext_lazy("Or to move up to so many GB"),
        gettext_lazy("Instead: the width that moves them in that time. What is moved is charged."),
    )
    storage_quote = forms.UUIDField(widget=forms.HiddenInput, required=False)
    network_quote = forms.UUIDField(widget=forms.HiddenInput, required=False)
    beside: Mapping[SoldAs, ListingRow]

    def keep_beside(self, beside: Mapping[SoldAs, ListingRow]) -> None:
        """Ask for what stands beside the listing and is on sale, and nothing else."""
        self.beside = {
            kind: each for kind, each in beside.items() if each.state == ListingState.OPEN
        }
        for kind, fields in FIELDS_OF.items():
            for name in fields if kind not in self.beside else ():
                del self.fields[name]

    @property
    def beside_fields(self) -> list[forms.BoundField]:
        """Return the fields in which it is said how much."""
        names = ("storage_gb", "network_gbps", "network_gb")
        return [self[name] for name in names if name in self.fields]

    def clean_network_gb(self) -> Any:
        """Take a width or an amount, not both."""
        if self.cleaned_data.get("network_gb") and self.cleaned_data.get("network_gbps"):
            raise forms.ValidationError(_("Say a width or an amount, not both."))
        return self.cleaned_data.get("network_gb")

    def ordered_beside(self, period: Period) -> dict[SoldAs, OrderedBeside]:
        """Return what is ordered with the listing, of a form that was checked."""
        said, found = self.cleaned_data, {}
        for kind, listing in self.beside.items():
            milli = _milli(said, kind, listing, period)
            if milli:
                quote: UUID | None = said.get(FIELDS_OF[kind][-1])
                found[kind] = OrderedBeside(listing.pk, milli, quote)
        return found


def _milli(said: Mapping[str, Any], kind: SoldAs, listing: ListingRow, period: Period) -> int:
    if kind == SoldAs.STORAGE:
        return int((said.get("storage_gb") or 0) * 1000)
    if amount := said.get("network_gb"):
        seconds = Fraction(period.microseconds, 10**6)
        return listing.least.first_milli(ceil(Fraction(amount) * BITS * 1000 / seconds))
    return int((said.get("network_gbps") or 0) * 1000)


def quotes_of(form: Any, *, buyer_id: UUID, now: Any) -> dict[str, Any]:
    """
    Freeze prices for what a form orders with its listing; return them, and what all of it costs.

    :raises Refusal: as `quote_listing`, at the field that says how much
    """
    wanted = form.ordered_beside(form.period)
    rows = []
    for kind, each in wanted.items():
        listing = form.beside[kind]
        try:
            quote = catalog_services.quote_listing(
                buyer_id=buyer_id,
                listing_id=each.listing_id,
                milli=each.units_milli,
                period=form.period,
                now=now,
            )
        except Refusal as refusal:
            refusal.field = FIELDS_OF[kind][0]
            raise
        preview = orders_selectors.preview(
            buyer_id=buyer_id,
            listing=listing,
            lines=quote.lines,
            at=now,
            period=form.period,
            use_vouchers=form.cleaned_data["use_vouchers"],
        )
        rows.append(
            {
                "listing": listing,
                "units_milli": each.units_milli,
                "quote": quote,
                "preview": preview,
                "input": FIELDS_OF[kind][-1],
            }
        )
    return {"beside": rows}


def with_total(context: dict[str, Any]) -> dict[str, Any]:
    """Return a context of quotes with the total of all that is ordered together."""
    if not context.get("beside"):
        return context
    previews = [context["preview"], *(each["preview"] for each in context["beside"])]
    cash = sum(each.cash_minor for each in previews)
    return context | {
        "set_gross_minor": sum(each.gross_minor for each in previews),
        "set_cash_minor": cash,
        "set_missing_minor": max(cash - context["preview"].balance_minor, 0),
    }
