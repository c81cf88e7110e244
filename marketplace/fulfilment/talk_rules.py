"""What may be asked of the other side of an order, and until when it waits; pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from common.rulebooks import Rulebook
from marketplace.fulfilment import talk_1
from marketplace.fulfilment.talk_contracts import (
    ANSWERED_WITHIN,
    WITH_MOMENT,
    AskedChange,
    DeliveryChangeInvalid,
    DeliveryChangeKind,
    DeliveryChangeState,
    TalkSubject,
)

TALKS: Final = Rulebook("talk", {talk_1.RULE.name: talk_1.RULE})


def require_sound(asked: AskedChange, subject: TalkSubject, *, now: datetime) -> None:
    """
    Bound a request: moment and units suit its kind, and what they cannot say is said in words.

    :raises DeliveryChangeInvalid: naming what does not
    """
    kind = asked.kind
    if kind in WITH_MOMENT and asked.moment is None:
        raise DeliveryChangeInvalid(field="moment", why=_("it has to name a moment."))
    if kind == DeliveryChangeKind.MOVE and not asked.words:
        raise DeliveryChangeInvalid(field="words", why=_("say in words what is to change."))
    if kind not in WITH_MOMENT and asked.moment is not None:
        raise DeliveryChangeInvalid(field="moment", why=_("say in words what is to move."))
    _require_units(asked, subject)
    if asked.moment is not None:
        _require_suits(kind, asked.moment, subject, now=now)


def _require_units(asked: AskedChange, subject: TalkSubject) -> None:
    if asked.kind != DeliveryChangeKind.SHRINK:
        if asked.units_milli is not None:
            why = _("only less from a moment on names an amount.")
            raise DeliveryChangeInvalid(field="units_milli", why=why)
        return
    if asked.units_milli is None or not 0 < asked.units_milli < subject.units_milli:
        why = _("say how much it is from then on: less than was ordered, and more than nothing.")
        raise DeliveryChangeInvalid(field="units_milli", why=why)


def _require_suits(
    kind: DeliveryChangeKind, moment: datetime, subject: TalkSubject, *, now: datetime
) -> None:
    if moment.microsecond:
        raise DeliveryChangeInvalid(field="moment", why=_("a moment is a whole second."))
    if kind == DeliveryChangeKind.EXTEND and moment <= subject.leaves_at:
        raise DeliveryChangeInvalid(field="moment", why=_("it runs until then already."))
    if kind != DeliveryChangeKind.EXTEND and not now < moment < subject.leaves_at:
        why = _("the moment has to lie between now and the end.")
        raise DeliveryChangeInvalid(field="moment", why=why)
    if kind == DeliveryChangeKind.END and moment <= subject.starts_at:
        why = _("it has not begun by then; its buyer can cancel it.")
        raise DeliveryChangeInvalid(field="moment", why=why)
    if kind == DeliveryChangeKind.SHRINK and now < subject.starts_at:
        why = _("it has not begun; its buyer can cancel it and order less.")
        raise DeliveryChangeInvalid(field="kind", why=why)


def has_end(changes: Iterable[Any]) -> bool:
    """Tell whether an end was agreed on: nothing is asked for, or agreed to, after it."""
    return any(
        each.kind == DeliveryChangeKind.END and each.state == DeliveryChangeState.ACCEPTED
        for each in changes
    )


def is_replaced(change: Any, changes: Iterable[Any]) -> bool:
    """Tell whether what was agreed on counts no longer: an end before it was agreed on later."""
    return change.state == DeliveryChangeState.ACCEPTED and any(
        each.kind == DeliveryChangeKind.END
        and each.state == DeliveryChangeState.ACCEPTED
        and each.sequence != change.sequence
        and each.closed_at >= change.closed_at
        and (change.moment is None or change.moment >= each.moment)
        for each in changes
    )


def closes_at(closed_at: datetime | None) -> datetime | None:
    """Return from when on nothing new is written about an order; none while it is not over."""
    if closed_at is None:
        return None
    return closed_at + TALKS.rule(TALKS.newest).open_after


def closed_since(now: datetime) -> datetime:
    """Return until when an order was over about which nothing new is written now."""
    return now - TALKS.rule(TALKS.newest).open_after


def expires_at(
    kind: DeliveryChangeKind, *, moment: datetime | None, leaves_at: datetime, now: datetime
) -> datetime:
    """Return until when a request waits: three days, never past what it is about."""
    if kind == DeliveryChangeKind.EXTEND or moment is None:
        return min(now + ANSWERED_WITHIN, leaves_at)
    return min(now + ANSWERED_WITHIN, leaves_at, moment)
