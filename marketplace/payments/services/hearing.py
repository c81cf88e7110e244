"""Webhooks in: signed, kept as they came, and applied once in the transaction of their effect."""

from datetime import datetime

from django.db import IntegrityError, transaction

from common import tenancy
from marketplace.payments import channels
from marketplace.payments.channels import EventRefused
from marketplace.payments.contracts import EventOutcome, PayChannel
from marketplace.payments.models import GatewayEvent
from marketplace.payments.services.applying import apply_news


def hear_event(*, body: bytes, signature: str, now: datetime) -> EventOutcome:
    """
    Take an event of the gateway; one that came before changes nothing.

    :raises EventRefused: if it is not signed by who may, or not at about this time
    """
    channel = channels.channel(PayChannel.STRIPE)
    if channel is None:
        raise EventRefused("channel")
    event_id, name, news = channel.read_event(body, signature, now=now)
    with tenancy.acting_as_platform():
        if GatewayEvent.objects.filter(event_id=event_id).exists():
            return EventOutcome.KNOWN
        try:
            with transaction.atomic():
                applied = apply_news(news, now=now)
                GatewayEvent.objects.create(
                    event_id=event_id,
                    name=name[:80],
                    body=body,
                    outcome=applied.outcome,
                    movement=applied.movement,
                    received_at=now,
                )
        except IntegrityError:
            if not GatewayEvent.objects.filter(event_id=event_id).exists():
                raise
            return EventOutcome.KNOWN  # The same event, at the same moment.
        return applied.outcome
