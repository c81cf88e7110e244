"""The form of a plan: components, times of use and factors, each in fields; no JSON."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import digits
from marketplace.portal import desk
from marketplace.portal.forms import OnceForm, WholeField
from pricing import plan_terms, wording
from pricing.contracts import METERED_CHOICES
from pricing.plan_models import CountedBy, CountedOver, PlanModel

PARTS_SHOWN: Final = 2
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
LINES: Final = {"rows": 3, "spellcheck": "false", "class": "cm-mono"}
# Of a component: the field, and what it is called.
PART_FIELDS: Final = (
    "code", "model", "unit", "price", "more", "size", "discount", "increment", "tiers", "bands",
    "factors", "per",
)  # fmt: skip
# The fields in which members of a plan, and of a component, are typed.
FRAME_FIELDS: Final = {
    "zone": "zone",
    "bands": "times",
    "holidays": "holidays",
    "workdays": "workdays",
    "factors": "tables",
    "counted_by": "counted_by",
    "fiscal_month": "fiscal_month",
    "to_minor": "to_minor",
}
MEMBER_FIELDS: Final = {"block": "size", "hours": "size"}
_PRICE_TOLD: Final = gettext_lazy(
    "A price in plain digits, such as 3.18, with at most six digits after the point."
)
_QUANTITY_TOLD: Final = gettext_lazy("A quantity above nothing, in plain digits.")
# What the form says instead of the words that are for data.
FORM_WORDS: Final = {
    "unit_price": _PRICE_TOLD,
    "price": _PRICE_TOLD,
    "block": _QUANTITY_TOLD,
    "hours": _QUANTITY_TOLD,
    "increment": _QUANTITY_TOLD,
    "discount": gettext_lazy("A share from 0 to 1 in plain digits, such as 0.3."),
}
_CLOCK: Final = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
Data = dict[str, Any]


class PlanTermsForm(OnceForm):
    """What a plan says, in fields: as many components as there are, and one more."""

    name = forms.CharField(label=gettext_lazy("Name of the draft"), max_length=80)
    source = forms.CharField(
        label=gettext_lazy("Document that the prices rest on"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("If there is one, with its number and date. Buyers read it."),
    )
    clause = forms.CharField(label=gettext_lazy("Its clause"), max_length=120, required=False)
    parts = WholeField(
        min_value=1, max_value=plan_terms.PARTS_MAX, widget=forms.HiddenInput, required=False
    )
    zone = forms.CharField(label=gettext_lazy("Time zone"), max_length=40, initial="Asia/Shanghai")
    times = forms.CharField(
        label=gettext_lazy("Times of use"),
        required=False,
        widget=forms.Textarea(attrs=LINES),
        help_text=gettext_lazy(
            "One a line: band, from, until, and if you like workday, weekend or holiday. For"
            " example: peak 10:00 15:00 workday, or over midnight valley 22:00 08:00. What no line"
            " names is flat."
        ),
    )
    holidays = forms.CharField(
        label=gettext_lazy("Holidays"),
        required=False,
        help_text=gettext_lazy("Days with a blank between, such as 2026-10-01."),
    )
    workdays = forms.CharField(
        label=gettext_lazy("Weekends that are worked"),
        required=False,
        help_text=gettext_lazy("Days with a blank between, such as 2026-10-01."),
    )
    tables = forms.CharField(
        label=gettext_lazy("Factors"),
        required=False,
        widget=forms.Textarea(attrs=LINES),
        help_text=gettext_lazy(
            "One a line: kind, value, factor; otherwise is what holds for all others. For example:"
            " group inside 0.6, then group otherwise 1."
        ),
    )
    counted_by = forms.ChoiceField(label=gettext_lazy("Tiers count"), choices=COUNTS)
    fiscal_month = WholeField(
        label=gettext_lazy("Fiscal year begins in month"), min_value=1, max_value=12, initial=1
    )
    to_minor = forms.ChoiceField(
        label=gettext_lazy("Amounts are rounded up to"),
        choices=[("1", "¥0.01"), ("10", "¥0.1"), ("100", "¥1")],
        help_text=gettext_lazy(
            "Tiers alone, under a plan that was published as such, stay rounded half up to ¥0.01."
        ),
    )

    def __init__(
        self, data: Any = None, *, terms: Mapping[str, Any] | None = None, **more: Any
    ) -> None:
        count = PARTS_SHOWN if terms is None else len(terms["components"])
        if data is not None:
            typed = str(data.get("parts", ""))
            count = int(typed) if typed.isascii() and typed.isdigit() else count
        if data is not None and data.get("add"):
            count += 1
        self.count = min(max(count, 1), plan_terms.PARTS_MAX)
        basis = {name: more.pop(name, "") for name in ("source", "clause")}
        initial = initial_of(terms, more.pop("name", "")) | basis
        super().__init__(data, initial=initial, **more)
        for number in range(self.count):
            self._add_part(number)
        self.initial["parts"] = self.count

    def _add_part(self, number: int) -> None:
        at = f"c{number}_"
        price = {"max_length": 16, "required": False}
        fields: dict[str, forms.Field] = {
            "code": forms.CharField(label=_("Code"), max_length=40, required=False),
            "model": forms.ChoiceField(label=_("How it is priced"), choices=MODELS, required=False),
            "unit": forms.ChoiceField(label=_("Unit"), choices=METERED_CHOICES, required=False),
            "price": forms.CharField(
                label=_("Price"),
                help_text=_("In yuan: of a unit, a package, the prepaid hours, or a month."),
                **price,  # type: ignore[arg-type] # plain options
            ),
            "more": forms.CharField(label=_("Price of what is beyond"), **price),  # type: ignore[arg-type]
            "size": forms.CharField(
                label=_("Size"),
                help_text=_("Of a package, or of the prepaid hours."),
                **price,  # type: ignore[arg-type]
            ),
            "discount": forms.CharField(
                label=_("Discount"),
                help_text=_("A share, such as 0.3."),
                **price,  # type: ignore[arg-type]
            ),
            "increment": forms.CharField(label=_("In steps of"), **price),  # type: ignore[arg-type]
            "tiers": forms.CharField(
                label=_("Tiers"),
                required=False,
                widget=forms.Textarea(attrs=LINES),
                help_text=_("One a line: from which quantity on, and the price. The first is 0."),
            ),
            "bands": forms.CharField(
                label=_("Times of use multiply"),
                required=False,
                help_text=_("Band and factor by turns: peak 1.5 valley 0.5."),
            ),
            "factors": forms.MultipleChoiceField(
                label=_("Factors multiply"),
                required=False,
                choices=[(kind, wording.KINDS[kind]) for kind in plan_terms.FACTOR_KINDS],
                widget=forms.CheckboxSelectMultiple,
            ),
            "per": forms.ChoiceField(label=_("Counted"), choices=PERS, required=False),
        }
        self.fields |= {at + name: fields[name] for name in PART_FIELDS}

    def sections(self) -> list[desk.Section]:
        """Return the fields in the order in which one fills them in."""
        found = [desk.Section(_("Draft"), ["name", "source", "clause"])]
        found += [
            desk.Section(
                _("Component %(number)s") % {"number": number + 1},
                [f"c{number}_{name}" for name in PART_FIELDS],
            )
            for number in range(self.count)
        ]
        shared = ["zone", "times", "holidays", "workdays"]
        found.append(desk.Section(_("Time of use"), shared))
        counting = ["tables", "counted_by", "fiscal_month", "to_minor"]
        return [*found, desk.Section(_("Factors and counting"), counting)]

    def clean(self) -> dict[str, Any]:
        """Return what was typed, with the terms that it says; each fault beside its component."""
        cleaned = super().clean() or self.cleaned_data
        self._require_half_width(cleaned)
        data = self._terms(cleaned)
        numbers = [n for n in range(self.count) if cleaned.get(f"c{n}_model")]
        found = list(plan_terms.located_faults(data))[:20]
        for fault in found:
            field = FRAME_FIELDS.get(fault.member)
            if fault.place is not None:
                field = f"c{numbers[fault.place]}_{_part_field(fault.member, data, fault.place)}"
            if field is None or field not in self.errors:
                self.add_error(field, str(FORM_WORDS.get(fault.member, fault.sentence)))
        if not found and (clash := plan_terms.clashing_times(plan_terms.parse(data).bands)):
            self.add_error("times", clash)
        cleaned["terms"] = data
        return cleaned

    def _require_half_width(self, typed: Mapping[str, Any]) -> None:
        """Have every figure, day and time written in half-width digits, as in all forms."""
        for name, text in dict(typed).items():
            words = text.split() if isinstance(text, str) and name != "name" else ()
            if any(digits.are_other_digits(part) for word in words for part in word.split(":")):
                self.add_error(name, digits.HALF_WIDTH)

    def _terms(self, typed: Mapping[str, Any]) -> Data:
        data: Data = {
            "zone": typed.get("zone", ""),
            "components": [
                _part({name: typed.get(f"c{number}_{name}") or "" for name in PART_FIELDS})
                for number in range(self.count)
                if typed.get(f"c{number}_model")
            ],
        }
        times = [_time(line.split()) for line in _lines(typed.get("times"))]
        if parts := [part for each in times for part in _over_midnight(each)]:
            data["bands"] = parts
        for name in ("holidays", "workdays"):
            if days := (typed.get(name) or "").split():
                data[name] = days
        if tables := _tables([line.split() for line in _lines(typed.get("tables"))]):
            data["factors"] = tables
        if typed.get("counted_by") != CountedBy.CONTRACT:
            data["counted_by"] = typed.get("counted_by")
        if typed.get("fiscal_month") not in (1, None):
            data["fiscal_month"] = typed["fiscal_month"]
        if typed.get("to_minor") not in ("1", None):
            data["to_minor"] = int(typed["to_minor"])
        return data


def _part_field(member: str, data: Data, place: int) -> str:
    """Return the field of a component in which a member is typed."""
    needed, _allowed = plan_terms.MEMBERS[PlanModel(data["components"][place]["model"])]
    if member == "unit_price" and "price" in needed:
        return "more"
    member = "price" if member == "unit_price" else MEMBER_FIELDS.get(member, member)
    return member if member in PART_FIELDS else "code"


def _lines(text: str | None) -> list[str]:
    return [line for line in (text or "").splitlines() if line.strip()]


def _pairs(words: Sequence[str]) -> dict[str, str]:
    return {words[n]: words[n + 1] if n + 1 < len(words) else "" for n in range(0, len(words), 2)}


def _part(typed: Mapping[str, Any]) -> Data:
    """Return a component with the members of its model; what is typed beside them is left out."""
    model = PlanModel(typed["model"])
    needed, allowed = plan_terms.MEMBERS[model]
    size = {PlanModel.PACKAGE: "block", PlanModel.PREPAID: "hours"}.get(model, "block")
    is_of_units = "price" not in needed
    values: Data = {
        "unit": typed["unit"],
        "unit_price": typed["price"] if is_of_units else typed["more"],
        "price": typed["price"],
        size: typed["size"],
        "discount": typed["discount"],
        "increment": typed["increment"],
        "per": typed["per"] or CountedOver.CONTRACT.value,
        "tiers": [
            {"from": (words := line.split())[0], "unit_price": words[-1]}
            for line in _lines(typed["tiers"])
        ],
        "bands": _pairs(typed["bands"].split()),
        "factors": list(typed["factors"]),
    }
    kept = {name: value for name, value in values.items() if name in needed and value != ""}
    kept |= {name: value for name, value in values.items() if name in allowed and value}
    if kept.get("per") == CountedOver.CONTRACT and "per" not in needed:
        del kept["per"]
    return {"code": typed["code"], "model": model.value, **kept}


def _time(words: Sequence[str]) -> Data:
    named = dict(zip(("band", "from", "until"), words, strict=False))
    return named | ({"days": list(words[3:])} if words[3:] else {})


def _over_midnight(time: Data) -> list[Data]:
    """Return a time that begins in the evening and ends in the morning as two, each of one day."""
    begins, ends = time.get("from", ""), time.get("until", "")
    if not (_CLOCK.fullmatch(begins) and _CLOCK.fullmatch(ends)) or begins <= ends:
        return [time]
    morning = [] if ends == "00:00" else [time | {"from": "00:00"}]
    return [time | {"until": "24:00"}, *morning]


def _tables(lines: Sequence[Sequence[str]]) -> Data:
    found: Data = {}
    for kind, *rest in lines:
        table = found.setdefault(kind, {"otherwise": "1", "values": {}})
        value, factor = (*rest, "", "")[:2]
        if value == "otherwise":
            table["otherwise"] = factor
        else:
            table["values"][value] = factor
    return found


def initial_of(terms: Mapping[str, Any] | None, name: str) -> Data:
    """Return terms as what the fields hold; `PlanTermsForm` reads the same terms of it again."""
    if terms is None:
        return {"name": name}
    typed: Data = {
        "name": name,
        "zone": terms["zone"],
        "times": "\n".join(
            " ".join((each["band"], each["from"], each["until"], *_days(each)))
            for each in terms.get("bands", ())
        ),
        "holidays": " ".join(terms.get("holidays", ())),
        "workdays": " ".join(terms.get("workdays", ())),
        "tables": "\n".join(_table_lines(terms.get("factors", {}))),
        "counted_by": terms.get("counted_by", CountedBy.CONTRACT.value),
        "fiscal_month": terms.get("fiscal_month", 1),
        "to_minor": str(terms.get("to_minor", 1)),
    }
    for number, part in enumerate(terms["components"]):
        for field, value in _typed(part).items():
            typed[f"c{number}_{field}"] = value
    return typed


def _days(each: Mapping[str, Any]) -> Sequence[str]:
    days = each.get("days", ())
    return () if len(days) == 3 else tuple(days)


def _table_lines(tables: Mapping[str, Any]) -> Iterator[str]:
    for kind, table in tables.items():
        yield from (f"{kind} {value} {by}" for value, by in table["values"].items())
        yield f"{kind} otherwise {table['otherwise']}"


def _typed(part: Mapping[str, Any]) -> Data:
    is_of_units = "price" not in part
    return {
        "code": part["code"],
        "model": part["model"],
        "unit": part.get("unit", ""),
        "price": part.get("unit_price", "") if is_of_units else part["price"],
        "more": "" if is_of_units else part.get("unit_price", ""),
        "size": part.get("block", part.get("hours", "")),
        "discount": part.get("discount", ""),
        "increment": part.get("increment", ""),
        "tiers": "\n".join(f"{t['from']} {t['unit_price']}" for t in part.get("tiers", ())),
        "bands": " ".join(f"{band} {by}" for band, by in part.get("bands", {}).items()),
        "factors": list(part.get("factors", ())),
        "per": part.get("per", CountedOver.CONTRACT.value),
    }
