"""What the market shows in large, to everybody and on its walls: figures without parties."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final, Generic, TypeVar
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound

TRADES_SHOWN: Final = 8
MINUTES_SHOWN: Final = 60
FLOWS_SHOWN: Final = 12
ALARMS_SHOWN: Final = 6
LINK_DAYS_MAX: Final = 366
LINKS_LIVE_MAX: Final = 100
LABEL_LENGTH_MAX: Final = 80
Content = TypeVar("Content")
# Older figures are shown with their time, as a gap and not as the present.
STALE_AFTER: Final = timedelta(minutes=2)


class BoardKind(TextChoices):
    """For whom figures are written down."""

    PUBLIC = "PUBLIC", _("Everybody")
    WALL = "WALL", _("Big screen")
    ALARMS = "ALARMS", _("Alarms")


@dataclass(frozen=True, slots=True)
class HubLine:
    """What one class of resource has on the market at a hub, in one unit."""

    hub: str
    resource_class: str
    unit: str
    listings: int
    total_milli: int
    free_milli: int
    total_standard: Decimal | None
    free_standard: Decimal | None
    price_from: Decimal | None

    @property
    def free_percent(self) -> int:
        """Return the free share in whole per cent, never rounded up."""
        return self.free_milli * 100 // self.total_milli if self.total_milli else 0


@dataclass(frozen=True, slots=True)
class PublicTrade:
    """A settled trade without its parties."""

    at: datetime
    resource_class: str
    form: str
    hub: str
    standard_hours: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True)
class NewestTrades:
    """The newest trades of classes in which enough was traded, and how many are held back."""

    shown: tuple[PublicTrade, ...] = ()
    held_back: int = 0


@dataclass(frozen=True, slots=True)
class LastDay:
    """The last 24 hours; amounts only where they tell of several firms."""

    trades: int
    standard_hours: Decimal | None
    gross_minor: int | None


@dataclass(frozen=True, slots=True)
class Books:
    """How the ledger stands: both sides of the currency, what does not add up, the sealed head."""

    debits_minor: int
    credits_minor: int
    difference_minor: int
    size: int
    root: str
    sealed_at: datetime | None
    witnesses: tuple[str, ...] = ()  # who cosigned the newest of the checkpoints that are cosigned
    witnessed_at: datetime | None = None

    @property
    def is_balanced(self) -> bool:
        """Return whether every asset's debits equal its credits."""
        return self.difference_minor == 0


@dataclass(frozen=True, slots=True)
class PublicBoard:
    """What everybody may read."""

    listings: int
    providers: int
    hubs: tuple[HubLine, ...]
    newest: NewestTrades
    day: LastDay
    books: Books
    pools: dict[str, int]  # what programmes have left, by code


@dataclass(frozen=True, slots=True)
class BoardFlow:
    """Contracts that run at a hub for buyers of a region."""

    hub: str
    region: str
    contracts: int
    standard: Decimal


@dataclass(frozen=True, slots=True)
class VoucherFigures:
    """Vouchers of every programme; amounts in minor units."""

    redeemed_minor: int
    pool_minor: int
    holders: int


@dataclass(frozen=True, slots=True)
class WallBoard:
    """What screens in halls show beside that."""

    minutes: tuple[int, ...]  # orders placed, the newest minute last
    flows: tuple[BoardFlow, ...]
    today_minor: int
    today_trades: int
    vouchers: VoucherFigures
    pue: Decimal | None


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that a person must look at, by its code; how many, and since when."""

    code: str
    count: int = 1
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Alarms:
    """What is not well."""

    alarms: tuple[Alarm, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown(Generic[Content]):
    """Figures, and when they were taken."""

    taken_at: datetime
    content: Content

    def is_stale(self, now: datetime) -> bool:
        """Return whether newer figures ought to be there."""
        return now - self.taken_at > STALE_AFTER


@dataclass(frozen=True, slots=True)
class Wall:
    """All that a big screen shows; a part that was never taken is missing."""

    public: Shown[PublicBoard] | None
    wall: Shown[WallBoard] | None
    alarms: Shown[Alarms] | None


class LinkState(StrEnum):
    """Where a link to the big screen stands."""

    LIVE = "LIVE"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"


@dataclass(frozen=True, slots=True)
class IssuedLink:
    """A link as it is shown once; the market keeps only the hash of its token."""

    id: UUID
    token: str


class WallLinkNotFound(NotFound):
    """There is no such link; or it is over, or was revoked."""

    code = "wall_link_not_found"
    sentence = _("This link leads nowhere: it is over, or was revoked.")


class InvalidWallLink(InvalidInput):
    """The link cannot be made so."""

    code = "invalid_wall_link"
    sentence = _("A link lasts from 1 to %(days)s days.")


class TooManyWallLinks(InvalidInput):
    """Enough links are live."""

    code = "too_many_wall_links"
    sentence = _("%(links)s links are live. Revoke one before you make another.")
