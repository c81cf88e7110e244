"""
Whether a plan's new version is worse for those who buy by it. Pure.

Of terms under `rate-2` the calendar, what is counted and how must stay; each figure may only fall.
A plan without times of use may begin to have some, and one of components may become terms, where
no time, and nothing else, asks more than was asked at every time: that is a cut. To end early may
become cheaper and sooner, and give more back.
Each unit costs no more than it did, wherever in the tiers it lies, or the version is worse. So is
one that charges for anything else, in another asset or by other arithmetic: that is not clear.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pricing.contracts import RateComponent
from pricing.plan_models import (
    CountedBy,
    CountedOver,
    EarlyEndTerms,
    FactorTable,
    PlanModel,
    PlanPart,
    RateTerms,
    RateTier,
)


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """What a version of a plan says about money."""

    components: Sequence[RateComponent]
    asset: str
    rating_rule: str
    terms: RateTerms | None = None


def is_worse(before: PlanTerms, after: PlanTerms) -> bool:
    """Return whether somebody may pay more under the later terms."""
    if before.asset != after.asset or (
        before.rating_rule != after.rating_rule and not _become_lower_terms(before, after)
    ):
        return True
    if before.terms is not None and after.terms is not None:
        return _are_worse(before.terms, after.terms)
    old, new = (
        {(part.code, part.unit): part for part in each.components} for each in (before, after)
    )
    return old.keys() != new.keys() or any(
        _is_dearer(old[key].tiers, new[key].tiers) for key in new
    )


def _become_lower_terms(before: PlanTerms, after: PlanTerms) -> bool:
    """Return whether components become terms whose times and factors only lower their prices."""
    rules, terms = (before.rating_rule, after.rating_rule), after.terms
    return (
        rules == ("rate-1", "rate-2")
        and terms is not None
        and (terms.counted_by, terms.to_minor) == (CountedBy.CONTRACT, 1)
        and not _ends_worse(None, terms.early_end)
        and all(
            by <= 1
            for table in terms.factors
            for by in (table.otherwise, *dict(table.values).values())
        )
        and all(
            part.model in (PlanModel.UNIT, PlanModel.GRADUATED)
            and part.per == CountedOver.CONTRACT
            and not part.increment
            and (not part.bands or (len(part.tiers) == 1 and max(dict(part.bands).values()) <= 1))
            for part in terms.parts
        )
    )


def _are_worse(before: RateTerms, after: RateTerms) -> bool:
    old, new = ({part.code: part for part in each.parts} for each in (before, after))
    tables = ({table.kind: table for table in each.factors} for each in (before, after))
    return (
        _frame(before, has_times=bool(before.bands)) != _frame(after, has_times=bool(before.bands))
        or after.to_minor > before.to_minor
        or _ends_worse(before.early_end, after.early_end)
        or old.keys() != new.keys()
        or any(_costs_more(old[code], new[code]) for code in new)
        or any(
            new[code].bands
            and not old[code].bands
            and not (_is_even(new[code]) and after.to_minor == 1)
            for code in new
        )
        or _multiply_more(*tables)
    )


def _frame(terms: RateTerms, *, has_times: bool) -> tuple[object, ...]:
    """Return what of terms decides when and whose use counts; times only where there were some."""
    times = (terms.bands, terms.holidays, terms.workdays) if has_times else ()
    return (terms.zone, *times, terms.counted_by, terms.fiscal_month)


def _ends_worse(before: EarlyEndTerms | None, after: EarlyEndTerms | None) -> bool:
    """
    Return whether who ends early may wait longer, pay more or get less back.

    Where a plan is silent the market's rule holds, which has some notice and no fee: a plan that
    begins to say less than any notice is a cut, and one that falls silent is not clear.
    """
    if after is None:
        return before is not None
    old = before or EarlyEndTerms(notice_hours=0)
    return (
        after.notice_hours > old.notice_hours
        or after.fee > old.fee
        or after.gives_back < old.gives_back
    )


def _is_even(part: PlanPart) -> bool:
    """Return whether a part costs the same however its quantity is split over times."""
    is_one_price = part.model in (PlanModel.UNIT, PlanModel.READY, PlanModel.RESERVED) or (
        part.model == PlanModel.GRADUATED and len(part.tiers) == 1
    )
    return is_one_price and not part.increment


def _costs_more(before: PlanPart, after: PlanPart) -> bool:
    kinds = (
        (
            each.model,
            each.unit,
            each.per,
            each.block,
            each.increment,
            each.factors,
            each.sold_as,
            each.owed_from,
        )
        for each in (before, after)
    )
    old, new = dict(before.bands), dict(after.bands)
    return (
        len(set(kinds)) > 1
        or after.price > before.price
        or after.discount < before.discount
        or (bool(old) and not new)
        or any(new.get(each, 1) > old.get(each, 1) for each in old.keys() | new.keys())
        or _is_dearer(before.tiers, after.tiers)
    )


def _multiply_more(before: Mapping[str, FactorTable], after: Mapping[str, FactorTable]) -> bool:
    if before.keys() != after.keys():
        return True
    for kind, new in after.items():
        old = before[kind]
        olds, news = dict(old.values), dict(new.values)
        if new.otherwise > old.otherwise or any(
            news.get(value, new.otherwise) > olds.get(value, old.otherwise)
            for value in olds.keys() | news.keys()
        ):
            return True
    return False


def _is_dearer(before: Sequence[RateTier], after: Sequence[RateTier]) -> bool:
    return any(
        new_price > old_price and old_from < new_until and new_from < old_until
        for old_from, old_until, old_price in _stretches(before)
        for new_from, new_until, new_price in _stretches(after)
    )


def _stretches(tiers: Sequence[RateTier]) -> Iterator[tuple[Decimal, Decimal, Decimal]]:
    """Yield where each tier begins and ends, and its price."""
    ends = [*(tier.starts_from for tier in tiers[1:]), Decimal("Infinity")]
    for tier, end in zip(tiers, ends[: len(tiers)], strict=True):
        yield tier.starts_from, end, tier.unit_price
