"""
What somebody else's system tells is compared with our own order, and applied.

Each piece of news only ever brings a movement further along its table of states, so their order and
their number do not matter.
"""

from datetime import datetime
from typing import Final, NamedTuple

from django.db import transaction

from common import tenancy
from marketplace.payments.channels import News, NewsKind
from marketplace.payments.contracts import (
    DifferenceKind,
    EventOutcome,
    MovementKind,
    MovementState,
    PayChannel,
)
from marketplace.payments.models import Movement, PaymentSource
from marketplace.payments.services.moving import move_money
from marketplace.payments.services.noting import note_difference

STEPS: Final = {
    NewsKind.PAID: (MovementKind.TOP_UP, MovementState.DONE),
    NewsKind.CANCELLED: (MovementKind.TOP_UP, MovementState.CANCELLED),
    NewsKind.REFUNDED: (MovementKind.REFUND, MovementState.DONE),
    NewsKind.RETURNED: (MovementKind.REFUND, MovementState.RETURNED),
    NewsKind.TRANSFERRED: (MovementKind.PAYOUT, MovementState.DONE),
    NewsKind.REVERSED: (MovementKind.PAYOUT, MovementState.RETURNED),
}
FOR_THE_DESK: Final = {
    NewsKind.TO_BANK: DifferenceKind.TO_BANK,
    NewsKind.DISPUTED: DifferenceKind.DISPUTED,
}


class Applied(NamedTuple):
    """What became of a piece of news."""

    outcome: EventOutcome
    movement: Movement | None = None


@transaction.atomic
def apply_news(news: News, *, now: datetime) -> Applied:
    """Apply a piece of news; what does not agree with our order is a difference and moves none."""
    if news.kind is NewsKind.NOTHING:
        return Applied(EventOutcome.IGNORED)
    with tenancy.acting_as_platform():
        movement = _movement(news)
        if movement is None and news.kind is NewsKind.CANCELLED:
            return Applied(EventOutcome.IGNORED)  # A page that nobody paid moved nothing.
        if (kind := _difference(news, movement)) is not None:
            note_difference(
                kind,
                _name(news),
                now=now,
                channel=PayChannel.STRIPE,
                reference=_name(news),
                movement=movement,
                ours_minor=movement.amount_minor if movement else None,
                theirs_minor=news.amount_minor,
            )
            return Applied(EventOutcome.DIFFERENT, movement)
        assert movement is not None
        return _step(news, movement, now=now)


def _name(news: News) -> str:
    """Return what news are about: a payment by its own name, however many events tell of it."""
    return (news.payment if news.kind is NewsKind.PAID else "") or news.reference


def _movement(news: News) -> Movement | None:
    found = Movement.objects.filter(channel=PayChannel.STRIPE)
    if news.movement_id is not None:
        return found.filter(pk=news.movement_id).first()
    return found.filter(reference=news.reference).first()


def _difference(news: News, movement: Movement | None) -> DifferenceKind | None:
    """Return in what news differ from our order."""
    if news.kind in FOR_THE_DESK:
        return FOR_THE_DESK[news.kind]
    if not news.is_ours:
        return DifferenceKind.FOREIGN
    if movement is None:
        return DifferenceKind.UNKNOWN_HERE
    if STEPS[news.kind][0] != movement.kind:
        return DifferenceKind.STATE
    if (news.amount_minor, news.currency) != (movement.amount_minor, movement.currency):
        return DifferenceKind.AMOUNT
    return None


def _step(news: News, movement: Movement, *, now: datetime) -> Applied:
    _kind, to = STEPS[news.kind]
    facts: dict[str, object] = {}
    if news.kind is NewsKind.PAID and movement.source_id is None:
        facts["source_id"] = _source(news, movement, now=now).pk
    before = movement.state
    [after] = move_money([movement.pk], to, now=now, facts={movement.pk: facts}, is_lenient=True)
    if after.state != to and before == MovementState.REQUESTED:
        note_difference(
            DifferenceKind.STATE,
            news.reference,
            now=now,
            channel=PayChannel.STRIPE,
            reference=news.reference,
            movement=after,
            ours_minor=after.amount_minor,
            theirs_minor=news.amount_minor,
        )
        return Applied(EventOutcome.DIFFERENT, after)
    is_new = after.state == to and before != to
    return Applied(EventOutcome.APPLIED if is_new else EventOutcome.KNOWN, after)


def _source(news: News, movement: Movement, *, now: datetime) -> PaymentSource:
    made, _is_new = PaymentSource.objects.get_or_create(
        organization_id=movement.organization_id,
        channel=PayChannel.STRIPE,
        reference=news.payment or news.reference,
        defaults={"first_seen_at": now},
    )
    return made
