"""The least that may be ordered: of a listing, of its book, and of both together. Pure."""

from dataclasses import dataclass, fields
from decimal import Decimal
from math import lcm
from typing import Any, Final, Self

from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput
from common.money import Money

MILLI: Final = Decimal("0.001")
LEAST_MILLI_MAX: Final = 10**9
LEAST_SECONDS_MAX: Final = 366 * 24 * 3600
LEAST_MINOR_MAX: Final = 10**9


@dataclass(frozen=True, slots=True)
class Least:
    """
    The least quantity, duration and amount of an order, and the steps that they go in.

    Nothing of what is priced above zero may cost nothing: the least amount is one fen or more. What
    is free stays free.
    """

    least_milli: int = 1
    step_milli: int = 1
    least_seconds: int = 1
    step_seconds: int = 1
    least_minor: int = 1

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what a listing or a book says."""
        return cls(**{each.name: getattr(row, each.name) for each in fields(cls)})

    def within(self, other: Self) -> Self:
        """Return what meets both."""
        return type(self)(
            least_milli=max(self.least_milli, other.least_milli),
            step_milli=lcm(self.step_milli, other.step_milli),
            least_seconds=max(self.least_seconds, other.least_seconds),
            step_seconds=lcm(self.step_seconds, other.step_seconds),
            least_minor=max(self.least_minor, other.least_minor),
        )

    def first_milli(self, wanted: int = 1) -> int:
        """Return the least quantity in whole steps that is no less than what is wanted."""
        return _in_steps(max(self.least_milli, wanted), self.step_milli)

    def first_seconds(self, wanted: int = 1) -> int:
        """Return the least duration in whole steps that is no less than what is wanted."""
        return _in_steps(max(self.least_seconds, wanted), self.step_seconds)

    def refusal(self, *, milli: int, seconds: int) -> "TooLittle | None":
        """Return why an order of so much for so long is too little, or in no whole step."""
        if milli < self.least_milli:
            return BelowLeastQuantity(field="units_milli", least=units(self.least_milli))
        if milli % self.step_milli:
            return OffQuantityStep(field="units_milli", step=units(self.step_milli))
        if seconds < self.least_seconds:
            return BelowLeastDuration(field="ends_at", least=self.least_seconds)
        if seconds % self.step_seconds:
            return OffDurationStep(field="ends_at", step=self.step_seconds)
        return None

    def refusal_of_price(self, minor: int, *, is_free: bool) -> "TooLittle | None":
        """Return why a price is too little; what is free costs nothing and is not."""
        if is_free or minor >= self.least_minor:
            return None
        return BelowLeastAmount(field="units_milli", least=Money(self.least_minor).decimal())


ANY: Final = Least()  # every order that costs something, if it is not free
NONE: Final = Least(least_minor=0)  # every order


def _in_steps(least: int, step: int) -> int:
    return -(-least // step) * step


def units(milli: int) -> str:
    """Return thousandths as units, without trailing zeros."""
    return f"{(Decimal(milli) * MILLI).normalize():f}"


class TooLittle(InvalidInput):
    """An order is smaller than the listing or its book allows."""

    code = "below_least"
    status = 422


class BelowLeastQuantity(TooLittle):
    """The order asks for too few units."""

    code = "below_least_quantity"
    sentence = _("Order at least %(least)s units.")


class OffQuantityStep(TooLittle):
    """The order asks for a broken number of steps."""

    code = "off_quantity_step"
    sentence = _("The quantity goes in steps of %(step)s units.")


class BelowLeastDuration(TooLittle):
    """The order is too short."""

    code = "below_least_duration"
    sentence = _("Order for at least %(least)s seconds.")


class OffDurationStep(TooLittle):
    """The length of the order is no whole number of steps."""

    code = "off_duration_step"
    sentence = _("The duration goes in steps of %(step)s seconds.")


class BelowLeastAmount(TooLittle):
    """The order would cost less than the least amount, perhaps nothing at all."""

    code = "below_least_amount"
    sentence = _("An order costs at least ¥%(least)s: order more, or for longer.")
