"""What other rooms see of energy and carbon."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal
from common.money import EXACT

TEXT_LENGTH_MAX: Final = 300
NAME_LENGTH_MAX: Final = 80
NUMBER_LENGTH: Final = 32  # of a green certificate
DIRECT_LENGTH_MAX: Final = 64  # of the number of a contract of direct supply
CERTIFICATE_KWH: Final = Decimal(1000)
DIRECT_KWH_MAX: Final = Decimal(10) ** 9
PUE_PLACES: Final = 3
PUE_MAX: Final = Decimal("9.999")
CENTRES_MAX: Final = 500  # of one provider
MONTHS_MAX: Final = 36  # in one answer
PUE_MONTHS_MAX: Final = 12  # how old a month's PUE may be and still stand for what is so now


class EnergyBasis(TextChoices):
    """How the electricity of a usage record is known."""

    MEASURED = "MEASURED", _("Measured")
    ESTIMATED = "ESTIMATED", _("Estimated")
    UNKNOWN = "UNKNOWN", _("Not known")


class UnknownEnergy(TextChoices):
    """Why it is not known, or where an estimate comes from."""

    NONE = "", ""
    NO_POWER_FIGURE = "no_power_figure", _("no agreed power figure of the chip")
    NOT_OF_TIME = "not_of_time", _("counted in another unit than the resource's time")
    INCOMPLETE = "incomplete", _("the meters of energy do not cover the time")


class PueBasis(TextChoices):
    """Where a PUE comes from."""

    MONTH = "MONTH", _("entered for the month, with evidence")
    REGISTERED = "REGISTERED", _("stated in the register, of no month")
    MISSING = "MISSING", _("not known")


class GreenKind(TextChoices):
    """What proves that electricity was green."""

    CERTIFICATE = "CERTIFICATE", _("Green certificate")
    DIRECT = "DIRECT", _("Direct green supply")


class GreenState(TextChoices):
    """Where a proof stands. It counts while it is claimed or retired."""

    REGISTERED = "REGISTERED", _("Registered")
    CLAIMED = "CLAIMED", _("Claimed")
    RETIRED = "RETIRED", _("Retired")
    CANCELLED = "CANCELLED", _("Cancelled")


class Compliance(TextChoices):
    """Whether a limit is kept."""

    MET = "MET", _("Met")
    NOT_MET = "NOT_MET", _("Not met")
    UNKNOWN = "UNKNOWN", _("Not known")


@dataclass(frozen=True, slots=True)
class GridFactorFacts:
    """Kilograms of CO2 of a kilowatt-hour of a grid in a year, and who says so."""

    province: str
    year: int
    version: int
    value: Decimal
    source: str


def grams(kwh: Decimal, factor: GridFactorFacts) -> Decimal:
    """Return the grams of CO2 of electricity, exactly."""
    return EXACT.multiply(EXACT.multiply(kwh, factor.value), Decimal(1000))


@dataclass(frozen=True, slots=True)
class PueFacts:
    """A PUE and where it comes from; no value where nobody said one."""

    value: Decimal | None
    basis: PueBasis
    version: int = 0


@dataclass(frozen=True, slots=True)
class MonthPue:
    """The PUE that was entered, with evidence, for the latest month of a resource's centre."""

    value: Decimal
    month: date


@dataclass(frozen=True, slots=True)
class Used:
    """Electricity of IT equipment in kWh: what was measured, what estimated, and what is amiss."""

    measured: Decimal = Decimal(0)
    estimated: Decimal = Decimal(0)
    records: int = 0
    unknown: int = 0  # records whose electricity nobody knows

    @property
    def total(self) -> Decimal:
        """Return what is known of it."""
        return EXACT.add(self.measured, self.estimated)

    def __add__(self, other: "Used") -> "Used":
        """Return both together."""
        return Used(
            EXACT.add(self.measured, other.measured),
            EXACT.add(self.estimated, other.estimated),
            self.records + other.records,
            self.unknown + other.unknown,
        )


@dataclass(frozen=True, slots=True)
class Emission:
    """
    What use cost in electricity and carbon, each None where something it needs is not known.

    `facility_kwh` is IT electricity times PUE; grams are exact products, rounded where they are
    shown. The market-based figure leaves out what green proofs cover, and counts the rest by the
    factor of the grid without what was traded as green.
    """

    it_kwh: Decimal | None
    basis: EnergyBasis
    pue: PueFacts
    factor: GridFactorFacts | None
    rest: GridFactorFacts | None = None
    green_share: Decimal | None = None

    @property
    def facility_kwh(self) -> Decimal | None:
        """Return the electricity at the building's door."""
        if self.it_kwh is None or self.pue.value is None:
            return None
        return EXACT.multiply(self.it_kwh, self.pue.value)

    @property
    def location_g(self) -> Decimal | None:
        """Return grams of CO2 by the grid of the place."""
        if self.facility_kwh is None or self.factor is None:
            return None
        return grams(self.facility_kwh, self.factor)

    @property
    def market_g(self) -> Decimal | None:
        """Return grams of CO2 after green proofs."""
        if self.facility_kwh is None or self.green_share is None:
            return None
        rest = EXACT.multiply(self.facility_kwh, EXACT.subtract(Decimal(1), self.green_share))
        if not rest:
            return Decimal(0)
        return None if self.rest is None else grams(rest, self.rest)


@dataclass(frozen=True, slots=True)
class UsageEmission:
    """Electricity and carbon of one usage record, and what its basis is."""

    usage_id: UUID
    resource_id: UUID
    month: date
    emission: Emission
    told: str  # what it was measured by, or what the estimate assumes
    reason: UnknownEnergy


