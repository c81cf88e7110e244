"""How large an enterprise is: the lowest size that any figure of its industry's table allows."""

import json
from bisect import bisect_right
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from identity.contracts import EnterpriseSize
from identity.evidence.criteria import DATA

NEWEST: Final = "sizes-1"
SIZES: Final = tuple(EnterpriseSize)


def size_of(
    industry: str, figures: Mapping[str, Any], *, version: str = NEWEST
) -> EnterpriseSize | None:
    """
    Return the size that figures mean in an industry; None if the industry or a figure is unknown.

    Large, medium and small enterprises reach all lower bounds of their size, so the lowest counts.
    """
    bounds = _bounds(version, industry)
    known = [
        (each, int(figures[name])) for name, each in bounds.items() if figures.get(name) is not None
    ]
    if not known or len(known) < len(bounds):
        return None
    return SIZES[min(bisect_right(each, value) for each, value in known)]


def _bounds(version: str, industry: str) -> Mapping[str, list[int]]:
    """Return the lower bounds of small, medium and large, as the closest entry says."""
    table = _table(version)
    for length in range(len(industry), 0, -1):
        if industry[:length] in table:
            return table[industry[:length]]
    return {}


@cache
def _table(version: str) -> Mapping[str, Mapping[str, list[int]]]:
    data = json.loads((DATA / f"{version}.json").read_text(encoding="utf-8"))
    return {code: entry["bounds"] for entry in data["industries"] for code in entry["codes"]}
