"""Operators propose other inputs of the cost calculation, each with its source, day and basis."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from common.errors import Forbidden
from common.moments import market_date
from identity.approvals import selectors as approvals
from identity.approvals.contracts import Person, Proposed
from identity.contracts import Role
from marketplace.baselines import rules as baselines_rules
from marketplace.baselines import selectors as baselines_selectors
from marketplace.baselines import services as baselines_services
from marketplace.baselines.contracts import (
    COST_REASON_MAX,
    COST_SOURCE_MAX,
    COSTS_KIND,
    CostInput,
    CostInputsRefused,
    InputBasis,
    InputChange,
)
from marketplace.portal import desk, figures, reference_words, waiting_words
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import DayFormField, ExactField, OnceForm
from marketplace.portal.once import once

ROWS: Final = (1, 2, 3)
FIELDS: Final = {"changes": "input_1"}
PARTS: Final = ("input", "value", "basis", "source", "as_of")


def _choices() -> list[tuple[str, Any]]:
    _number, content = baselines_selectors.latest_costs()
    return [
        ("", "—"),
        *(
            (
                f"{unit}|{code}",
                f"{reference_words.unit_of(unit)}: {reference_words.INPUTS[code]}"
                f" ({reference_words.input_text(said)})",
            )
            for (unit, code), said in baselines_rules.inputs_by_unit(content).items()
            if code in baselines_rules.LIMITS
        ),
    ]


class CostInputsForm(OnceForm):
    """Up to three inputs that change together; more at once over the API."""

    reason = forms.CharField(
        label=gettext_lazy("Reason that everybody reads"),
        max_length=COST_REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = _choices()
        for row in ROWS:
            is_first = row == ROWS[0]
            self.fields[f"input_{row}"] = forms.ChoiceField(
                label=_("Input"), choices=choices, required=is_first
            )
            self.fields[f"value_{row}"] = ExactField(
                label=_("Figure"),
                max_digits=18,
                decimal_places=6,
                required=is_first,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            )
            self.fields[f"basis_{row}"] = forms.ChoiceField(
                label=_("What it rests on"),
                choices=InputBasis.choices,
                initial=InputBasis.PUBLISHED,
                required=is_first,
            )
            self.fields[f"source_{row}"] = forms.CharField(
                label=_("Source"), max_length=COST_SOURCE_MAX, required=is_first
            )
            self.fields[f"as_of_{row}"] = DayFormField(
                label=_("Day of the figure"),
                required=is_first,
                initial=market_date(clock.now()),
                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            )

    def clean(self) -> dict[str, Any]:
        """Ask for a figure and a source of each input that is named."""
        said = super().clean() or {}
        for row in ROWS[1:]:
            if said.get(f"input_{row}"):
                for part in PARTS[1:]:
                    name = f"{part}_{row}"
                    if said.get(name) in (None, "") and name not in self.errors:
                        self.add_error(name, self.fields[name].error_messages["required"])
        return said

    @property
    def rows(self) -> list[int]:
        """Return the rows in which an input is named."""
        return [row for row in ROWS if self.cleaned_data.get(f"input_{row}")]

    def changes(self) -> list[InputChange]:
        """Return what was typed."""
        found = []
        for row in self.rows:
            key, value, basis, source, as_of = (
                self.cleaned_data[f"{part}_{row}"] for part in PARTS
            )
            unit, code = key.split("|")
            said = CostInput(code, value, InputBasis(basis), source.strip(), as_of)
            found.append(InputChange(unit, said))
        return found


SECTIONS: Final = (
    *(
        desk.Section(title, tuple(f"{part}_{row}" for part in PARTS))
        for row, title in zip(
            ROWS,
            (
                gettext_lazy("An input"),
                gettext_lazy("Another one, if any"),
                gettext_lazy("A third one, if any"),
            ),
            strict=True,
        )
    ),
    desk.Section(gettext_lazy("Why"), ("reason",)),
)


@page(Role.OPERATOR, Role.AUDITOR)
@require_http_methods(["GET", "POST"])
@once
def cost_inputs(request: PortalRequest) -> HttpResponseBase:
    """Show the inputs of the latest version; let an operator propose others."""
    may_act = request.actor.has_role(Role.OPERATOR)
    if request.method == "POST" and not may_act:
        raise Forbidden
    form = CostInputsForm(request.POST or None)
    now, made = clock.now(), list[Proposed]()
    if form.is_valid() and desk.is_done(form, lambda: made.append(_propose(request, form)), FIELDS):
        told = _("The inputs wait until another operator approves them.")
        messages.info(request, waiting_words.waiting_told(made[0], told, since=now))
        return redirect("portal:cost-inputs")
    main: list[Any] = []
    if approvals.waiting(kind=COSTS_KIND).exists():
        main.append(desk.Note(_("Inputs wait for another operator's approval.")))
    if may_act:
        act = _("Propose the inputs")
        told = _("What is not named stays. Earlier versions stay, and can be computed again.")
        main.append(desk.FormBlock(form, act, sections=SECTIONS, told=told))
    main.append(_latest())
    head = desk.Head(
        title=_("Inputs of costs"),
        told=_("They hold 24 hours after another operator approves them."),
        crumbs=((_("Reference prices"), reverse("portal:reference-prices")),),
    )
    return desk.show(request, head, main)


def _propose(request: PortalRequest, form: CostInputsForm) -> Proposed:
    try:
        return baselines_services.propose_costs(
            changes=form.changes(),
            reason=form.cleaned_data["reason"],
            by=Person(request.actor.person_id, request.actor.organization_id),
            now=clock.now(),
        )
    except CostInputsRefused as refusal:
        if part := refusal.facts.get("part"):
            refusal.field = f"{part}_{form.rows[refusal.facts['place']]}"
        raise


def _latest() -> desk.Sheet:
    number, content = baselines_selectors.latest_costs()
    title = _("All inputs of v%(number)s, which are in force")
    begins = ""
    valid_from = baselines_selectors.costs_of(number).valid_from
    if valid_from is not None and valid_from > clock.now():
        title = _(
            "All inputs of v%(number)s, in force from %(begins)s; until then earlier ones are"
        )
        begins = figures.moment(valid_from)
    return desk.Sheet(
        title=title % {"number": number, "begins": begins},
        columns=(
            desk.Column(_("Chip or core")),
            desk.Column(_("Input")),
            desk.Column(_("Figure"), "number"),
            desk.Column(_("What it rests on")),
            desk.Column(_("Source")),
        ),
        rows=[
            (
                desk.Cell(reference_words.unit_of(unit)),
                desk.Cell(reference_words.INPUTS[code]),
                desk.Cell(f"{said.value.normalize():f}"),
                desk.Cell(said.basis.label),
                desk.Cell(reference_words.source_of(said)),
            )
            for (unit, code), said in baselines_rules.inputs_by_unit(content).items()
        ],
        empty=desk.Empty("", ""),
    )
