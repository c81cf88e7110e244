"""Answers to a form: checked against its questions, and kept as they were asked. Pure."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _

from identity.forms.contracts import FieldType, InvalidAnswers
from identity.forms.definitions import Form, FormField, in_words, is_clean

YES_NO: Final = ("yes", "no")


def read(form: Form, answers: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the answers as they are kept; what was not asked is left out.

    :raises InvalidAnswers: naming the question and what is wrong with its answer
    """
    known = {field.name for field in form.fields}
    for name in sorted(str(each) for each in answers.keys() - known):
        raise InvalidAnswers(field=name[:40], question=name[:40], problem=_("nobody asks this"))
    kept: dict[str, Any] = {}
    for field in form.fields:
        if field.is_asked(kept):
            answer = _answer(field, answers.get(field.name))
            if answer is not None:
                kept[field.name] = answer
    return kept


def fitting(form: Form, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers that still fit a form, one by one: what is offered again."""
    kept: dict[str, Any] = {}
    for field in form.fields:
        try:
            answer = _answer(field, answers.get(field.name))
        except InvalidAnswers:
            continue
        if answer is not None:
            kept[field.name] = answer
    return kept


def file_ids(form: Form, kept: Mapping[str, Any]) -> list[UUID]:
    """Return the files that answers name."""
    names = [each.name for each in form.fields if each.type is FieldType.FILE]
    return [UUID(kept[name]) for name in names if name in kept]


def _answer(field: FormField, value: Any) -> Any:
    if value is None or value == [] or (isinstance(value, str) and not value.strip()):
        if field.required:
            raise _bad(field, _("an answer is needed"))
        return None
    return _READERS[field.type](field, value)


def _text(field: FormField, value: Any) -> str:
    is_text = isinstance(value, str) and len(value.strip()) <= field.most and is_clean(value)
    if not is_text:
        told = _("a text of at most %(most)s characters is needed")
        raise _bad(field, told % {"most": field.most})
    return str(value.strip())


def _whole(field: FormField, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= field.most:
        raise _bad(field, _("a whole number from 0 to %(most)s is needed") % {"most": field.most})
    return value


def _day(field: FormField, value: Any) -> str:
    try:
        return date.fromisoformat(value if isinstance(value, str) else "").isoformat()
    except ValueError as error:
        raise _bad(field, _("a day such as 2026-11-20 is needed")) from error


def _choice(field: FormField, value: Any) -> str:
    return _one_of(field, value, [each for each, _label in field.choices])


def _choices(field: FormField, value: Any) -> list[str]:
    known = [each for each, _label in field.choices]
    if not isinstance(value, list) or len(value) > len(known):
        raise _bad(field, _("a list of choices is needed"))
    chosen = {_one_of(field, each, known) for each in value}
    return [each for each in known if each in chosen]


def _yes_no(field: FormField, value: Any) -> str:
    return _one_of(field, value, YES_NO)


def _file(field: FormField, value: Any) -> str:
    try:
        return str(UUID(value if isinstance(value, str) else ""))
    except ValueError as error:
        raise _bad(field, _("a file that was brought before is needed")) from error


def _one_of(field: FormField, value: Any, choices: Any) -> str:
    if not isinstance(value, str) or value not in choices:
        raise _bad(field, _("one of %(choices)s is needed") % {"choices": ", ".join(choices)})
    return value


def _bad(field: FormField, problem: str) -> InvalidAnswers:
    return InvalidAnswers(field=field.name, question=in_words(field.label), problem=problem)


_READERS: Final[Mapping[FieldType, Callable[[FormField, Any], Any]]] = {
    FieldType.TEXT: _text,
    FieldType.LONG_TEXT: _text,
    FieldType.WHOLE: _whole,
    FieldType.AMOUNT: _whole,
    FieldType.DAY: _day,
    FieldType.CHOICE: _choice,
    FieldType.CHOICES: _choices,
    FieldType.YES_NO: _yes_no,
    FieldType.FILE: _file,
}
