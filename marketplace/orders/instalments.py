"""
What of an order's cash is held when: long orders hold for one period at a time. Pure.

By the rule's end of each period so much of the cash is held as the time up to then is of the whole,
rounded up to a whole yuan; the last period holds what is left. So an accountant computes it with a
calendar, and the parts add up to the order's cash to the fen.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from common.moments import month_period
from common.rulebooks import Rulebook
from marketplace.orders import instalment_1
from marketplace.orders.terms import Instalment, InstalmentRule, InstalmentTerms

YUAN: Final = 100
# By which version an order is held stands on it; orders from before there were any have none.
RULES: Final = Rulebook("instalment", {instalment_1.RULE.name: instalment_1.RULE})


def rule_of(terms: InstalmentTerms | None) -> InstalmentRule | None:
    """Return the rule that terms name; none where everything is held at once."""
    return RULES.rule(terms.rule) if terms else None


def plan(
    rule: InstalmentRule | None,
    *,
    starts_at: datetime,
    ends_at: datetime,
    cash_minor: int,
    zone: str,
) -> tuple[Instalment, ...]:
    """Return the instalments of an order's cash, in order; none where it is held whole."""
    if rule is None or cash_minor <= 0:
        return ()
    bounds = _bounds(rule, starts_at, ends_at, zone)
    if len(bounds) < 3:
        return ()
    found: list[Instalment] = []
    held = 0
    for start, end in pairwise(bounds):
        reached = _reached(cash_minor, end - starts_at, ends_at - starts_at)
        if reached == held:  # A few fen over a year: one period bears them.
            continue
        found.append(
            Instalment(
                part=len(found) + 1,
                starts_at=found[-1].ends_at if found else start,
                ends_at=end,
                amount_minor=reached - held,
                due_at=start - timedelta(seconds=rule.lead_seconds) if found else None,
            )
        )
        held = reached
    return _to_the_end(found, ends_at) if len(found) > 1 else ()


def first_minor(
    rule: InstalmentRule | None,
    *,
    starts_at: datetime,
    ends_at: datetime,
    cash_minor: int,
    zone: str,
) -> int:
    """Return what of an order's cash is held when it clears."""
    parts = plan(rule, starts_at=starts_at, ends_at=ends_at, cash_minor=cash_minor, zone=zone)
    return parts[0].amount_minor if parts else cash_minor


def _reached(cash_minor: int, past: timedelta, whole: timedelta) -> int:
    """Return what is held by the end of a period: its share of the time, in whole yuan."""
    second = timedelta(seconds=1)
    share = -(-cash_minor * (past // second) // (whole // second))
    return min(cash_minor, -(-share // YUAN) * YUAN)


def _to_the_end(found: list[Instalment], ends_at: datetime) -> tuple[Instalment, ...]:
    """Let the last instalment last until the order ends: what follows it would hold nothing."""
    last = found[-1]
    rest = Instalment(last.part, last.starts_at, ends_at, last.amount_minor, last.due_at)
    return (*found[:-1], rest)


@lru_cache(maxsize=512)
def _bounds(
    rule: InstalmentRule, starts_at: datetime, ends_at: datetime, zone: str
) -> tuple[datetime, ...]:
    """Return where the periods of an order begin and end; a short one joins its neighbour."""
    if ends_at - starts_at <= timedelta(seconds=rule.whole_seconds):
        return (starts_at, ends_at)
    least = timedelta(seconds=rule.least_seconds)
    kept = [starts_at]
    for bound in _beginnings(rule, starts_at, ends_at, zone):
        if bound - kept[-1] >= least and ends_at - bound >= least:
            kept.append(bound)
    return (*kept, ends_at)


def _beginnings(
    rule: InstalmentRule, starts_at: datetime, ends_at: datetime, zone: str
) -> Iterator[datetime]:
    """Yield where periods begin within an order: each so many days, or each month of the market."""
    if rule.days:
        bound = starts_at + timedelta(days=rule.days)
        while bound < ends_at:
            yield bound
            bound += timedelta(days=rule.days)
        return
    place = ZoneInfo(zone)
    bound = month_period(starts_at.astimezone(place).date(), place).ends_at
    while bound < ends_at:
        yield bound
        bound = month_period(bound.astimezone(place).date(), place).ends_at
