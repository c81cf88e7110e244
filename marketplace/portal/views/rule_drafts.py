"""Draft the next version of a measurement rule or a conversion table: looked at, then proposed."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock, moments
from identity.approvals.contracts import Person
from identity.contracts import Role
from marketplace.portal import desk, rule_words
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import DayFormField, OnceForm
from marketplace.portal.once import once
from marketplace.portal.views import rule_months
from metering import selectors as metering_selectors
from metering import services as metering_services
from metering import standards
from metering.table_contracts import HourClass

SOURCE_MAX: Final = 500
DEFINITION_MAX: Final = 100_000
FIELDS: Final = {"valid_from": "valid_from"}
EXAMPLE: Final = "NVIDIA H100 SXM | 989 | data sheet of 2023 | H100, NVIDIA H100"


class VersionDraft(OnceForm):
    """What every draft says: since when, and where it was decided."""

    valid_from = DayFormField(
        label=gettext_lazy("Holds from"),
        widget=forms.DateInput(attrs={"type": "date"}),
        required=False,
        help_text=gettext_lazy(
            "Empty: as early as it may. What measures otherwise has seven days of notice."
        ),
    )
    source = forms.CharField(
        label=gettext_lazy("Source"),
        max_length=SOURCE_MAX,
        help_text=gettext_lazy("Where it was decided and announced."),
    )
    wide: Final = ("source",)

    def starts_at(self) -> datetime | None:
        """Return the first moment, if a day is named."""
        day = self.cleaned_data["valid_from"]
        return moments.start_of_day(day) if day else None


class MeasurementDraft(VersionDraft):
    """A version of a measurement rule."""

    code = forms.RegexField(
        r"^[a-z0-9][a-z0-9-]{0,39}$",
        label=gettext_lazy("Code"),
        help_text=gettext_lazy("Small letters, digits and hyphens; a known code is continued."),
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80, required=False)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=80, required=False)
    definition = forms.CharField(
        label=gettext_lazy("Definition"),
        max_length=DEFINITION_MAX,
        widget=forms.Textarea(attrs={"rows": 18, "spellcheck": "false"}),
        help_text=gettext_lazy("JSON. Nothing in it is evaluated."),
    )
    field_order = ("code", "name", "name_en", "definition", "valid_from", "source")

    def clean_definition(self) -> dict[str, Any]:
        """Return the definition as an object."""
        try:
            value = json.loads(self.cleaned_data["definition"], parse_float=str)
        except (ValueError, RecursionError) as error:
            raise ValidationError(_("This is no JSON: %(reason)s") % {"reason": error}) from error
        if not isinstance(value, dict):
            raise ValidationError(_("A definition is one JSON object."))
        return value


class TableDraft(VersionDraft):
    """A version of a conversion table: a row a line."""

    name = forms.ChoiceField(label=gettext_lazy("Class"), choices=HourClass.choices)
    rows = forms.CharField(
        label=gettext_lazy("Rows"),
        max_length=DEFINITION_MAX,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        required=False,
        help_text=gettext_lazy(
            "A row a line: name | figure | source | other names. Two figures parted by / contradict"
            " each other. Factors are computed."
        ),
    )
    field_order = ("name", "rows", "valid_from", "source")

    def clean(self) -> dict[str, Any]:
        """Make the table of the rows, over what the newest version of the class says."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        latest = metering_selectors.latest_table(name=cleaned.get("name", ""))
        if latest is None:
            self.add_error(
                "name", _("The market has no table of this class yet: install it first.")
            )
            return cleaned
        if "rows" in cleaned:
            reference = Decimal(latest["reference"]["value"])
            lines = [line for line in cleaned["rows"].splitlines() if line.strip()]
            try:
                rows = [_row(line, reference) for line in lines]
            except ValidationError as error:
                self.add_error("rows", error)
            else:
                cleaned["definition"] = {**latest, "rows": rows}
        return cleaned


def _row(line: str, reference: Decimal) -> dict[str, Any]:
    """Read a row as it is typed; its factor follows from its figure."""
    parts = [part.strip() for part in line.split("|")]
    if len(parts) not in (3, 4):
        raise ValidationError(_("A row is: %(example)s") % {"example": EXAMPLE})
    figures = [figure.strip() for figure in parts[1].split("/")]
    try:
        values = {Decimal(figure) for figure in figures}
        factor = standards.factor_of(min(values), reference)
    except (InvalidOperation, ArithmeticError) as error:
        told = _("%(figure)s is no figure.") % {"figure": parts[1]}
        raise ValidationError(told) from error
    names = [name.strip() for name in parts[3].split(",") if name.strip()] if parts[3:] else []
    return {
        "name": parts[0],
        "figures": figures,
        "factor": f"{factor:f}" if len(values) == 1 else None,
        "source": parts[2],
        "also": names,
    }


