"""A programme's rules as people type them, and as the room of vouchers takes them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import moments
from common.errors import Refusal
from common.money import parse_decimal
from identity.contracts import ResourceClass
from marketplace.portal import desk, figures
from marketplace.portal.forms import DayFormField, MoneyField, OnceForm, WholeField
from marketplace.vouchers.contracts import ANY, Beneficiary, LineKind, Mode
from marketplace.vouchers.programme_rules import LINES_MAX, VALIDITY_DAYS_MAX

DAY: Final = timedelta(days=1)
TEXT_MAX: Final = 100_000
ERRORS_SHOWN: Final = 20
# Where the room names a member of the rules, the input that it is about.
INPUTS: Final = {
    "per_order_cap_minor": "per_order_cap",
    "per_entity_year_cap_minor": "per_entity_year_cap",
}


def _day(label: Any, told: Any) -> DayFormField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return DayFormField(label=label, required=False, widget=widget, help_text=told)


def _lines(label: Any, told: Any, *, rows: int, required: bool = True) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows, "spellcheck": "false"})
    return forms.CharField(
        label=label, help_text=told, required=required, max_length=TEXT_MAX, widget=widget
    )


def _cap(label: Any) -> MoneyField:
    return MoneyField(label=label, required=False, help_text=gettext_lazy("Empty: no cap."))


class RulesForm(OnceForm):
    """What a programme pays to whom, how much at most, and until when."""

    mode = forms.ChoiceField(label=gettext_lazy("Pays"), choices=Mode.choices)
    rates = _lines(
        gettext_lazy("Shares"),
        gettext_lazy(
            "One a line: who (SME, STARTUP, STANDARD or ANY), which class (AI, GENERAL, HPC or"
            " ANY), and per cent. For example: SME AI 60"
        ),
        rows=4,
    )
    eligible_lines = forms.MultipleChoiceField(
        label=gettext_lazy("Pays for"),
        choices=LineKind.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[LineKind.COMPUTE.value],
    )
    per_order_cap = _cap(gettext_lazy("Cap per order"))
    per_entity_year_cap = _cap(gettext_lazy("Cap per entity and year"))
    validity_days = WholeField(
        label=gettext_lazy("Vouchers are valid for"),
        min_value=1,
        max_value=VALIDITY_DAYS_MAX,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    applications_from = _day(gettext_lazy("First day of applications"), "")
    applications_until = _day(gettext_lazy("Last day of applications"), "")
    orders_from = _day(gettext_lazy("Orders count from"), gettext_lazy("Empty: any order."))
    requires_sme_certificate = forms.BooleanField(
        label=gettext_lazy("Only for holders of an SME certificate"), required=False
    )
    combines = forms.BooleanField(
        label=gettext_lazy("May pay beside other programmes"), required=False
    )
    suppliers = _lines(
        gettext_lazy("Providers"),
        gettext_lazy("Unified social credit codes, one a line. Empty: every provider."),
        rows=3,
        required=False,
    )
    funding = _lines(
        gettext_lazy("Paid by"),
        gettext_lazy("One a line: source and per cent, together 100. For example: City 60"),
        rows=3,
        required=False,
    )
    source = forms.CharField(
        label=gettext_lazy("Source"),
        max_length=300,
        help_text=gettext_lazy("The document that says so, with its number and date."),
    )
    valid_from = _day(
        gettext_lazy("Holds from"), gettext_lazy("Empty: as early as it may, once approved.")
    )
    suffixes: Final = {"per_order_cap": "¥", "per_entity_year_cap": "¥"}
    wide: Final = ("source",)

    def clean_rates(self) -> list[dict[str, str]]:
        """Return the shares."""
        rows, wrong = [], []
        for number, line in enumerate(self.cleaned_data["rates"].splitlines(), start=1):
            words = line.split()
            if not words:
                continue
            try:
                rows.append(_rate([word.upper() for word in words]))
            except ValueError as error:
                wrong.append(_at(number, error))
        if wrong:
            raise ValidationError(wrong[:ERRORS_SHOWN])
        return rows

    def clean_funding(self) -> list[dict[str, str]]:
        """Return the sources of money."""
        rows, wrong = [], []
        for number, line in enumerate(self.cleaned_data["funding"].splitlines(), start=1):
            source, _blank, percent = line.strip().rpartition(" ")
            if not line.strip():
                continue
            try:
                rows.append({"source": source.strip(), "share": _share(percent)})
            except ValueError as error:
                wrong.append(_at(number, error))
        if wrong:
            raise ValidationError(wrong[:ERRORS_SHOWN])
        return rows

    def rules(self) -> dict[str, Any]:
        """Return what was typed as the room takes it."""
        typed = self.cleaned_data
        return {
            "mode": typed["mode"],
            "rates": typed["rates"],
            "eligible_lines": typed["eligible_lines"][:LINES_MAX],
            "per_order_cap_minor": typed["per_order_cap"],
            "per_entity_year_cap_minor": typed["per_entity_year_cap"],
            "validity_days": typed["validity_days"],
            "applications_from": _begins(typed["applications_from"]),
            "applications_until": _ends(typed["applications_until"]),
            "orders_from": _begins(typed["orders_from"]),
            "requires_sme_certificate": typed["requires_sme_certificate"],
            "suppliers": typed["suppliers"].upper().split() or None,
            "combines": typed["combines"],
            "funding": typed["funding"],
        }

    def starts_at(self) -> datetime | None:
        """Return when the rules are asked to take effect."""
        day = self.cleaned_data["valid_from"]
        return day and moments.day_period(day).starts_at


class ProgrammeForm(RulesForm):
    """A programme to set up."""

    code = forms.RegexField(
        r"\A[A-Z0-9]+(-[A-Z0-9]+)*\Z",
        max_length=24,
        label=gettext_lazy("Code"),
        help_text=gettext_lazy("Capitals, digits and hyphens; used once for good."),
    )
    name = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=120)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=160, required=False)
    region = forms.RegexField(r"\A([0-9]{6})?\Z", label=gettext_lazy("Region"), required=False)


SECTIONS: Final = (
    desk.Section(gettext_lazy("Programme"), ("code", "name", "name_en", "region")),
    desk.Section(gettext_lazy("What it pays"), ("mode", "rates", "eligible_lines")),
    desk.Section(
        gettext_lazy("Caps and days"),
        (
            *("per_order_cap", "per_entity_year_cap", "validity_days"),
            *("applications_from", "applications_until", "orders_from"),
        ),
    ),
    desk.Section(
        gettext_lazy("Who and with whom"), ("requires_sme_certificate", "combines", "suppliers")
    ),
    desk.Section(gettext_lazy("Money and source"), ("funding", "source", "valid_from")),
)


def typed(rules: Mapping[str, Any]) -> dict[str, Any]:
    """Return what somebody would type to say rules that were published."""
    percent = [(row, _percent(row["share"])) for row in rules["rates"]]
    funding = [f"{row['source']} {_percent(row['share'])}" for row in rules["funding"]]
    last = rules["applications_until"]
    return {
        "mode": rules["mode"],
        "rates": "\n".join(f"{r['beneficiary']} {r['resource_class']} {p}" for r, p in percent),
        "eligible_lines": rules["eligible_lines"],
        "per_order_cap": _yuan(rules["per_order_cap_minor"]),
        "per_entity_year_cap": _yuan(rules["per_entity_year_cap_minor"]),
        "validity_days": rules["validity_days"],
        "applications_from": _date(rules["applications_from"]),
        "applications_until": _date(last, is_end=True),
        "orders_from": _date(rules["orders_from"]),
        "requires_sme_certificate": rules["requires_sme_certificate"],
        "combines": rules["combines"],
        "suppliers": "\n".join(rules["suppliers"] or ()),
        "funding": "\n".join(funding),
    }


def _at(number: int, error: ValueError) -> str:
    return _("Line %(line)s: %(problem)s") % {"line": number, "problem": error}


def _rate(words: list[str]) -> dict[str, str]:
    if len(words) != 3:
        raise ValueError(_("three words are needed"))
    who, what, percent = words
    if who not in (*Beneficiary.values, ANY) or what not in (*ResourceClass.values, ANY):
        raise ValueError(_("there is no such beneficiary or class"))
    return {"beneficiary": who, "resource_class": what, "share": _share(percent)}


def _share(percent: str) -> str:
    try:
        share = parse_decimal(percent.removesuffix("%")).scaleb(-2)
    except Refusal as refusal:
        raise ValueError(str(refusal)) from refusal
    if not 0 < share <= 1:
        raise ValueError(_("more than 0 and at most 100 per cent is needed"))
    return f"{share:f}"


def _percent(share: str) -> str:
    return f"{(Decimal(share) * 100).normalize():f}"


def _yuan(minor: int | None) -> str:
    return "" if minor is None else f"{Decimal(minor).scaleb(-2)}"


def _date(moment: str | None, *, is_end: bool = False) -> Any:
    if moment is None:
        return None
    at = moments.parse_moment(moment)
    local = figures.local(at)
    is_midnight = local.time() == local.time().min
    return local.date() - DAY if is_end and is_midnight else local.date()


def _begins(day: Any) -> str | None:
    return moments.day_period(day).starts_at.isoformat() if day else None


def _ends(day: Any) -> str | None:
    return moments.day_period(day).ends_at.isoformat() if day else None
