"""What other rooms see of settlement: its states, its values and its refusals."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import chain
from typing import Final, Self
from uuid import UUID

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.errors import NotFound, Refusal
from common.money import EXACT
from common.reviews import NotClosable
from marketplace import accounts

FEE_KIND: Final = "settlement.fee_rule"  # What takes two operators.
ADJUSTMENT_KIND: Final = "settlement.adjustment"  # What takes two persons of finance.
ADJUSTMENT_MINOR_MAX: Final = 10_000_000_00
REFERENCE_LENGTH_MAX: Final = 80
EVIDENCE_LENGTH_MAX: Final = 1_000
HELD_AHEAD: Final = timedelta(days=7)  # so long before it is due a buyer may have it held,
FORESEEN_BEFORE: Final = timedelta(days=7)  # and hears of one that would fail


class ContractState(TextChoices):
    """Where a contract stands."""

    ACTIVE = "ACTIVE", _("Active")
    SETTLED = "SETTLED", _("Settled")


class ContractMove(StrEnum):
    """What may happen to a contract."""

    ENDED_EARLY = "ENDED_EARLY"
    LAPSED = "LAPSED"  # its next instalment was not held
    SETTLED = "SETTLED"


class InstalmentState(TextChoices):
    """Where an instalment of a long contract stands."""

    PLANNED = "PLANNED", _("To come")
    LATE = "LATE", _("Not held yet")
    HELD = "HELD", _("Held")
    LAPSED = "LAPSED", _("Never held")
    VOID = "VOID", _("No longer needed")


# Why an instalment is not held, by the code that refused it.
UNHELD_SENTENCES: Final[dict[str, str | Promise]] = {
    "insufficient_funds": _("The prepaid balance does not cover it."),
    "budget_exceeded": _("A budget leaves too little for it."),
}


def reason_of(code: str) -> str | Promise:
    """Return in words why an instalment is not held."""
    return UNHELD_SENTENCES.get(code, code)


class InstalmentMove(StrEnum):
    """What may happen to an instalment."""

    HELD = "HELD"
    REFUSED = "REFUSED"
    LAPSED = "LAPSED"
    VOIDED = "VOIDED"


class ContractReviewCode(TextChoices):
    """Why a contract, or an order that should become one, waits for a check. Stable: it is API."""

    NOT_OPENED = "not_opened", _("No contract could be made")
    NOT_CHARGED = "not_charged", _("Its use could not be charged")
    NOT_SETTLED = "not_settled", _("It could not be settled")
    WORKER_DIED = "worker_died", _("Workers ended while they charged it")


class ChargeKind(TextChoices):
    """Whether a charge is for usage, for its revision, or for what the end comes to."""

    USAGE = "USAGE", _("Usage")
    CORRECTION = "CORRECTION", _("Correction")
    CLOSING = "CLOSING", _("At the end")


class TradeKind(TextChoices):
    """Whether a trade record tells of a trade, or corrects an earlier record."""

    TRADE = "TRADE", _("Trade")
    CORRECTION = "CORRECTION", _("Correction")


class Side(TextChoices):
    """On which side of its trades an organisation is looked at."""

    PROVIDER = "PROVIDER", _("Provider")
    BUYER = "BUYER", _("Buyer")


class Party(TextChoices):
    """Who pays or is paid by an adjustment."""

    BUYER = "BUYER", _("Buyer")
    PROVIDER = "PROVIDER", _("Provider")
    MARKET = "MARKET", _("Market")


class AdjustmentReason(TextChoices):
    """Why money moves without usage. Stable: it is API."""

    GOODWILL = "goodwill", _("Goodwill")
    PENALTY = "penalty", _("Penalty")
    SERVICE_LEVEL = "service_level", _("Credit for a missed service level")
    DISPUTE = "dispute", _("Outcome of a dispute")


@dataclass(frozen=True, slots=True)
class Ending:
    """By what a buyer ends a running contract early: a version of the market's rule, or a plan."""

    name: str
    notice_seconds: int  # until its end it is delivered and charged as before
    fee_minor: int
    gives_back: Decimal = Decimal(0)  # of the price of prepaid hours that were not used


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusting:
    """What somebody wants to adjust: of a contract, or between parties that are named."""

    reason: AdjustmentReason
    payer: Party
    payee: Party
    amount_minor: int
    reference: str  # The case it belongs to: one adjustment a reference.
    evidence: str
    contract_id: UUID | None = None
    buyer_id: UUID | None = None
    provider_id: UUID | None = None
    asset: str = accounts.CNY  # or a voucher's: of a dispute alone, and it goes back to the voucher


