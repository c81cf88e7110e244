"""What an order's page says first: one sentence that is the answer, and what comes next."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from marketplace.orders.contracts import Phase
from marketplace.portal import figures

# How a phase is coloured; always beside its word.
TONES: Final = {
    Phase.WAITING: "brand",
    Phase.SCHEDULED: "brand",
    Phase.RUNNING: "brand",
    Phase.SETTLING: "brand",
    Phase.SETTLED: "ok",
    Phase.REJECTED: "bad",
    Phase.CANCELLED: "neutral",
    Phase.CHECKED: "warn",
}
ICONS: Final = {
    Phase.WAITING: "loader-2",
    Phase.SETTLED: "check",
    Phase.REJECTED: "circle-x",
    Phase.CHECKED: "alert-triangle",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the sentences are made of."""

    order: Any
    phase: Phase
    charged_minor: int
    cash_minor: int  # of what was charged
    income_minor: int  # what the provider gets of it, without the market's fee
    refusal: str
    queue: tuple[int, int]  # its place and how many wait
    is_provider: bool
    at: datetime
    is_over: bool = False  # nothing is delivered any more, whatever the ordered time
    not_delivered: str = ""  # why nothing was delivered, and so nothing is charged
    leaves_at: datetime | None = None  # when its delivery ends; none: with the ordered time

    @property
    def ends_at(self) -> datetime:
        """Return when it ends: earlier than ordered where notice was given of it."""
        ordered: datetime = self.order.ends_at
        return ordered if self.leaves_at is None else min(ordered, self.leaves_at)


def answer(facts: Facts) -> str:
    """Return how it stands in one sentence."""
    if facts.not_delivered:
        return _undelivered(facts)
    return _ANSWERS[facts.phase](facts)


def _undelivered(facts: Facts) -> str:
    told = _("Not delivered: %(reason)s. Its receipt has no lines: %(nothing)s is charged.")
    said = {"reason": facts.not_delivered, "nothing": figures.money(0)}
    rest = (
        _("What is held returns when it is settled.")
        if facts.phase == Phase.SETTLING
        else _("Everything that was held has returned.")
    )
    return f"{told % said} {rest}"


def _waiting(facts: Facts) -> str:
    told = _("It waits for the next round of its book: %(total)s waiting, this is number %(turn)s.")
    return told % {"turn": facts.queue[0], "total": facts.queue[1]}


def _scheduled(facts: Facts) -> str:
    told = _("The capacity is reserved from %(when)s; it begins in %(left)s.")
    left = _whole(facts.order.starts_at - facts.at)
    return told % {"when": figures.moment(facts.order.starts_at), "left": left}


def _running(facts: Facts) -> str:
    told = _("%(charged)s of at most %(limit)s is charged; it ends in %(left)s.")
    return told % {
        "charged": figures.money(facts.charged_minor),
        "limit": figures.money(facts.order.gross_minor or 0),
        "left": _whole(facts.ends_at - facts.at),
    }


def _settling(facts: Facts) -> str:
    if facts.is_over:
        return _("Nothing is delivered any more; its last windows close, and then it is settled.")
    told = _("It ended on %(when)s; its last windows close, and then it is settled.")
    return told % {"when": figures.moment(facts.ends_at)}


def _settled(facts: Facts) -> str:
    if facts.is_provider:
        told = _("Settled on %(when)s: you get %(amount)s after the fee.")
        amount = facts.income_minor
    else:
        told = _("Settled on %(when)s: %(amount)s was paid in cash.")
        amount = facts.cash_minor
    when = figures.moment(facts.order.closed_at)
    return told % {"when": when, "amount": figures.money(amount)}


def _rejected(facts: Facts) -> str:
    return f"{facts.refusal} {_('Nothing is held and nothing was charged.')}"


def _cancelled(facts: Facts) -> str:
    if facts.is_over:
        return _("It exited before its time began: nothing is charged, and all holds returned.")
    told = _("Cancelled on %(when)s; everything that was held has returned.")
    return told % {"when": figures.moment(facts.order.closed_at)}


def _checked(_facts: Facts) -> str:
    return _("It could not be cleared and waits for a check; nothing is held.")


_ANSWERS: Final = {
    Phase.WAITING: _waiting,
    Phase.SCHEDULED: _scheduled,
    Phase.RUNNING: _running,
    Phase.SETTLING: _settling,
    Phase.SETTLED: _settled,
    Phase.REJECTED: _rejected,
    Phase.CANCELLED: _cancelled,
    Phase.CHECKED: _checked,
}


def next_step(facts: Facts) -> str:
    """Return what happens next by itself; nothing once nothing does."""
    ends = figures.moment(facts.ends_at)
    told = {
        Phase.WAITING: _("Clearing reserves the capacity and holds the price; it takes seconds."),
        Phase.SCHEDULED: _("Then meters record the use, and each closed window is charged."),
        Phase.RUNNING: _("It ends on %(when)s; then what is left of every hold returns."),
        Phase.SETTLING: _("What is left of every hold returns, and the trade is recorded."),
    }
    return str(told.get(facts.phase, "")) % {"when": ends}


def _whole(length: Any) -> str:
    """Return a length as people say it: `34 h`, `12 min`."""
    seconds = max(0, length.days * 86_400 + length.seconds)
    step = next((each for each in (86_400, 3_600, 60) if seconds >= 2 * each), 1)
    return figures.short_duration(seconds // step * step)
