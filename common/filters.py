"""
Filters of lists, read strictly: one definition for the API's queries and for the pages.

A room declares what its lists may be narrowed by in `selectors/filters.py`, out of these.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final, TypeVar

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django_filters.fields import IsoDateTimeField

from common import digits, moments
from common.errors import Refusal
from common.money import Money

UUID_TEXT: Final = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE
)
_NUMBER: Final = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?", re.ASCII)
MOMENT_HELP: Final = (
    "with its zone, such as `2026-11-20T14:05:00+08:00` (in an address `+` is written `%2B`);"
    " a bare date is the first moment of that day in the market's time zone"
)
DAY_HELP: Final = "a day of the market's time zone, such as `2026-11-20`"
AMOUNT_HELP: Final = "an amount in yuan, such as `1284.50`"

ValueT = TypeVar("ValueT")


class MomentInput(IsoDateTimeField):  # type: ignore[misc] # has no stubs
    """A moment that names its zone, or a day of the market."""

    def to_python(self, value: Any) -> datetime | None:
        """Return the moment."""
        return _typed(moments.parse_moment, value)


class MomentFilter(django_filters.IsoDateTimeFilter):  # type: ignore[misc] # has no stubs
    """Compares with a moment that names its zone, or with the first moment of a bare date."""

    field_class = MomentInput

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", MOMENT_HELP)
        super().__init__(**options)


class DayInput(forms.DateField):
    """A day of the market."""

    def to_python(self, value: Any) -> date | None:
        """Return the day."""
        return _typed(moments.parse_day, value)


class DayFilter(django_filters.DateFilter):  # type: ignore[misc] # has no stubs
    """Compares with a calendar day."""

    field_class = DayInput

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", DAY_HELP)
        super().__init__(**options)


class AmountInput(forms.CharField):
    """An amount in yuan as a person types it, kept as whole fen."""

    def clean(self, value: Any) -> int | None:
        """Return the amount; empty is none."""
        text = super().clean(value)
        return _typed(lambda typed: Money.parse(typed.lstrip("¥")).minor, text)


class AmountFilter(django_filters.Filter):  # type: ignore[misc] # has no stubs
    """Compares whole fen with an amount in yuan."""

    field_class = AmountInput

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", AMOUNT_HELP)
        options.setdefault("max_length", 24)
        super().__init__(**options)


class UUIDInput(forms.UUIDField):
    """An identifier in its one usual form."""

    def to_python(self, value: Any) -> Any:
        """Return the identifier."""
        if value and not UUID_TEXT.fullmatch(str(value)):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class UUIDFilter(django_filters.UUIDFilter):  # type: ignore[misc] # has no stubs
    """Compares with an identifier in its one usual form."""

    field_class = UUIDInput


class _NumberInput(forms.DecimalField):
    def to_python(self, value: Any) -> Any:
        if value and not _NUMBER.fullmatch(str(value)):
            said = digits.told(value, self.error_messages["invalid"])
            raise ValidationError(said, code="invalid")
        return super().to_python(value)


class NumberFilter(django_filters.NumberFilter):  # type: ignore[misc] # has no stubs
    """Compares with a number of plain ASCII digits."""

    field_class = _NumberInput


def _typed(parse: Callable[[str], ValueT], value: Any) -> ValueT | None:
    if value in (None, ""):
        return None
    try:
        return parse(str(value))
    except Refusal as refusal:
        raise ValidationError(digits.told(value, refusal), code=refusal.code) from refusal
