"""How much of an API is wanted, said in tokens instead of thousandths of its throughput."""

from decimal import Decimal
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _
from rest_framework import serializers

from common.period import Period
from identity.http.fields import StrictDecimalField, StrictIntegerField, StrictSerializer
from marketplace.catalog import selectors

MILLI_MAX: Final = 10**12
TOKENS_MAX: Final = 10**17
MILLION: Final = 10**6
WHOLE: Final = ("tokens_in", "tokens_out")
MILLIONS: Final = ("millions_in", "millions_out")
WAYS: Final = (("units_milli",), WHOLE, MILLIONS)


class AmountOrTokens(StrictSerializer):
    """Thousandths of the capacity unit; of an API also tokens, one by one or in millions."""

    units_milli = StrictIntegerField(
        min_value=1,
        max_value=MILLI_MAX,
        required=False,
        help_text="thousandths of the capacity unit; of an API tokens may be said instead",
    )
    tokens_in = StrictIntegerField(
        min_value=0, max_value=TOKENS_MAX, required=False, help_text="read, over the whole time"
    )
    tokens_out = StrictIntegerField(
        min_value=0, max_value=TOKENS_MAX, required=False, help_text="generated"
    )
    millions_in = StrictDecimalField(
        min_value=Decimal(0), max_digits=17, decimal_places=6, required=False
    )
    millions_out = StrictDecimalField(
        min_value=Decimal(0), max_digits=17, decimal_places=6, required=False
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """Ask for one way of saying how much, and no two."""
        said = [names for names in WAYS if any(name in data for name in names)]
        if len(said) != 1:
            told = _("Say units_milli, or tokens_in and tokens_out, or millions_in and _out.")
            raise serializers.ValidationError({"units_milli": [told]})
        (names,) = said
        if not any(data.get(name) for name in names):
            raise serializers.ValidationError({names[0]: [_("Say how many tokens.")]})
        return data


def units_milli(data: dict[str, Any], *, listing_id: UUID | None, period: Period) -> int:
    """
    Return the thousandths that were said, or that answer the tokens that were said in the time.

    A throughput goes up to the next thousandth, and to what the listing sells.

    :raises NotSoldByTokens: if tokens are said of what does not sell any
    """
    if "units_milli" in data:
        return int(data["units_milli"])
    read, generated = (
        Fraction(data.get(whole, 0)) + Fraction(data.get(millions, 0)) * MILLION
        for whole, millions in zip(WHOLE, MILLIONS, strict=True)
    )
    return selectors.throughput_of(
        listing_id=listing_id, read=read, generated=generated, period=period
    )