@dataclass(frozen=True, slots=True)
class RuleCredit:
    """A credit that a published rule computed; what is taken back of one goes the other way."""

    id: UUID  # of the adjustment that it becomes, and of the row that computed it
    payer: Party
    payee: Party
    amount_minor: int
    asset: str  # money, or that of a voucher: it goes back to the voucher
    by_rule: str
    reference: str
    evidence: str
    contract_id: UUID
    buyer_id: UUID
    provider_id: UUID
    is_settled: bool  # of a settled contract, the record of its trade is corrected


@dataclass(frozen=True, slots=True)
class Funds:
    """
    What a contract has of one source of payment: the buyer's cash, or one voucher.

    Captured and returned add up what went to the provider and came back. What comes back before
    the contract is settled is held again; what comes back later is released for good.
    """

    id: UUID
    asset: str
    debit: str
    credit: str
    hold_id: UUID | None
    held_minor: int
    voucher_id: UUID | None = None
    captured_minor: int = 0
    returned_minor: int = 0
    released_minor: int = 0
    agreed_minor: int | None = None  # what the whole contract takes; none where that is held

    @property
    def share_minor(self) -> int:
        """Return in what proportion the source pays: of the whole, however much is held by now."""
        return self.reachable_minor if self.agreed_minor is None else self.agreed_minor

    @property
    def remaining_minor(self) -> int:
        """Return what is still on hold."""
        return self.reachable_minor - self.collected_minor

    @property
    def reachable_minor(self) -> int:
        """Return what was paid from this source or still can be."""
        return self.held_minor - self.released_minor

    @property
    def collected_minor(self) -> int:
        """Return what was paid from this source and not given back."""
        return self.captured_minor - self.returned_minor

    def moved(self, minor: int, *, is_settled: bool = False) -> Self:
        """Return the funds after an amount was captured, or given back if it is negative."""
        if minor >= 0:
            return replace(self, captured_minor=self.captured_minor + minor)
        return replace(
            self,
            returned_minor=self.returned_minor - minor,
            released_minor=self.released_minor - (minor if is_settled else 0),
        )


@dataclass(frozen=True, slots=True)
class Measured:
    """
    A measured amount: in the metric's own unit (card-seconds, tokens), and in standard hours.

    A chip without a published figure has no standard hours; then a sum with it has none either.
    `kinds` are the parts of it that a rule weighs, by their unit; those that are nothing are left
    out.
    """

    quantity: Decimal
    standard_hours: Decimal | None
    kinds: tuple[tuple[str, Decimal], ...] = ()

    def __add__(self, other: Self) -> Self:
        return type(self)(
            EXACT.add(self.quantity, other.quantity),
            None
            if self.standard_hours is None or other.standard_hours is None
            else EXACT.add(self.standard_hours, other.standard_hours),
            _kinds_of(self.kinds, other.kinds),
        )

    def __neg__(self) -> Self:
        standard = self.standard_hours
        return type(self)(
            -self.quantity,
            None if standard is None else -standard,
            tuple((unit, -quantity) for unit, quantity in self.kinds),
        )


def _kinds_of(*each: tuple[tuple[str, Decimal], ...]) -> tuple[tuple[str, Decimal], ...]:
    found: dict[str, Decimal] = {}
    for unit, quantity in chain(*each):
        found[unit] = EXACT.add(found.get(unit, Decimal(0)), quantity)
    return tuple((unit, quantity) for unit, quantity in sorted(found.items()) if quantity)


NOTHING_MEASURED = Measured(Decimal(0), Decimal(0))


@dataclass(frozen=True, slots=True)
class ChargeTally:
    """The running totals of a contract. Every charge is the step from one tally to the next."""

    measured: Measured
    rated_minor: int
    gross_minor: int
    fee_minor: int
    funds: tuple[Funds, ...]

    @property
    def cash_minor(self) -> int:
        """Return what was paid in cash and not given back."""
        return sum(each.collected_minor for each in self.funds if each.asset == accounts.CNY)


@dataclass(frozen=True, slots=True)
class ChargeStep:
    """
    The amounts of one charge.

    `rated` is the price of the usage; `gross` what was collected of it; the difference could not
    be collected, because it went beyond what the order had put on hold.
    """

    measured: Measured
    rated_minor: int
    gross_minor: int
    voucher_minor: int
    cash_minor: int
    fee_minor: int
    parts: tuple[int, ...]

    @property
    def uncollected_minor(self) -> int:
        """Return the price that nobody pays."""
        return self.rated_minor - self.gross_minor


