"""What other rooms see of statements and fapiao, and what is refused about them."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal
from marketplace.accounts import AccountKind

CLOSING_KIND: Final = "statements.closing"  # what takes two persons of finance
REASON_LENGTH_MAX: Final = 200
TITLE_LENGTH_MAX: Final = 120
CODE_LENGTH_MAX: Final = 40
ANSWERS_MAX: Final = 10_000
PAPER_ROWS_MAX: Final = 200
TAX: Final = "VAT"
BOOK_SUMS_MAX: Final = 1_000
MONITORS_MAX: Final = 100  # of an organisation
UNCLEARED_DAYS_MAX: Final = 90
MONITOR_MINOR_MAX: Final = 10**15


class BillSide(TextChoices):
    """Whose statement it is. Stable: it is API."""

    BUYER = "BUYER", _("Buyer")
    PROVIDER = "PROVIDER", _("Provider")
    PROGRAMME = "PROGRAMME", _("Programme")
    MARKET = "MARKET", _("Market")


class StatementKind(TextChoices):
    """A statement, or one that takes another back."""

    STATEMENT = "STATEMENT", _("Statement")
    CANCELLATION = "CANCELLATION", _("Cancelling statement")


class Stage(TextChoices):
    """Where a month stands. Stable: it is API."""

    OPEN = "OPEN", _("Open")
    CUT_OFF = "CUT_OFF", _("Cut off, waits for what is late")
    DUE = "DUE", _("Due")
    ISSUED = "ISSUED", _("Issued")
    CANCELLED = "CANCELLED", _("Cancelled")


class Grouping(TextChoices):
    """By what the lines of a statement are added up. Stable: it is API."""

    ORDER = "order", _("By order")
    PROJECT = "project", _("By project")
    CHIP = "chip", _("By chip")
    DAY = "day", _("By day")
    REASON = "reason", _("By reason")
    REGION = "region", _("By region")


class BookGrouping(TextChoices):
    """By what the market's books are added up. Stable: it is API."""

    OWNER = "owner", _("By owner")
    PROGRAMME = "programme", _("By programme")
    REGION = "region", _("By region")


class ClosingState(TextChoices):
    """Where the closing of a month stands."""

    PROPOSED = "PROPOSED", _("Waits for a second person")
    CLOSED = "CLOSED", _("Closed")


class CheckName(TextChoices):
    """What must be so before a month is closed. Stable: it is API."""

    STATEMENTS = "statements", _("Statements are issued")
    CONTRACTS = "contracts", _("Everything is charged and settled")
    MOVEMENTS = "movements", _("No payment is under way")
    BANK_LINES = "bank_lines", _("Lines of the bank are matched")
    DIFFERENCES = "differences", _("Differences with bank and gateway are settled")
    PAYOUTS = "payouts", _("Payout runs are answered")
    CLAIMS = "claims", _("Voucher claims are settled")
    CLEARING = "clearing", _("Clearing accounts are at zero")
    BALANCED = "balanced", _("Debits equal credits")


class MonitorKind(TextChoices):
    """What is looked out for on an account. Stable: it is API."""

    BELOW = "BELOW", _("Falls below an amount")
    UNCLEARED = "UNCLEARED", _("Is not at zero for days")


class FapiaoKind(TextChoices):
    """Which fapiao a buyer asks for. Stable: it is API."""

    ORDINARY = "ORDINARY", _("Ordinary fapiao")
    SPECIAL = "SPECIAL", _("Special VAT fapiao")


class FapiaoState(TextChoices):
    """What became of a request for a fapiao. Stable: it is API."""

    REQUESTED = "REQUESTED", _("Requested")
    EXPORTED = "EXPORTED", _("With the tax system")
    ISSUED = "ISSUED", _("Fapiao issued")
    REFUSED = "REFUSED", _("Refused")
    REVERSED = "REVERSED", _("Reversed by a red fapiao")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")


# What each state leads to; the trigger of the table keeps the same.
FAPIAO_STEPS: Final[dict[FapiaoState, frozenset[FapiaoState]]] = {
    FapiaoState.REQUESTED: frozenset({FapiaoState.EXPORTED, FapiaoState.WITHDRAWN}),
    FapiaoState.EXPORTED: frozenset({FapiaoState.ISSUED, FapiaoState.REFUSED}),
    FapiaoState.ISSUED: frozenset({FapiaoState.REVERSED}),
    FapiaoState.REFUSED: frozenset(),
    FapiaoState.REVERSED: frozenset(),
    FapiaoState.WITHDRAWN: frozenset(),
}
# Of a statement one such request at a time.
FAPIAO_LIVE: Final = (FapiaoState.REQUESTED, FapiaoState.EXPORTED, FapiaoState.ISSUED)

SIDES: Final[dict[BillSide, tuple[AccountKind, ...]]] = {
    BillSide.BUYER: (AccountKind.BUYER_CASH, AccountKind.VOUCHER),
    BillSide.PROVIDER: (
        AccountKind.PROVIDER_PAYABLE,
        AccountKind.PROVIDER_RECEIVABLE,
        AccountKind.VOUCHER_CLAIM,
        AccountKind.VOUCHER_CLAIMED,
    ),
    BillSide.PROGRAMME: (AccountKind.VOUCHER_BUDGET, AccountKind.VOUCHER_POOL),
    BillSide.MARKET: (
        AccountKind.BANK,
        AccountKind.GATEWAY,
        AccountKind.CLEARING_IN,
        AccountKind.CLEARING_OUT,
        AccountKind.PLATFORM_FEE,
        AccountKind.TAX_WITHHELD,
    ),
}


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a statement is of: an organisation's side, a programme by its code, or the market."""

    side: BillSide
    key: str = ""  # the organisation's identifier, or the programme's code
    organization_id: UUID | None = None  # who reads it besides the market


