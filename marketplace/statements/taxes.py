"""Tax within what was charged: rates by date, pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from common.canonical import decimal_text


@dataclass(frozen=True, slots=True)
class DatedRate:
    """A rate from a day on."""

    starts_on: date
    rate: Decimal


def rate_on(rates: Sequence[DatedRate], day: date) -> Decimal:
    """Return the rate in force on a day; rates are sorted by their days, none before the first."""
    in_force = [each.rate for each in rates if each.starts_on <= day]
    return in_force[-1] if in_force else Decimal(0)


def within(
    charged_by_day: Mapping[date, int], rates: Sequence[DatedRate]
) -> tuple[list[dict[str, Any]], int]:
    """
    Return the tax within amounts that contain it, by rate and in all.

    It is rounded once a rate, half up, so that a correction takes its tax back.
    """
    charged: dict[Decimal, int] = {}
    for day, minor in charged_by_day.items():
        rate = rate_on(rates, day)
        charged[rate] = charged.get(rate, 0) + minor
    rows = [
        {"rate": decimal_text(rate), "charged_minor": minor, "tax_minor": _tax(minor, rate)}
        for rate, minor in sorted(charged.items())
    ]
    return rows, sum(_tax(minor, rate) for rate, minor in charged.items())


def _tax(minor: int, rate: Decimal) -> int:
    exact = Decimal(minor) * rate / (1 + rate)
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
