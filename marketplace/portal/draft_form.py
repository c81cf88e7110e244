"""A draft of a programme as an issuer types it: members, their clauses, and worked examples."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.portal.forms import OnceForm, WholeField
from marketplace.vouchers import wording
from marketplace.vouchers.programme_2 import MEMBERS, SCHEMA
from marketplace.vouchers.terms import Payee, PayMode

TEXT_MAX: Final = 100_000
CHOICES: Final = {"mode": PayMode.choices, "payee": Payee.choices}
WHOLE: Final = frozenset({"validity_days", "publicity_days"})
HEAD: Final = ("code", "name", "name_en", "region", "source")
NUMBER, WORDS, SAID = "number", "words", "said"
SECTIONS: Final = (
    (gettext_lazy("Who gives"), ("issuer", "funding", "budget", "payee")),
    (gettext_lazy("Who gets it"), ("beneficiaries", "windows", "evidence", "publicity_days")),
    (gettext_lazy("What it pays"), ("mode", "eligible_lines", "scope", "rates")),
    (gettext_lazy("How much at most"), ("limits", "stacking", "validity_days")),
    (gettext_lazy("With whom, and taken back"), ("suppliers", "claw_back")),
)


def _area(label: Any, told: Any = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})
    return forms.CharField(
        label=label, required=False, max_length=TEXT_MAX, widget=widget, help_text=told
    )


@dataclass(frozen=True, slots=True)
class DraftPart:
    """The inputs of one member: what it says, and the number and words of its clause."""

    name: str
    said: forms.BoundField
    number: forms.BoundField
    words: forms.BoundField


class DraftForm(OnceForm):
    """A draft: what is not known yet stays empty."""

    code = forms.RegexField(
        r"\A[A-Z0-9]+(-[A-Z0-9]+)*\Z",
        max_length=24,
        label=gettext_lazy("Code"),
        help_text=gettext_lazy("Capitals, digits and hyphens; used once for good."),
    )
    name = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=120)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=160, required=False)
    region = forms.RegexField(r"\A([0-9]{6})?\Z", label=gettext_lazy("Region"), required=False)
    source = forms.CharField(
        label=gettext_lazy("Source"),
        max_length=300,
        help_text=gettext_lazy("The document that says so, with its number and date."),
    )
    revision = WholeField(widget=forms.HiddenInput, required=False, min_value=0)
    examples = _area(
        gettext_lazy("Worked examples"),
        gettext_lazy(
            "A JSON list. While one comes to another amount than it expects, nothing is published."
        ),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in MEMBERS:
            self.fields[f"{SAID}_{name}"] = _member(name)
            self.fields[f"{NUMBER}_{name}"] = forms.CharField(
                label=gettext_lazy("Clause"), required=False, max_length=40
            )
            self.fields[f"{WORDS}_{name}"] = _area(gettext_lazy("Its words"))

    @property
    def sections(self) -> Iterator[tuple[Any, list[DraftPart]]]:
        """Yield each section with the inputs of its members."""
        for title, names in SECTIONS:
            yield title, [self._part(name) for name in names]

    def _part(self, name: str) -> DraftPart:
        return DraftPart(
            name, self[f"{SAID}_{name}"], self[f"{NUMBER}_{name}"], self[f"{WORDS}_{name}"]
        )

    def clean(self) -> dict[str, Any]:
        """Read what is JSON; say beside each input what cannot be read."""
        found: dict[str, Any] = super().clean() or {}
        for name in (*(f"{SAID}_{each}" for each in MEMBERS), "examples"):
            text = str(found.get(name) or "").strip()
            member = name.removeprefix(f"{SAID}_")
            if text and member not in CHOICES and member not in WHOLE:
                try:
                    found[name] = json.loads(text)
                except (ValueError, RecursionError) as error:
                    told = _("This is no JSON: %(problem)s") % {"problem": str(error)[:120]}
                    self.add_error(name, ValidationError(told))
        return found

    def draft(self) -> dict[str, Any]:
        """Return what was typed as the file of a draft says it."""
        typed = self.cleaned_data
        said = {
            name: typed[f"{SAID}_{name}"]
            for name in MEMBERS
            if typed.get(f"{SAID}_{name}") not in (None, "")
        }
        clauses = {
            name: {
                "number": typed.get(f"{NUMBER}_{name}", ""),
                "text": typed.get(f"{WORDS}_{name}", ""),
                "source": typed.get("source", ""),
            }
            for name in said
        }
        return {
            **{name: typed.get(name, "") for name in HEAD},
            "rules": {"schema": SCHEMA, **said, "clauses": clauses},
            "examples": [] if typed.get("examples") in (None, "") else typed["examples"],
        }

    def beside(self, path: str) -> str:
        """Return the input that a path of the draft is about."""
        parts = path.split(".")
        if parts[0] != "rules":
            return parts[0]
        if parts[1:2] == ["clauses"] and len(parts) > 2:
            kind = WORDS if parts[3:] == ["text"] else NUMBER
            return f"{kind}_{parts[2]}"
        return f"{SAID}_{parts[1]}" if len(parts) > 1 else ""


def _member(name: str) -> forms.Field:
    label = wording.NAMES[name]
    if name in CHOICES:
        choices = [("", gettext_lazy("not known yet")), *CHOICES[name]]
        return forms.ChoiceField(label=label, choices=choices, required=False)
    if name in WHOLE:
        return WholeField(label=label, required=False, min_value=0, max_value=3_660)
    return _area(label)


def typed(draft: Any) -> dict[str, Any]:
    """Return what somebody would type to say a draft."""
    found: dict[str, Any] = {name: getattr(draft, name) for name in HEAD}
    found |= {"revision": draft.revision, "examples": _text(draft.examples)}
    clauses = draft.rules.get("clauses", {})
    for name in MEMBERS:
        if name in draft.rules:
            value = draft.rules[name]
            is_plain = name in CHOICES or name in WHOLE
            found[f"{SAID}_{name}"] = value if is_plain else _text(value)
        clause = clauses.get(name, {}) if isinstance(clauses, Mapping) else {}
        found[f"{NUMBER}_{name}"] = clause.get("number", "")
        found[f"{WORDS}_{name}"] = clause.get("text", "")
    return found


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)
