"""Which ways of paying the market is connected to: rooms know the protocol, settings the keys."""

from django.conf import settings

from marketplace.payments import channels
from marketplace.payments.contracts import PayChannel


def install() -> None:
    """Connect the channels that settings name."""
    found = []
    if settings.STRIPE_API_KEY:
        # The library is loaded only where it is used: it takes its time.
        from marketplace.payments.stripe_channel import StripeChannel

        channel = StripeChannel(
            settings.STRIPE_API_KEY,
            secrets=tuple(settings.STRIPE_WEBHOOK_SECRETS),
            is_live=settings.STRIPE_IS_LIVE,
            account=settings.STRIPE_ACCOUNT,
            base=settings.STRIPE_API_BASE,
        )
        found.append((PayChannel.STRIPE, channel))
    channels.install(found)
