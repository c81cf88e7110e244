"""
Where accountants look for accounts: assets, liabilities, equity, revenue.

Rooms above say what their kinds are. A kind of which nobody said it stands where its rule puts it:
what may not be overdrawn by its owner is a liability of the market, what may not be oversold an
asset, everything else equity.
"""

from collections.abc import Mapping
from typing import Final

BY_RULE: Final = {"D": "Liabilities", "C": "Assets", "N": "Equity"}
ROOTS: Final = frozenset({"Assets", "Liabilities", "Equity", "Revenue"})
_BY_KIND: Final[dict[str, str]] = {}


def register_classes(classes: Mapping[str, str]) -> None:
    """
    Say where kinds of account stand.

    :raises ValueError: if a root is none
    """
    unknown = set(classes.values()) - ROOTS
    if unknown:
        message = f"no such class of accounts: {sorted(unknown)}"
        raise ValueError(message)
    _BY_KIND.update(classes)


def root_of(kind: str, rule: str) -> str:
    """Return the root below which accounts of a kind stand."""
    return _BY_KIND.get(kind, BY_RULE[rule])
