"""What other rooms see of maintenance: words, what a rule reads, and refusals."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal
from common.period import Period

MAINTENANCE: Final = "maintenance"  # the kind of object
LISTINGS_MAX: Final = 100  # of one announcement
MAINTENANCE_NOTE_LENGTH_MAX: Final = 500
MAINTENANCE_SECONDS_MAX: Final = 31 * 24 * 3_600
NAMED_MAX: Final = 20  # orders that a refusal or an event names


class MaintenanceImpact(TextChoices):
    """What maintenance does to what runs."""

    NONE = "NONE", _("None")
    DEGRADED = "DEGRADED", _("Degraded")
    DOWN = "DOWN", _("Down")


class MaintenanceState(TextChoices):
    """Where announced maintenance stands."""

    ANNOUNCED = "ANNOUNCED", _("Announced")
    UNDERWAY = "UNDERWAY", _("Under way")
    OVER = "OVER", _("Finished")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")


class MaintenanceMove(TextChoices):
    """What a provider does with maintenance that it announced."""

    BEGIN = "BEGIN", _("Begin")
    END = "END", _("End")
    WITHDRAW = "WITHDRAW", _("Withdraw")


LIVE: Final = (MaintenanceState.ANNOUNCED, MaintenanceState.UNDERWAY)


@dataclass(frozen=True, slots=True)
class MaintainedTime:
    """Maintenance as a rule reads it: what was announced, and when it was under way."""

    announced: Period
    announced_at: datetime
    impact: MaintenanceImpact
    began_at: datetime | None = None
    ended_at: datetime | None = None  # none: it goes on


@dataclass(frozen=True, slots=True)
class MaintenanceRule:
    """A version of the rule of maintenance: what is in time, what is over, what is excused."""

    name: str
    notice_seconds: int
    is_late: Callable[[datetime, datetime], bool]  # announced at, begins at
    overrun_seconds: Callable[[datetime, datetime], int]  # announced end, true end
    excused: Callable[[Iterable[MaintainedTime]], tuple[Period, ...]]


@dataclass(frozen=True, slots=True)
class AnnouncedWork:
    """Maintenance that a provider announces."""

    listing_ids: tuple[UUID, ...]
    starts_at: datetime
    ends_at: datetime
    impact: MaintenanceImpact
    note: str = ""
    interrupts: bool = False  # orders that hold the time, where the impact is *down*


@dataclass(frozen=True, slots=True)
class ConcernedOrder:
    """An order that holds capacity of a listing while maintenance lasts."""

    order_id: UUID
    number: str
    listing_id: UUID
    buyer_id: UUID
    starts_at: datetime
    ends_at: datetime
    delivery_id: UUID | None  # none where nothing was asked of the provider yet
    delivery_state: str = ""


class MaintenanceNotFound(NotFound):
    """There is no such maintenance, or it is someone else's; the two look alike."""

    code = "maintenance_not_found"
    sentence = _("There is no such maintenance.")


class MaintenanceInvalid(InvalidInput):
    """What is announced has no listing, lies in the past, or lasts too long."""

    code = "maintenance_invalid"
    status = 422
    sentence = _("This cannot be announced: %(why)s")


class MaintenanceOverlaps(Refusal):
    """A listing has other maintenance in that time."""

    code = "maintenance_overlaps"
    sentence = _("%(listing)s has other maintenance in that time.")


class MaintenanceInterrupts(Refusal):
    """Orders hold the time that would be taken out of what is sold."""

    code = "maintenance_interrupts"
    sentence = _("Orders hold this time: %(orders)s. Say that it interrupts them, or move it.")


class MaintenanceMoveRefused(Refusal):
    """It stands where nothing of the kind may happen, or its time has not come."""

    code = "maintenance_move_refused"
    sentence = _("This cannot happen now: %(why)s")
