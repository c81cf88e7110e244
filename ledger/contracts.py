"""What other rooms say to the ledger, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, Refusal

AMOUNT_MAX: Final = 10**17  # sums of ninety such amounts still fit PostgreSQL's bigint
REFERENCE_MAX: Final = 200
BATCH_MAX: Final = 10_000  # transfers in one statement; more is a caller's mistake


# When a transfer takes effect, or a hold expires: what every calendar and every driver can tell.
TIME_MIN: Final = datetime(1970, 1, 1, tzinfo=UTC)
TIME_END: Final = datetime(3000, 1, 1, tzinfo=UTC)


class Op(IntEnum):
    """What a transfer does with its amount."""

    POST = 0
    HOLD = 1
    CAPTURE = 2
    RELEASE = 3

    @property
    def moves(self) -> bool:
        """Return whether the amount reaches the other account, and is not only held or let go."""
        return self in {Op.POST, Op.CAPTURE}


@dataclass(frozen=True, slots=True)
class Transfer:
    """
    An amount that leaves one account and reaches another.

    `id` is a UUIDv7 that the caller makes and keeps: posting it again is a no-op. A capture or a
    release names its hold and repeats the hold's sides; a release repeats its amount, too. A
    capture of less than the hold lets the rest go: hold it again in the same batch to keep it.
    """

    id: UUID
    debit: str
    credit: str
    asset: str
    amount: int
    reason: str
    op: Op = Op.POST
    hold_id: UUID | None = None
    group: UUID | None = None
    reference: str = ""
    effective_at: datetime | None = None
    expires_at: datetime | None = None
    meta: Mapping[str, Any] | None = None
    reverses: UUID | None = None


@dataclass(frozen=True, slots=True)
class KindSpec:
    """A kind of account to define, and which of its sides may not exceed the other."""

    name: str
    rule: str
    deferred: bool = False


@dataclass(frozen=True, slots=True)
class FlowSpec:
    """A way to allow: an asset, or every asset of a class (`*voucher`), between two kinds."""

    asset: str
    debit_kind: str
    credit_kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class AccountSpec:
    """An account to open: a code that other rooms know it by, and what it is for."""

    code: str
    asset: str
    kind: str
    owner_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """
    What an account holds, in its normal direction.

    That is credits minus debits, or debits minus credits for accounts whose credits may not exceed
    their debits. `pending` is held to leave, `incoming` is held to arrive; `available` is what may
    still leave.
    """

    posted: int
    pending: int
    available: int
    incoming: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """A transfer that was not posted, and the stable code of the rule that refused it."""

    transfer_id: UUID
    account: str | None
    code: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch."""

    posted: tuple[UUID, ...] = ()
    duplicates: tuple[UUID, ...] = ()
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class PostedTransfer:
    """A transfer as the ledger recorded it."""

    id: UUID
    op: Op
    debit: str
    credit: str
    asset: str
    scale: int
    amount: int
    reason: str
    hold_id: UUID | None
    reverses: UUID | None
    group: UUID | None
    reference: str
    effective_at: datetime
    recorded_at: datetime
    expires_at: datetime | None
    meta: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class TrialLine:
    """The totals of all accounts of one kind in one asset, in minor units."""

    asset: str
    scale: int
    kind: str
    accounts: int
    debits: int
    credits: int
    debits_pending: int
    credits_pending: int


@dataclass(frozen=True, slots=True)
class MovedTotal:
    """What moved from one account to another for one reason in one month of the market."""

    month: str
    debit: str
    credit: str
    debit_kind: str
    reason: str
    transfers: int
    amount: int


@dataclass(frozen=True, slots=True)
class AccountStatementLine:
    """One transfer as one of its accounts sees it; holds and releases change nothing posted."""

    entry: int
    transfer: PostedTransfer
    change: int
    balance: int


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """Lines of an account, newest first; `before` and `after` ask for the pages beside it."""

    account: str
    asset: str
    scale: int
    kind: str
    lines: tuple[AccountStatementLine, ...]
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Totals:
    """What an account was debited and credited, and the balance that follows from it."""

    debits: int
    credits: int
    balance: int


@dataclass(frozen=True, slots=True)
class PeriodStatement:
    """What was booked on an account in a period, newest first; paged as a statement is."""

    account: str
    asset: str
    scale: int
    kind: str
    opening: Totals
    closing: Totals
    entries: int
    lines: tuple[AccountStatementLine, ...]
    before: int | None
    after: int | None

    @property
    def debits(self) -> int:
        """Return what the account was debited in the period."""
        return self.closing.debits - self.opening.debits

    @property
    def credits(self) -> int:
        """Return what the account was credited in the period."""
        return self.closing.credits - self.opening.credits


@dataclass(frozen=True, slots=True)
class PostedTotal:
    """What was posted in an asset: on the debit side as much as on the credit side."""

    asset: str
    scale: int
    transfers: int
    amount: int


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """An account and what it holds."""

    code: str
    asset: str
    scale: int
    kind: str
    owner_id: UUID | None
    balance: Balance


