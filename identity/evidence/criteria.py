"""
The criteria that a certificate's figures have to meet: data by version, read once, never edited.

A certificate names the version that it was issued under; the next criteria are the next file.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from identity.contracts import CertificateKind

DATA: Final = Path(__file__).with_name("data")
NEWEST: Final = "criteria-1"
Figures = Mapping[str, Any]

# How a figure is compared with its bound; a figure that nobody knows meets what only excludes.
_RULES: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "known": lambda value, _bound: value is not None,
    "at_most": lambda value, bound: value is not None and value <= bound,
    "at_least": lambda value, bound: value is not None and value >= bound,
    "above": lambda value, bound: value is not None and value > bound,
    "below": lambda value, bound: value is not None and value < bound,
    "is_not": lambda value, bound: value != bound,
}


@dataclass(frozen=True, slots=True)
class Criterion:
    """One figure and what is asked of it."""

    figure: str
    rule: str
    bound: Any = None

    def is_met(self, figures: Figures) -> bool:
        """Tell whether figures meet it."""
        return _RULES[self.rule](figures.get(self.figure), self.bound)


@dataclass(frozen=True, slots=True)
class KindCriteria:
    """What one kind of certificate asks for, and where that is published."""

    source: str
    criteria: tuple[Criterion, ...]


@cache
def criteria(version: str = NEWEST) -> Mapping[CertificateKind, KindCriteria]:
    """Return the criteria of a version, by kind."""
    data = json.loads((DATA / f"{version}.json").read_text(encoding="utf-8"))
    return {
        CertificateKind(kind): KindCriteria(
            entry["source"], tuple(Criterion(**each) for each in entry["criteria"])
        )
        for kind, entry in data["kinds"].items()
    }


def broken(
    kind: CertificateKind, figures: Figures, *, version: str = NEWEST
) -> Iterator[Criterion]:
    """Yield the criteria that figures do not meet, in the order in which they are published."""
    asked = criteria(version)[kind]
    return (each for each in asked.criteria if not each.is_met(figures))
