"""What may be asked of the other side of a delivery, and until when it waits; pure."""

from datetime import datetime

from django.utils.translation import gettext as _

from marketplace.fulfilment.talk_contracts import (
    ANSWERED_WITHIN,
    WITH_MOMENT,
    WITH_WORDS,
    DeliveryChangeInvalid,
    DeliveryChangeKind,
)


def require_sound(
    kind: DeliveryChangeKind,
    *,
    moment: datetime | None,
    words: str,
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
    if moment is None:
        return
    if kind == DeliveryChangeKind.EXTEND and moment <= leaves_at:
        raise DeliveryChangeInvalid(field="moment", why=_("it runs until then already."))
    if kind != DeliveryChangeKind.EXTEND and not now < moment < leaves_at:
        why = _("the moment has to lie between now and the end.")
        raise DeliveryChangeInvalid(field="moment", why=why)


def expires_at(
    kind: DeliveryChangeKind, *, moment: datetime | None, leaves_at: datetime, now: datetime
) -> datetime:
    """Return until when a request waits: three days, never past what it is about."""
    if kind == DeliveryChangeKind.EXTEND or moment is None:
        return min(now + ANSWERED_WITHIN, leaves_at)
    return min(now + ANSWERED_WITHIN, leaves_at, moment)
