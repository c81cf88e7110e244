"""The manifest of an export: what its file must hold, so that anyone can check it."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from common.money import EXACT
from common.tabular.columns import Column

FORMAT: Final = "suanpan-export/1"
FORMAT_WITH_DERIVED: Final = "suanpan-export/2"  # beside each record what was computed of it
ASSETS_COLUMN: Final = "assets"


class ControlTotals:
    """The number of rows, the sum of every summed column, and the sum of every asset."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.rows = 0
        self.summed = [(index, column.name) for index, column in enumerate(columns) if column.total]
        names = [column.name for column in columns]
        self.assets_at = names.index(ASSETS_COLUMN) if ASSETS_COLUMN in names else None
        self.columns = {name: Decimal(0) for _, name in self.summed}
        self.assets: dict[str, Decimal] = defaultdict(Decimal)

    def add(self, row: Sequence[str]) -> None:
        """Count one row."""
        self.rows += 1
        for index, name in self.summed:
            self.columns[name] = EXACT.add(self.columns[name], Decimal(row[index] or 0))
        if self.assets_at is not None:
            for part in filter(None, row[self.assets_at].split(";")):
                asset, _, amount = part.rpartition(":")
                self.assets[asset] = EXACT.add(self.assets[asset], Decimal(amount))

    def plain(self) -> dict[str, dict[str, str]]:
        """Return the sums as texts."""
        return {
            "columns": {name: f"{total:f}" for name, total in sorted(self.columns.items())},
            "assets": {name: f"{total:f}" for name, total in sorted(self.assets.items())},
        }


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def manifest(
    *,
    path: Path,
    columns: Sequence[Column],
    totals: ControlTotals,
    facts: dict[str, Any],
) -> dict[str, Any]:
    """Return the manifest of a finished file; `facts` say what was asked for, when and by whom."""
    return {
        "format": FORMAT_WITH_DERIVED if any(it.derived for it in columns) else FORMAT,
        **facts,
        "file": path.name,
        "sha256": file_hash(path),
        "bytes": path.stat().st_size,
        "rows": totals.rows,
        "columns": [column.plain() for column in columns],
        "control_totals": totals.plain(),
    }
