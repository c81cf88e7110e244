"""Quotas of community capacity: what is left, and the refusals."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.errors import Refusal
from marketplace.catalog.community import MILLI_SECONDS

TOLD_FROM: Final = 80  # per cent of a quota, from which its member is told


@dataclass(frozen=True, slots=True)
class CommunityQuota:
    """What a member may take of community capacity in a month, and took: milli-seconds of units."""

    month: date
    unit: str
    most: int
    used: int

    @property
    def left(self) -> int:
        """Return what is left, in thousandths of a unit times seconds."""
        return max(self.most - self.used, 0)

    @property
    def left_hours(self) -> str:
        """Return the whole unit-hours and tenths that are left, rounded down."""
        return tenths(self.left)

    @property
    def used_hours(self) -> str:
        """Return the unit-hours and tenths that were taken, rounded down."""
        return tenths(self.used)

    @property
    def most_hours(self) -> str:
        """Return the unit-hours of the month."""
        return tenths(self.most)

    @property
    def share(self) -> int:
        """Return how much of it is used, in whole per cent."""
        return 100 * self.used // self.most if self.most else 100


def tenths(amount: int) -> str:
    """Return thousandths of a unit times seconds as unit-hours with one digit, rounded down."""
    whole, tenth = divmod(amount * 10 // MILLI_SECONDS, 10)
    return f"{whole}.{tenth}" if tenth else str(whole)


class CommunityQuotaUsed(Refusal):
    """A member has not that much of its community capacity left in a month."""

    code = "community_quota_used"
    sentence = _(
        "%(left)s of %(most)s %(unit)s-hours of community capacity are left to you in %(month)s;"
        " this order would take %(wanted)s."
    )


class CommunityNotForYou(Refusal):
    """Community capacity is given to kinds of organisation, and the buyer is none of them."""

    code = "community_not_for_you"
    sentence = _(
        "By its rule this capacity is given to organisations of the industries %(industries)s;"
        " nothing of it is left to yours."
    )
