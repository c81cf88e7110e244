"""The fields of a plan's components, tiers, times and factors, and what their faults are called."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from identity.contracts import ResourceClass
from marketplace.portal import names
from marketplace.portal.forms import Suggested
from marketplace.portal.plan_rows import BAND_FIELDS
from pricing import path_facts, plan_terms, shared_calendars, wording
from pricing.contracts import METERED_CHOICES
from pricing.plan_models import OWED_FROM_START, CountedBy, CountedOver, PlanModel

MODELS: Final = [
    ("", gettext_lazy("none")),
    (PlanModel.UNIT.value, gettext_lazy("so much a unit")),
    (PlanModel.GRADUATED.value, gettext_lazy("tiers, each at its price")),
    (PlanModel.VOLUME.value, gettext_lazy("all at the price of the tier reached")),
    (PlanModel.PACKAGE.value, gettext_lazy("packages")),
    (PlanModel.READY.value, gettext_lazy("kept ready, used or not")),
    (PlanModel.RESERVED.value, gettext_lazy("reserved at a discount")),
    (PlanModel.PREPAID.value, gettext_lazy("prepaid")),
    (PlanModel.FLAT.value, gettext_lazy("flat fee")),
    (PlanModel.MINIMUM.value, gettext_lazy("minimum")),
]
PERS: Final = [
    (CountedOver.CONTRACT.value, gettext_lazy("by contract")),
    (CountedOver.MONTH.value, gettext_lazy("by month")),
]
COUNTS: Final = [
    (CountedBy.CONTRACT.value, gettext_lazy("each contract by itself")),
    (CountedBy.BUYER_MONTH.value, gettext_lazy("a buyer's month")),
    (CountedBy.BUYER_YEAR.value, gettext_lazy("a buyer's fiscal year")),
]
OWED: Final = [
    (OWED_FROM_START, gettext_lazy("from the start, used or not")),
    ("", gettext_lazy("once anything is used")),
]
# Of a model: what its price and its size are of.
PRICES: Final = {
    PlanModel.PACKAGE: gettext_lazy("Price of a package"),
    PlanModel.PREPAID: gettext_lazy("Price of the prepaid hours"),
    PlanModel.READY: gettext_lazy("Price of an hour kept ready"),
    PlanModel.RESERVED: gettext_lazy("Price of an hour before the discount"),
    PlanModel.FLAT: gettext_lazy("Fee"),
    PlanModel.MINIMUM: gettext_lazy("At least"),
}
SIZES: Final = {
    PlanModel.PACKAGE: gettext_lazy("Units in a package"),
    PlanModel.PREPAID: gettext_lazy("Prepaid quantity"),
}
NO_PRICE: Final = gettext_lazy(
    "A price in plain digits, such as 3.18, with at most six digits after the point."
)
NO_QUANTITY: Final = gettext_lazy("A quantity above nothing, in plain digits.")
NO_FACTOR: Final = gettext_lazy(
    "A factor from 0 to 100 in plain digits, such as 1.5, with at most four digits after the point."
)
NO_CLOCK: Final = gettext_lazy("A time of day such as 08:00, from 00:00 to 24:00.")
# What the form says instead of the words that are for data.
FORM_WORDS: Final = {
    "unit_price": NO_PRICE,
    "price": NO_PRICE,
    "block": NO_QUANTITY,
    "hours": NO_QUANTITY,
    "increment": NO_QUANTITY,
    "discount": gettext_lazy("A share from 0 to 1 in plain digits, such as 0.3."),
}
FIGURE: Final = {"inputmode": "decimal", "autocomplete": "off", "class": "cm-input--number"}


def figure(label: Any, told: Any = "", *, length: int = 16) -> forms.CharField:
    """Return a field of a figure in plain digits; it may stay empty."""
    return forms.CharField(
        label=label,
        help_text=told,
        max_length=length,
        required=False,
        widget=forms.TextInput(attrs=FIGURE),
    )


def _boxes(label: Any, choices: Any, told: Any = "") -> forms.MultipleChoiceField:
    widget = forms.CheckboxSelectMultiple
    return forms.MultipleChoiceField(
        label=label, help_text=told, choices=choices, required=False, widget=widget
    )


def part_fields(model: str) -> dict[str, forms.Field]:
    """Return the fields of a component, named as what its model asks for."""
    known = PlanModel(model) if model in [*PlanModel] else PlanModel.UNIT
    is_owed = known in (PlanModel.FLAT, PlanModel.MINIMUM)
    kinds = [(kind, wording.KINDS[kind]) for kind in plan_terms.FACTOR_KINDS]
    return {
        "model": forms.ChoiceField(label=_("How it is priced"), choices=MODELS, required=False),
        "code": forms.CharField(
            label=_("Code"), max_length=40, required=False, help_text=_("Such as usage.")
        ),
        "sold_as": forms.ChoiceField(
            label=_("Price of"),
            choices=[("", _("whatever a listing sells")), *wording.SOLD_AS.items()],
            required=False,
            help_text=_("Where one plan has prices of several things, each component says it."),
        ),
        "unit": forms.ChoiceField(label=_("Unit"), choices=METERED_CHOICES, required=False),
        "price": figure(PRICES.get(known, gettext_lazy("Price of a unit")), _("In yuan.")),
        "more": figure(_("Price of what is beyond"), _("In yuan.")),
        "size": figure(SIZES.get(known, gettext_lazy("Size"))),
        "discount": figure(_("Discount"), _("A share, such as 0.3.")),
        "increment": figure(
            _("In steps of"), _("A step that is begun counts whole. Empty: as measured.")
        ),
        "per": forms.ChoiceField(
            label=_("Owed") if is_owed else _("Counted"), choices=PERS, required=False
        ),
        "owed_from": forms.ChoiceField(
            label=_("Prepaid hours are owed"), choices=OWED, required=False, initial=OWED_FROM_START
        ),
        "factors": _boxes(_("Factors multiply"), kinds),
        **{field: figure(wording.BANDS[band], length=8) for field, band in BAND_FIELDS.items()},
    }


def time_fields() -> dict[str, forms.Field]:
    """Return the fields of a time of use."""
    clock = {"placeholder": "08:00", "autocomplete": "off"}
    months = [(str(month), str(month)) for month in range(1, 13)]
    return {
        "band": forms.ChoiceField(
            label=_("Band"), choices=[("", "—"), *wording.BANDS.items()], required=False
        ),
        "from": forms.CharField(
            label=_("From"), max_length=8, required=False, widget=forms.TextInput(attrs=clock)
        ),
        "until": forms.CharField(
            label=_("Until"),
            max_length=8,
            required=False,
            widget=forms.TextInput(attrs=clock | {"placeholder": "24:00"}),
        ),
        "days": _boxes(_("Only on"), wording.DAYS.items()),
        "months": _boxes(_("Only in some months"), months),
    }


def fact_fields() -> dict[str, forms.Field]:
    """Return the fields of a factor by value."""
    kinds = [(kind, wording.KINDS[kind]) for kind in plan_terms.FACTOR_KINDS]
    return {
        "kind": forms.ChoiceField(label=_("Kind"), choices=[("", "—"), *kinds], required=False),
        "value": forms.CharField(
            label=_("Value"), max_length=40, required=False, widget=Suggested(_known_values)
        ),
        "by": figure(_("Factor"), length=8),
    }


def tier_fields() -> dict[str, forms.Field]:
    """Return the fields of a tier."""
    return {
        "until": figure(pgettext_lazy("tier", "Up to"), length=24),
        "price": figure(_("Price of a unit")),
    }


def _known_values() -> Iterator[tuple[str, str]]:
    for group in ("inside", "partner", "outside"):
        yield group, str(wording.KINDS["group"])
    for each in ResourceClass:
        yield each.value, str(wording.KINDS["class"])
    paths = [name for _most, name in path_facts.LATENCY_CLASSES]
    for path in (*paths, path_facts.BEYOND):
        yield path, str(wording.KINDS["path"])


def calendars(kept: Sequence[str]) -> list[tuple[str, str]]:
    """Return the calendars that one may choose: the last versions, and those that a plan took."""
    known = {each.named: each for each in shared_calendars.shared_calendars()}
    known |= {each.named: each for each in shared_calendars.every_version() if each.named in kept}
    found = []
    for name, each in sorted(known.items()):
        said = each.name_en if names.in_english() else each.name
        source = each.source_en if names.in_english() else each.source
        found.append((name, f"{said} · {source}"))
    return found


def with_days(chosen: Iterable[str], typed: Mapping[str, Any]) -> dict[str, str]:
    """Return both fields of days, with the days of the calendars that were chosen, in order."""
    found = [each for name in chosen if (each := shared_calendars.find(name)) is not None]
    if not found:
        return {}
    return {
        name: " ".join(
            sorted({
                *(typed.get(name) or "").split(), *(day for c in found for day in getattr(c, name))
            })
        )
        for name in ("holidays", "workdays")
        if typed.get(name) is not None
    }  # fmt: skip
