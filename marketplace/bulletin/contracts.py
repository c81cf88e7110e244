"""What other rooms see of the bulletin."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Exclusion(StrEnum):
    """Why a record does not enter the index. Stable: they are published."""

    CORRECTION = "correction"
    NOTHING_USED = "nothing_used"
    NO_STANDARD_HOURS = "no_standard_hours"
    RELATED_PARTIES = "related_parties"
    FREE = "free"


class Standing(TextChoices):
    """Whether a day has a figure."""

    PUBLISHED = "PUBLISHED", _("Published")
    NOT_SEPARABLE = "NOT_SEPARABLE", _("Not separable")


class RuleKind(TextChoices):
    """Which rules are announced before they take effect."""

    RATE_PLAN = "RATE_PLAN", _("Rate plan")
    MEASUREMENT = "MEASUREMENT", _("Measurement rule")
    PROGRAMME = "PROGRAMME", _("Voucher programme")
    FEE = "FEE", _("Market fee")


@dataclass(frozen=True, slots=True)
class IndexedTrade:
    """What the index looks at of a trade record."""

    resource_class: str
    provider: str
    is_correction: bool
    standard_hours: Decimal | None
    gross_minor: int
    content_hash: str
    relation: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """The index of one class of resource on one day, and what it was computed from."""

    standing: Standing
    price: Decimal | None
    standard_hours: Decimal
    trades: int
    providers: int
    excluded: dict[str, int]
    inputs_hash: str


@dataclass(frozen=True, slots=True)
class MarketDay:
    """The market's last figures at a glance; amounts in minor units."""

    trades: int
    standard_hours: Decimal
    gross_minor: int
    voucher_minor: int
    since: datetime
    latest_day: date | None


EXCLUSION_WORDS: Final = {
    Exclusion.CORRECTION: _("It corrects an earlier record"),
    Exclusion.NOTHING_USED: _("Nothing was used"),
    Exclusion.NO_STANDARD_HOURS: _("Its chip has no published figure, so no standard hours"),
    Exclusion.RELATED_PARTIES: _("Buyer and provider are related"),
    Exclusion.FREE: _("It cost nothing"),
}
