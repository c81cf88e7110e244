"""Orders of unusual size: the buyer types how much it is and what it costs, and then it counts."""

import re
from decimal import Decimal
from typing import Final
from uuid import UUID

from common.period import Period
from identity.contracts import CapacityUnit
from marketplace.catalog.least import units
from marketplace.orders import selectors as orders_selectors
from marketplace.orders.contracts import Repeated
from marketplace.portal import figures, names

_TYPED: Final = re.compile(
    r"(?P<units>[0-9]{1,9}(?:\.[0-9]{1,3})?)(?P<unit>[^0-9.]+?)(?P<yuan>[0-9]{1,15}\.[0-9]{2})"
)
# What nobody has to type as it is shown.
_LOOSE: Final = re.compile(r"[\s,，¥￥]")


def asked(buyer_id: UUID, *, unit: str, units_milli: int, period: Period, gross_minor: int) -> str:
    """Return what a buyer has to type to place an order; nothing where it is of usual size."""
    is_large = orders_selectors.is_unusual(
        buyer_id=buyer_id,
        units_milli=units_milli,
        seconds=period.microseconds // 1_000_000,
        gross_minor=gross_minor,
    )
    return phrase(units_milli, unit, gross_minor) if is_large else ""


def phrase(units_milli: int, unit: str, gross_minor: int) -> str:
    """Return a quantity with its unit and an amount: `64 cards 1,234,567.89`."""
    named = names.unit(CapacityUnit(unit), is_one=units_milli == 1000)
    return f"{units(units_milli)} {named} {figures.money(gross_minor).lstrip('¥')}"


def read(typed: str, unit: str) -> Repeated | None:
    """Return what was typed, if it names the unit; capitals, blanks and commas are no matter."""
    found = _TYPED.fullmatch(_LOOSE.sub("", typed).casefold())
    if found is None:
        return None
    one, many = (names.unit(CapacityUnit(unit), is_one=each) for each in (True, False))
    if found["unit"] not in {_LOOSE.sub("", each).casefold() for each in (one, many)}:
        return None
    return Repeated(int(Decimal(found["units"]) * 1000), int(Decimal(found["yuan"]) * 100))
