"""What others see of webhooks."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal

DESCRIPTION_LENGTH_MAX: Final = 120
MESSAGE_PREFIX: Final = "evt_"
PREFIXES_MAX: Final = 20
REPLY_LENGTH_MAX: Final = 1_024  # of an answer, kept with the attempt
REPLAY_AGE_MAX: Final = timedelta(days=30)
SECRETS_MAX: Final = 3  # that sign at once, however often one rotates


class EndpointState(TextChoices):
    """Whether an endpoint is told anything."""

    ENABLED = "ENABLED", _("Enabled")
    PAUSED = "PAUSED", _("Paused")
    DISABLED = "DISABLED", _("Disabled")


class DeliveryState(TextChoices):
    """What became of a delivery."""

    WAITING = "WAITING", _("Waiting")
    DELIVERED = "DELIVERED", _("Delivered")
    GIVEN_UP = "GIVEN_UP", _("Given up")


class Disabled(TextChoices):
    """Why the market stopped telling an endpoint."""

    FAILING = "FAILING", _("No delivery was taken for days")
    GONE = "GONE", _("The receiver answered 410 Gone")
    BACKLOG = "BACKLOG", _("Too many deliveries waited")


@dataclass(frozen=True, slots=True)
class Wish:
    """What an organisation wants to be told, and where."""

    url: str
    description: str = ""
    event_prefixes: tuple[str, ...] = ()  # none: everything that concerns the organisation


class EndpointNotFound(NotFound):
    """There is no such endpoint, or it is someone else's; the two look alike."""

    code = "webhook_endpoint_not_found"
    sentence = _("There is no such webhook endpoint.")


class DeliveryNotFound(NotFound):
    """There is no such delivery, or it is someone else's; the two look alike."""

    code = "webhook_delivery_not_found"
    sentence = _("There is no such delivery.")


class TooManyEndpoints(Refusal):
    """The organisation has as many endpoints as it may."""

    code = "too_many_webhook_endpoints"
    sentence = _("An organisation has at most %(limit)s webhook endpoints.")


class UnknownEventPrefix(InvalidInput):
    """No event has a name that begins so."""

    code = "unknown_event_prefix"
    sentence = _("No event is called %(prefix)s or something below it.")


class EndpointNotEnabled(Refusal):
    """Nothing is sent to an endpoint that is paused or disabled."""

    code = "webhook_endpoint_not_enabled"
    sentence = _("Enable the endpoint first: nothing is sent to it now.")


class InvalidReplayTime(InvalidInput):
    """The time is not in the past, or too long ago."""

    code = "invalid_replay_time"
    sentence = _("Name a time in the past, at most %(days)s days ago.")


class ReplayRunning(Refusal):
    """One replay of the endpoint is still at work."""

    code = "webhook_replay_running"
    sentence = _("An earlier replay of this endpoint is still at work.")
