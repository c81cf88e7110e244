"""The form of a plan: components, tiers, times of use and factors in rows of fields; no JSON."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import digits
from common.digits import are_other_digits
from marketplace.portal import desk, plan_fields, plan_rows
from marketplace.portal.forms import OnceForm, WholeField
from marketplace.portal.plan_fields import FORM_WORDS, NO_CLOCK, NO_FACTOR, NO_PRICE, NO_QUANTITY
from marketplace.portal.plan_rows import (
    BAND_FIELDS,
    END_FIELDS,
    FACT,
    PART_FIELDS,
    TIER,
    TIME,
    initial_of,
)
from pricing import early_ends, plan_figures, plan_terms
from pricing.plan_models import PlanModel

# The fields in which members of a plan, and of a component, are typed; rows by their stem.
FRAME_FIELDS: Final = {
    "zone": "zone",
    "bands": TIME,
    "holidays": "holidays",
    "workdays": "workdays",
    "factors": FACT,
    "counted_by": "counted_by",
    "fiscal_month": "fiscal_month",
    "to_minor": "to_minor",
    "early_end": "end_notice",
}
MEMBER_FIELDS: Final = {"block": "size", "hours": "size"}
ADD, AWAY, SHOW, FILL = "add", "away", "show", "fill"
Data = dict[str, Any]


class PlanTermsForm(OnceForm):
    """What a plan says, in fields: its components, and rows of tiers, times and factors."""

    name = forms.CharField(label=gettext_lazy("Name of the draft"), max_length=80)
    source = forms.CharField(
        label=gettext_lazy("Document that the prices rest on"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("If there is one, with its number and date. Buyers read it."),
    )
    clause = forms.CharField(label=gettext_lazy("Its clause"), max_length=120, required=False)
    zone = forms.CharField(label=gettext_lazy("Time zone"), max_length=40, initial="Asia/Shanghai")
    calendars = forms.MultipleChoiceField(
        label=gettext_lazy("Calendars"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "Their days are added to the two fields below; the plan names each day itself."
        ),
    )
    holidays = forms.CharField(
        label=gettext_lazy("Holidays"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Days with a blank between, such as 2026-10-01."),
    )
    workdays = forms.CharField(
        label=gettext_lazy("Weekends that are worked"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Days with a blank between, such as 2026-10-10."),
    )
    counted_by = forms.ChoiceField(label=gettext_lazy("Tiers count"), choices=plan_fields.COUNTS)
    fiscal_month = WholeField(
        label=gettext_lazy("Fiscal year begins in month"), min_value=1, max_value=12, initial=1
    )
    to_minor = forms.ChoiceField(
        label=gettext_lazy("Amounts are rounded up to"),
        choices=[("1", "¥0.01"), ("10", "¥0.10"), ("100", "¥1.00")],
        help_text=gettext_lazy(
            "Tiers alone, under a plan that was published as such, stay rounded half up to ¥0.01."
        ),
    )

    end_notice = WholeField(
        label=gettext_lazy("Hours of notice"),
        min_value=0,
        max_value=early_ends.NOTICE_HOURS_MAX,
        required=False,
        help_text=gettext_lazy("Empty: the plan says nothing of ending early."),
    )
    end_fee = plan_fields.figure(gettext_lazy("Fee for ending early"), gettext_lazy("In yuan."))
    end_gives_back = plan_fields.figure(
        gettext_lazy("Share of unused prepaid hours that comes back"),
        gettext_lazy("A share, such as 0.3."),
        length=8,
    )

    def __init__(
        self, data: Any = None, *, terms: Mapping[str, Any] | None = None, **more: Any
    ) -> None:
        basis = {name: more.pop(name, "") for name in ("source", "clause")}
        basis["calendars"] = list(more.pop("calendars", ()))
        initial = initial_of(terms, more.pop("name", "")) | basis
        super().__init__(data, initial=initial, **more)
        self.typed = initial if data is None else data
        self.part_numbers = plan_rows.numbers(self.typed, plan_rows.COMPONENT)
        self.part_numbers = self.part_numbers[: plan_terms.PARTS_MAX]
        self.folded: set[str] = set()
        self.fields["calendars"].choices = plan_fields.calendars(basis["calendars"])  # type: ignore[attr-defined]
        for number in self.part_numbers:
            self._add_part(number)
        self._add_rows(TIME, plan_fields.time_fields)
        self._add_rows(FACT, plan_fields.fact_fields)

    def _add_part(self, number: int) -> None:
        at = f"c{number}_"
        model = str(self.typed.get(at + "model") or "")
        shown = _shown_fields(model)
        for name, field in plan_fields.part_fields(model).items():
            if name not in shown:
                field.widget = field.hidden_widget()
            self.fields[at + name] = field
        self.fields[at + "model"].widget.attrs |= {
            "hx-post": "?",
            "hx-trigger": "change",
            "hx-vals": f'{{"{SHOW}": "1"}}',
            "hx-target": "#main",
            "hx-select": "#main",
            "hx-swap": "outerHTML",
        }
        self._add_rows(
            f"c{number}_{TIER}", plan_fields.tier_fields, is_shown="tiers" in _members(model)
        )

    def _add_rows(self, stem: str, fields: Any, *, is_shown: bool = True) -> None:
        for number in plan_rows.numbers(self.typed, stem)[: plan_rows.most(stem)]:
            for name, field in fields().items():
                if not is_shown:
                    field.widget = field.hidden_widget()
                if name == "months":
                    self.folded.add(f"{stem}{number}_{name}")
                self.fields[f"{stem}{number}_{name}"] = field

    # --- Drawing ------------------------------------------------------------------------------
    def sections(self) -> list[desk.Section]:
        """Return the fields in the order in which one fills them in."""
        found = [desk.Section(_("Draft"), ["name", "source", "clause"])]
        found += [
            self._part_section(place, number)
            for place, number in enumerate(self.part_numbers, start=1)
        ]
        told = _(
            "What no time names is flat. A time over midnight, such as 22:00 to 08:00, becomes two."
            " No day chosen: every day."
        )
        times = self._rows(TIME, _("Times of use"), _("Time %(number)s"), _("One more time"), told)
        found.append(desk.Section(_("Time of use"), ["zone"], rows=[times]))
        fill = desk.FormAct(_("Fill in the calendars' days"), FILL, "1", "plus", "id_holidays")
        days = ["calendars", "holidays", "workdays"]
        found.append(desk.Section(_("Holidays and worked weekends"), days, acts=[fill]))
        told = _("What stands without a value holds for all others; where nothing does, 1.")
        facts = self._rows(
            FACT, _("Factors by value"), _("Factor %(number)s"), _("One more factor"), told
        )
        counting = ["counted_by", "fiscal_month", "to_minor"]
        found.append(desk.Section(_("Factors and counting"), counting, rows=[facts]))
        return [*found, desk.Section(_("Ending early"), list(END_FIELDS))]

    def _part_section(self, place: int, number: int) -> desk.Section:
        at = f"c{number}_"
        model = str(self.typed.get(at + "model") or "")
        shown = _shown_fields(model)
        rows = []
        if "tiers" in _members(model):
            rows.append(self._rows(
                f"c{number}_{TIER}", _("Tiers"), _("Tier %(number)s"), _("One more tier"),
                _("Each up to a quantity, at its price; the last has no end: leave that empty."),
            ))  # fmt: skip
        if "bands" in _members(model):
            line = desk.FieldRow(_("Times of use multiply"), [at + name for name in BAND_FIELDS])
            told = _("A factor for each band that changes the price; empty: 1.")
            rows.append(
                desk.FieldRows(_("Times of use multiply"), f"rows-{at}bands", [line], told=told)
            )
        acts = [desk.FormAct(_("Show its fields"), SHOW, str(number), "refresh", f"part-{number}")]
        if len(self.part_numbers) > 1:
            acts.append(desk.FormAct(_("Take the component away"), AWAY, f"c{number}", "x"))
        return desk.Section(
            _("Component %(number)s") % {"number": place},
            [at + name for name in PART_FIELDS if name in shown],
            rows=rows,
            acts=acts,
            place=f"part-{number}",
        )

    def _rows(self, stem: str, title: str, each: str, more: str, told: str) -> desk.FieldRows:
        place = f"rows-{stem}"
        names = plan_rows.ROW_FIELDS[stem.rpartition("_")[2]]
        there = [
            number
            for number in plan_rows.numbers(self.typed, stem)
            if f"{stem}{number}_{names[0]}" in self.fields
        ]
        rows = [
            desk.FieldRow(
                each % {"number": shown},
                [f"{stem}{number}_{name}" for name in names],
                desk.FormAct(_("Take the row away"), AWAY, f"{stem}{number}", place=place),
            )
            for shown, number in enumerate(there, start=1)
        ]
        add = None
        if len(there) < plan_rows.most(stem):
            add = desk.FormAct(more, ADD, stem, "plus", place)
        return desk.FieldRows(title, place, rows, add, told)

    # --- Reading ------------------------------------------------------------------------------
    def clean(self) -> dict[str, Any]:
        """Return what was typed, with the terms that it says; each fault beside its field."""
        cleaned = super().clean() or self.cleaned_data
        cleaned |= plan_fields.with_days(cleaned.get("calendars", ()), cleaned)
        self._require_half_width(cleaned)
        for stem in [f"c{number}_{TIER}" for number in plan_rows.parts(cleaned)]:
            if "tiers" in _members(str(cleaned.get(stem.replace(TIER, "model")))):
                self._check_tiers(cleaned, stem)
        self._check_times(cleaned)
        self._check_facts(cleaned)
        for number in plan_rows.parts(cleaned):
            for name in BAND_FIELDS:
                self._require(f"c{number}_{name}", cleaned, plan_figures.is_factor, NO_FACTOR)
        self._require("end_fee", cleaned, plan_figures.is_price, NO_PRICE)
        self._require("end_gives_back", cleaned, plan_figures.is_share, FORM_WORDS["discount"])
        has_more = cleaned.get("end_fee") or cleaned.get("end_gives_back")
        lacks_notice = cleaned.get("end_notice") is None and "end_notice" not in self.errors
        if has_more and lacks_notice:
            told = _("Say the hours of notice too, 0 for none: a fee or a share alone says no end.")
            self.add_error("end_notice", told)
        data = plan_rows.terms_of(cleaned)
        found = list(plan_terms.located_faults(data))[:20]
        for fault in found:
            self._tell(fault, data, plan_rows.parts(cleaned))
        if not found and not self.errors:
            self._check_overlaps(cleaned)
        cleaned["terms"] = data
        return cleaned

    def _tell(self, fault: plan_terms.TermsFault, data: Data, numbers: list[int]) -> None:
        """Write a fault beside the field that it is about, unless that one has one already."""
        field = FRAME_FIELDS.get(fault.member)
        if fault.place is not None:
            at = f"c{numbers[fault.place]}_"
            field = at + _part_field(fault.member, data, fault.place)
        models = [part["model"] for part in data["components"]]
        if fault.sentence in early_ends.faults_beside(data.get("early_end", {}), models):
            field = "end_gives_back"
        if fault.member == "early_end" and any(name in self.errors for name in END_FIELDS):
            return
        if field is not None and field not in self.fields:  # It is one of rows.
            if any(name.startswith(field) for name in self.errors):
                return
            rows = [name for name in self.fields if name.startswith(field)]
            typed = [name for name in rows if self.cleaned_data.get(name)]
            field = next(iter(typed or rows), None)
            if field is None and fault.place is not None:
                field = f"c{numbers[fault.place]}_model"
        if field is None or field not in self.errors:
            typed_step = fault.member == "increment" and self.cleaned_data.get(field or "")
            is_a_step = bool(typed_step) and plan_figures.is_quantity(str(typed_step))
            said = fault.sentence if is_a_step else FORM_WORDS.get(fault.member, fault.sentence)
            self.add_error(field, str(said))

    def _require(
        self, field: str, typed: Mapping[str, Any], check: Any, sentence: Any, *, lacks: bool = True
    ) -> bool:
        """Say that a field is not as it is to be; an empty one may be where `lacks` says so."""
        text = typed.get(field) or ""
        if field in self.errors or (lacks and not text) or check(text):
            return field not in self.errors
        self.add_error(field, str(sentence))
        return False

    def _check_tiers(self, typed: Mapping[str, Any], stem: str) -> None:
        """Have tiers rise, each but the last with an end."""
        rows = self._filled(typed, stem)
        before = Decimal(0)
        for place, at in enumerate(rows, start=1):
            self._require(f"{at}price", typed, plan_figures.is_price, NO_PRICE, lacks=False)
            until = typed.get(f"{at}until") or ""
            if place == len(rows):
                if until and f"{at}until" not in self.errors:
                    told = _("The last tier has no end: leave this empty, or add a tier.")
                    self.add_error(f"{at}until", told)
            elif self._require(
                f"{at}until", typed, plan_figures.is_quantity, NO_QUANTITY, lacks=False
            ):
                if Decimal(until) <= before:
                    told = _("More than the tier before it reaches: %(quantity)s.")
                    self.add_error(f"{at}until", told % {"quantity": f"{before:f}"})
                before = max(before, Decimal(until))

    def _check_times(self, typed: Mapping[str, Any]) -> None:
        for at in self._filled(typed, TIME):
            self._require(f"{at}band", typed, bool, _("Choose the band."), lacks=False)
            is_sound = [
                self._require(f"{at}{name}", typed, plan_figures.is_clock, NO_CLOCK, lacks=False)
                for name in ("from", "until")
            ]
            if all(is_sound) and typed[f"{at}from"] in (typed[f"{at}until"], "24:00"):
                self.add_error(f"{at}until", _("It ends as it begins: nothing lies between."))

    def _check_facts(self, typed: Mapping[str, Any]) -> None:
        seen: dict[tuple[str, str], Decimal] = {}
        rows = self._filled(typed, FACT)
        for at in rows:
            self._require(f"{at}kind", typed, bool, _("Choose the kind."), lacks=False)
            no_value = _("Letters, digits, points and hyphens, 40 at most.")
            self._require(f"{at}value", typed, plan_figures.is_value, no_value)
            key = (typed.get(f"{at}kind") or "", typed.get(f"{at}value") or "")
            if key in seen:
                self.add_error(f"{at}value", _("This value stands above already."))
            if self._require(f"{at}by", typed, plan_figures.is_factor, NO_FACTOR, lacks=False):
                seen[key] = Decimal(typed[f"{at}by"])
        dearest = seen.get(("group", ""), Decimal(1))
        for at in rows:
            key = (typed.get(f"{at}kind") or "", typed.get(f"{at}value") or "")
            if key[0] == "group" and seen.get(key, Decimal(0)) > dearest and key[1]:
                told = _("No group pays more than the list price, which is what others pay.")
                self.add_error(f"{at}by", told)

    def _check_overlaps(self, typed: Mapping[str, Any]) -> None:
        """Say beside the later of two times that they overlap."""
        pieces: list[Data] = []
        for number in plan_rows.numbers(typed, TIME):
            row = plan_rows.row_of(typed, TIME, number)
            if any(row.values()):
                pieces += plan_rows.over_midnight(plan_rows.time_of(row))
                bands = plan_terms.times_of(pieces)
                if clash := plan_terms.clashing_times(bands):
                    self.add_error(f"{TIME}{number}_from", clash)
                    return

    def _filled(self, typed: Mapping[str, Any], stem: str) -> list[str]:
        """Return what the names of the fields of each filled row begin with."""
        found = []
        for number in plan_rows.numbers(self.typed, stem)[: plan_rows.most(stem)]:
            names = [f"{stem}{number}_{name}" for name in plan_rows.ROW_FIELDS[_kind(stem)]]
            if any(typed.get(name) or name in self.errors for name in names):
                found.append(f"{stem}{number}_")
        return found

    def _require_half_width(self, typed: Mapping[str, Any]) -> None:
        """Have every figure, day and time written in half-width digits, as in all forms."""
        for name, text in dict(typed).items():
            words = text.split() if isinstance(text, str) and name != "name" else ()
            if any(are_other_digits(part) for word in words for part in word.split(":")):
                self.add_error(name, digits.HALF_WIDTH)


def moved(typed: Any) -> Any:
    """Return what was typed after a row was added or taken away, as its buttons ask."""
    if stem := typed.get(ADD):
        return plan_rows.added(typed, stem)
    if typed.get(FILL):
        typed = typed.copy()
        for name, days in plan_fields.with_days(typed.getlist("calendars"), typed).items():
            typed[name] = days
        return typed
    return plan_rows.removed(typed, typed.get(AWAY, ""))


def is_moving(typed: Any) -> bool:
    """Return whether a form asks for other rows or fields, and is not to be kept yet."""
    return any(typed.get(name) for name in (ADD, AWAY, SHOW, FILL))


def _kind(stem: str) -> str:
    return stem.rpartition("_")[2]


def _members(model: str) -> set[str]:
    if model not in [*PlanModel]:
        return set()
    needed, allowed = plan_terms.MEMBERS[PlanModel(model)]
    return needed | allowed


def _shown_fields(model: str) -> set[str]:
    """Return the fields of a component that its model asks for."""
    members = _members(model)
    shown = {"model", "code"} | {MEMBER_FIELDS.get(name, name) for name in members}
    if "unit_price" in members:
        shown.add("more" if "price" in members else "price")
    return shown | (set(BAND_FIELDS) if "bands" in members else set())


def _part_field(member: str, data: Data, place: int) -> str:
    """Return the field of a component in which a member is typed, or the stem of its rows."""
    needed, _allowed = plan_terms.MEMBERS[PlanModel(data["components"][place]["model"])]
    if member == "unit_price" and "price" in needed:
        return "more"
    if member in ("tiers", "bands"):
        return {"tiers": TIER, "bands": "by_"}[member]
    member = "price" if member == "unit_price" else MEMBER_FIELDS.get(member, member)
    return member if member in PART_FIELDS else "code"
