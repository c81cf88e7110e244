"""What other rooms see of assurance: patterns, cases, and the values that its rules work on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal

RULE_KIND: Final = "assurance.rule"  # What takes two operators: another version of a rule,
CLOSING_KIND: Final = "assurance.closing"  # and a finding that has effects.
TEXT_MAX: Final = 2_000
NOTES_MAX: Final = 500
EVIDENCE_MAX: Final = 500  # rows of one case
DAYS_MAX: Final = 31  # how far a rule looks back
TRADES_MAX: Final = 20_000  # rows that one run looks at
EVENTS_MAX: Final = 500  # events that one run reads


class Pattern(TextChoices):
    """What surveillance looks for. The codes are API: stable, never reused."""

    WASH_TRADES = "wash_trades", _("Trades to and fro")
    VOUCHER_CHURN = "voucher_churn", _("Vouchers held and given back")
    CANCEL_BURST = "cancel_burst", _("Burst of cancellations")
    PRICE_RING = "price_ring", _("Ring of trades")
    PAPER_COMPUTE = "paper_compute", _("Use that its power does not bear")
    CHALLENGE_FAILED = "challenge_failed", _("Challenges missed or below")
    CAPACITY_AUDIT = "capacity_audit", _("Capacity that an audit did not find")


class CaseState(TextChoices):
    """Where a case stands."""

    OPEN = "OPEN", _("Open")
    IN_WORK = "IN_WORK", _("In work")
    CLOSED = "CLOSED", _("Closed")


class CaseFinding(TextChoices):
    """What a case came to; what is confirmed has effects, and takes two operators."""

    UNFOUNDED = "UNFOUNDED", _("Unfounded")
    EXPLAINED = "EXPLAINED", _("Explained")
    CONFIRMED = "CONFIRMED", _("Confirmed")


# The numbers of each rule, in the order in which they are shown: least, most.
PARAMETERS: Final[Mapping[str, Mapping[str, tuple[int, int]]]] = {
    Pattern.WASH_TRADES: {
        "days": (1, DAYS_MAX),
        "trades": (2, 1_000),
        "related_trades": (1, 1_000),
    },
    Pattern.VOUCHER_CHURN: {"days": (1, DAYS_MAX), "orders": (2, 1_000)},
    Pattern.CANCEL_BURST: {
        "minutes": (1, 1_440),
        "cancels": (2, 10_000),
        "share_percent": (1, 100),
    },
    Pattern.PRICE_RING: {"days": (1, DAYS_MAX), "within_percent": (0, 100)},
    Pattern.PAPER_COMPUTE: {"days": (1, DAYS_MAX), "findings": (1, DAYS_MAX)},
    Pattern.CHALLENGE_FAILED: {"days": (1, DAYS_MAX), "findings": (1, DAYS_MAX)},
    Pattern.CAPACITY_AUDIT: {"days": (1, DAYS_MAX), "findings": (1, DAYS_MAX)},
}


@dataclass(frozen=True, slots=True)
class WatchedOrder:
    """An order as surveillance sees it."""

    order_id: UUID
    number: str
    buyer_id: UUID
    provider_id: UUID | None
    book_id: int
    state: str
    gross_minor: int | None
    voucher_minor: int
    relation: str
    placed_at: datetime
    cleared_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class RuleInForce:
    """One version of a rule."""

    id: UUID
    pattern: str
    version: int
    parameters: Mapping[str, int]

    @property
    def span(self) -> timedelta:
        """Return how far it looks back."""
        days, minutes = self.parameters.get("days", 0), self.parameters.get("minutes", 0)
        return timedelta(days=days, minutes=minutes)


@dataclass(frozen=True, slots=True)
class SurveillanceAlarm:
    """What a rule found: whose it is, and the orders that show it."""

    pattern: str
    subject: str  # the same for the same parties, so that what goes on is one case
    organization_ids: tuple[UUID, ...]
    rows: tuple[WatchedOrder, ...]


@dataclass(frozen=True, slots=True)
class CaseEffect:
    """What a confirmed finding does: the rate at which the organisations may order from then on."""

    placed_per_minute: int
    cancelled_per_minute: int


@dataclass(frozen=True, slots=True)
class WatchRun:
    """What one run did."""

    events: int = 0
    opened: int = 0
    grown: int = 0
    has_more: bool = False


class CaseNotFound(NotFound):
    """No such case."""


class CaseStateRefused(Refusal):
    """A case cannot do that where it stands."""

    code = "case_state_refused"
    sentence = _("The case is %(state)s: it cannot do that.")


class InvalidCase(InvalidInput):
    """A text or number of a case breaks its limits."""

    code = "invalid_case"
    sentence = _("This is not valid: %(problem)s")


class InvalidSurveillanceRule(InvalidInput):
    """The numbers of a rule break their limits."""

    code = "invalid_surveillance_rule"
    sentence = _("The rule is not valid: %(problem)s")
