"""
Whether new rules of a programme are worse for those who may get, hold or take its vouchers. Pure.

Every member is looked at by itself: it gives as much as before, or the rules are worse. Who funds
the programme decides about other people's money, so any change of that counts as worse, too.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from marketplace.vouchers import worsening_2
from marketplace.vouchers.contracts import ANY, ProgrammeRules

Keeps = Callable[[Any, Any], bool]


def is_worse(before: ProgrammeRules, after: ProgrammeRules) -> bool:
    """Return whether the later rules give somebody less, or may."""
    if before.terms is not None and after.terms is not None:
        return worsening_2.is_worse(before.terms, after.terms)
    if before.terms is not None or after.terms is not None:
        return True  # Rules of two versions are not told apart member by member.
    return not all(
        keeps(getattr(before, member), getattr(after, member)) for member, keeps in KEEPS.items()
    )


def _same(before: object, after: object) -> bool:
    return before == after


def _no_lower(before: int | None, after: int | None) -> bool:
    """Nothing is no cap at all."""
    return after is None or (before is not None and after >= before)


def _no_later(before: datetime | None, after: datetime | None) -> bool:
    """Nothing is from ever on."""
    return after is None or (before is not None and after <= before)


def _no_earlier(before: datetime | None, after: datetime | None) -> bool:
    """Nothing is without an end."""
    return after is None or (before is not None and after >= before)


def _no_fewer(before: frozenset[str] | None, after: frozenset[str] | None) -> bool:
    """Nothing is everybody."""
    return after is None or (before is not None and after >= before)


def _no_stricter(before: bool, after: bool) -> bool:
    return before or not after


def _no_looser(before: bool, after: bool) -> bool:
    return after or not before


def _rates_no_lower(before: Any, after: Any) -> bool:
    """Return whether everybody gets at least the best rate that fitted before."""
    old, new = _shares(before), _shares(after)
    named = [*old, *new]
    return all(
        _best(new, beneficiary, resource_class) >= _best(old, beneficiary, resource_class)
        for beneficiary in {name for name, _class in named}
        for resource_class in {name for _who, name in named}
    )


def _shares(rates: Any) -> dict[tuple[str, str], Decimal]:
    best: dict[tuple[str, str], Decimal] = {}
    for rate in rates:
        key = (str(rate.beneficiary), str(rate.resource_class))
        best[key] = max(rate.share, best.get(key, rate.share))
    return best


def _best(shares: dict[tuple[str, str], Decimal], beneficiary: str, resource_class: str) -> Decimal:
    keys = [(who, what) for who in (beneficiary, ANY) for what in (resource_class, ANY)]
    return max((shares[key] for key in keys if key in shares), default=Decimal(0))


KEEPS: Final[dict[str, Keeps]] = {
    "mode": _same,
    "rates": _rates_no_lower,
    "eligible_lines": _no_fewer,
    "per_order_cap_minor": _no_lower,
    "per_entity_year_cap_minor": _no_lower,
    "validity_days": _no_lower,
    "applications_from": _no_later,
    "applications_until": _no_earlier,
    "orders_from": _no_later,
    "requires_sme_certificate": _no_stricter,
    "suppliers": _no_fewer,
    "combines": _no_looser,
    "funding": _same,
}
