"""Lists of the ledger: trial balance, general ledger, statement of an account."""

from dataclasses import dataclass, field
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from ledger.contracts import AccountStatementLine, TrialLine
from marketplace.portal import figures
from marketplace.portal.tables import ListColumn, ListTable, Phone, Shows, Tag
from marketplace.portal.templatetags import portal as words


# --- Trial balance -----------------------------------------------------------------------------
@dataclass(slots=True)
class AssetTotals:
    """The kinds of account of one asset, and their sums."""

    asset: str
    lines: list[TrialLine] = field(default_factory=list)

    @property
    def accounts(self) -> int:
        """Return how many accounts there are of the asset."""
        return sum(line.accounts for line in self.lines)

    @property
    def debits(self) -> int:
        """Return what all accounts of the asset were debited."""
        return sum(line.debits for line in self.lines)

    @property
    def credits(self) -> int:
        """Return what all accounts of the asset were credited."""
        return sum(line.credits for line in self.lines)

    @property
    def difference(self) -> int:
        """Return what cannot be explained: always nothing."""
        return self.debits - self.credits


def _balance(totals: AssetTotals) -> Tag:
    if totals.difference == 0:
        return Tag(_("Balanced"), "ok", "scale")
    told = f"{_now('Difference')} {figures.money(totals.difference)}"
    return Tag(told, "bad", "alert-triangle")


BALANCED_ASSETS: Final = ListTable(
    name="trial-totals",
    prefix="totals",
    title=_("Totals by asset"),
    size=100,
    columns=(
        ListColumn("asset", _("Asset"), phone=Phone.KEY, is_fixed=True, is_wide=True),
        ListColumn("accounts", _("Accounts"), Shows.QUANTITY),
        ListColumn("debits", _("Debit"), Shows.MONEY, is_strong=True),
        ListColumn("credits", _("Credit"), Shows.MONEY, is_strong=True),
        ListColumn("balance", _("State"), Shows.STATE, value=_balance, phone=Phone.STATE),
    ),
    row_id=lambda row: row.asset,
)
TRIAL_BALANCE: Final = ListTable(
    name="trial-balance",
    title=_("Trial balance"),
    size=100,
    columns=(
        ListColumn(
            "kind",
            _("Kind of account"),
            value=lambda line: words.kind_name(line.kind),
            below=lambda line: line.kind,
            sort=("kind",),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn("asset", _("Asset"), sort=("asset",), phone=Phone.STATE),
        ListColumn(
            "accounts", _("Accounts"), Shows.QUANTITY, sort=("accounts",), phone=Phone.STRIP
        ),
        ListColumn("debits", _("Debit"), Shows.MONEY, sort=("debits",)),
        ListColumn("credits", _("Credit"), Shows.MONEY, sort=("credits",)),
        ListColumn("debits_pending", _("On hold, going out"), Shows.MONEY),
        ListColumn("credits_pending", _("On hold, coming in"), Shows.MONEY),
    ),
    row_id=lambda line: f"{line.asset}-{line.kind}",
)


# --- General ledger ----------------------------------------------------------------------------
def _side(side: str, label: Any) -> ListColumn:
    def code(row: Any) -> str:
        return str(getattr(row, side))

    return ListColumn(
        side,
        label,
        value=lambda row: words.account_name(code(row)),
        below=lambda row: words.shortened(code(row), 14),
        link=lambda row: reverse("portal:ledger-statement", args=[code(row)]),
    )


def _entry(transfer: Any) -> str:
    return f"{words.reason_name(transfer.reason)} · {words.operation_name(transfer.op)}"


JOURNAL: Final = ListTable(
    name="general-ledger",
    title=_("Journal"),
    # The ledger cuts these pages itself, and writes whole periods as files of its own.
    is_written=False,
    columns=(
        ListColumn("entry", _("Entry"), value=_entry, phone=Phone.KEY, is_fixed=True, is_wide=True),
        ListColumn("effective_at", _("Effective"), Shows.TIME),
        _side("debit", _("Debited")),
        _side("credit", _("Credited")),
        ListColumn("asset", _("Asset")),
        ListColumn("amount", _("Amount"), Shows.MONEY, is_strong=True, phone=Phone.STATE),
        ListColumn(
            "id",
            _("Transfer"),
            Shows.IDENTIFIER,
            value=lambda row: str(row.id),
            phone=Phone.STRIP,
        ),
    ),
    row_id=lambda row: row.id,
)
JOURNAL_TOTALS: Final = ListTable(
    name="general-ledger-totals",
    prefix="totals",
    title=_("Total of the period"),
    columns=(
        ListColumn("asset", _("Asset"), phone=Phone.KEY, is_fixed=True, is_wide=True),
        ListColumn("transfers", _("Transfers"), Shows.QUANTITY),
        ListColumn("debit", _("Debit"), Shows.MONEY, value=lambda row: row.amount),
        ListColumn("credit", _("Credit"), Shows.MONEY, value=lambda row: row.amount),
    ),
    row_id=lambda row: row.asset,
)


# --- Statement ---------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class BookedLine:
    """A line of a statement, seen from its account."""

    line: AccountStatementLine
    account: str

    @property
    def other(self) -> str:
        """Return the account on the other side."""
        transfer = self.line.transfer
        return transfer.credit if transfer.debit == self.account else transfer.debit

    @property
    def debit(self) -> int | None:
        """Return what was debited; a hold moves nothing."""
        return self._moved(is_debit=True)

    @property
    def credit(self) -> int | None:
        """Return what was credited."""
        return self._moved(is_debit=False)

    def _moved(self, *, is_debit: bool) -> int | None:
        transfer = self.line.transfer
        is_this = (transfer.debit == self.account) is is_debit
        return transfer.amount if is_this and transfer.op.moves else None

    @property
    def entry(self) -> str:
        """Return why it was booked, and of what only held or let go moves nothing, how much."""
        transfer = self.line.transfer
        held = "" if transfer.op.moves else f" {figures.money(transfer.amount)}"
        return f"{_entry(transfer)}{held}"


STATEMENT: Final = ListTable(
    name="statement",
    title=_("Account statement"),
    is_written=False,  # The ledger writes whole periods as files of its own.
    columns=(
        ListColumn("number", _("No."), Shows.QUANTITY, value=lambda row: row.line.entry),
        ListColumn("entry", _("Entry"), phone=Phone.KEY, is_fixed=True, is_wide=True),
        ListColumn(
            "recorded_at",
            _("Booked"),
            Shows.TIME,
            value=lambda row: row.line.transfer.recorded_at,
            phone=Phone.STRIP,
        ),
        ListColumn(
            "effective_at",
            _("Effective"),
            Shows.TIME,
            value=lambda row: row.line.transfer.effective_at,
            phone=Phone.HIDDEN,
        ),
        ListColumn(
            "other",
            _("Counter account"),
            value=lambda row: words.account_name(row.other),
        ),
        ListColumn("debit", _("Debit"), Shows.MONEY),
        ListColumn("credit", _("Credit"), Shows.MONEY),
        ListColumn(
            "balance",
            _("Balance"),
            Shows.MONEY,
            value=lambda row: row.line.balance,
            is_strong=True,
            phone=Phone.STATE,
        ),
        ListColumn(
            "id",
            _("Transfer"),
            Shows.IDENTIFIER,
            value=lambda row: str(row.line.transfer.id),
            phone=Phone.HIDDEN,
            is_on=False,
        ),
    ),
    row_id=lambda row: row.line.entry,
)
