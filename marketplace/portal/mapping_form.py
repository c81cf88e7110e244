"""The form of a mapping: its JSON, a rule to add without writing any, and a sample to try."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.errors import Refusal
from marketplace.portal import desk, names
from marketplace.portal.forms import OnceForm, WholeField
from metering.senders import definitions
from metering.senders.contracts import NAME_LENGTH_MAX, Reads
from metering.senders.wire.exposition import SAMPLE_LENGTH_MAX

METERS_MAX: Final = 500
ROWS_MAX: Final = 20  # of rules in the form; further ones are written as JSON
ROW: Final = "row"  # the act that adds a row of the form, or takes one away
DEFINITION_LENGTH_MAX: Final = 400_000
EMPTY: Final = '{\n  "rules": []\n}'
UNKEPT: Final = frozenset({"csrfmiddlewaretoken", "seen", ROW, "sample_file"})
_TEXTAREA: Final = {"spellcheck": "false", "autocomplete": "off", "class": "cm-mono"}


def _rule_fields() -> dict[str, forms.Field]:
    """Return the fields of one rule, by what a rule calls them."""
    return {
        "metric": forms.CharField(label=gettext_lazy("Metric"), required=False, max_length=200),
        "reads": forms.ChoiceField(
            label=gettext_lazy("Read as"), choices=Reads.choices, required=False
        ),
        "labels": forms.CharField(
            label=gettext_lazy("Labels"),
            required=False,
            max_length=5_000,
            widget=forms.Textarea(attrs=_TEXTAREA | {"rows": 3}),
            help_text=gettext_lazy(
                "One a line, such as Hostname=node*. A value may hold * and ?; without one, all"
                " fit."
            ),
        ),
        "meter": forms.TypedChoiceField(
            label=gettext_lazy("Meter"), coerce=UUID, required=False, empty_value=None
        ),
        "meter_label": forms.CharField(
            label=gettext_lazy("… or the label that tells it"),
            required=False,
            max_length=200,
            help_text=gettext_lazy("It holds the id of a meter, or the identifier of a resource."),
        ),
        "unit": forms.CharField(
            label=gettext_lazy("Unit"),
            required=False,
            max_length=24,
            help_text=gettext_lazy("Of the meter that the identifier of a resource stands for."),
        ),
        "factor": forms.CharField(
            label=gettext_lazy("Factor"),
            required=False,
            max_length=40,
            help_text=gettext_lazy("What values are multiplied with, such as 0.01 for per cent."),
        ),
        "order_label": forms.CharField(
            label=gettext_lazy("Label that names the order"), required=False, max_length=200
        ),
    }


RULE_FIELDS: Final = tuple(_rule_fields())


def row_name(name: str, row: int) -> str:
    """Return what a field of a row of rules is called; the first row's bear plain names."""
    return f"{name}_{row}" if row > 1 else name


