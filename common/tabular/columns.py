"""The columns of what is written, and the kinds of values in them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


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
    """
    One column: its name, how its values are written, whether it has a control total.

    What is not for every reader is no part of a record's hash: `covered_by` names the column that
    holds the hash of such texts. `derived` is computed when it is read, and may be another
    figure tomorrow: no record's hash covers it.
    """

    name: str
    type: ColumnType = ColumnType.TEXT
    total: bool = False
    covered_by: str = ""
    derived: bool = False

    def plain(self) -> dict[str, Any]:
        """Return the column as the manifest shows it."""
        told = {"name": self.name, "type": str(self.type), "total": self.total}
        told |= {"covered_by": self.covered_by} if self.covered_by else {}
        return told | ({"derived": True} if self.derived else {})
