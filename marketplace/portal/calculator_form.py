"""The calculator's form: what a reader types in the units that people use, read into a need."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from identity.identifiers import regions
from marketplace.calculator import assumptions
from marketplace.calculator.contracts import (
    CHIP_LENGTH_MAX,
    GB_MAX,
    HOURS_MAX,
    MODEL_LENGTH_MAX,
    MONTHS_MAX,
    MOVED_GB_MAX,
    REQUESTS_MAX,
    TOKENS_A_REQUEST_MAX,
    UNIT_HOURS_MAX,
    ComputeNeed,
    NeedKind,
    NumberFormat,
)
from marketplace.portal import names, source_words
from marketplace.portal.forms import ExactField, WholeField

BILLION: Final = 10**9
MILLION: Final = 10**6
# What each kind asks, in this order; then what all of them may say beside.
FIELDS: Final[Mapping[NeedKind, tuple[str, ...]]] = {
    NeedKind.TRAIN: ("parameters", "tokens", "precision", "hours", "utilisation"),
    NeedKind.SERVE: ("model", "requests", "tokens_a_request", "hours", "load"),
    NeedKind.CARD_HOURS: ("unit_hours", "chip", "hours"),
    NeedKind.CORE_HOURS: ("unit_hours", "hours"),
    NeedKind.GB_MONTHS: ("gb", "months"),
    NeedKind.TOKENS: ("tokens_in", "tokens_out", "hours"),
}
BESIDE: Final = ("place", "moved_gb")
# The page speaks of billions and millions; needs count one by one.
SCALES: Final[Mapping[str, int]] = {
    "parameters": BILLION,
    "tokens": BILLION,
    "tokens_in": MILLION,
    "tokens_out": MILLION,
}
EXAMPLES: Final[Mapping[NeedKind, Mapping[str, Any]]] = {
    NeedKind.TRAIN: {"parameters": "7", "tokens": "140", "hours": "720"},
    NeedKind.SERVE: {"requests": "10", "tokens_a_request": "300", "hours": "720"},
    NeedKind.CARD_HOURS: {"unit_hours": "1000", "hours": "168"},
    NeedKind.CORE_HOURS: {"unit_hours": "1000", "hours": "168"},
    NeedKind.GB_MONTHS: {"gb": "1000", "months": "1"},
    NeedKind.TOKENS: {"tokens_in": "100", "tokens_out": "20", "hours": "720"},
}


def _exact(
    label: Any, most: Decimal | int, digits: int = 6, *, takes_zero: bool = False, **options: Any
) -> ExactField:
    return ExactField(
        label=label,
        min_value=Decimal(0) if takes_zero else Decimal(1).scaleb(-digits),
        max_value=Decimal(most),
        max_digits=24,
        decimal_places=digits,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        **options,
    )


def _whole(label: Any, most: int, **options: Any) -> WholeField:
    return WholeField(
        label=label,
        min_value=0,
        max_value=most,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        **options,
    )


def _places() -> list[tuple[str, Any]]:
    return [
        ("", _("Not said")),
        *((f"hub:{hub.code}", names.hub(hub.code)) for hub in regions.hubs()),
    ]


class NeedForm(forms.Form):
    """The fields of one kind of need."""

    need = forms.ChoiceField(choices=NeedKind.choices, widget=forms.HiddenInput)
    parameters = _exact(_("Parameters, in billions"), 100_000)
    tokens = _exact(_("Tokens to train on, in billions"), 100_000_000)
    precision = forms.ChoiceField(label=_("Format"), choices=NumberFormat.choices)
    model = forms.CharField(
        label=_("Model"),
        max_length=MODEL_LENGTH_MAX,
        widget=forms.Select,
        help_text=_("Those that a measured certificate in force names."),
    )
    requests = _exact(_("Requests a second"), REQUESTS_MAX)
    tokens_a_request = _whole(_("Tokens generated a request"), TOKENS_A_REQUEST_MAX)
    unit_hours = _exact(_("Hours"), UNIT_HOURS_MAX)
    chip = forms.CharField(
        label=_("Chip"),
        max_length=CHIP_LENGTH_MAX,
        widget=forms.TextInput(attrs={"list": "known-chips", "autocomplete": "off"}),
        required=False,
        help_text=_("Such as H100. Empty: any, though an hour of one is not an hour of another."),
    )
    gb = _exact(_("Gigabytes"), GB_MAX, 3)
    months = _exact(_("Months of 720 hours"), MONTHS_MAX, 4)
    tokens_in = _exact(_("Tokens read, in millions"), 100_000_000_000, takes_zero=True)
    tokens_out = _exact(_("Tokens generated, in millions"), 100_000_000_000, takes_zero=True)
    hours = _exact(_("Done within hours"), HOURS_MAX, 4)
    utilisation = _exact(_("Utilisation"), 1, 4, required=False)
    load = _exact(_("Load"), 1, 4, required=False)
    place = forms.ChoiceField(label=_("Your data are at"), choices=_places, required=False)
    moved_gb = _whole(_("Gigabytes to be moved"), MOVED_GB_MAX, required=False)

    def __init__(self, data: Any, *, kind: NeedKind, models: Sequence[str] = ()) -> None:
        super().__init__(data)
        self.kind = kind
        shown = ("need", *FIELDS[kind], *BESIDE)
        self.fields = {name: self.fields[name] for name in shown}
        if kind == NeedKind.SERVE:
            self.fields["hours"].label = _("For hours")
            # Another name of a model leads to it as well, where somebody asks by an address.
            asked = (data or {}).get("model", "")
            named = [asked] if asked and asked not in models else []
            offered = [("", _("Choose a model")), *((each, each) for each in (*named, *models))]
            self.fields["model"].widget = forms.Select(choices=offered)
        assumed = assumptions.in_force().by_code
        for name in ("utilisation", "load"):
            if name in self.fields:
                self.fields[name].help_text = source_words.told(assumed[name].source)

    @property
    def shown(self) -> list[Any]:
        """Return the fields that are drawn."""
        return [self[name] for name in (*FIELDS[self.kind], *BESIDE)]

    def asked(self) -> ComputeNeed:
        """Return the need; billions and millions are counted one by one, rounded down."""
        said = {name: value for name, value in self.cleaned_data.items() if name != "need"}
        for name, scale in SCALES.items():
            if name in said:
                said[name] = int((said[name] or 0) * scale)
        said["moved_gb"] = said.get("moved_gb") or 0
        said = {name: value for name, value in said.items() if value is not None}
        if "precision" in said:
            said["precision"] = NumberFormat(said["precision"])
        return ComputeNeed(kind=self.kind, **said)


def first_values(kind: NeedKind) -> dict[str, Any]:
    """Return what the page begins with."""
    assumed = assumptions.in_force().by_code
    found = {"need": str(kind), "precision": str(NumberFormat.FP16), **EXAMPLES[kind]}
    return found | {name: f"{assumed[name].value}" for name in ("utilisation", "load")}
