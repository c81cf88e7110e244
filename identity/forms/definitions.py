"""
What a form asks, read strictly from its data: questions, conditions, words in both languages.

A version is never edited; answers are kept with the version that they answer. Every fault of a
definition is told with its path, so that whoever writes one sees all of them at once.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common.canonical import content_hash
from identity.forms.contracts import (
    CHOICES_MAX,
    CODE_LENGTH_MAX,
    FIELDS_MAX,
    TEXT_MAX,
    WORDS_MAX,
    FieldType,
    FormPurpose,
    InvalidForm,
    Prefill,
)

Words = Mapping[str, str]
LANGUAGES: Final = ("en", "zh")
MEMBERS: Final = ("form", "version", "purpose", "title", "consent", "fields")
QUESTION: Final = (
    "name",
    "type",
    "label",
    "required",
    "help",
    "choices",
    "when",
    "most",
    "prefill",
)
CHOOSING: Final = (FieldType.CHOICE, FieldType.CHOICES)
LEADING: Final = (*CHOOSING, FieldType.YES_NO)
WHOLE_MOST: Final = 10**15
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_VALUE: Final = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
_CODE: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class FormFault:
    """Something that is wrong with a definition, and where."""

    path: str
    problem: str


@dataclass(frozen=True, slots=True)
class FormField:
    """One question; with `when` it is asked only where another was answered so."""

    name: str
    type: FieldType
    label: Words
    required: bool
    help: Words
    choices: tuple[tuple[str, Words], ...]
    when: tuple[str, frozenset[str]] | None
    most: int
    prefill: str

    def is_asked(self, answers: Mapping[str, Any]) -> bool:
        """Tell whether the question is asked, as those before it were answered."""
        if self.when is None:
            return True
        given = answers.get(self.when[0])
        chosen = given if isinstance(given, list) else [given]
        return any(each in self.when[1] for each in chosen if isinstance(each, str))


@dataclass(frozen=True, slots=True)
class Form:
    """One version of a form."""

    code: str
    version: int
    purpose: FormPurpose
    title: Words
    consent: Words
    fields: tuple[FormField, ...]
    data: Mapping[str, Any]

    @property
    def content_hash(self) -> str:
        """Return the hash that names exactly these questions."""
        return content_hash(dict(self.data))

    @property
    def consent_hash(self) -> str:
        """Return the hash of the words that are agreed to; empty if there are none."""
        return content_hash(dict(self.consent)) if self.consent else ""

    def asked(self, answers: Mapping[str, Any]) -> list[FormField]:
        """Return the questions that are asked; a question that is hidden leads to none."""
        found: list[FormField] = []
        seen: dict[str, Any] = {}
        for field in self.fields:
            if field.is_asked(seen):
                found.append(field)
                seen[field.name] = answers.get(field.name)
        return found

    @property
    def leads(self) -> frozenset[str]:
        """Return the questions whose answers decide what else is asked."""
        return frozenset(field.when[0] for field in self.fields if field.when)


def in_words(words: Words) -> str:
    """Return words in the reader's language."""
    return words.get((get_language() or "en")[:2]) or words.get("en", "")


def is_clean(text: str) -> bool:
    """Tell whether a text holds nothing that cannot be shown."""
    return all(each.isprintable() or each in "\n\r\t\u3000" for each in text)


def parse_form(data: Any) -> Form:
    """
    Read a definition.

    :raises InvalidForm: at the first of its faults
    """
    for fault in faults(data):
        raise InvalidForm(field="definition", path=fault.path, problem=fault.problem)
    return Form(
        code=data["form"],
        version=data["version"],
        purpose=FormPurpose(data["purpose"]),
        title=data["title"],
        consent=data.get("consent") or {},
        fields=tuple(_field(entry) for entry in data["fields"]),
        data=data,
    )


def _field(entry: Mapping[str, Any]) -> FormField:
    when = entry.get("when")
    return FormField(
        name=entry["name"],
        type=FieldType(entry["type"]),
        label=entry["label"],
        required=entry["required"],
        help=entry.get("help") or {},
        choices=tuple((each["value"], each["label"]) for each in entry.get("choices", [])),
        when=None if when is None else (when["field"], frozenset(when["is"])),
        most=entry.get("most", WORDS_MAX),
        prefill=entry.get("prefill", ""),
    )


def faults(data: Any) -> list[FormFault]:
    """Return everything that is wrong with a definition, in the order in which it reads."""
    if not isinstance(data, dict):
        return [FormFault("", _("an object with members is needed"))]
    return [*_heads(data), *_questions(data.get("fields"))]


def _heads(data: Mapping[str, Any]) -> Iterator[FormFault]:
    yield from _unknown("", data, MEMBERS)
    code, version = data.get("form"), data.get("version")
    is_code = isinstance(code, str) and len(code) <= CODE_LENGTH_MAX and _CODE.fullmatch(code)
    if not is_code:
        yield FormFault("form", _("small letters, digits and hyphens are needed"))
    if not _is_whole(version, least=1, most=10_000):
        yield FormFault("version", _("a whole number from 1 is needed"))
    if data.get("purpose") not in FormPurpose.values:
        yield FormFault("purpose", _one_of(FormPurpose.values))
    yield from _words("title", data.get("title"), most=120)
    if data.get("consent") is not None:
        yield from _words("consent", data["consent"], most=TEXT_MAX)


