"""Strict input for every API: unknown members refused, numbers in plain ASCII digits."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django_filters.fields import IsoDateTimeField
from rest_framework import serializers

from common.money import AMOUNT_MINOR_MAX, InvalidAmount, parse_decimal, too_large

DIGITS_MAX = 20
_DIGITS = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_MANY_DIGITS = re.compile(r"[0-9]{17,100}", re.ASCII)


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


def _unknown_field() -> serializers.ErrorDetail:
    return serializers.ErrorDetail(str(_("This field does not exist.")), code="unknown_field")


class StrictCharField(serializers.CharField):
    """Text that was sent as text, without control characters."""

    default_error_messages = {"control": _("Control characters are not allowed.")}

    def to_internal_value(self, data: Any) -> str:
        """Return the text; numbers and booleans are not read as text."""
        if not isinstance(data, str):
            self.fail("invalid")
        if any(ord(character) < 32 or ord(character) == 127 for character in data):
            self.fail("control")
        return str(super().to_internal_value(data))


class StrictIntegerField(serializers.IntegerField):
    """A whole number, or its plain ASCII digits; never a fraction, a boolean or other digits."""

    def to_internal_value(self, data: Any) -> int:
        """Return the number."""
        if isinstance(data, bool) or not isinstance(data, int | str):
            self.fail("invalid")
        if not _DIGITS.fullmatch(str(data)):
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
            self.fail("invalid")
        value: Decimal = self.quantize(self.validate_precision(exact))
        return value


class MomentField(IsoDateTimeField):  # type: ignore[misc] # has no stubs
    """A moment in ISO 8601, kept in UTC: PostgreSQL refuses offsets that Python accepts."""

    def to_python(self, value: Any) -> datetime | None:
        """Return the moment."""
        moment: datetime | None = super().to_python(value)
        try:
            return moment.astimezone(UTC) if moment else None
        except OverflowError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error


class MomentFilter(django_filters.IsoDateTimeFilter):  # type: ignore[misc] # has no stubs
    """Compares with a moment in ISO 8601."""

    field_class = MomentField
