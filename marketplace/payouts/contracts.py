"""What other rooms see of payouts, and what is refused about them."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal
from marketplace.payments.contracts import PayChannel

RUN_KIND: Final = "payouts.run"  # What takes two persons of finance.
TAX_KIND: Final = "payouts.tax_rule"  # So do the taxes that runs withhold.
TAX_DIGITS: Final = 6
SOURCE_LENGTH_MAX: Final = 300
RUN_LINES_MAX: Final = 10_000
REASON_LENGTH_MAX: Final = 200
HOLDER_LENGTH_MAX: Final = 120
ACCOUNT_LENGTH_MAX: Final = 34  # of an IBAN; account numbers in China have up to 30 digits
BANK_CODE_LENGTH: Final = 12
GATEWAY_ACCOUNT: Final = r"^acct_[A-Za-z0-9]{8,29}$"


class PayoutChannel(TextChoices):
    """By which way a run pays; the words of payments say it too."""

    BANK = PayChannel.BANK.value, PayChannel.BANK.label
    STRIPE = PayChannel.STRIPE.value, _("Payment gateway")


class ProviderKind(TextChoices):
    """What a provider is to the tax office, by the first digits of its social credit code."""

    ENTERPRISE = "ENTERPRISE", _("Enterprise")
    SOLE_TRADER = "SOLE_TRADER", _("Individual business")
    INSTITUTION = "INSTITUTION", _("Public institution")
    OTHER = "OTHER", _("Other organisation")


class RunState(TextChoices):
    """Where a run of payouts stands."""

    PROPOSED = "PROPOSED", _("Waits for a second person")
    APPROVED = "APPROVED", _("Approved")
    SENT = "SENT", _("With the bank")
    DONE = "DONE", _("Done")


class Skipped(TextChoices):
    """Why a provider is not paid by a run. Stable: it is API."""

    NONE = "", _("Paid")
    NO_ACCOUNT = "no_account", _("No bank account")
    COOLING = "cooling", _("New bank account, not usable yet")
    BELOW_THRESHOLD = "below_threshold", _("Less than the threshold")
    FROZEN = "frozen", _("Frozen")
    OWES = "owes", _("Owes as much as it is owed")


class Answer(TextChoices):
    """What the bank says of a payout."""

    PAID = "PAID", _("Paid")
    RETURNED = "RETURNED", _("Returned")


@dataclass(frozen=True, slots=True)
class Planned:
    """
    What a run would pay a provider.

    Of what is owed to it until the run's day, what it owes itself is netted first, and what is
    frozen stays.
    """

    provider_id: UUID
    payable_minor: int
    owed_minor: int = 0
    frozen_minor: int = 0
    account_id: UUID | None = None
    netted_minor: int = 0
    amount_minor: int = 0
    tax_minor: int = 0
    tax_rule_id: UUID | None = None
    skipped: Skipped = Skipped.NONE


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would pay, and to whom it would not, before anybody proposes it."""

    until: date
    threshold_minor: int
    lines: tuple[Planned, ...]

    @property
    def paid(self) -> list[Planned]:
        """Return the lines that pay somebody."""
        return [each for each in self.lines if not each.skipped]

    @property
    def amount_minor(self) -> int:
        """Return what leaves the market."""
        return sum(each.amount_minor for each in self.lines)

    @property
    def tax_minor(self) -> int:
        """Return what is withheld as tax."""
        return sum(each.tax_minor for each in self.lines)

    @property
    def netted_minor(self) -> int:
        """Return what is taken for what providers owe."""
        return sum(each.netted_minor for each in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """Where a provider wants to be paid."""

    holder: str
    bank_name: str = ""
    bank_code: str = ""
    account_number: str
    channel: PayoutChannel = PayoutChannel.BANK


@dataclass(frozen=True, slots=True)
class BankAnswer:
    """One line of the bank's answer: a payout, what became of it, and why."""

    line: int
    reference: str
    amount_minor: int
    answer: Answer
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BadAnswer:
    """A line that was not taken, and why."""

    line: int
    reference: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of the bank's answer: good lines are taken, each bad one says why not."""

    paid: int = 0
    returned: int = 0
    known: int = 0
    bad: tuple[BadAnswer, ...] = ()


class RunNotFound(NotFound):
    """There is no such run."""

    code = "payout_run_not_found"
    sentence = _("There is no such run of payouts.")


class AccountNotFound(NotFound):
    """The provider has not said where it is paid."""

    code = "payout_account_not_found"
    sentence = _("No bank account is known.")


class NothingToPay(Refusal):
    """Nobody is owed what a run pays."""

    code = "nothing_to_pay"
    sentence = _("Nobody is owed this much until that day.")


class UntilRefused(InvalidInput):
    """A run pays what was earned on days that are over."""

    code = "until_refused"
    sentence = _("Choose a day that is over, or today.")


class TooManyPayouts(Refusal):
    """A run has only so many lines."""

    code = "too_many_payouts"
    sentence = _("A run pays %(most)s providers at most: raise the threshold.")


class RunStale(Refusal):
    """Balances moved since the run was proposed, so that it cannot be paid as it was agreed."""

    code = "payout_run_stale"
    sentence = _("Balances or bank accounts have changed since: refuse this run and propose anew.")


class RunNotSendable(Refusal):
    """Only an approved run is handed to the bank, and only one that is there is answered."""

    code = "payout_run_not_sendable"
    sentence = _("This run is %(state)s.")


class PayoutChannelMissing(Refusal):
    """The market is not connected to what a run is to pay by."""

    code = "payout_channel_missing"
    sentence = _("The market is not connected to a payment gateway: pay by bank transfer.")


class InvalidGatewayAccount(InvalidInput):
    """What is named is no connected account of the gateway."""

    code = "invalid_gateway_account"
    sentence = _("Write the account as the gateway shows it: acct_ and letters and digits.")


class InvalidBankAccount(InvalidInput):
    """The digits of a bank account, or of its bank, are not right."""

    code = "invalid_bank_account"
    sentence = _("Write the number in digits as the bank prints it.")


class TaxRefused(InvalidInput):
    """A tax is no share, or its days are not in order."""

    code = "tax_rule_refused"
    sentence = _("A tax is a share from nothing to below one, and begins today or later.")