def _questions(entries: Any) -> Iterator[FormFault]:
    if not isinstance(entries, list) or not 1 <= len(entries) <= FIELDS_MAX:
        told = _("a list of 1 to %(most)s questions is needed") % {"most": FIELDS_MAX}
        yield FormFault("fields", told)
        return
    before: dict[str, Mapping[str, Any]] = {}
    for number, entry in enumerate(entries):
        path = f"fields[{number}]"
        if not isinstance(entry, dict):
            yield FormFault(path, _("an object with members is needed"))
            continue
        yield from _question(path, entry, before)
        if isinstance(entry.get("name"), str):
            before.setdefault(entry["name"], entry)


def _question(
    path: str, entry: Mapping[str, Any], before: Mapping[str, Mapping[str, Any]]
) -> Iterator[FormFault]:
    yield from _unknown(path, entry, QUESTION)
    name = entry.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name in {"key", "consent", "form"}:
        yield FormFault(f"{path}.name", _("small letters, digits and underscores are needed"))
    elif name in before:
        yield FormFault(f"{path}.name", _("%(name)s comes twice") % {"name": name})
    if entry.get("type") not in list(FieldType):
        yield FormFault(f"{path}.type", _one_of(list(FieldType)))
    if not isinstance(entry.get("required"), bool):
        yield FormFault(f"{path}.required", _("true or false is needed"))
    yield from _words(f"{path}.label", entry.get("label"), most=200)
    if entry.get("help") is not None:
        yield from _words(f"{path}.help", entry["help"], most=WORDS_MAX)
    for member, check in _CHECKS.items():
        yield from check(f"{path}.{member}", entry)
    if entry.get("when") is not None:
        yield from _condition(f"{path}.when", entry["when"], before)


def _choices(path: str, entry: Mapping[str, Any]) -> Iterator[FormFault]:
    listed = entry.get("choices")
    if entry.get("type") not in CHOOSING:
        if listed is not None:
            yield FormFault(path, _("only a choice has choices"))
        return
    if not isinstance(listed, list) or not 1 <= len(listed) <= CHOICES_MAX:
        told = _("a list of 1 to %(most)s choices is needed") % {"most": CHOICES_MAX}
        yield FormFault(path, told)
        return
    seen: set[str] = set()
    for number, each in enumerate(listed):
        value = each.get("value") if isinstance(each, dict) else None
        if not isinstance(value, str) or not _VALUE.fullmatch(value) or value in seen:
            yield FormFault(
                f"{path}[{number}].value", _("letters and digits that come once are needed")
            )
            continue
        seen.add(value)
        yield from _words(f"{path}[{number}].label", each.get("label"), most=200)


def _most(path: str, entry: Mapping[str, Any]) -> Iterator[FormFault]:
    is_number = entry.get("type") in (FieldType.WHOLE, FieldType.AMOUNT)
    most = WHOLE_MOST if is_number else TEXT_MAX
    if "most" in entry and not _is_whole(entry["most"], least=1, most=most):
        yield FormFault(path, _("a whole number from 1 to %(most)s is needed") % {"most": most})


def _prefill(path: str, entry: Mapping[str, Any]) -> Iterator[FormFault]:
    if "prefill" not in entry:
        return
    if entry["prefill"] not in list(Prefill):
        yield FormFault(path, _one_of(list(Prefill)))
    elif entry.get("type") not in (FieldType.TEXT, FieldType.LONG_TEXT):
        yield FormFault(path, _("only a text is offered an answer"))


_CHECKS: Final[Mapping[str, Callable[[str, Mapping[str, Any]], Iterator[FormFault]]]] = {
    "choices": _choices,
    "most": _most,
    "prefill": _prefill,
}


def _condition(
    path: str, when: Any, before: Mapping[str, Mapping[str, Any]]
) -> Iterator[FormFault]:
    if not isinstance(when, dict) or when.keys() != {"field", "is"}:
        yield FormFault(path, _("“field” and “is” are needed, and nothing else"))
        return
    lead = before.get(when["field"]) if isinstance(when["field"], str) else None
    if lead is None or lead.get("type") not in LEADING:
        yield FormFault(f"{path}.field", _("an earlier question with choices is needed"))
        return
    values = when["is"]
    known = _values(lead)
    if not isinstance(values, list) or not values or any(each not in known for each in values):
        yield FormFault(f"{path}.is", _one_of(known))


def _values(lead: Mapping[str, Any]) -> list[str]:
    if lead.get("type") == FieldType.YES_NO:
        return ["yes", "no"]
    listed = lead.get("choices")
    entries = listed if isinstance(listed, list) else []
    return [each["value"] for each in entries if isinstance(each, dict) and "value" in each]


def _words(path: str, words: Any, *, most: int) -> Iterator[FormFault]:
    if not isinstance(words, dict) or set(words) != set(LANGUAGES):
        yield FormFault(path, _("the words in “en” and “zh” are needed"))
        return
    for language, text in words.items():
        is_text = isinstance(text, str) and text.strip() and len(text) <= most
        if not is_text or not is_clean(text):
            told = _("a text of at most %(most)s characters is needed") % {"most": most}
            yield FormFault(f"{path}.{language}", told)


def _unknown(path: str, data: Mapping[str, Any], known: Sequence[str]) -> Iterator[FormFault]:
    for name in data:
        if name not in known:
            yield FormFault(f"{path}.{name}".lstrip("."), _("this member is unknown"))


def _is_whole(value: Any, *, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _one_of(choices: Sequence[str]) -> str:
    return _("one of %(choices)s is needed") % {"choices": ", ".join(choices)}
