"""
Who pays how much of what a programme owes: exact parts by largest remainder. Pure.

Every line is divided by itself, so that the parts of each add up to it; a correction is divided as
what it corrects was.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final, TypeVar

from marketplace.vouchers.contracts import Funding

Key = TypeVar("Key")
ISSUER: Final = ""  # The source of a programme whose rules name none: its issuer pays.


def divided(amount_minor: int, weights: Mapping[Key, int | Fraction]) -> dict[Key, int]:
    """
    Divide an amount in proportion to weights that are not all zero; the parts add up to it.

    The largest remainders get the odd units, the first of equal ones in front; what is negative is
    divided as its opposite is.
    """
    whole = sum(map(Fraction, weights.values()))
    exact = {key: abs(amount_minor) * Fraction(each) / whole for key, each in weights.items()}
    parts = {key: each.numerator // each.denominator for key, each in exact.items()}
    order = sorted(exact, key=lambda key: parts[key] - exact[key])
    for key in order[: abs(amount_minor) - sum(parts.values())]:
        parts[key] += 1
    sign = -1 if amount_minor < 0 else 1
    return {key: sign * part for key, part in parts.items()}


def by_source(
    amount_minor: int, versions: Sequence[tuple[int, Sequence[Funding]]]
) -> dict[str, int]:
    """
    Divide what a line comes to over the sources of the rules that paid it.

    `versions` say how much each version of the rules paid, and who funds it; where nothing of it is
    known any more (all of it was given back), the first version counts.
    """
    weights = {place: max(0, paid) for place, (paid, _funding) in enumerate(versions)}
    if not sum(weights.values()):
        weights = {0: 1}
    found: dict[str, int] = {}
    for place, part in divided(amount_minor, weights).items():
        funding = versions[place][1]
        of_sources = {each.source: Fraction(each.share) for each in funding} or {
            ISSUER: Fraction(1)
        }
        for source, minor in divided(part, of_sources).items():
            found[source] = found.get(source, 0) + minor
    return found
