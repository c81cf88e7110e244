"""Forms: what a person types, read into the values that services take."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.functional import lazy
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from common import digits, figures, moments
from common.errors import Refusal
from common.money import Money
from common.plain_text import TurnsDirection, turns_direction
from identity import selectors as identity_selectors
from identity.identifiers import regions
from marketplace.portal import figures as written
from marketplace.portal.names import named

LOCAL: Final = "%Y-%m-%dT%H:%M:%S"  # as browsers send a time of day
_NUMBER: Final = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?", re.ASCII)


class MoneyField(forms.CharField):
    """An amount in yuan as a person types it, kept as whole fen."""

    def __init__(self, *, takes_zero: bool = False, **options: Any) -> None:
        self.takes_zero = takes_zero
        attributes = {"inputmode": "decimal", "autocomplete": "off", "class": "cm-input--number"}
        options.setdefault("widget", forms.TextInput(attrs=attributes))
        options.setdefault("max_length", 24)
        super().__init__(**options)

    def clean(self, value: Any) -> Any:
        """Return the amount in fen; empty stays empty where the field is optional."""
        text = super().clean(value)
        if not text:
            return None
        try:
            amount = Money.parse(text.lstrip("¥").strip()).minor
        except Refusal as refusal:
            said = digits.told(text.lstrip("¥￥"), refusal)
            raise ValidationError(said, code=refusal.code) from refusal
        if amount < 0 and self.takes_zero:
            raise ValidationError(_("The amount must not be negative."), code="invalid_amount")
        if amount < 0 or not (amount or self.takes_zero):
            raise ValidationError(_("The amount must be more than zero."), code="invalid_amount")
        return amount


def _plain(text: Any, field: forms.Field) -> None:
    """
    Let nothing stand for a number but plain ASCII digits; Python reads those of every script.

    :raises ValidationError: for full-width digits, exponents and underscores
    """
    if text not in field.empty_values and not _NUMBER.fullmatch(str(text).strip()):
        said = digits.told(text, field.error_messages["invalid"])
        raise ValidationError(said, code="invalid")


def _half_width(text: Any) -> None:
    """
    Let days and moments be written in half-width digits, as numbers are.

    :raises ValidationError: for digits of other scripts
    """
    if isinstance(text, str) and digits.are_other_digits(text):
        raise ValidationError(digits.HALF_WIDTH, code="invalid")


def _said_least(limit: Any) -> str:
    return _("At least %(limit)s.") % {"limit": written.grouped(Decimal(str(limit)))}


def _said_most(limit: Any) -> str:
    return _("At most %(limit)s.") % {"limit": written.grouped(Decimal(str(limit)))}


_at_least, _at_most = lazy(_said_least, str), lazy(_said_most, str)


def _bounds_in_words(field: forms.Field) -> None:
    """Let the field say its bounds as figures are written: `1,000,000`."""
    for each in field.validators:
        if isinstance(each, MinValueValidator | MaxValueValidator):
            is_least = isinstance(each, MinValueValidator)
            each.message = _at_least(each.limit_value) if is_least else _at_most(each.limit_value)


class ExactField(forms.DecimalField):
    """An exact number, in plain digits as the API takes it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        _bounds_in_words(self)

    def to_python(self, value: Any) -> Any:
        """Return the number."""
        _plain(value, self)
        return super().to_python(value)


class WholeField(forms.IntegerField):
    """A whole number, in plain digits as the API takes it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        _bounds_in_words(self)

    def to_python(self, value: Any) -> Any:
        """Return the number."""
        _plain(value, self)
        return super().to_python(value)


class DayFormField(forms.DateField):
    """A day of the market's time zone, as a person picks it."""

    def clean(self, value: Any) -> date | None:
        """Return the day; one at the edge of the calendar has no end in some zone."""
        _half_width(value)
        day: date | None = super().clean(value)
        try:
            return day and moments.known_day(day)
        except Refusal as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from refusal