def _typed(definition: Mapping[str, Any]) -> str:
    """Return a table's rows as they are typed."""
    return "\n".join(
        " | ".join(
            [row["name"], " / ".join(row["figures"]), row["source"], ", ".join(row.get("also", ()))]
        )
        for row in definition.get("rows", ())
    )


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def new_rule(request: PortalRequest) -> HttpResponse:
    """Draft a rule's next version, see what it changes and what last month was, and propose it."""
    code = desk.asked(request, "code")
    latest = metering_selectors.latest_definition(code=code) if code else None
    typed = json.dumps(latest, ensure_ascii=False, indent=2) if latest else ""
    form = MeasurementDraft(request.POST or None, initial={"code": code, "definition": typed})

    def propose() -> Any:
        said = form.cleaned_data
        return metering_services.propose_rule_version(
            code=said["code"],
            name=said["name"] or said["code"],
            name_en=said["name_en"] or said["code"],
            definition=said["definition"],
            source=said["source"],
            valid_from=form.starts_at(),
            by=Person(request.actor.person_id, request.actor.organization_id),
            now=clock.now(),
        )

    outcome = desk.attempt(request, form, propose, FIELDS)
    if outcome and outcome.counts:
        messages.info(request, _("The version waits until another operator approves it."))
        return redirect("portal:approvals")
    side: list[Any] = []
    if outcome:
        said = form.cleaned_data
        before = metering_selectors.latest_definition(code=said["code"])
        side = [
            _differences(rule_words.of_measurement, before, said["definition"]),
            *rule_months.blocks_of(
                request.actor, said["code"], said["definition"], rule_months.last()
            ),
        ]
    head = desk.Head(
        _("Draft a measurement rule"),
        _("You see what changes, and last month under it; another operator approves it."),
        crumbs=[(_("Measurement rules"), reverse("portal:measurement-rules"))],
    )
    return desk.show(request, head, [_block(request, form, is_seen=outcome is not None)], side)


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def new_table(request: PortalRequest) -> HttpResponse:
    """Draft a conversion table's next version, see what changes, propose."""
    name = desk.asked(request, "name", among=HourClass.values) or HourClass.TRAINING
    latest = metering_selectors.latest_table(name=name)
    typed = _typed(latest) if latest else ""
    form = TableDraft(request.POST or None, initial={"name": name, "rows": typed})

    def propose() -> Any:
        said = form.cleaned_data
        title = metering_selectors.table_texts(name=said["name"])[0]
        return metering_services.propose_table(
            name=said["name"],
            title=title.title,
            title_en=title.title_en,
            definition=said["definition"],
            source=said["source"],
            valid_from=form.starts_at(),
            by=Person(request.actor.person_id, request.actor.organization_id),
            now=clock.now(),
        )

    outcome = desk.attempt(request, form, propose, FIELDS)
    if outcome and outcome.counts:
        messages.info(request, _("The version waits until another operator approves it."))
        return redirect("portal:approvals")
    side: list[Any] = []
    if outcome:
        said = form.cleaned_data
        before = metering_selectors.latest_table(name=said["name"])
        side = [_differences(rule_words.of_table, before, said["definition"])]
    head = desk.Head(
        _("Draft a conversion table"),
        _("Rules convert by it once they name it; another operator approves it."),
        crumbs=[(_("Measurement rules"), reverse("portal:measurement-rules"))],
    )
    return desk.show(request, head, [_block(request, form, is_seen=outcome is not None)], side)


def _block(request: PortalRequest, form: Any, *, is_seen: bool) -> desk.FormBlock:
    return desk.FormBlock(
        form,
        _("Propose it") if is_seen else _("Show what it changes"),
        reverse("portal:measurement-rules"),
        symbol="check" if is_seen else "search",
        seen=desk.seen_mark(request) if is_seen else "",
    )


def _differences(
    say: rule_words.Saying, before: Mapping[str, Any] | None, after: Mapping[str, Any]
) -> desk.Sheet:
    changed = rule_words.told_apart(say, before, after)[: rule_words.SHOWN_MAX]
    return desk.Sheet(
        _("What it says otherwise"),
        [
            desk.Column(_("Clause")),
            desk.Column(_("Before")),
            desk.Column(_("After")),
            desk.Column(_("Worse for")),
        ],
        [
            [
                desk.Cell(each.label),
                desk.Cell(each.before or "—"),
                desk.Cell(each.after or "—"),
                desk.Cell(each.worse_for or "—"),
            ]
            for each in changed
        ],
        desk.Empty(_("Nothing changes"), _("It says what the version before it says.")),
    )