@dataclass(frozen=True, slots=True)
class KindTotals:
    """What all accounts of a kind were debited and credited, and where accountants find them."""

    asset: str
    scale: int
    kind: str
    root: str
    debits: int
    credits: int


@dataclass(frozen=True, slots=True)
class NumberedAccount:
    """An account and the number by which SQL knows it."""

    number: int
    code: str
    kind: str
    asset: str
    owner_id: UUID | None


@dataclass(frozen=True, slots=True)
class SealedHead:
    """The newest signed statement about the log: how many entries, which root."""

    size: int
    root: bytes
    note: str
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class Document:
    """What another room recorded, as the log keeps it: by name and hash, without its content."""

    kind: str
    form: int  # which version of the kind's texts the hash is of
    reference: str
    at: datetime
    sha256: str  # hexadecimal


@dataclass(frozen=True, slots=True)
class SealedDocument:
    """A document with its place among the entries of the log, and the line that is hashed."""

    xid: str
    id: UUID
    kind: str
    reference: str
    form: int
    sha256: str
    at: datetime
    line: str


class TransferRefused(Refusal):
    """
    The ledger refused a batch; nothing of it was posted.

    `code` is that of the rule; `transfer_id` and `account` say where it applied.
    """

    code = "transfer_refused"
    sentence = _("The ledger refused this transfer.")

    def __init__(self, refused: Refused) -> None:
        super().__init__()
        self.refused = refused
        self.transfer_id = refused.transfer_id
        self.account = refused.account
        # The instance carries the code of the rule, so that API answers name it.
        self.code = refused.code  # type: ignore[misc]
        self.sentence = SENTENCES.get(refused.code, type(self).sentence)  # type: ignore[misc]
        self.status = 400 if refused.code.startswith("invalid_") else 409  # type: ignore[misc]
        self.args = (f"{refused.code}: transfer {refused.transfer_id}, account {refused.account}",)
        self.add_note(self.args[0])  # what a traceback says beside the sentence for readers


class DefinitionConflict(Refusal):
    """An asset, a kind or an account of this name exists and means something else."""

    code = "definition_conflict"
    sentence = _("This name is taken by another definition: %(name)s.")


class UnknownDefinition(InvalidInput):
    """An asset, a kind or a class of assets that nobody defined."""

    code = "unknown_definition"
    sentence = _("Nothing of this name is defined: %(name)s.")


SENTENCES: Final = {
    "insufficient_funds": _("The account does not cover this amount."),
    "unknown_account": _("There is no such account in this asset."),
    "unknown_asset": _("There is no such asset."),
    "flow_not_allowed": _("This asset may not move between these accounts for this reason."),
    "transfer_conflict": _("Another transfer was posted under this identifier."),
    "hold_unknown": _("There is no such hold."),
    "hold_resolved": _("The hold was captured or released before."),
    "hold_expired": _("The hold has expired."),
    "hold_mismatch": _("The transfer does not match its hold."),
    "reversal_mismatch": _("A reversal mirrors a posted transfer of the same amount."),
    "already_reversed": _("The transfer was reversed before."),
    "period_closed": _("The accounting period is closed."),
    "invalid_amount": _(
        "An amount is a whole number of minor units from 1 to 100,000,000,000,000,000."
    ),
    "invalid_transfer": _("The transfer contradicts itself."),
    "invalid_id": _("The identifier of a transfer is a UUIDv7 of the ledger's months."),
}


def derived_id(made_at: datetime, *names: object) -> UUID:
    """
    Return the UUIDv7 that a moment and some names always give.

    For callers that must find the same identifier again, for instance from a bank's reference and
    the moment of its booking.
    """
    milliseconds = int(made_at.timestamp() * 1000)
    seed = "\x1f".join(str(name) for name in names)
    random = int.from_bytes(sha256(seed.encode()).digest()[:10], "big")
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80
    value |= 0x7 << 76
    value |= (random >> 68 & 0xFFF) << 64
    value |= 0b10 << 62
    value |= random & 0x3FFF_FFFF_FFFF_FFFF
    return UUID(int=value)


@dataclass(frozen=True, slots=True)
class ReplayState:
    """How the balances compared with a replay of the transfers, last time and now."""

    finished_at: datetime | None  # None: never yet.
    transfers: int  # How many the last finished replay added up.
    differences: int  # Accounts whose balance was another than their transfers say.
    running_since: datetime | None
    running_transfers: int

    @property
    def is_sound(self) -> bool:
        """Whether no difference is known."""
        return self.differences == 0


@dataclass(frozen=True, slots=True)
class ReplayFinding:
    """An account whose balance was another than its transfers say; None: there was none."""

    account: str
    replayed: tuple[int | None, ...]  # Debits and credits posted, debits and credits pending.
    stored: tuple[int | None, ...]
    found_at: datetime