@dataclass(frozen=True, slots=True)
class Summed:
    """Lines that were added up. Amounts are minor units; what is taken is negative."""

    key: str
    label: str
    lines: int
    standard_hours: Decimal
    added_minor: int
    taken_minor: int
    first_day: date
    last_day: date

    @property
    def net_minor(self) -> int:
        """Return what the lines come to."""
        return self.added_minor + self.taken_minor


@dataclass(frozen=True, slots=True)
class OpenMonth:
    """What would stand on the statement of a month if it were issued now."""

    subject: Subject
    month: date
    stage: Stage
    ends_at: datetime
    issued_from: datetime
    opening_minor: int
    added_minor: int
    taken_minor: int
    lines: int

    @property
    def closing_minor(self) -> int:
        """Return what is left at the end."""
        return self.opening_minor + self.added_minor + self.taken_minor


@dataclass(frozen=True, slots=True)
class Proof:
    """What a stranger is told of a statement: that it is what it was, and no amount."""

    number: str
    kind: str
    starts_on: date
    ends_on: date
    issued_at: datetime
    content_hash: str
    is_same: bool | None  # as the hash that was asked about; None: no hash was given
    cancelled_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FapiaoWish:
    """What a buyer writes on a request."""

    kind: FapiaoKind
    title: str
    taxpayer_code: str
    email: str = ""


@dataclass(frozen=True, slots=True)
class TaxAnswer:
    """What the tax system says of one request."""

    line: int
    reference: str
    state: FapiaoState
    fapiao_number: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BadTaxAnswer:
    """A line that was not taken, and why."""

    line: int
    reference: str
    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class TaxAnswered:
    """What became of the tax system's answer."""

    taken: int = 0
    known: int = 0
    bad: tuple[BadTaxAnswer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorWish:
    """What somebody wants to be told of an account."""

    account: str
    kind: MonitorKind
    below_minor: int | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class BookSum:
    """What a month moved on an owner's account, a programme's accounts, or for a region."""

    key: str  # an organisation's identifier, a programme's code, or a region's
    called: str  # the organisation's name; else empty
    account: str  # of an owner; else empty
    kind: str  # of the account, or in what use was paid
    asset: str
    debits_minor: int
    credits_minor: int

    @property
    def net_minor(self) -> int:
        """Return credits less debits."""
        return self.credits_minor - self.debits_minor


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the checklist of a month: how many are in its way."""

    name: CheckName
    open: int
    detail: str = ""


class MonthNotOver(Refusal):
    """The month runs, or is closed."""

    code = "month_not_over"
    sentence = _("Only a month that is over and not closed is closed.")


class MonthNotReady(Refusal):
    """Something of the checklist is open."""

    code = "month_not_ready"
    sentence = _("Still open: %(what)s.")


class ClosingNotFound(NotFound):
    """There is no such closing."""

    code = "closing_not_found"
    sentence = _("There is no such closing of a month.")


class MonitorNotFound(NotFound):
    """There is no such monitor, or it is somebody else's."""

    code = "monitor_not_found"
    sentence = _("There is no such monitor.")


class MonitoredAccountUnknown(InvalidInput):
    """There is no such account, or it is somebody else's."""

    code = "monitored_account_unknown"
    sentence = _("There is no such account of yours.")


class MonitorRefused(InvalidInput):
    """The monitor says nothing, or not what its kind needs."""

    code = "invalid_monitor"
    sentence = _("Write an amount to fall below, or from 1 to %(most)s days; not both.")


class MonitorExists(Refusal):
    """The account is watched so already, or too many are."""

    code = "monitor_exists"
    sentence = _("This account is watched so already, or %(most)s monitors are there.")


class StatementNotFound(NotFound):
    """There is no such statement, or it is somebody else's."""

    code = "statement_not_found"
    sentence = _("There is no such statement.")


class StatementNotDue(Refusal):
    """The month is not over, or what is late may still come."""

    code = "statement_not_due"
    sentence = _("The statement of %(month)s is issued from %(issued_from)s on.")


class StatementIssued(Refusal):
    """The month has its statement, or a later one has."""

    code = "statement_issued"
    sentence = _("%(number)s was issued for this month or a later one: cancel it first.")


class NothingToState(Refusal):
    """Nothing was booked."""

    code = "nothing_to_state"
    sentence = _("Nothing was booked until the end of that month that no statement shows yet.")


class StatementNotCancellable(Refusal):
    """It was cancelled, a later one builds on it, or a fapiao stands on it."""

    code = "statement_not_cancellable"
    sentence = _("Only the latest statement is cancelled, once, and after its fapiao.")


class FapiaoNotFound(NotFound):
    """There is no such request, or it is somebody else's."""

    code = "fapiao_not_found"
    sentence = _("There is no such request for a fapiao.")


class FapiaoRefused(Refusal):
    """The statement has a request already, or nothing on it is taxed."""

    code = "fapiao_not_possible"
    sentence = _("Nothing was charged on this statement, or a fapiao is under way for it.")


class FapiaoMoved(Refusal):
    """The request is not where the step begins."""

    code = "fapiao_moved"
    sentence = _("The request is: %(state)s.")


class InvalidTaxpayer(InvalidInput):
    """The code is none of a taxpayer."""

    code = "invalid_taxpayer_code"
    sentence = _("Write the unified social credit code: 18 characters.")


class TaxAnswersRefused(InvalidInput):
    """The answer cannot be read as a table."""

    code = "tax_answers_refused"
    sentence = _("The file has more than %(most)s lines.")