@dataclass(frozen=True, slots=True)
class ChargingRun:
    """What one run of charging did."""

    opened: int = 0
    usage: int = 0
    charges: int = 0
    gross_minor: int = 0
    uncollected_minor: int = 0
    unmatched: int = 0
    set_aside: int = 0
    is_full: bool = False


@dataclass(frozen=True, slots=True)
class RenewingRun:
    """What one run over the instalments that are due did."""

    held: int = 0
    late: int = 0
    lapsed: int = 0
    voided: int = 0
    looked_ahead: int = 0
    is_full: bool = False


@dataclass(frozen=True, slots=True)
class SettlingRun:
    """What one run of settling did."""

    contracts: int = 0
    gross_minor: int = 0
    released_minor: int = 0
    set_aside: int = 0
    is_full: bool = False


@dataclass(frozen=True, slots=True)
class MonthlyStatement:
    """What one organisation sold or bought in one month."""

    month_starts_at: datetime
    organization_id: UUID
    side: Side
    trades: int
    standard_hours: Decimal
    gross_minor: int
    voucher_minor: int
    cash_minor: int
    fee_minor: int
    net_minor: int


class ContractHoldsMoney(NotClosable):
    """A contract keeps a buyer's money for a provider's delivery until it is charged."""

    code = "contract_holds_money"
    sentence = _(
        "A contract holds the buyer's money for what the provider delivered. It cannot be closed:"
        " mend what is wrong and have it tried again."
    )


class UnopenedWasUsed(NotClosable):
    """Something was measured for an order of which no contract could be made."""

    code = "unopened_was_used"
    sentence = _(
        "Use was measured for this order, so its provider is to be paid. It cannot be closed: mend"
        " what is wrong and have it tried again."
    )


class ChargeNotFound(NotFound):
    """There is no such charge, or it is someone else's."""

    code = "charge_not_found"
    sentence = _("There is no such charge.")


class ContractNotFound(NotFound):
    """There is no such contract, or it is someone else's; the two look alike."""

    code = "contract_not_found"
    sentence = _("There is no such contract.")


class NotEndable(Refusal):
    """The contract is settled, or an import keeps it."""

    code = "contract_not_endable"
    sentence = _("This contract no longer runs: it cannot be ended early.")


class EndsAnyway(Refusal):
    """Before the notice is over the contract ends by itself."""

    code = "contract_ends_anyway"
    sentence = _("The contract ends by itself before the notice of an early end would be over.")


class NothingToHold(Refusal):
    """No instalment of the contract may be held yet, or none is left."""

    code = "no_instalment_due"
    sentence = _("No further instalment of this contract can be held now.")


class InstalmentRefused(Refusal):
    """An instalment could not be held when its buyer asked."""

    code = "instalment_refused"
    sentence = _("The next instalment could not be held: %(reason)s")


class NotAnExtension(Refusal):
    """What extends an order begins where it ends, at the same listing."""

    code = "not_an_extension"
    status = 422
    sentence = _("An order is extended at the same listing, from where it ends.")


class TradeRecordNotFound(NotFound):
    """There is no such trade record, or it is someone else's; the two look alike."""

    code = "trade_record_not_found"
    sentence = _("There is no such trade record.")


class AdjustmentNotFound(NotFound):
    """There is no such adjustment, or it is someone else's; the two look alike."""

    code = "adjustment_not_found"
    sentence = _("There is no such adjustment.")


class AdjustmentRefused(Refusal):
    """Money moves from one party to another that both are named."""

    code = "adjustment_refused"
    status = 422
    sentence = _("Money moves between two different parties, and both have to be named.")


class ContractNotSettled(Refusal):
    """An adjustment corrects a trade record, and this contract has none yet."""

    code = "contract_not_settled"
    sentence = _("The contract still runs. It can be adjusted once it is settled.")


class AlreadyReversed(Refusal):
    """What was adjusted is taken back once, and what takes it back stays."""

    code = "adjustment_already_reversed"
    sentence = _("This adjustment was reversed, or reverses another one.")


class SimulationTooLarge(Refusal):
    """A month has more charges than are rated at once."""

    code = "simulation_too_large"
    status = 422
    sentence = _("That month has more than %(most)s charges, more than are rated at once.")


class FeeRuleRefused(Refusal):
    """A fee would change what was in force already, or is no share."""

    code = "fee_rule_refused"
    status = 422
    sentence = _("The fee cannot be taken: %(problem)s")
