"""The least that may be ordered, as people type it and read it."""

from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.errors import Refusal
from marketplace.catalog.least import (
    LEAST_MILLI_MAX,
    LEAST_MINOR_MAX,
    LEAST_SECONDS_MAX,
    MILLI,
    Least,
    units,
)
from marketplace.portal import figures
from marketplace.portal.forms import ExactField, MoneyField, OnceForm, WholeField, show_refusal
from marketplace.portal.order_form import LENGTH_NAMES, LENGTHS

# The inputs that the rooms' refusals are about.
FIELDS: Final = {
    "least_milli": "least_units",
    "step_milli": "step_units",
    "least_seconds": "least_length",
    "step_seconds": "step_length",
}


def _units_field(label: Any, told: Any) -> ExactField:
    return ExactField(
        label=label,
        help_text=told,
        required=False,
        min_value=MILLI,
        max_value=LEAST_MILLI_MAX * MILLI,
        decimal_places=3,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )


def _length_field(label: Any, told: Any) -> WholeField:
    return WholeField(
        label=label,
        help_text=told,
        required=False,
        min_value=1,
        max_value=LEAST_SECONDS_MAX,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


def _length_unit_field(label: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=LENGTH_NAMES, required=False, initial="minute")


class LeastForm(OnceForm):
    """The least quantity, duration and amount of an order, and the steps of the first two."""

    least_units = _units_field(
        gettext_lazy("Least quantity of an order"),
        gettext_lazy("In units of the resource. Who asks for less is refused. Empty: any."),
    )
    step_units = _units_field(
        gettext_lazy("Steps of the quantity"),
        gettext_lazy("An order asks for a whole number of these. Empty: any."),
    )
    least_length = _length_field(
        gettext_lazy("Least duration of an order"),
        gettext_lazy("Who asks for a shorter time is refused. Empty: any."),
    )
    least_length_unit = _length_unit_field(gettext_lazy("Unit of the least duration"))
    step_length = _length_field(
        gettext_lazy("Steps of the duration"),
        gettext_lazy("An order lasts a whole number of these. Empty: any."),
    )
    step_length_unit = _length_unit_field(gettext_lazy("Unit of the steps"))
    least_minor = MoneyField(
        label=gettext_lazy("Least amount of an order"),
        required=False,
        help_text=gettext_lazy(
            "In yuan. An order that costs less is refused, unless it is free. Empty: ¥0.01."
        ),
    )

    def __init__(self, *args: Any, of: Least | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        if of is not None:
            self.initial.update(typed(of))

    def clean(self) -> dict[str, Any]:
        """Check that nothing is longer or dearer than any order may be."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("least_length", "step_length"):
            if self._seconds(name) > LEAST_SECONDS_MAX:
                told = _("At most %(days)s days.") % {"days": LEAST_SECONDS_MAX // 86_400}
                self.add_error(name, told)
        if (cleaned.get("least_minor") or 0) > LEAST_MINOR_MAX:
            most = figures.money(LEAST_MINOR_MAX)
            self.add_error("least_minor", _("At most %(amount)s.") % {"amount": most})
        return cleaned

    def require_on_offer(self, total_milli: int) -> None:
        """Refuse what nobody could order, as less is on sale."""
        if {"least_units", "step_units"} & self.errors.keys():
            return
        told = _("Only %(total)s units are on sale.") % {"total": units(total_milli)}
        least = self.least()
        if least.least_milli > total_milli:
            self.add_error("least_units", told)
        elif least.first_milli() > total_milli:
            self.add_error("step_units", told)

    def least(self) -> Least:
        """Return what was typed; what was left empty is any."""
        cleaned = self.cleaned_data
        return Least(
            least_milli=int((cleaned.get("least_units") or MILLI) / MILLI),
            step_milli=int((cleaned.get("step_units") or MILLI) / MILLI),
            least_seconds=self._seconds("least_length") or 1,
            step_seconds=self._seconds("step_length") or 1,
            least_minor=cleaned.get("least_minor") or 1,
        )

    def show_refusal(self, refusal: Refusal) -> None:
        """Write a refusal beside the input that it is about."""
        refusal.field = FIELDS.get(refusal.field or "", refusal.field)
        show_refusal(self, refusal)

    def _seconds(self, name: str) -> int:
        unit = self.cleaned_data.get(f"{name}_unit") or "minute"
        return int(self.cleaned_data.get(name) or 0) * LENGTHS[unit]


def typed(least: Least) -> dict[str, Any]:
    """Return what somebody would type to say a least; any is left empty."""
    values: dict[str, Any] = {
        "least_units": units(least.least_milli) if least.least_milli > 1 else None,
        "step_units": units(least.step_milli) if least.step_milli > 1 else None,
        "least_minor": f"{Decimal(least.least_minor).scaleb(-2)}"
        if least.least_minor > 1
        else None,
    }
    for name in ("least", "step"):
        seconds = getattr(least, f"{name}_seconds")
        if seconds > 1:
            count, unit = figures.in_whole_units(seconds)
            values |= {f"{name}_length": count, f"{name}_length_unit": unit}
    return values
