"""By which terms long orders hold their cash for one period at a time."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class InstalmentRule:
    """A version of the rule by which long orders hold their cash for one period at a time."""

    name: str
    days: int  # of a period; 0: calendar months of the market
    whole_seconds: int  # an order no longer than this holds everything when it clears
    least_seconds: int  # a period shorter than this joins its neighbour
    lead_seconds: int  # so long before its period begins an instalment is held
    ends_seconds: int  # not held so long before it, the contract ends where the period begins


@dataclass(frozen=True, slots=True)
class Instalment:
    """What of an order's cash is held for one of its periods."""

    part: int  # from 1
    starts_at: datetime
    ends_at: datetime
    amount_minor: int
    due_at: datetime | None  # when it is held; none for the first: when the order clears


@dataclass(frozen=True, slots=True)
class InstalmentTerms:
    """By which rule the orders of a round hold, and whose months count."""

    rule: str
    zone: str


@dataclass(frozen=True, slots=True)
class SizedSupplier:
    """How large a provider is, where a voucher of the round asks; None is unknown."""

    provider_id: UUID
    pflops: int | None
    racks: int | None
