"""The form of a mapping: its JSON, a rule to add without writing any, and a sample to try."""

import json
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.errors import Refusal
from marketplace.portal import desk, names
from marketplace.portal.forms import OnceForm
from metering.senders import definitions
from metering.senders.contracts import NAME_LENGTH_MAX, Reads
from metering.senders.wire.exposition import SAMPLE_LENGTH_MAX

METERS_MAX: Final = 500
DEFINITION_LENGTH_MAX: Final = 400_000
EMPTY: Final = '{\n  "rules": []\n}'
_TEXTAREA: Final = {"spellcheck": "false", "autocomplete": "off", "class": "cm-mono"}


class MappingForm(OnceForm):
    """What a mapping says."""

    metric = forms.CharField(label=gettext_lazy("Metric"), required=False, max_length=200)
    reads = forms.ChoiceField(label=gettext_lazy("Read as"), choices=Reads.choices, required=False)
    labels = forms.CharField(
        label=gettext_lazy("Labels"),
        required=False,
        max_length=5_000,
        widget=forms.Textarea(attrs=_TEXTAREA | {"rows": 3}),
        help_text=gettext_lazy(
            "One a line, such as Hostname=node*. A value may hold * and ?; without one, all fit."
        ),
    )
    meter = forms.TypedChoiceField(
        label=gettext_lazy("Meter"), coerce=UUID, required=False, empty_value=None
    )
    meter_label = forms.CharField(
        label=gettext_lazy("… or the label that tells it"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("It holds the id of a meter, or the identifier of a resource."),
    )
    unit = forms.CharField(
        label=gettext_lazy("Unit"),
        required=False,
        max_length=24,
        help_text=gettext_lazy("Of the meter that the identifier of a resource stands for."),
    )
    factor = forms.CharField(
        label=gettext_lazy("Factor"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("What values are multiplied with, such as 0.01 for per cent."),
    )
    order_label = forms.CharField(
        label=gettext_lazy("Label that names the order"), required=False, max_length=200
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
    wide = ("labels", "definition", "sample")

    def __init__(self, *args: Any, meters: Mapping[UUID, str], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["meter"]
        field.choices = [("", _("none")), *meters.items()]

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
        if told.get("metric") and isinstance(said, dict):
            rules = said.get("rules")
            said["rules"] = [*(rules if isinstance(rules, list) else []), self._rule(told)]
        try:
            told["parsed"] = definitions.parse(said)
        except Refusal as refusal:
            raise ValidationError({"definition": str(refusal)}) from refusal
        return told

    def _rule(self, told: dict[str, Any]) -> dict[str, Any]:
        rule = {
            "metric": told["metric"],
            "reads": told.get("reads") or Reads.COUNTER.value,
            "labels": self._labels(told.get("labels", "")),
            "meter": str(told["meter"]) if told.get("meter") else "",
            **{name: told.get(name, "") for name in ("meter_label", "unit", "factor")},
            "order_label": told.get("order_label", ""),
        }
        return {name: value for name, value in rule.items() if value}

    def _labels(self, text: str) -> dict[str, str]:
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        pairs = [line.partition("=") for line in lines]
        if any(not sign or not name.strip() for name, sign, _value in pairs):
            raise ValidationError({"labels": _("Write each line as name=value.")})
        return {name.strip(): value.strip().strip('"') for name, _sign, value in pairs}


class NewMappingForm(MappingForm):
    """A mapping to make."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_LENGTH_MAX)
    field_order = ("name",)


SECTIONS: Final = (
    desk.Section("", ["name"]),
    desk.Section(
        gettext_lazy("Add a rule"),
        [
            "metric",
            "reads",
            "labels",
            "meter",
            "meter_label",
            "unit",
            "factor",
            "order_label",
        ],
        gettext_lazy("It is put behind the rules below. Left empty, nothing is added."),
    ),
    desk.Section(gettext_lazy("All of it"), ["definition", "sample"]),
)


def called(meter: Any) -> str:
    """Return what a meter is called in a choice."""
    return f"{meter.name} · {names.named(meter.resource)} · {meter.metric.unit}"
