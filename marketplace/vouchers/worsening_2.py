"""
Whether later rules of version 2 are worse for somebody, member by member. Pure.

`vouchers_version_is_worse` says the same in SQL. Clauses are words: what they say in figures is
compared. Who pays, how much there is, and whom it is paid to count as worse if they change at all.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, Final

from marketplace.vouchers.contracts import ANY
from marketplace.vouchers.terms import (
    ApplicationWindow,
    OriginRate,
    PayMode,
    ProgrammeTerms,
    Regions,
    Suppliers,
)


def is_worse(before: ProgrammeTerms, after: ProgrammeTerms) -> bool:
    """Return whether the later rules give somebody less, or may."""
    return not all(keeps(before, after) for keeps in KEEPS)


def _same(before: ProgrammeTerms, after: ProgrammeTerms) -> bool:
    return all(getattr(before, name) == getattr(after, name) for name in SAME)


def _mode(before: ProgrammeTerms, after: ProgrammeTerms) -> bool:
    return after.mode in (before.mode, PayMode.BOTH)


def _beneficiaries(before: ProgrammeTerms, after: ProgrammeTerms) -> bool:
    one, other = before.beneficiaries, after.beneficiaries
    return (
        _regions(one.regions, other.regions)
        and _no_fewer(one.sizes, other.sizes)
        and _no_fewer(one.industries, other.industries)
        and _no_fewer(one.classes, other.classes)
        and _no_fewer(one.certificates or None, other.certificates or None)
        and other.clean_years <= one.clean_years
        and (other.incubated_makers or not one.incubated_makers)
    )


def _regions(before: Regions | None, after: Regions | None) -> bool:
    if before is None or after is None:
        return after is None
    return before.table == after.table and set(after.codes) >= set(before.codes)


def _scope(before: ProgrammeTerms, after: ProgrammeTerms) -> bool:
    one, other = before.scope, after.scope
    return (
        set(after.eligible_lines) >= set(before.eligible_lines)
        and _no_fewer(one.classes, other.classes)
        and _no_fewer(one.forms, other.forms)
        and _no_fewer(one.origins, other.origins)
        and _no_later(one.contracts_from, other.contracts_from)
        and _no_earlier(one.contracts_until, other.contracts_until)
        and _no_later(one.paid_from, other.paid_from)
        and _no_earlier(one.paid_until, other.paid_until)
    )


def _suppliers(before: ProgrammeTerms, after: ProgrammeTerms) -> bool:
    one, other = before.suppliers, after.suppliers
    return (
        _no_fewer(one.listed, other.listed)
        and _no_larger(one, other)
        and (one.unrelated or not other.unrelated)
    )


def _no_larger(before: Suppliers, after: Suppliers) -> bool:
    """Either size is enough: who was large enough by one of them still is."""
    pairs = (
        (before.pflops_min, after.pflops_min),
        (before.racks_min, after.racks_min),
    )
    if all(later is None for _earlier, later in pairs):
        return True
    if all(earlier is None for earlier, _later in pairs):
        return False
    return all(
        earlier is None or (later is not None and later <= earlier) for earlier, later in pairs
    )


def _windows(before: ProgrammeTerms, after: ProgrammeTerms) -> bool:
    """No windows is at any time; each window that was lies in one that is."""
    if not after.windows:
        return True
    return bool(before.windows) and all(
        any(_holds(later, earlier) for later in after.windows) for earlier in before.windows
    )


def _holds(later: ApplicationWindow, earlier: ApplicationWindow) -> bool:
    return (
        _no_later(earlier.opens, later.opens)
        and _no_earlier(earlier.closes, later.closes)
        and _no_lower(earlier.cap_minor, later.cap_minor)
    )


def _rates(before: ProgrammeTerms, after: ProgrammeTerms) -> bool:
    """Return whether everybody gets at least the best share that fitted before."""
    named = [*before.rates, *after.rates]
    return all(
        _best(after.rates, who, what, origin) >= _best(before.rates, who, what, origin)
        for who in {each.beneficiary for each in named}
        for what in {each.resource_class for each in named}
        for origin in {each.chip_origin for each in named}
    )


def _best(rates: Sequence[OriginRate], who: str, what: str, origin: str) -> Any:
    return max(
        (
            each.share
            for each in rates
            if each.beneficiary in (who, ANY)
            and each.resource_class in (what, ANY)
            and each.chip_origin in (origin, ANY)
        ),
        default=0,
    )


def _limits(before: ProgrammeTerms, after: ProgrammeTerms) -> bool:
    one, other = before.limits, after.limits
    return (
        one.order == other.order
        and _no_lower(one.per_order_minor, other.per_order_minor)
        and _no_lower(one.per_entity_year_minor, other.per_entity_year_minor)
        and _no_lower(one.programme_minor, other.programme_minor)
        and after.validity_days >= before.validity_days
    )


def _stacking(before: ProgrammeTerms, after: ProgrammeTerms) -> bool:
    one, other = before.stacking, after.stacking
    return (other.combines or not one.combines) and set(other.excludes) <= set(one.excludes)


def _duties(before: ProgrammeTerms, after: ProgrammeTerms) -> bool:
    """Evidence, publicity and claw-back ask no more than they did."""
    one, other = before.claw_back, after.claw_back
    is_no_longer = one.within_days is None or (
        other.within_days is not None and other.within_days <= one.within_days
    )
    return (
        set(after.evidence) <= set(before.evidence)
        and after.publicity_days <= before.publicity_days
        and is_no_longer
        and set(other.grounds) <= set(one.grounds)
    )


def _no_fewer(before: Collection[str] | None, after: Collection[str] | None) -> bool:
    """Nothing is everybody."""
    return after is None or (before is not None and set(after) >= set(before))


def _no_lower(before: int | None, after: int | None) -> bool:
    """Nothing is no cap at all."""
    return after is None or (before is not None and after >= before)


def _no_later(before: datetime | None, after: datetime | None) -> bool:
    return after is None or (before is not None and after <= before)


def _no_earlier(before: datetime | None, after: datetime | None) -> bool:
    return after is None or (before is not None and after >= before)


SAME: Final = ("issuer", "funding", "budget", "payee")
KEEPS: Final[tuple[Callable[[ProgrammeTerms, ProgrammeTerms], bool], ...]] = (
    _same,
    _mode,
    _beneficiaries,
    _scope,
    _suppliers,
    _windows,
    _rates,
    _limits,
    _stacking,
    _duties,
)
