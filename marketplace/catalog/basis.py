"""
For which listings the prices must name a document and its clause: the rule by version. Pure.

What a version demands is data, in `catalog_basisrule`; how it is read is the version's function.
"""

from collections.abc import Callable, Sequence
from typing import Final

from common.rulebooks import Rulebook
from pricing.basis import BasisGround

BasisReading = Callable[[Sequence[str], Sequence[BasisGround]], BasisGround | None]


def first_of(grounds: Sequence[str], found: Sequence[BasisGround]) -> BasisGround | None:
    """Return the first thing that is demanded for and found of a listing; else nothing."""
    return next((BasisGround(each) for each in grounds if each in found), None)


BASES: Final[Rulebook[BasisReading]] = Rulebook("price_basis", {"basis-1": first_of})


def grounds_of(
    *, is_community: bool, is_collared: bool, accepts_vouchers: bool
) -> list[BasisGround]:
    """Return what may demand a document of a listing's prices."""
    found = {
        BasisGround.COMMUNITY: is_community,
        BasisGround.COLLAR: is_collared,
        BasisGround.VOUCHERS: accepts_vouchers,
    }
    return [ground for ground, holds in found.items() if holds]
