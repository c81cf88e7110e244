"""Forms with sections, help and refusals beside fields; a preview is shown before it counts."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from django import forms
from django.db import transaction
from django.http import HttpRequest

from common.errors import Forbidden, NotFound, Refusal
from marketplace.portal.desk.blocks import Link, Text
from marketplace.portal.forms import show_refusal

SEEN: Final = "seen"
# What does not belong to what was typed.
UNTYPED: Final = frozenset({"csrfmiddlewaretoken", "key", SEEN})
BOXES: Final = (forms.CheckboxSelectMultiple, forms.RadioSelect)


@dataclass(frozen=True, slots=True)
class FormAct:
    """
    A further button of a form: it sends what was typed, and what is to become of the form.

    `place` is the part of the page to which the answer scrolls.
    """

    label: Text
    name: str
    value: str
    symbol: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A row of fields, what it is called by those who hear the page, and what takes it away."""

    label: Text
    fields: Sequence[str]
    away: FormAct | None = None


@dataclass(frozen=True, slots=True)
class FieldRows:
    """Rows of like fields under a heading, and what adds one; `place` is its name on the page."""

    title: Text
    place: str
    rows: Sequence[FieldRow]
    add: FormAct | None = None
    told: Text = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Fields that belong together, under a heading that says what they are about."""

    title: Text
    fields: Sequence[str]
    told: Text = ""
    rows: Sequence[FieldRows] = ()
    acts: Sequence[FormAct] = ()
    place: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A field as it is drawn."""

    bound: Any
    kind: str  # box, boxes, folded or field
    suffix: str = ""
    is_wide: bool = False


@dataclass(frozen=True, slots=True)
class DrawnRows:
    """Rows of fields as they are drawn."""

    rows: FieldRows
    lines: Sequence[tuple[FieldRow, Sequence[Drawn]]]


@dataclass(frozen=True, slots=True)
class FormBlock:
    """A form: its sections, the act it asks for, and where somebody goes who does not want to."""

    template: ClassVar[str] = "portal/desk/form.html"
    form: Any
    act: Text
    back: str = ""
    sections: Sequence[Section] = ()
    title: Text = ""
    told: Text = ""
    symbol: str = "check"
    tone: str = "primary"
    seen: str = ""  # the mark of what is previewed; empty: the next sending shows a preview first
    action: str = ""
    links: Sequence[Link] = ()
    acts: Sequence[FormAct] = ()

    @property
    def has_files(self) -> bool:
        """Return whether the form sends a file."""
        return bool(self.form.is_multipart())

    @property
    def has_acts(self) -> bool:
        """Return whether the form has buttons that do not keep it."""
        return bool(self.acts) or any(each.rows or each.acts for each in self.sections)

    @property
    def drawn(self) -> Iterator[tuple[Section, list[Drawn], list[DrawnRows]]]:
        """Yield the sections with their fields and rows; without sections all fields are one."""
        names = [name for name in self.form.fields if not self.form[name].is_hidden]
        for section in self.sections or (Section("", names),):
            shown = [name for name in section.fields if name in self.form.fields]
            if shown or section.rows:
                rows = [_drawn_rows(self.form, each) for each in section.rows]
                yield section, [_drawn(self.form, name) for name in shown], rows

    @property
    def hidden(self) -> list[Any]:
        """Return the fields that nobody sees."""
        return [bound for bound in self.form if bound.is_hidden]


def _drawn(form: Any, name: str) -> Drawn:
    bound = form[name]
    widget = bound.field.widget
    kind = "field"
    if isinstance(widget, forms.CheckboxInput):
        kind = "box"
    elif isinstance(widget, BOXES):
        kind = "folded" if name in getattr(form, "folded", ()) else "boxes"
    suffix = str(getattr(form, "suffixes", {}).get(name, ""))
    is_wide = isinstance(widget, forms.Textarea) or name in getattr(form, "wide", ())
    return Drawn(bound, kind, suffix, is_wide)


def _drawn_rows(form: Any, rows: FieldRows) -> DrawnRows:
    lines = [(each, [_drawn(form, name) for name in each.fields]) for each in rows.rows]
    return DrawnRows(rows, lines)


def is_done(
    form: forms.Form, act: Callable[[], object], fields: Mapping[str, str] | None = None
) -> bool:
    """
    Carry out what a form asks for; what is refused is written beside its input.

    `fields` names the inputs that the rooms' refusals are about.
    """
    try:
        act()
    except Refusal as refusal:
        is_bare = isinstance(refusal, NotFound) or type(refusal) is Forbidden
        if is_bare and refusal.field is None:
            raise
        refusal.field = (fields or {}).get(refusal.field or "", refusal.field)
        show_refusal(form, refusal)
        return False
    return True


def seen_mark(request: HttpRequest) -> str:
    """Return a mark of what was typed: what is carried out is what was previewed."""
    typed = [
        (name, request.POST.getlist(name)) for name in sorted(request.POST) if name not in UNTYPED
    ]
    files = [
        (name, hashlib.sha256(file.read()).hexdigest(), file.seek(0))
        for name in sorted(request.FILES)
        for file in request.FILES.getlist(name)
    ]
    return hashlib.sha256(f"{typed!r} {files!r}".encode()).hexdigest()


def is_seen(request: HttpRequest) -> bool:
    """Return whether the preview of exactly this was shown before."""
    return request.POST.get(SEEN, "") == seen_mark(request)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a form made; `counts` says that it was carried out and not only tried."""

    made: Any
    counts: bool


def attempt(
    request: HttpRequest,
    form: forms.Form,
    act: Callable[[], Any],
    fields: Mapping[str, str] | None = None,
) -> Outcome | None:
    """
    Try what a form asks for, and carry it out if the preview of exactly this was seen before.

    Nothing is returned before a form is sent, and where it is wrong or refused.
    """
    if request.method != "POST" or not form.is_valid():
        return None
    counts, made = is_seen(request), []

    def trying() -> None:
        with transaction.atomic():
            made.append(act())
            transaction.set_rollback(not counts)

    return Outcome(made[0], counts) if is_done(form, trying, fields) else None
