"""Strict input for every API: unknown members refused, numbers in plain ASCII digits."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from common import digits, moments
from common.errors import Refusal
from common.filters import DAY_HELP, MOMENT_HELP, UUID_TEXT
from common.money import AMOUNT_MINOR_MAX, InvalidAmount, parse_decimal, too_large
from common.plain_text import TurnsDirection, turns_direction

DIGITS_MAX = 20
_DIGITS = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_MANY_DIGITS = re.compile(r"[0-9]{17,100}", re.ASCII)

ValueT = TypeVar("ValueT")


class StrictSerializer(serializers.Serializer[Any]):
    """A body that holds exactly the members that are declared."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the parsed values; a member that nobody declared is an error, not noise."""
        if isinstance(data, dict):
            unknown = sorted(str(name) for name in data.keys() - self.fields.keys())
            if unknown:
                raise serializers.ValidationError(
                    {name[:80]: [_unknown_field()] for name in unknown[:20]}
                )
        return super().to_internal_value(data)


def _refuse_other_digits(data: Any) -> None:
    """
    Say of a number in full-width digits, or those of another script, what is wrong with it.

    :raises ValidationError: if that is so
    """
    if digits.are_other_digits(data):
        raise serializers.ValidationError(str(digits.HALF_WIDTH), code="invalid")


def _unknown_field() -> serializers.ErrorDetail:
    return serializers.ErrorDetail(str(_("This field does not exist.")), code="unknown_field")


class StrictCharField(serializers.CharField):
    """Text that was sent as text, without control characters and turns of its direction."""

    default_error_messages = {
        "control": _("Control characters are not allowed."),
        TurnsDirection.code: TurnsDirection.sentence,
    }
    taken = ""  # control characters that are taken all the same

    def to_internal_value(self, data: Any) -> str:
        """Return the text; numbers and booleans are not read as text."""
        if not isinstance(data, str):
            self.fail("invalid")
        # What is printable holds none; most text is, and is looked at once, as a whole.
        if not data.isprintable() and any(
            (ord(character) < 32 and character not in self.taken) or ord(character) == 127
            for character in data
        ):
            self.fail("control")
        if turns_direction(data):
            self.fail(TurnsDirection.code)
        return str(super().to_internal_value(data))


class StrictLinesField(StrictCharField):
    """Text of several lines, as a file has them."""

    taken = "\t\n\r"


class StrictIntegerField(serializers.IntegerField):
    """A whole number, or its plain ASCII digits; never a fraction, a boolean or other digits."""

    def to_internal_value(self, data: Any) -> int:
        """Return the number."""
        if isinstance(data, bool) or not isinstance(data, int | str):
            self.fail("invalid")
        if not _DIGITS.fullmatch(str(data)):
            _refuse_other_digits(data)
            self.fail("invalid")
        return int(data)


class AmountField(StrictIntegerField):
    """An amount in minor units; what is too much for the ledger is told from what is no number."""

    def __init__(self, *, min_value: int = 1, **options: Any) -> None:
        super().__init__(min_value=min_value, max_value=AMOUNT_MINOR_MAX, **options)

    def to_internal_value(self, data: Any) -> int:
        """Return the amount."""
        if not isinstance(data, bool) and _MANY_DIGITS.fullmatch(str(data)):
            self._refuse_more(int(str(data)))
        return super().to_internal_value(data)

    def _refuse_more(self, amount_minor: int) -> None:
        if amount_minor > AMOUNT_MINOR_MAX:
            refusal = too_large(AMOUNT_MINOR_MAX)
            raise serializers.ValidationError(str(refusal), code=refusal.code)


class StrictDecimalField(serializers.DecimalField):
    """An exact number: a JSON number or a string of plain ASCII digits."""

    def to_internal_value(self, data: Any) -> Decimal:
        """Return the exact number."""
        if isinstance(data, bool) or not isinstance(data, int | str | Decimal):
            self.fail("invalid")
        if isinstance(data, Decimal) and not -DIGITS_MAX < data.adjusted() < DIGITS_MAX:
            self.fail("invalid")
        try:
            exact = parse_decimal(data if isinstance(data, str) else f"{Decimal(data):f}")
        except InvalidAmount:
            _refuse_other_digits(data)
            self.fail("invalid")
        value: Decimal = self.quantize(self.validate_precision(exact))
        return value


class StrictUUIDField(serializers.UUIDField):
    """An identifier in its one usual form; no braces, prefixes or digits of other scripts."""

    def to_internal_value(self, data: Any) -> UUID:
        """Return the identifier."""
        if not isinstance(data, str) or not UUID_TEXT.fullmatch(data):
            self.fail("invalid", value=str(data)[:80])
        return UUID(data)


class MomentField(serializers.DateTimeField):
    """A moment that names its zone, kept in UTC; a bare date is a day of the market's zone."""

    def __init__(self, *, help_text: str = "", **options: Any) -> None:
        super().__init__(help_text=_told(help_text, MOMENT_HELP), **options)

    def to_internal_value(self, value: Any) -> datetime:
        """Return the moment."""
        return _read(moments.parse_moment, value)


class DayField(serializers.DateField):
    """A calendar day, always in the same form."""

    def __init__(self, *, help_text: str = "", **options: Any) -> None:
        super().__init__(help_text=_told(help_text, DAY_HELP), **options)

    def to_internal_value(self, value: Any) -> date:
        """Return the day."""
        return _read(moments.parse_day, value)


def _told(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _read(parse: Callable[[str], ValueT], value: Any) -> ValueT:
    try:
        return parse(value if isinstance(value, str) else "")
    except Refusal as refusal:
        said = digits.told(value, refusal)
        raise serializers.ValidationError(said, code=refusal.code) from refusal
