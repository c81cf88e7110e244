"""What the rule of community capacity says, as other rooms read it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.contracts import CapacityUnit

COMMUNITY_UNITS: Final = (CapacityUnit.CARD, CapacityUnit.VCPU, CapacityUnit.NODE)
MILLI_SECONDS: Final = 3_600_000  # thousandths of a unit times seconds, of a unit-hour


class DonorNaming(TextChoices):
    """Whether the list of donors names who gives a listing."""

    NAMED = "NAMED", _("The donor is named")
    CHOICE = "CHOICE", _("The donor chooses whether it is named")
    UNNAMED = "UNNAMED", _("The donor is not named")


@dataclass(frozen=True, slots=True)
class CommunityTerms:
    """One version of the rule: who may use community capacity, and how much in a month."""

    version: int
    starts_at: datetime
    zone: str
    industries: tuple[str, ...]
    hours: Mapping[str, int]  # by capacity unit, of a member and calendar month
    donor: DonorNaming

    def admits(self, industry: str) -> bool:
        """Tell whether an organisation of an industry may use it."""
        return not self.industries or industry.startswith(self.industries)

    def month(self, at: datetime) -> date:
        """Return the first day of the month of the rule's zone in which a moment lies."""
        return at.astimezone(ZoneInfo(self.zone)).date().replace(day=1)

    def names_donor(self, *, wished: bool) -> bool:
        """Return whether the donor is named, who wishes to be or not."""
        return wished if self.donor == DonorNaming.CHOICE else self.donor == DonorNaming.NAMED