@dataclass(frozen=True, slots=True)
class Threshold:
    """A limit of a data centre as versioned data, with its clause."""

    version: int
    valid_from: date
    pue_max: Decimal
    pue_clause: Mapping[str, str]
    green_min: Decimal
    green_clause: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CentreMonth:
    """A data centre in a month of the market."""

    centre_id: UUID
    month: date
    used: Used
    pue: PueFacts
    factor: GridFactorFacts | None
    rest: GridFactorFacts | None
    claimed_kwh: Decimal
    threshold: Threshold | None

    @property
    def facility_kwh(self) -> Decimal | None:
        """Return the electricity at the door; nothing where use or PUE are not wholly known."""
        if self.pue.value is None:
            return None
        return EXACT.multiply(self.used.total, self.pue.value)

    @property
    def counted_kwh(self) -> Decimal | None:
        """Return how much of the claimed green electricity counts: never more than was used."""
        facility = self.facility_kwh
        return None if facility is None else min(self.claimed_kwh, facility)

    @property
    def green_share(self) -> Decimal | None:
        """Return the green share of what was used; nothing where nothing is known to be used."""
        facility, counted = self.facility_kwh, self.counted_kwh
        if counted is None or not facility:
            return None
        return EXACT.divide(counted, facility)

    @property
    def location_kg(self) -> Decimal | None:
        """Return kilograms of CO2 by the grid of the place."""
        if self.facility_kwh is None or self.factor is None:
            return None
        return EXACT.multiply(self.facility_kwh, self.factor.value)

    @property
    def market_kg(self) -> Decimal | None:
        """Return kilograms of CO2 after green proofs."""
        facility, counted = self.facility_kwh, self.counted_kwh
        if facility is None or counted is None:
            return None
        if facility == counted:
            return Decimal(0)
        if self.rest is None:
            return None
        return EXACT.multiply(EXACT.subtract(facility, counted), self.rest.value)

    @property
    def pue_state(self) -> Compliance:
        """Return whether the PUE keeps its limit; what is stated of no month proves nothing."""
        if self.threshold is None or self.pue.value is None or self.pue.basis != PueBasis.MONTH:
            return Compliance.UNKNOWN
        is_met = self.pue.value <= self.threshold.pue_max
        return Compliance.MET if is_met else Compliance.NOT_MET

    @property
    def green_state(self) -> Compliance:
        """Return whether enough was green; use that nobody knows leaves it open."""
        if self.threshold is None or self.green_share is None or self.used.unknown:
            return Compliance.UNKNOWN
        is_met = self.green_share >= self.threshold.green_min
        return Compliance.MET if is_met else Compliance.NOT_MET


class CentreNotFound(NotFound):
    """There is no such data centre, or it is someone else's."""

    code = "data_centre_not_found"
    sentence = _("There is no such data centre.")


class CentreNameTaken(Refusal):
    """The provider has a data centre of that name."""

    code = "data_centre_name_taken"
    sentence = _("You have a data centre of this name already.")


class CentreRefused(InvalidInput):
    """A data centre, or a resource's place in it, is not as it must be."""

    code = "data_centre_refused"
    sentence = _("Name the data centre and the six digits of its place.")


class PueRefused(InvalidInput):
    """A PUE is no PUE."""

    code = "pue_refused"
    sentence = _("A PUE is a number from 1 to 9.999 with at most three decimals.")


class EnergyEvidenceMissing(InvalidInput):
    """A figure came without saying what proves it."""

    code = "energy_evidence_missing"
    sentence = _("Name the evidence: a report, a bill or a contract, in at most 300 characters.")


class EnergyMonthInFuture(InvalidInput):
    """A month is told of when it has begun at the earliest."""

    code = "energy_month_in_future"
    sentence = _("This month has not begun yet.")


class MonthsRefused(InvalidInput):
    """Months that cannot be told of at once."""

    code = "energy_months_refused"
    sentence = _("Ask for at most %(limit)s months, the first before the last.")


class GridFactorRefused(InvalidInput):
    """A grid factor is none."""

    code = "grid_factor_refused"
    sentence = _("A grid factor has a province, a year, a value from 0 to 9.9999 and a source.")


class GreenNumberRefused(InvalidInput):
    """The number of a green certificate is none."""

    code = "green_number_refused"
    sentence = _("The number of a green certificate has 32 characters, digits and letters only.")


class GreenQuantityRefused(InvalidInput):
    """A quantity of green electricity is none."""

    code = "green_quantity_refused"
    sentence = _("Direct supply is more than 0 kWh; a certificate is 1,000 kWh, no more, no less.")


class GreenRegistered(Refusal):
    """The provider registered it before."""

    code = "green_supply_registered"
    sentence = _("You have registered this one already.")


class GreenNotFound(NotFound):
    """There is no such proof, or it is someone else's."""

    code = "green_supply_not_found"
    sentence = _("There is no such green certificate or supply.")


class GreenClaimed(Refusal):
    """It counts somewhere already."""

    code = "green_supply_claimed"
    sentence = _("This number was claimed before, and can be claimed only once in the market.")


class GreenOtherMonth(Refusal):
    """It was made in another month than it would be used in."""

    code = "green_supply_of_another_month"
    sentence = _("It is of %(month)s, and counts for that month only.")


class GreenMoreThanUsed(Refusal):
    """The month did not use as much."""

    code = "green_supply_more_than_used"
    sentence = _(
        "In that month the centre used %(used)s kWh, of which %(left)s kWh are not covered yet."
    )


class GreenUseUnknown(Refusal):
    """Nobody knows what the month used."""

    code = "green_use_unknown"
    sentence = _("What the centre used in that month is not known: enter its PUE first.")


class GreenOver(Refusal):
    """It stands where this cannot be done any more."""

    code = "green_supply_over"
    sentence = _("This cannot be done to one that is %(state)s.")
