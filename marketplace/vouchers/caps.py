"""
The caps of a programme that all its holders share, and over what each of them adds up. Pure.

A budget of a year or a quarter bounds what is granted and what orders hold in it. What no part of
the budget speaks of was granted from another year's money: it bounds no order, and grants nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from common.moments import market_date
from marketplace.vouchers.contracts import ProgrammeRules
from marketplace.vouchers.terms import ApplicationWindow, BudgetPart, LimitKind


@dataclass(frozen=True, slots=True)
class SharedCap:
    """A cap that all holders of a programme share, by the member of the rules that says it."""

    member: str
    limit: LimitKind
    cap_minor: int
    year: int | None = None
    quarter: int | None = None
    window: ApplicationWindow | None = None

    @property
    def key(self) -> str:
        """Return what tells it from the programme's other caps, whichever version says it."""
        window = "" if self.window is None else f"{self.window.opens}-{self.window.closes}"
        return f"{self.member}:{self.year or ''}:{self.quarter or ''}:{window}"


def quarter_of(at: datetime) -> int:
    """Return the quarter of the market's year in which a moment lies."""
    return (market_date(at).month + 2) // 3


def window_of(rules: ProgrammeRules, applied_at: datetime) -> ApplicationWindow | None:
    """Return the first window of a programme in which somebody applied."""
    windows = () if rules.terms is None else rules.terms.windows
    return next((each for each in windows if is_in(each, applied_at)), None)


def shared_caps(
    rules: ProgrammeRules, *, at: datetime, applied_at: datetime | None
) -> list[SharedCap]:
    """Return the caps that bound what is granted or held at a moment, widest first."""
    terms = rules.terms
    if terms is None:
        return []
    found = list(_periods(terms.budget, at))
    if terms.limits.programme_minor is not None:
        whole = SharedCap("limits", LimitKind.PROGRAMME_CAP, terms.limits.programme_minor)
        found.insert(0, whole)
    window = None if applied_at is None else window_of(rules, applied_at)
    if window is not None and window.cap_minor is not None:
        found.append(SharedCap("windows", LimitKind.WINDOW_CAP, window.cap_minor, window=window))
    return found


def cap_words(cap: SharedCap | None) -> str:
    """Return a cap in words; None: a time that no part of the budget speaks of."""
    if cap is None:
        return _("no part of the budget is for this time")
    if cap.member == "windows":
        return _("the cap of the application window")
    if cap.member == "limits":
        return _("the cap of the whole programme")
    if cap.quarter is None:
        return _("the budget of %(year)s") % {"year": cap.year}
    return _("the budget of %(year)s, quarter %(quarter)s") % {
        "year": cap.year,
        "quarter": cap.quarter,
    }


def has_budget(rules: ProgrammeRules, *, at: datetime) -> bool:
    """Tell whether there is money for grants of a moment; version 1 knows nothing of periods."""
    return rules.terms is None or any(True for _part in _periods(rules.terms.budget, at))


def _periods(budget: tuple[BudgetPart, ...], at: datetime) -> Iterator[SharedCap]:
    year, quarter = market_date(at).year, quarter_of(at)
    parts = sorted(budget, key=lambda part: part.quarter or 0)
    for part in parts:
        if part.year == year and part.quarter in (None, quarter):
            yield SharedCap(
                "budget", LimitKind.PROGRAMME_CAP, part.amount_minor, year, part.quarter
            )


def next_part(rules: ProgrammeRules, *, at: datetime) -> BudgetPart | None:
    """Return the part of the budget that opens next after a moment, if the rules name one."""
    budget = () if rules.terms is None else rules.terms.budget
    later = [part for part in budget if opens_on(part) > market_date(at)]
    return min(later, key=opens_on, default=None)


def opens_on(part: BudgetPart) -> date:
    """Return the market's day on which a part of the budget opens."""
    return date(part.year, 3 * (part.quarter or 1) - 2, 1)


def next_words(rules: ProgrammeRules, *, at: datetime) -> str:
    """Return when the next part of the budget opens, in words; nothing where none is named."""
    part = next_part(rules, at=at)
    if part is None:
        return ""
    if part.quarter is None:
        told = _("The next year opens on %(day)s.")
    else:
        told = _("The next quarter opens on %(day)s.")
    return told % {"day": opens_on(part)}


def is_in(window: ApplicationWindow, at: datetime) -> bool:
    """Return whether a moment lies in a window; empty ends are open."""
    return (window.opens is None or window.opens <= at) and (
        window.closes is None or at < window.closes
    )
