"""What others see of perceived states, and what is refused to agents."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, Refusal
from common.period import Period

HEARTBEAT_BYTES_MAX: Final = 4 * 1024 * 1024
HEARTBEAT_RESOURCES_MAX: Final = 10_000
INTERVAL_SECONDS_MIN: Final = 5
INTERVAL_SECONDS_MAX: Final = 300
AHEAD_SECONDS_MAX: Final = 30
PATHS_MAX: Final = 100  # of a heartbeat
ROUND_TRIP_US_MAX: Final = 10_000_000
PROBE_EVERY_SECONDS: Final = 60
PROBE_COUNTS_SECONDS: Final = 180
# Answers of an address are counted by how long they took: within each of these bounds.
PROBE_BOUNDS_MS: Final = (50, 100, 200, 300, 500, 1_000, 2_000, 5_000)
PROBE_URL_LENGTH_MAX: Final = 500
DELIVERY_COUNTS_SECONDS: Final = 3600
FRESH_INTERVALS: Final = 3  # after so many of its intervals without a word a source is stale


class StateSource(TextChoices):
    """Who tells of a resource."""

    AGENT = "AGENT", _("the provider's agent")
    PROBE = "PROBE", _("the market's probe")
    DELIVERY = "DELIVERY", _("deliveries")
    MARKET = "MARKET", _("the market's own book")


class Health(TextChoices):
    """How a resource is."""

    OK = "OK", _("well")
    DEGRADED = "DEGRADED", _("degraded")
    DOWN = "DOWN", _("down")
    UNKNOWN = "UNKNOWN", _("unknown")


@dataclass(frozen=True, slots=True)
class ToldSpan:
    """A time in which a source said the same of a resource."""

    source: StateSource
    health: Health
    period: Period


@dataclass(frozen=True, slots=True)
class ProbedHour:
    """How many probes of an hour were sent, and answered within each of `PROBE_BOUNDS_MS`."""

    hour_at: datetime
    probes: int
    within: tuple[int, ...]


class HeartbeatMalformed(InvalidInput):
    """The body is no heartbeat, or a figure in it contradicts another."""

    code = "heartbeat_malformed"
    sentence = _("This is no heartbeat: %(problem)s")


class HeartbeatNotSigned(InvalidInput):
    """Nobody is named who would have signed it."""

    code = "heartbeat_not_signed"
    sentence = _("A heartbeat names its agent and bears its signature.")


class HeartbeatTooLarge(Refusal):
    """The body is longer, or names more resources, than a heartbeat may."""

    code = "heartbeat_too_large"
    status = 413
    sentence = _("A heartbeat has at most %(resources)s resources and %(bytes)s bytes.")


class ObservedInFuture(InvalidInput):
    """The agent's clock is ahead of the market's."""

    code = "observed_in_future"
    sentence = _("This was observed in the future: the clock is ahead of the market's.")


class ResourceNotBound(Refusal):
    """A batch names a resource that the agent may not speak for; nothing of it is taken."""

    code = "resource_not_bound"
    status = 403
    sentence = _("The agent does not speak for this resource: %(resource)s.")


class HubUnknown(InvalidInput):
    """A path leads to a hub that there is not, or to itself."""

    code = "hub_unknown"
    sentence = _("A path leads between two different hubs: %(hub)s is none, or the same.")


class AgentNotOwn(InvalidInput):
    """Only agents of the provider, whose keys are good, may speak for its resources."""

    code = "agent_not_own"
    sentence = _("Choose agents of your own.")


class PlaceUnknown(InvalidInput):
    """A place is no hub, no region, no registered code, and no point."""

    code = "place_unknown"
    sentence = _(
        "%(place)s is no place: name hub:GAN, region:310000, place:31.23,121.47 or code:SP1-…"
    )
