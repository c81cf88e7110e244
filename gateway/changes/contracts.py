"""What others see of changes in the register and of who follows them."""

from dataclasses import dataclass, field
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, Refusal

SUBSCRIPTIONS_MAX: Final = 100  # of an organisation
CODES_MAX: Final = 1_000  # of a subscription
NAME_LENGTH_MAX: Final = 80
FEED_MAX: Final = 1_000
WAIT_SECONDS_MAX: Final = 20
WAITING_MAX: Final = 4  # of a process
NUMBERED_AT_ONCE: Final = 500


class ChangeKind(TextChoices):
    """What changed."""

    REGISTERED = "REGISTERED", _("registered")
    STATUS = "STATUS", _("status")
    STATE = "STATE", _("state")
    RECORD = "RECORD", _("record signed")
    GRANT = "GRANT", _("prefix granted")
    KEYS = "KEYS", _("keys of a node")
    NODE = "NODE", _("node")


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedCodes:
    """Which changes somebody wants to be told; empty narrows nothing."""

    name: str
    codes: list[str] = field(default_factory=list)
    prefix: str = ""
    region: str = ""
    resource_class: str = ""
    form: str = ""
    kinds: list[str] = field(default_factory=list)


class SubscriptionInvalid(InvalidInput):
    """What is to be followed has not its form."""

    code = "subscription_invalid"
    sentence = _("Follow up to %(codes)s codes, or what begins with a prefix, or a facet.")


class TooManySubscriptions(Refusal):
    """The organisation follows as much as one may."""

    code = "too_many_subscriptions"
    sentence = _("An organisation has at most %(most)s subscriptions.")


class FeedPlaceUnknown(InvalidInput):
    """The place in the feed is no number, or lies ahead of it."""

    code = "feed_place_unknown"
    sentence = _("The feed ends at %(last)s; begin at 0, or where you were.")
