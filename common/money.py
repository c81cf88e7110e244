"""Money: whole minor units of an asset. There is no float near it."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final, Self

from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput

AMOUNT_MINOR_MAX: Final = 10**17  # sums of ninety such amounts still fit bigint
# Commas part thousands or nothing: "1,5" is no amount, neither 1.5 nor 15.
_GROUPED_AMOUNT = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]{1,9})?", re.ASCII)
_PLAIN_AMOUNT = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,9})?", re.ASCII)
_LONG_AMOUNT = re.compile(r"-?[0-9]{17,100}(\.[0-9]{1,9})?", re.ASCII)
# Wide enough that no intermediate product of allowed figures is ever rounded unasked.
EXACT: Final = Context(prec=60)


class InvalidAmount(InvalidInput):
    """The text is not an amount in plain digits, or has too many of them."""

    code = "invalid_amount"
    sentence = _("Write the amount in plain digits, for example 1284.50.")


class AmountTooLarge(InvalidAmount):
    """The amount is more than may be moved at once."""

    code = "amount_too_large"
    sentence = _("At most %(limit)s at once.")


class TooManyDecimals(InvalidAmount):
    """The amount is finer than its asset's minor unit."""

    sentence = _("Write the amount with at most %(scale)s decimals.")


def too_large(
    limit_minor: int, *, field: str | None = None, asset: str = "CNY", scale: int = 2
) -> AmountTooLarge:
    """Return the refusal of an amount, naming the limit."""
    limit = f"{Decimal(limit_minor).scaleb(-scale):,f} {asset}"
    return AmountTooLarge(field=field, limit=limit, limit_minor=limit_minor)


def parse_decimal(text: str) -> Decimal:
    """
    Return the exact number that plain ASCII digits write.

    :raises InvalidAmount: on NaN, infinities, exponents, signs of other scripts, or overlong digits
    """
    if not _PLAIN_AMOUNT.fullmatch(text):
        raise InvalidAmount
    return Decimal(text)


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount of one asset, in that asset's minor units (CNY: fen)."""

    minor: int
    asset: str = "CNY"
    scale: int = 2

    def __post_init__(self) -> None:
        if abs(self.minor) > AMOUNT_MINOR_MAX:
            raise too_large(AMOUNT_MINOR_MAX, asset=self.asset, scale=self.scale)

    @classmethod
    def from_decimal(cls, value: Decimal, *, asset: str = "CNY", scale: int = 2) -> Self:
        """Round once, half up, to the asset's minor unit."""
        unit = Decimal(1).scaleb(-scale)
        if not value.is_finite() or value.adjusted() > 20:
            raise InvalidAmount
        rounded = value.quantize(unit, rounding=ROUND_HALF_UP, context=EXACT)
        return cls(int(rounded.scaleb(scale, context=EXACT)), asset, scale)

    @classmethod
    def parse(cls, text: str, *, asset: str = "CNY", scale: int = 2) -> Self:
        """
        Read an amount as a person types it; more digits than the asset has are refused.

        :raises InvalidAmount: if the text is no plain amount of this asset
        """
        text = text.strip()
        plain = text.replace(",", "") if _GROUPED_AMOUNT.fullmatch(text) else text
        if _LONG_AMOUNT.fullmatch(plain):
            raise too_large(AMOUNT_MINOR_MAX, asset=asset, scale=scale)
        value = parse_decimal(plain)
        if -int(value.as_tuple().exponent) > scale:
            raise TooManyDecimals(scale=scale)
        return cls.from_decimal(value, asset=asset, scale=scale)

    def decimal(self) -> Decimal:
        """Return the amount in major units, exactly."""
        return Decimal(self.minor).scaleb(-self.scale, context=EXACT)

    def __add__(self, other: Self) -> Self:
        self._require_same_asset(other)
        return type(self)(self.minor + other.minor, self.asset, self.scale)

    def __sub__(self, other: Self) -> Self:
        self._require_same_asset(other)
        return type(self)(self.minor - other.minor, self.asset, self.scale)

    def __neg__(self) -> Self:
        return type(self)(-self.minor, self.asset, self.scale)

    def __str__(self) -> str:
        return f"{self.decimal():f} {self.asset}"

    def _require_same_asset(self, other: Self) -> None:
        if (self.asset, self.scale) != (other.asset, other.scale):
            message = f"{self.asset} and {other.asset} do not add up"
            raise TypeError(message)