class TimeOfDayField(forms.DateTimeField):
    """A day and time of day in half-width digits; on whose clock, the form says."""

    def to_python(self, value: Any) -> Any:
        """Return what was typed."""
        _half_width(value)
        return super().to_python(value)


class MomentFormField(forms.DateTimeField):
    """A moment that a person types on the clock of the market, whatever clock the program keeps."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format=LOCAL)
        formats = [LOCAL, "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"]
        settled: dict[str, Any] = {"input_formats": formats, "widget": widget} | options
        super().__init__(**settled)

    def clean(self, value: Any) -> datetime | None:
        """Return the moment in UTC; a time that the clocks skip or show twice is refused."""
        _half_width(value)
        typed: datetime | None = super().clean(value)
        try:
            return typed and moments.local_moment(typed.replace(tzinfo=None, microsecond=0))
        except Refusal as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from refusal


class OrganizationField(forms.CharField):
    """An organisation of the register, named by its unified social credit code."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"min_length": 18, "max_length": 18} | options))

    def clean(self, value: Any) -> Any:
        """Return the organisation of the code."""
        code = super().clean(value).strip().upper()
        found = identity_selectors.organization_by_uscc(code) if code else None
        if code and found is None:
            raise ValidationError(_("No organisation has this code."), code="unknown")
        return found


class Suggested(forms.TextInput):
    """A text that may be anything, with some that are likely to be chosen from."""

    def __init__(self, suggestions: Callable[[], Iterable[tuple[str, str]]], **attrs: Any) -> None:
        super().__init__(attrs={"autocomplete": "off"} | attrs)
        self.suggestions = suggestions

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Return the input with its list."""
        attrs = dict(attrs or {}) | {"list": f"list_{name}"}
        options = format_html_join(
            "",
            '<option value="{}">{}</option>',
            ((code, said) for code, said in self.suggestions()),
        )
        shown = super().render(name, value, attrs, renderer)
        return format_html('{}<datalist id="list_{}">{}</datalist>', shown, name, options)


class RegionField(forms.CharField):
    """A division of GB/T 2260 by its code; the places of the national hubs are proposed."""

    def __init__(self, **options: Any) -> None:
        told = _lazy("GB/T 2260 code of six digits, for example 640500.")
        settled: dict[str, Any] = {"max_length": 6, "help_text": told} | options
        super().__init__(widget=Suggested(_hub_regions, inputmode="numeric"), **settled)

    def clean(self, value: Any) -> Any:
        """Return the code; whether it is in force the register says."""
        code = super().clean(value).strip()
        if code and code not in regions.regions():
            raise ValidationError(_("No region has this code."), code="invalid_region")
        return code


def _hub_regions() -> Iterator[tuple[str, str]]:
    known = regions.regions()
    for hub in regions.hubs():
        for code in hub.regions:
            if code in known:
                yield code, named(known[code])


class PlainForm(forms.Form):
    """A form whose text reads as it was written."""

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc] # Django's own hook
        for name, value in list(self.cleaned_data.items()):
            if isinstance(value, str) and turns_direction(value):
                self.add_error(
                    name, ValidationError(str(TurnsDirection.sentence), code=TurnsDirection.code)
                )


class OnceForm(PlainForm):
    """A form that creates something; its hidden key makes sending it twice the same as once."""

    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("key", uuid4())

    def values(self) -> dict[str, Any]:
        """Return what was typed, without the key."""
        return {name: value for name, value in self.cleaned_data.items() if name != "key"}


def show_refusal(form: forms.Form, refusal: Refusal) -> None:
    """Write a refusal beside the input it is about, or above the form."""
    figures.count(figures.REFUSALS, code=refusal.code)
    field = refusal.field if refusal.field in form.fields else None
    form.add_error(field, ValidationError(str(refusal), code=refusal.code))
