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
    WITH_WORDS,
    DeliveryChangeInvalid,
    DeliveryChangeKind,
    DeliveryChangeState,
)

TALKS: Final = Rulebook("talk", {talk_1.RULE.name: talk_1.RULE})


def require_sound(
    kind: DeliveryChangeKind,
    *,
    moment: datetime | None,
    words: str,
    starts_at: datetime,
    leaves_at: datetime,
    now: datetime,
) -> None:
    """
    Bound a request: its moment suits its kind, and what a moment cannot say is said in words.

    :raises DeliveryChangeInvalid: naming what does not
    """
    if kind in WITH_MOMENT and moment is None:
        raise DeliveryChangeInvalid(field="moment", why=_("it has to name a moment."))
    if kind not in WITH_MOMENT and moment is not None:
        raise DeliveryChangeInvalid(field="moment", why=_("say in words what is to move."))
    if kind in WITH_WORDS and not words:
        raise DeliveryChangeInvalid(field="words", why=_("say in words what is to change."))
    if moment is not None:
        _require_suits(kind, moment, starts_at=starts_at, leaves_at=leaves_at, now=now)


def _require_suits(
    kind: DeliveryChangeKind,
    moment: datetime,
    *,
    starts_at: datetime,
    leaves_at: datetime,
    now: datetime,
) -> None:
    if moment.microsecond:
        raise DeliveryChangeInvalid(field="moment", why=_("a moment is a whole second."))
    if kind == DeliveryChangeKind.EXTEND and moment <= leaves_at:
        raise DeliveryChangeInvalid(field="moment", why=_("it runs until then already."))
    if kind != DeliveryChangeKind.EXTEND and not now < moment < leaves_at:
        why = _("the moment has to lie between now and the end.")
        raise DeliveryChangeInvalid(field="moment", why=why)
    if kind == DeliveryChangeKind.END and moment <= starts_at:
        why = _("it has not begun by then; its buyer can cancel it.")
        raise DeliveryChangeInvalid(field="moment", why=why)


def has_end(changes: Iterable[Any]) -> bool:
    """Tell whether an end was agreed on: nothing is asked for, or agreed to, after it."""
    return any(
        each.kind == DeliveryChangeKind.END and each.state == DeliveryChangeState.ACCEPTED
        for each in changes
    )


def is_replaced(change: Any, changes: Iterable[Any]) -> bool:
    """Tell whether what was agreed on counts no longer: an end was agreed on after it."""
    return change.state == DeliveryChangeState.ACCEPTED and any(
        each.kind == DeliveryChangeKind.END
        and each.state == DeliveryChangeState.ACCEPTED
        and each.sequence != change.sequence
        and each.closed_at >= change.closed_at
        for each in changes
    )


def closes_at(closed_at: datetime | None) -> datetime | None:
    """Return from when on nothing new is written about an order; none while it is not over."""
    if closed_at is None:
        return None
    return closed_at + TALKS.rule(TALKS.newest).open_after


def expires_at(
    kind: DeliveryChangeKind, *, moment: datetime | None, leaves_at: datetime, now: datetime
) -> datetime:
    """Return until when a request waits: three days, never past what it is about."""
    if kind == DeliveryChangeKind.EXTEND or moment is None:
        return min(now + ANSWERED_WITHIN, leaves_at)
    return min(now + ANSWERED_WITHIN, leaves_at, moment)
