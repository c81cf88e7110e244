"""The columns of records, and the one text that each value has wherever it is written."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from common.canonical import decimal_text
from common.money import EXACT


class ColumnType(StrEnum):
    """How a column's texts are written: exact, and the same in all formats."""

    TEXT = "text"
    INTEGER = "integer"
    MONEY = "money"  # two digits
    QUANTITY = "quantity"  # at most twelve digits, no zeros that say nothing
    TIME = "time"  # ISO 8601, UTC, ends with Z


SCALES: Final = {ColumnType.MONEY: 2, ColumnType.QUANTITY: 12}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, how its values are written, whether it has a control total."""

    name: str
    type: ColumnType = ColumnType.TEXT
    total: bool = False

    def plain(self) -> dict[str, Any]:
        """Return the column as the manifest shows it."""
        return {"name": self.name, "type": str(self.type), "total": self.total}


def money_text(minor: int) -> str:
    """Return minor units as major units with two digits."""
    return f"{Decimal(minor).scaleb(-2, context=EXACT):.2f}"


def quantity_text(quantity: Decimal | None) -> str:
    """Return a quantity's plain digits; nothing for what was not measured."""
    return "" if quantity is None else decimal_text(quantity)


def time_text(moment: datetime | None) -> str:
    """Return a moment in UTC."""
    return "" if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
