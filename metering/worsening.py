"""
Whether a new version of a measurement rule is worse for anybody. Pure.

A higher factor costs the buyer and a lower one the provider, a longer window binds both: whatever
measures otherwise is worse for somebody. What is said about it, the sources, may change freely.
"""

from collections.abc import Mapping
from typing import Any

WORDS = frozenset({"source"})


def is_worse(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Return whether two definitions measure otherwise."""
    return _measuring(before) != _measuring(after)


def _measuring(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return what decides of a definition; the order of chips does not."""
    factors = [
        {name: value for name, value in entry.items() if name not in WORDS}
        for entry in definition.get("factors", ())
    ]
    return {**definition, "factors": sorted(factors, key=lambda entry: str(entry["chip"]))}


def table_is_worse(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Return whether two conversion tables convert otherwise; sources may change freely."""
    return _converting(before) != _converting(after)


def _converting(definition: Mapping[str, Any]) -> dict[str, Any]:
    rows = [
        {name: value for name, value in row.items() if name not in WORDS}
        for row in definition.get("rows", ())
    ]
    reference = definition.get("reference", {})
    return {
        **definition,
        "reference": {name: value for name, value in reference.items() if name not in WORDS},
        "rows": sorted(rows, key=lambda row: str(row["name"])),
    }
