"""What other rooms see of drivers: their steps, what they say, and what is refused."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal
from marketplace.fulfilment.handover_contracts import BARE_FORMAT, AccessKind, ScopedKey

DRIVER: Final = "driver"  # the kind of object
CALL_PREFIX: Final = "call_"
MESSAGE_BYTES_MAX: Final = 32 * 1024  # the largest sealed secret and what is around it
MESSAGE_ID_LENGTH_MAX: Final = 80
ERROR_LENGTH_MAX: Final = 40
DRIVERS_MAX: Final = 20  # of an organisation


class DriverStep(TextChoices):
    """What a driver is told to do, in the words of the interconnection procedure."""

    PREPARE = "PREPARE", _("Prepare")
    CONNECT = "CONNECT", _("Connect")
    ACCESS = "ACCESS", _("Renew access")
    SCHEDULE = "SCHEDULE", _("Schedule")
    RUN = "RUN", _("Run")
    STOP = "STOP", _("Stop")
    EXIT = "EXIT", _("Exit")
    WIPE = "WIPE", _("Wipe")


AHEAD: Final = (DriverStep.PREPARE, DriverStep.CONNECT, DriverStep.SCHEDULE, DriverStep.RUN)
# What is told of a delivery only while it is not over.
WHILE_OPEN: Final = (*AHEAD, DriverStep.ACCESS)


class CallState(TextChoices):
    """Where a call to a driver stands."""

    WAITING = "WAITING", _("Waiting")
    DONE = "DONE", _("Taken by the driver")
    DECLINED = "DECLINED", _("Declined by the driver")
    DEAD = "DEAD", _("Given up")
    DROPPED = "DROPPED", _("No longer needed")


class DriverWord(TextChoices):
    """What a driver says of a delivery."""

    READY = "delivery.ready", _("Ready")
    RUNNING = "delivery.running", _("Running")
    INTERRUPTED = "delivery.interrupted", _("Interrupted")
    EXITED = "delivery.exited", _("Exited")
    FAILED = "delivery.failed", _("Failed")
    WIPED = "delivery.wiped", _("Data wiped")
    ACCESS = "delivery.access", _("Access renewed")
    PREEMPTING = "delivery.preempting", _("Taken back with notice")


@dataclass(frozen=True, slots=True)
class GivenAccess:
    """What a driver hands over: endpoint and secret, which it sealed in one document."""

    request: int  # of the buyer, that it answers
    endpoint: str  # in the open, where the buyer wants it so
    sealed: str  # base64url; the market can hold it and cannot read it
    format: int = BARE_FORMAT  # of what was sealed: 2 is a document, 1 a secret alone
    kind: AccessKind | None = None
    key: ScopedKey | None = None  # of what is sold as an interface


class Heard(StrEnum):
    """What became of what a driver said."""

    TAKEN = "taken"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class DriverKind:
    """A driver of the registry: one name and version, and who runs it."""

    name: str  # as rows store it: "webhook-1"
    label: Any
    is_called: bool  # the market calls an address; otherwise people or programs come by themselves
    runs_at: str  # "market", "provider" or "page"
    told: Any
    takes_image: bool = True  # it can run a job in a container
    needs_image: bool = False  # it runs no job without one


@dataclass(frozen=True, slots=True)
class CallTerms:
    """A version of the rule of calls: how long they may take, and how often they are tried."""

    name: str
    connect_seconds: int
    total_seconds: int
    retry_seconds: tuple[int, ...]  # after each failed try; after the last it is given up
    rest_seconds: tuple[int, ...]  # a driver that fails in a row is left alone for so long
    together: int  # calls to one driver at once
    lead_seconds: int  # before its start a delivery is told to run
    tolerance_seconds: int  # by which a message's time may differ, either way


@dataclass(frozen=True, slots=True)
class DriverWish:
    """What a provider wants of a driver."""

    kind: str
    url: str = ""
    resource_id: UUID | None = None
    rule: str = ""


@dataclass(frozen=True, slots=True)
class HeardMessage:
    """What a driver's message came to."""

    outcome: Heard
    code: str = ""  # why it, or the access in it, changed nothing
    delivery_id: UUID | None = None


class DriverNotFound(NotFound):
    """There is no such driver, or it is someone else's; the two look alike."""

    code = "driver_not_found"
    sentence = _("There is no such driver.")


class OwnResourceUnknown(NotFound):
    """A driver is registered for a resource of one's own, by its code."""

    code = "driver_resource_unknown"
    sentence = _("None of your resources has this code.")


class DriverKindUnknown(InvalidInput):
    """The registry knows no driver of this name and version."""

    code = "driver_kind_unknown"
    sentence = _("There is no driver of this name and version.")


class DriverAddressMissing(InvalidInput):
    """A driver that is called has an address."""

    code = "driver_address_missing"
    status = 422
    sentence = _("Name the address at which the driver listens.")


class DriverAddressNotNeeded(InvalidInput):
    """Nothing calls a driver of this kind."""

    code = "driver_address_not_needed"
    status = 422
    sentence = _("A driver of this kind is not called: leave the address empty.")


class DriverTaken(Refusal):
    """One driver delivers a resource, and one all others."""

    code = "driver_taken"
    sentence = _("Another driver is registered for this already.")


class TooManyDrivers(Refusal):
    """The organisation has as many drivers as it may."""

    code = "too_many_drivers"
    sentence = _("An organisation has at most %(limit)s drivers.")


class DriverNotCalled(Refusal):
    """There is nothing to test or to sign."""

    code = "driver_not_called"
    sentence = _("Nothing calls a driver of this kind.")


class DriverMessageRefused(Refusal):
    """The message is not signed by the driver, too old, or too new."""

    code = "driver_signature_refused"
    status = 401
    sentence = _("The message is not signed as it should be, or its time is not now.")


class DriverMessageInvalid(InvalidInput):
    """What was said has another shape than the interface."""

    code = "driver_message_invalid"
    sentence = _("The message has not the shape of the interface: %(problem)s.")


class DriverMessageTooLarge(Refusal):
    """The message is larger than any may be."""

    code = "driver_message_too_large"
    status = 413
    sentence = _("A message has at most %(limit)s bytes.")


class DriverCallNotFound(NotFound):
    """The driver was not asked for this delivery."""

    code = "driver_delivery_unknown"
    sentence = _("The driver was asked for no such delivery.")
