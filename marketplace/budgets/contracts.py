"""What other rooms see of caps: what may be spent, what is left, and what is refused."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import Forbidden, InvalidInput, NotFound, Refusal

CAP_MINOR_MAX: Final = 10**13  # fen
CAPS_MAX: Final = 1_000  # of an organisation
THRESHOLDS: Final = (50, 80, 100)  # per cent of a cap, at which people are told
FORECAST_FROM: Final = Decimal("0.1")  # of a period must be over before anything is foreseen


class CapScope(TextChoices):
    """Whose orders a cap bounds."""

    ORGANIZATION = "ORGANIZATION", _("The whole organisation")
    PROJECT = "PROJECT", _("One project")
    MEMBER = "MEMBER", _("One member")


class CapPeriod(TextChoices):
    """After which time a cap begins anew, by the market's calendar."""

    MONTH = "MONTH", _("Each month")
    QUARTER = "QUARTER", _("Each quarter")
    YEAR = "YEAR", _("Each year")
    TOTAL = "TOTAL", _("In all")
    ORDER = "ORDER", _("Each order")


@dataclass(frozen=True, slots=True)
class CapWish:
    """Cash that shall be held for an order, or for one instalment of it."""

    order_id: UUID
    organization_id: UUID
    project_id: UUID | None
    person_id: int | None
    amount_minor: int
    part: int = 1
    whole_minor: int | None = None  # cash of the whole order, of which this is an instalment


@dataclass(frozen=True, slots=True)
class CapRefusal:
    """The cap that left too little for an order, and how much it left."""

    order_id: UUID
    cap_id: UUID
    left_minor: int


@dataclass(frozen=True, slots=True)
class CapRoom:
    """A cap with what is used of it in its current period."""

    cap_id: UUID
    organization_id: UUID
    scope: str
    project_id: UUID | None
    person_id: int | None
    period: str
    amount_minor: int
    approve_from_minor: int | None
    starts_on: date
    ends_on: date | None
    used_minor: int

    @property
    def left_minor(self) -> int:
        """Return what may still be held under it."""
        return self.amount_minor - self.used_minor

    @property
    def is_of_each_order(self) -> bool:
        """Whether it bounds each order by itself: it is never used up."""
        return self.period == CapPeriod.ORDER

    def forecast_minor(self, on: date) -> int | None:
        """Return what the period comes to if it goes on as it began; nothing while it is young."""
        if self.ends_on is None:
            return None
        past = Decimal((on - self.starts_on).days + 1)
        share = past / Decimal((self.ends_on - self.starts_on).days)
        return int(self.used_minor / share) if share >= FORECAST_FROM else None


class CapNotFound(NotFound):
    """No such cap, or someone else's."""


class InvalidCap(InvalidInput):
    """A value of a cap breaks its form."""

    code = "invalid_cap"
    sentence = _("This does not fit a budget: %(problem)s.")


class CapBelowUse(Refusal):
    """A cap is no lower than what is used of it."""

    code = "cap_below_use"
    sentence = _("%(used)s of this budget is in use in this period; it cannot be lower.")


class TooManyCaps(Refusal):
    """An organisation keeps only so many caps."""

    code = "too_many_caps"
    sentence = _("An organisation keeps at most %(most)s budgets.")


class BudgetKeeperRequired(Forbidden):
    """Who is bounded by a cap of their own lifts no caps."""

    code = "budget_keeper_required"
    sentence = _("You have a limit of your own: another buyer of your organisation sets budgets.")


class BudgetExceeded(Refusal):
    """An order would hold more than a cap leaves."""

    code = "budget_exceeded"
    sentence = _("The budget %(budget)s leaves %(left)s; this order needs %(needed)s.")


class ApprovalRequired(Refusal):
    """From an amount on an order waits for a second person of the buyer's organisation."""

    code = "order_approval_required"
    sentence = _(
        "Orders from %(from)s on under the budget %(budget)s wait for a second person: place this"
        " one by itself."
    )
