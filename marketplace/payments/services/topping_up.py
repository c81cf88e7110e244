"""A buyer pays in by card or wallet."""

from datetime import datetime
from uuid import UUID

from django.conf import settings

from common.money import Money
from marketplace.payments import channels
from marketplace.payments.contracts import (
    ChannelMissing,
    MovementDraft,
    MovementKind,
    PayChannel,
    TopUpLimit,
)
from marketplace.payments.models import Movement
from marketplace.payments.services.moving import ask_money


def top_up(
    *, organization_id: UUID, amount_minor: int, key: str, person_id: int, now: datetime
) -> Movement:
    """
    Ask the gateway for a page on which somebody pays; its address is there within seconds.

    :raises ChannelMissing: if the market is connected to no gateway
    :raises TopUpLimit: if the amount is too small or too large
    :raises MovementKeyReused: if the key stands for another top-up
    """
    if channels.channel(PayChannel.STRIPE) is None:
        raise ChannelMissing
    least, most = settings.PAYMENTS_TOP_UP_MINOR_MIN, settings.PAYMENTS_TOP_UP_MINOR_MAX
    if not least <= amount_minor <= most:
        raise TopUpLimit(field="amount_minor", least=str(Money(least)), most=str(Money(most)))
    draft = MovementDraft(
        kind=MovementKind.TOP_UP,
        channel=PayChannel.STRIPE,
        organization_id=organization_id,
        amount_minor=amount_minor,
        key=key,
        requested_by_id=person_id,
    )
    return ask_money([draft], now=now, due_at=now)[0]
