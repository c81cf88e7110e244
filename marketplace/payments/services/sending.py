"""
What is due is sent, and looked after until it is confirmed.

A try is committed before the gateway is called, and what came of it afterwards: whoever is killed
in between leaves a row that is due again, and the same call under the same key acts once.
"""

from datetime import datetime, timedelta
from typing import Final

import structlog
from django.conf import settings
from django.db import transaction

from common import tenancy
from marketplace.payments import channels
from marketplace.payments.channels import (
    ChannelRefused,
    ChannelUnavailable,
    Instruction,
    Known,
    PaymentChannel,
    Sent,
)
from marketplace.payments.contracts import (
    DifferenceKind,
    EventOutcome,
    MovementKind,
    MovementState,
    PayChannel,
)
from marketplace.payments.models import Movement
from marketplace.payments.services.applying import apply_news
from marketplace.payments.services.moving import lock_movements, move_money
from marketplace.payments.services.noting import note_difference, settle_difference

logger = structlog.get_logger(__name__)
LEASE: Final = timedelta(seconds=60)  # longer than any call takes
LOOKED_EVERY: Final = timedelta(minutes=10)
LOOKED_UNTIL: Final = timedelta(hours=26)  # a page of payment lasts a day at most
BACKOFF_MAX: Final = timedelta(minutes=10)
TO_SEND: Final = frozenset({MovementState.REQUESTED, MovementState.APPROVED})


def send_due(*, now: datetime) -> bool:
    """Send, or look after, one movement that is due; return whether there was one."""
    movement = _claim(now)
    if movement is None:
        return False
    channel = channels.channel(movement.channel)
    if channel is None:
        return True
    if movement.state in TO_SEND:
        _send(channel, movement, now=now)
    else:
        _look(channel, movement, now=now)
    return True


def _claim(now: datetime) -> Movement | None:
    with tenancy.acting_as_platform():
        rows = Movement.objects.filter(due_at__lte=now).order_by("due_at", "id")
        found = rows.select_for_update(skip_locked=True, no_key=True, of=("self",)).first()
        if found is not None:
            found.due_at = now + (LEASE if channels.channel(found.channel) else BACKOFF_MAX)
            found.tries += 1
            found.save(update_fields=["due_at", "tries"])
        return found


def _send(channel: PaymentChannel, movement: Movement, *, now: datetime) -> None:
    act = {
        MovementKind.TOP_UP: channel.open_top_up,
        MovementKind.REFUND: channel.refund,
        MovementKind.PAYOUT: channel.transfer,
    }[MovementKind(movement.kind)]
    try:
        sent = act(_order(movement, now=now))
    except ChannelUnavailable as error:
        logger.warning("payments.channel.unavailable", reason=str(error), tries=movement.tries)
        _again(movement, now=now)
    except ChannelRefused as refused:
        is_in = movement.kind == MovementKind.TOP_UP
        to = MovementState.CANCELLED if is_in else MovementState.RETURNED
        facts = {movement.pk: {"failure": refused.code}}
        move_money([movement.pk], to, now=now, facts=facts, is_lenient=True)
    else:
        _note_sent(movement, sent, now=now)


@transaction.atomic
def _note_sent(movement: Movement, sent: Sent, *, now: datetime) -> None:
    """Write down what the channel calls it; a webhook may have been quicker than its reply."""
    due_at = now + LOOKED_EVERY
    with tenancy.acting_as_platform():
        [current] = lock_movements([movement.pk])
        if current.state in TO_SEND:
            facts = {"reference": sent.reference, "address": sent.address, "tries": 0}
            move_money(
                [current.pk],
                MovementState.SENT,
                now=now,
                due_at=due_at,
                facts={current.pk: facts},
            )
        elif not current.reference:
            current.reference, current.address, current.due_at = sent.reference, sent.address, None
            current.save(update_fields=["reference", "address", "due_at"])


def _look(channel: PaymentChannel, movement: Movement, *, now: datetime) -> None:
    """Ask how what was sent stands: nobody may have told."""
    try:
        told = channel.look(Known(movement.pk, movement.reference))
    except (ChannelUnavailable, ChannelRefused) as error:
        logger.warning("payments.channel.unavailable", reason=str(error), tries=movement.tries)
        _again(movement, now=now)
        return
    for news in told:
        if apply_news(news, now=now).outcome == EventOutcome.APPLIED:
            untold(movement, now=now)
    is_over = now - movement.requested_at > LOOKED_UNTIL
    rows = Movement.objects.filter(pk=movement.pk, state=MovementState.SENT)
    with tenancy.acting_as_platform():
        rows.update(due_at=None if is_over else now + LOOKED_EVERY)
        Movement.objects.filter(pk=movement.pk).exclude(state=MovementState.SENT).update(
            due_at=None
        )


def untold(movement: Movement, *, now: datetime) -> None:
    """Keep that nobody told of something that was found: settled, and to be seen."""
    made = note_difference(
        DifferenceKind.LATE,
        movement.number,
        now=now,
        channel=PayChannel.STRIPE,
        reference=movement.reference,
        movement=movement,
        ours_minor=movement.amount_minor,
        theirs_minor=movement.amount_minor,
    )
    if made.settled_at is None:
        settle_difference(
            difference_id=made.pk,
            resolution="found by looking; booked",
            person_id=None,
            now=now,
        )


def _again(movement: Movement, *, now: datetime) -> None:
    wait = min(timedelta(seconds=2 ** min(movement.tries, 10)), BACKOFF_MAX)
    with tenancy.acting_as_platform():
        Movement.objects.filter(pk=movement.pk, due_at__isnull=False).update(due_at=now + wait)


def _order(movement: Movement, *, now: datetime) -> Instruction:
    with tenancy.acting_as_platform():
        source = movement.source
    return Instruction(
        id=movement.pk,
        number=movement.number,
        organization_id=movement.organization_id,
        amount_minor=movement.amount_minor,
        currency=movement.currency,
        asked_at=movement.requested_at,
        now=now,
        is_again=movement.tries > 1,
        source_reference=source.reference if source else "",
        payee_reference=movement.payee_reference,
        return_to=f"{settings.PUBLIC_URL}{settings.PAYMENTS_RETURN_PATH}",
    )
