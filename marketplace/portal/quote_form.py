"""The form of a quote: what an order form asks, or what a job needs, and for how long it holds."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.catalog.needs import seconds_for
from marketplace.portal import figures
from marketplace.portal.forms import ExactField, OnceForm, WholeField
from marketplace.portal.order_form import DAYS_MAX, OrderForm
from pricing.contracts import LINK_LASTS_MAX, QUOTE_DAYS_MAX

KEPT_DAYS: Final = 7
UNASKED: Final = ("use_vouchers", "quote_id", "repeat")


class QuoteForm(OrderForm):
    """How much, from when, for how long or for which need, and for how many days it holds."""

    need = ExactField(
        label=gettext_lazy("Or what the job needs, in standard hours"),
        min_value=Decimal("0.001"),
        max_digits=15,
        decimal_places=3,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text=gettext_lazy("The length then follows from the factor of the listing."),
    )
    valid_days = WholeField(
        label=gettext_lazy("Days that the quote holds"), min_value=1, max_value=QUOTE_DAYS_MAX
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in UNASKED:
            del self.fields[name]
        self.fields["length"].required = False
        self.fields["project_id"].help_text = _("An order at the quote is then for it, too.")
        self.initial["valid_days"] = KEPT_DAYS
        if self.listing.standard_factor is None:
            del self.fields["need"]

    def clean(self) -> dict[str, Any]:
        """Let the length follow from the need, where one is told."""
        typed = self.cleaned_data
        need, units = typed.get("need"), typed.get("units")
        if need is not None and typed.get("length") is not None and self._is_length_typed():
            self.add_error("need", _("Say how long, or what the job needs, not both."))
        elif need is not None and units:
            seconds = self._seconds_for(need, units)
            if seconds > DAYS_MAX * 86_400:
                self.add_error(
                    "need", _("That takes more than %(days)s days.") % {"days": DAYS_MAX}
                )
            typed["length"], typed["length_unit"] = figures.in_whole_units(seconds)
        elif typed.get("length") is None and not {"length", "need"} & self.errors.keys():
            self.add_error("length", _("Say how long, or what the job needs."))
        if typed.get("length") is None:
            typed["length"] = 0
        return super().clean()

    def _is_length_typed(self) -> bool:
        """Return whether the length is another than the form proposes."""
        return bool({"length", "length_unit"} & set(self.changed_data))

    def _seconds_for(self, need: Decimal, units: Decimal) -> int:
        """Return how long so many units take for a need, in whole steps of the listing."""
        factor = self.listing.standard_factor or Decimal(1)
        milli = int(units * 1000)
        return seconds_for(need, milli=milli, factor=factor, least=self.listing.least)

    @property
    def valid_for(self) -> timedelta:
        """Return for how long the price shall hold."""
        return timedelta(days=self.cleaned_data["valid_days"])


class QuoteOrderForm(OnceForm):
    """What an order at a quote's price still needs to be told."""

    use_vouchers = forms.BooleanField(
        label=gettext_lazy("Let my vouchers pay their share"), required=False, initial=True
    )
    project_id = forms.ChoiceField(label=gettext_lazy("Project"), required=False)
    repeat = forms.CharField(
        label=gettext_lazy("Say it again"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(
        self,
        *args: Any,
        projects: list[tuple[str, Any]],
        project_id: UUID | None,
        asked: str,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        if project_id is not None:
            # The quote was made for it, and stays with it.
            projects = [each for each in projects if each[0] == str(project_id)]
            self.initial["project_id"] = str(project_id)
            self.fields["project_id"].help_text = _("The quote was made for it.")
            self.fields["project_id"].required = True
        self.fields["project_id"].choices = projects  # type: ignore[attr-defined]
        if asked:
            self.fields["repeat"].help_text = _("Unusually large: type exactly %(asked)s") % {
                "asked": asked
            }
        else:
            del self.fields["repeat"]


class QuoteLinkForm(OnceForm):
    """For how many days a link shows a quote."""

    days = WholeField(
        label=gettext_lazy("Days until it ends"), min_value=1, max_value=LINK_LASTS_MAX.days
    )