class MappingForm(OnceForm):
    """What a mapping says: rules row by row, and all of it as JSON."""

    rule_count = WholeField(
        widget=forms.HiddenInput, required=False, min_value=1, max_value=ROWS_MAX, initial=1
    )
    definition = forms.CharField(
        label=gettext_lazy("The mapping, as JSON"),
        max_length=DEFINITION_LENGTH_MAX,
        widget=forms.Textarea(attrs=_TEXTAREA | {"rows": 14}),
        initial=EMPTY,
        help_text=gettext_lazy(
            "gap_seconds, wait_seconds and rules; tables of meters and orders are written here."
        ),
    )
    sample = forms.CharField(
        label=gettext_lazy("Sample to try it with"),
        required=False,
        max_length=SAMPLE_LENGTH_MAX,
        widget=forms.Textarea(attrs=_TEXTAREA | {"rows": 6}),
        help_text=gettext_lazy(
            "What an exporter shows, a table with metric, time and value, or OTLP in JSON. Two"
            " pages of an exporter, parted by # EOF, stand for a minute. Left empty, the series"
            " that came last are tried."
        ),
    )
    sample_file = forms.FileField(
        label=gettext_lazy("… or a file with it"), required=False, allow_empty_file=True
    )
    wide = ("definition", "sample")

    def __init__(self, *args: Any, meters: Mapping[UUID, str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.rows = rows_of(self.data if self.is_bound else self.initial)
        for row in range(1, self.rows + 1):
            for name, field in _rule_fields().items():
                if isinstance(field, forms.TypedChoiceField):
                    field.choices = [("", _("none")), *meters.items()]
                self.fields[row_name(name, row)] = field

    @property
    def sections(self) -> list[desk.Section]:
        """Return the form's parts: the name, each row of rules, all of it."""
        told = gettext_lazy("They are put behind the rules below. What is left empty adds nothing.")
        rules = [
            desk.Section(
                _("Rule %(number)s") % {"number": row} if self.rows > 1 else _("Add a rule"),
                [row_name(name, row) for name in RULE_FIELDS],
                told if row == 1 else "",
            )
            for row in range(1, self.rows + 1)
        ]
        whole = ["definition", "sample", "sample_file"]
        return [
            desk.Section("", ["name"]),
            *rules,
            desk.Section(gettext_lazy("All of it"), whole),
        ]

    @property
    def acts(self) -> list[desk.FormAct]:
        """Return what adds a row of rules, and what takes each away."""
        found = []
        if self.rows < ROWS_MAX:
            found.append(desk.FormAct(_("Add another rule"), ROW, "add", "plus"))
        if self.rows > 1:
            for row in range(1, self.rows + 1):
                label = _("Take rule %(number)s away") % {"number": row}
                found.append(desk.FormAct(label, ROW, f"remove-{row}", "x"))
        return found

    def clean(self) -> dict[str, Any]:
        """Put the rule that was filled in behind those of the JSON."""
        told: dict[str, Any] = super().clean() or {}
        if "definition" not in told:
            return told
        try:
            said = json.loads(told["definition"])
        except (ValueError, RecursionError) as error:
            problem = _("This is no JSON: %(problem)s") % {"problem": str(error)[:200]}
            raise ValidationError({"definition": problem}) from error
        rules = [
            self._rule(told, row)
            for row in range(1, self.rows + 1)
            if told.get(row_name("metric", row))
        ]
        if rules and isinstance(said, dict):
            before = said.get("rules")
            said["rules"] = [*(before if isinstance(before, list) else []), *rules]
        try:
            told["parsed"] = definitions.parse(said)
        except Refusal as refusal:
            raise ValidationError({"definition": str(refusal)}) from refusal
        return told

    def _rule(self, told: dict[str, Any], row: int) -> dict[str, Any]:
        def typed(name: str) -> Any:
            return told.get(row_name(name, row)) or ""

        rule = {
            "metric": typed("metric"),
            "reads": typed("reads") or Reads.COUNTER.value,
            "labels": self._labels(typed("labels"), row),
            "meter": str(typed("meter")),
            **{name: typed(name) for name in ("meter_label", "unit", "factor", "order_label")},
        }
        return {name: value for name, value in rule.items() if value}

    def _labels(self, text: str, row: int) -> dict[str, str]:
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        pairs = [line.partition("=") for line in lines]
        if any(not sign or not name.strip() for name, sign, _value in pairs):
            problem = _("Write each line as name=value.")
            raise ValidationError({row_name("labels", row): problem})
        return {name.strip(): value.strip().strip('"') for name, _sign, value in pairs}


def rows_of(said: Mapping[str, Any]) -> int:
    """Return how many rows of rules a form has."""
    told = str(said.get("rule_count", "1"))
    return min(int(told), ROWS_MAX) if re.fullmatch(r"[1-9][0-9]?", told) else 1


def moved_rows(said: Mapping[str, Any], act: str) -> dict[str, Any]:
    """Return what a form holds once a row was added, or taken away; nothing typed is lost."""
    rows = rows_of(said)
    typed = {name: value for name, value in said.items() if name not in UNKEPT}
    if act == "add":
        return typed | {"rule_count": min(rows + 1, ROWS_MAX)}
    gone = next((row for row in range(1, rows + 1) if act == f"remove-{row}"), None)
    if gone is None or rows == 1:
        return typed
    for row in range(gone, rows + 1):
        for name in RULE_FIELDS:
            after = typed.pop(row_name(name, row + 1), "") if row < rows else ""
            typed[row_name(name, row)] = after
    return typed | {"rule_count": rows - 1}


class NewMappingForm(MappingForm):
    """A mapping to make."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_LENGTH_MAX)
    field_order = ("name",)


def called(meter: Any) -> str:
    """Return what a meter is called in a choice."""
    return f"{meter.name} · {names.named(meter.resource)} · {meter.metric.unit}"
