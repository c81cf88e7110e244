"""What somebody needs, what that takes of each kind of chip, and what it would cost on offer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput

PARAMETERS_MAX: Final = 10**14
TOKENS_MAX: Final = 10**17
REQUESTS_MAX: Final = Decimal(1_000_000)
TOKENS_A_REQUEST_MAX: Final = 1_000_000
UNIT_HOURS_MAX: Final = Decimal(100_000_000)
GB_MAX: Final = Decimal(1_000_000_000)
MONTHS_MAX: Final = Decimal(12)
HOURS_MAX: Final = 366 * 24
MOVED_GB_MAX: Final = 1_000_000
PLACE_LENGTH_MAX: Final = 110
MODEL_LENGTH_MAX: Final = 60
CHIP_LENGTH_MAX: Final = 60
LOOKED_AT_MAX: Final = 480  # listings that are priced exactly, first those that may cost least
AT_ONCE: Final = 60  # of them, before it is asked whether another may still be cheaper
OFFERS_MAX: Final = 20  # that are shown
MODELS_MAX: Final = 500  # with certificates, that a reader may choose of
FLOPS_A_PARAMETER_AND_TOKEN: Final = 6


class NeedKind(TextChoices):
    """What somebody asks the price of."""

    TRAIN = "TRAIN", _("Train a model")
    SERVE = "SERVE", _("Serve a model")
    CARD_HOURS = "CARD_HOURS", _("Card-hours")
    CORE_HOURS = "CORE_HOURS", _("Core-hours")
    GB_MONTHS = "GB_MONTHS", _("Storage")
    TOKENS = "TOKENS", _("Tokens")


class NumberFormat(TextChoices):
    """In which format a model is trained; figures of unlike formats are never mixed."""

    FP16 = "FP16", _("FP16 or BF16")
    FP8 = "FP8", _("FP8")


class AssumptionBasis(TextChoices):
    """What a figure of the calculation rests on."""

    ASSUMED = "ASSUMED", _("Assumed")
    MEASURED = "MEASURED", _("Measured")


class NoFigure(TextChoices):
    """Why a kind of chip, or a listing, has no figure. The codes are API: stable, never reused."""

    NOT_PUBLISHED = "not_published", _("no sourced figure is published")
    CONTESTED = "contested", _("published figures contradict each other")
    NO_CERTIFICATE = "no_certificate", _("no measured certificate in force says it")
    NO_THREADS = "no_threads", _("it is not said how many threads share a core")
    NOT_COUNTED = "not_counted", _("its plan counts in a unit that this need does not have")
    TOO_SMALL = "too_small", _("it offers less than that at once, or not for so long")
    NOT_FREE = "not_free", _("too little of it is free then")
    OWN_LISTING = "own_listing", _("it is your own")


@dataclass(frozen=True, slots=True)
class Assumption:
    """One figure that a formula assumes; `least` and `most` bound what a reader may say instead."""

    code: str
    value: Decimal
    least: Decimal
    most: Decimal
    basis: AssumptionBasis
    source: str


@dataclass(frozen=True, slots=True)
class Peak:
    """What is published of a chip at its best: TFLOPS of one format, density and path."""

    chip: str
    precision: NumberFormat
    density: str
    path: str
    tflops: Sequence[Decimal]
    source: str

    @property
    def why_none(self) -> NoFigure | None:
        """Return why it gives no figure, if it gives none."""
        if not self.tflops:
            return NoFigure.NOT_PUBLISHED
        return NoFigure.CONTESTED if len(set(self.tflops)) > 1 else None


@dataclass(frozen=True, slots=True)
class Assumptions:
    """A version of all that formulas assume."""

    version: int
    by_code: Mapping[str, Assumption]
    peaks: Sequence[Peak]


@dataclass(frozen=True, slots=True)
class ComputeNeed:
    """
    What somebody needs, by kind; what a kind does not ask is left at nothing.

    `hours` is by when a job is to be done, or for how long something is served. `utilisation` and
    `load` replace the assumption of that name.
    """

    kind: NeedKind
    parameters: int = 0
    tokens: int = 0
    precision: NumberFormat = NumberFormat.FP16
    requests: Decimal = Decimal(0)  # a second
    tokens_a_request: int = 0
    model: str = ""
    unit_hours: Decimal = Decimal(0)  # of cards, or of physical cores
    chip: str = ""  # which cards, by any of their names; empty: any
    gb: Decimal = Decimal(0)
    months: Decimal = Decimal(0)
    tokens_in: int = 0
    tokens_out: int = 0
    hours: Decimal = Decimal(720)
    utilisation: Decimal | None = None
    load: Decimal | None = None
    place: str = ""  # where its data are, such as region:310000
    moved_gb: int = 0


@dataclass(frozen=True, slots=True)
class ChipHours:
    """What a need takes of one kind of chip, or why that is not known."""

    peak: Peak
    hours: Fraction | None
    why: NoFigure | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """The order that serves a need: so many thousandths of a unit for so many seconds."""

    milli: int
    seconds: int


@dataclass(frozen=True, slots=True)
class NeedOffer:
    """
    What a listing would ask for a need, from a moment on.

    Amounts are fen. `kwh` is IT electricity by the published power of the chip, times the PUE where
    one is known; `grams` are of CO2 by the grid. Nothing stands where nobody published a figure.
    """

    listing: Any
    shape: Shape
    starts_at: datetime
    gross_minor: int
    kwh: Decimal | None
    pue: Decimal | None
    grams: Decimal | None
    path_minor: int | None
    path_ms: Decimal | None
    voucher_minor: int | None = None
    certified: Decimal | None = None  # tokens a second of a unit
    certificate_id: UUID | None = None
    path_is_charged: bool = False  # by the network that is ordered with the listing

    @property
    def total_minor(self) -> int:
        """Return the price with the way of the data."""
        return self.gross_minor + (self.path_minor or 0)

    @property
    def cash_minor(self) -> int:
        """Return what is left to pay after vouchers."""
        return self.total_minor - (self.voucher_minor or 0)


@dataclass(frozen=True, slots=True)
class NeedEstimate:
    """
    What a need takes and what it would cost; `left_out` counts listings without an offer.

    `is_proved` says that no listing that was not looked at can be cheaper than those shown;
    `no_figure` why nothing can be said of the need at all.
    """

    need: ComputeNeed
    assumptions: Assumptions
    flops: int | None
    chips: Sequence[ChipHours]
    offers: Sequence[NeedOffer]
    considered: int
    is_proved: bool
    left_out: Mapping[NoFigure, int]
    as_of: datetime
    no_figure: NoFigure | None = None


class NeedRefused(InvalidInput):
    """A need breaks its limits."""

    code = "invalid_need"
    sentence = _("This need cannot be calculated: %(problem)s")
