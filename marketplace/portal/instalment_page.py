"""What of a long order is held when, as its page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from marketplace.orders import selectors as orders_selectors
from marketplace.orders.terms import Instalment
from marketplace.portal import figures
from marketplace.settlement import selectors as settlement_selectors
from marketplace.settlement.contracts import HELD_AHEAD, InstalmentState, reason_of

TONES = {
    InstalmentState.HELD: "ok",
    InstalmentState.LATE: "warn",
    InstalmentState.LAPSED: "bad",
}


@dataclass(frozen=True, slots=True)
class ShownInstalment:
    """One line: for which time, how much, and how it stands."""

    part: int
    starts_at: datetime
    ends_at: datetime
    amount_minor: int
    due_at: datetime | None
    state: InstalmentState
    reason: str

    @property
    def tone(self) -> str:
        """Return how its state is coloured, beside its word."""
        return TONES.get(self.state, "neutral")


@dataclass(frozen=True, slots=True)
class ShownInstalments:
    """All lines of an order, the sentence that is the answer, and whether one may be held now."""

    rule: str
    lines: Sequence[ShownInstalment]
    answer: str
    held_minor: int
    agreed_minor: int
    may_hold: bool


def shown(order: Any, *, at: datetime) -> ShownInstalments | None:
    """Return the instalments of an order; none where everything is held at once."""
    if not order.instalment_rule:
        return None
    book = settlement_selectors.instalments_of_order(order.pk)
    lines = (
        [_line(each) for each in book.rows]
        if book
        else [_planned(each) for each in orders_selectors.instalments_of_order(order)]
    )
    coming = next((each for each in lines if each.state in _OPEN), None)
    is_near = coming is not None and coming.due_at is not None and at >= coming.due_at - HELD_AHEAD
    return ShownInstalments(
        rule=order.instalment_rule,
        lines=lines,
        answer=_answer(lines, coming),
        held_minor=sum(each.amount_minor for each in lines if each.state == InstalmentState.HELD),
        agreed_minor=sum(each.amount_minor for each in lines),
        may_hold=book is not None and is_near,
    )


_OPEN = (InstalmentState.PLANNED, InstalmentState.LATE)


def _line(row: Any) -> ShownInstalment:
    return ShownInstalment(
        part=row.part,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        amount_minor=row.amount_minor,
        due_at=row.due_at,
        state=InstalmentState(row.state),
        reason=str(reason_of(row.refusal_code)) if row.state == InstalmentState.LATE else "",
    )


def _planned(each: Instalment) -> ShownInstalment:
    """Return an instalment of an order that has not begun: the first is held since it cleared."""
    return ShownInstalment(
        part=each.part,
        starts_at=each.starts_at,
        ends_at=each.ends_at,
        amount_minor=each.amount_minor,
        due_at=each.due_at,
        state=InstalmentState.HELD if each.due_at is None else InstalmentState.PLANNED,
        reason="",
    )


def _answer(lines: Sequence[ShownInstalment], coming: ShownInstalment | None) -> str:
    """Return until when it is held and what is held next, in one sentence."""
    held = [each for each in lines if each.state == InstalmentState.HELD]
    until = figures.moment(held[-1].ends_at) if held else ""
    if coming is None or coming.due_at is None:
        return _("Held until %(until)s; nothing more is held.") % {"until": until}
    facts = {
        "until": until,
        "due": figures.moment(coming.due_at),
        "amount": figures.money(coming.amount_minor),
    }
    if coming.state == InstalmentState.LATE:
        told = _("Held until %(until)s. %(amount)s should be held since %(due)s, and is not yet.")
        return told % facts
    return _("Held until %(until)s; the next hold is on %(due)s: %(amount)s.") % facts
