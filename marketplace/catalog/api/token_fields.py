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
from marketplace.catalog.selectors import ANY_KIND

MILLI_MAX: Final = 10**12
TOKENS_MAX: Final = 10**17
MILLION: Final = 10**6
KINDS: Final = ("in", "out", "cached", ANY_KIND)
WHOLE: Final = ("tokens_in", "tokens_out", "tokens_cached")
MILLIONS: Final = ("millions_in", "millions_out", "millions_cached")
WAYS: Final = (("units_milli",), WHOLE, MILLIONS, ("tokens",), ("millions",))


def _whole(help_text: str) -> StrictIntegerField:
    return StrictIntegerField(
        min_value=0, max_value=TOKENS_MAX, required=False, help_text=help_text
    )


def _millions() -> StrictDecimalField:
    return StrictDecimalField(min_value=Decimal(0), max_digits=17, decimal_places=6, required=False)


class AmountOrTokens(StrictSerializer):
    """Thousandths of the capacity unit; of an API also tokens, one by one or in millions."""

    units_milli = StrictIntegerField(
        min_value=1,
        max_value=MILLI_MAX,
        required=False,
        help_text="thousandths of the capacity unit; of an API tokens may be said instead",
    )
    tokens_in = _whole("read, over the whole time")
    tokens_out = _whole("generated")
    tokens_cached = _whole("read from a cache, where the measurement rule weighs them")
    tokens = _whole("in all; where kinds have prices of their own, whatever kind they are of")
    millions_in = _millions()
    millions_out = _millions()
    millions_cached = _millions()
    millions = _millions()

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """Ask for one way of saying how much, and no two."""
        said = [names for names in WAYS if any(name in data for name in names)]
        if len(said) != 1:
            told = _("Say units_milli, or tokens by kind or in all, one by one or in millions.")
            raise serializers.ValidationError({"units_milli": [told]})
        (names,) = said
        if not any(data.get(name) for name in names):
            raise serializers.ValidationError({names[0]: [_("Say how many tokens.")]})
        return data


def wanted_tokens(data: dict[str, Any]) -> dict[str, Fraction]:
    """Return how many tokens were said, by kind, or of any."""
    found = {
        kind: Fraction(data.get(whole, 0)) + Fraction(data.get(millions, 0)) * MILLION
        for kind, whole, millions in zip(
            KINDS, (*WHOLE, "tokens"), (*MILLIONS, "millions"), strict=True
        )
    }
    return {kind: amount for kind, amount in found.items() if amount}


def token_mix(data: dict[str, Any]) -> dict[str, int]:
    """Return in what shares kinds of tokens were said; empty where none was."""
    return {kind: int(amount) for kind, amount in wanted_tokens(data).items() if kind != ANY_KIND}


def units_milli(data: dict[str, Any], *, listing_id: UUID | None, period: Period) -> int:
    """
    Return the thousandths that were said, or that answer the tokens that were said in the time.

    A throughput goes up to the next thousandth, and to what the listing sells.

    :raises NotSoldByTokens: if tokens are said of what does not sell such
    """
    if "units_milli" in data:
        return int(data["units_milli"])
    return selectors.throughput_of(listing_id=listing_id, wanted=wanted_tokens(data), period=period)
