"""What other rooms see of statistics."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput
from common.money import EXACT

CELLS_MAX: Final = 5_000  # in one answer
HOURS_MAX: Final = 24 * 31  # asked for at once
DAYS_MAX: Final = 366
MONTHS_MAX: Final = 120
# A cell that tells of fewer providers than these tells what single firms did.
PROVIDERS_MIN: Final = 3


class Grain(TextChoices):
    """How long the periods are that figures are added up over; days are the market's."""

    HOUR = "HOUR", _("Hour")
    DAY = "DAY", _("Day")
    MONTH = "MONTH", _("Month")


class Dimension(TextChoices):
    """What figures are told apart by."""

    NONE = "all", _("All together")
    PROVIDER = "provider", _("Provider")
    REGION = "region", _("Region")
    INDUSTRY = "industry", _("Industry")
    CLASS = "class", _("Class")
    CHIP = "chip", _("Chip")


@dataclass(frozen=True, slots=True)
class StatisticsCell:
    """
    What was measured in one period of one group, in one unit.

    `native_hours` is None where the unit is none of time. `capacity_hours` is what resources of
    that unit had in the period. Where `is_suppressed`, figures are withheld and None.
    """

    starts_at: datetime
    group: str
    unit: str
    quantity: Decimal | None
    native_hours: Decimal | None
    standard_hours: Decimal | None
    it_kwh: Decimal | None
    capacity_hours: Decimal | None
    records: int | None
    unknown_energy: int | None
    providers: int | None
    is_suppressed: bool = False

    @property
    def utilisation(self) -> Decimal | None:
        """Return the measured share of what there was, 0 to 1."""
        if self.native_hours is None or not self.capacity_hours:
            return None
        share = EXACT.divide(self.native_hours, self.capacity_hours)
        return share.quantize(Decimal("0.000001"), context=EXACT)


@dataclass(frozen=True, slots=True)
class PowerCell:
    """Compute capacity of a region or an owner, in one precision; unlike ones never add up."""

    group: str
    precision: str
    density: str
    path: str
    petaflops: Decimal | None
    units: Decimal  # cards, vCPUs or nodes that the figure is made of
    unknown_units: Decimal  # of chips without an agreed figure in this precision
    is_suppressed: bool = False


class StatisticsRefused(InvalidInput):
    """A period that cannot be told of at once."""

    code = "statistics_period_refused"
    sentence = _("Ask for a period that ends after it begins, of at most %(limit)s %(unit)s.")
