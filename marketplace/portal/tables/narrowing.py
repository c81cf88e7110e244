"""The filters of a list: its form, and a chip for each that holds."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django import forms
from django.db.models import QuerySet
from django.forms import BoundField
from django.utils.translation import gettext, gettext_lazy

from common.filters import DayInput, MomentInput
from marketplace.portal import figures
from marketplace.portal.tables.asked import Asked
from marketplace.portal.tables.sources import COUNT_MAX, Computed, Queried

SEARCH: Final = "q"
ANY: Final = (
    ("unknown", gettext_lazy("Any")),
    ("true", gettext_lazy("Yes")),
    ("false", gettext_lazy("No")),
)


@dataclass(frozen=True, slots=True)
class FilterChip:
    """A filter that holds, and the address without it."""

    name: str
    label: str
    words: str
    without: str


@dataclass(frozen=True, slots=True)
class Loosened:
    """How many rows there would be without one of the filters."""

    chip: FilterChip
    count: str


class Narrowing:
    """What a list is narrowed by in one request."""

    def __init__(
        self,
        filters: Any,
        source: Queried | Computed,
        asked: Asked,
        shown: tuple[str, ...] | None,
    ) -> None:
        self._filters, self._source, self._asked, self._shown = filters, source, asked, shown
        self.set = self._made(asked.query)
        self.is_sound = self.set.form.is_valid()
        for name, field in self.set.form.fields.items():
            _prepare(field, self._text(name))

    def _made(self, query: Any) -> Any:
        prefix = self._asked.prefix or None
        return self._filters(data=query, queryset=self._source.found, prefix=prefix)

    @property
    def source(self) -> Queried | Computed:
        """Return the rows that pass; what cannot be read lets nothing pass."""
        if self.is_sound:
            return self._source.with_found(self.set.qs)
        found = self._source.found
        return self._source.with_found(found.none() if isinstance(found, QuerySet) else [])

    def _name(self, name: str) -> str:
        return f"{self._asked.prefix}-{name}" if self._asked.prefix else name

    def _text(self, name: str) -> str:
        return str(self._asked.query.get(self._name(name), ""))

    # --- The form ------------------------------------------------------------------------------
    @property
    def search(self) -> BoundField | None:
        """Return the field that is looked for in words, if the list has one."""
        return self.set.form[SEARCH] if SEARCH in self.set.form.fields else None

    @property
    def fields(self) -> list[BoundField]:
        """Return the fields that the page offers; one that is wrong or chosen is always there."""
        return [
            field
            for field in self.set.form
            if field.name != SEARCH and (self._is_offered(field.name) or field.errors)
        ]

    def _is_offered(self, name: str) -> bool:
        return self._shown is None or name in self._shown or bool(self._text(name))

    @property
    def errors(self) -> list[tuple[str, str]]:
        """Return what cannot be read, by the label of its field."""
        return [
            (str(self.set.form.fields[name].label or name), str(error))
            for name, errors in self.set.form.errors.items()
            for error in errors
        ]

    @property
    def names(self) -> list[str]:
        """Return what the filters are called in the address."""
        return [self._name(name) for name in self.set.form.fields]

    # --- Chips ---------------------------------------------------------------------------------
    @cached_property
    def chips(self) -> list[FilterChip]:
        """Return a chip for each filter that holds."""
        return [
            FilterChip(
                name,
                str(field.label or name),
                words,
                self._asked.address(without=[self._name(name)]),
            )
            for name, field in self.set.form.fields.items()
            if (words := self._words(name, field))
        ]

    def _words(self, name: str, field: forms.Field) -> str:
        given = self._asked.query.getlist(self._name(name))
        if not isinstance(field, forms.MultipleChoiceField):
            given = given[-1:]  # A form reads the last of several, and nothing where that is empty.
        values = [value for value in given if value.strip()]
        if not values or name in self.set.form.errors:
            return ""
        if isinstance(field, forms.NullBooleanField):
            values = [value for value in values[-1:] if value != "unknown"]
            return ", ".join(str(dict(ANY).get(value, value)) for value in values)
        if isinstance(field, forms.MultipleChoiceField):
            return ", ".join(_choice(field, value) for value in dict.fromkeys(values))
        if isinstance(field, forms.ChoiceField):
            return _choice(field, values[-1])
        if isinstance(field, MomentInput):
            return _moment(self.set.form.cleaned_data[name], values[-1])
        return values[-1]

    @property
    def all_gone(self) -> str:
        """Return the address without any filter."""
        return self._asked.address(without=self.names)

    def loosened(self) -> list[Loosened]:
        """Return how many rows there are without each of the filters: why nothing is shown."""
        found: list[Loosened] = []
        if isinstance(self._source, Computed):
            return found  # Another answer would have to be asked for.
        for chip in self.chips:
            query = self._asked.kept([self._name(chip.name)])
            other = self._made(query)
            if other.form.is_valid():
                count = Queried(other.qs).count(COUNT_MAX + 1)
                found.append(Loosened(chip, written_count(count)))
        return found


def written_count(count: int) -> str:
    """Write a count that is exact up to a bound: `37`, `10,000+`."""
    return f"{figures.grouped(COUNT_MAX)}+" if count > COUNT_MAX else figures.grouped(count)


def _moment(at: Any, typed: str) -> str:
    """Write a day as it was picked, and a moment with its zone."""
    return typed if len(typed) == len("2026-11-20") else figures.moment(at)


def _choice(field: Any, value: str) -> str:
    for key, label in field.choices:
        # A label that is no text holds the choices of a group.
        for one, words in label if isinstance(label, list | tuple) else ((key, label),):
            if str(one) == value:
                return str(words)
    return value


def _prepare(field: forms.Field, text: str) -> None:
    """Let a page ask for a value as people give it; the API's words for it are for programs."""
    field.help_text = ""
    choices: Any = getattr(field, "choices", ())
    if isinstance(field, MomentInput | DayInput):
        is_day = not text or len(text) == len("2026-11-20")
        field.widget = forms.DateInput(attrs={"type": "date"}) if is_day else forms.TextInput()
    elif isinstance(field, forms.NullBooleanField):
        field.widget.choices = list(ANY)
    elif isinstance(field, forms.MultipleChoiceField):
        field.widget = forms.CheckboxSelectMultiple(choices=choices)
    elif isinstance(field, forms.ChoiceField):
        field.widget.choices = [("", gettext("Any")), *(c for c in choices if c[0] != "")]
    else:
        field.widget.attrs.setdefault("autocomplete", "off")
