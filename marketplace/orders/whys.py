"""What an explanation of a fill or a refusal is made of: plain values, and no wish of others."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from common.errors import NotFound

JUDGED_SHOWN: Final = 20  # listings that an explanation names, the chosen and the nearest first
LOOKED_AT_MAX: Final = (
    500  # listings that are asked, the cheapest first; of the rest it says how many
)
SHORT_SHOWN: Final = 12  # stretches of a listing in which there was too little
CHANGES_SHOWN: Final = 6


class NotDecided(NotFound):
    """Nothing decided it: it was cancelled before, or waits for its round."""

    code = "not_decided"


class SmallChangeKind(StrEnum):
    """What of a wish is changed so that it would have been filled. Codes are API."""

    AGAIN = "again"  # nothing: it can be had as it was asked for
    PRICE = "price"
    START = "start"
    HUB = "hubs"
    QUANTITY = "quantity"
    SPLIT = "split"
    CHIP = "chips"
    FORM = "form"
    MEMORY = "card_memory_gb"
    CARDS = "cards_per_node"
    NETWORK = "network_gbps"
    DISTANCE = "near_ms"
    PUE = "pue_max"
    CARBON = "carbon_max"
    LEVEL = "verification_min"
    QUALITY = "quality_min"
    FUNDS = "funds"


@dataclass(frozen=True, slots=True)
class Short:
    """A stretch of time in which a listing had less free than was asked for."""

    starts_at: datetime
    ends_at: datetime
    free_milli: int


@dataclass(frozen=True, slots=True)
class Judged:
    """What one listing answered: its place among those that could serve, or what excluded it."""

    listing_id: UUID
    provider_id: UUID
    code: str = ""  # empty: it could serve
    rank: int | None = None
    taken_milli: int = 0
    amount_minor: int | None = None
    starts_at: datetime | None = None
    asked: Any = None  # of the predicate that excluded it
    there: Any = None
    short: tuple[Short, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """How a wish, or one of its alternatives, was decided."""

    code: str  # why it was not filled; empty where it was
    considered: int
    eligible: int
    barred: dict[str, int]
    judged: tuple[Judged, ...]

    @property
    def left_out(self) -> int:
        """Return how many listings were considered and are not named."""
        return self.considered - len(self.judged)


@dataclass(frozen=True, slots=True)
class CashNeed:
    """What an order would have cost in cash at its turn, and what was there."""

    needed_minor: int
    available_minor: int

    @property
    def missing_minor(self) -> int:
        """Return what was missing."""
        return max(0, self.needed_minor - self.available_minor)


@dataclass(frozen=True, slots=True)
class SmallChange:
    """A change that would have filled a wish: proven by the rule, on the input then or now."""

    kind: SmallChangeKind
    is_now: bool  # on what is there now, not on what was there then
    option: int = 0
    units_milli: int | None = None
    starts_at: datetime | None = None
    amount_minor: int | None = None
    value: Any = None  # what the changed facet would say
    before: Any = None
    listings: tuple[UUID, ...] = ()
    path: str = ""  # where a POST of `body` orders just that
    body: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Why:
    """An explanation: by which rule, when, on what input, how each listing was judged."""

    rule_version: str
    at: datetime
    is_now: bool  # nothing is decided yet: as the market stands
    judgements: tuple[Judgement, ...]
    changes: tuple[SmallChange, ...] = ()
    input_hash: str = ""
    output_hash: str = ""
    late_code: str = ""  # the rule filled it, and this came between
    round_number: str = ""
    funds: CashNeed | None = None
