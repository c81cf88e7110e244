"""The market's books: what is open of a month, and what its trial balance says."""

from datetime import date, datetime
from typing import Final

from django.db.models import QuerySet

from common import moments
from common.canonical import content_hash
from ledger import selectors as ledger_selectors
from ledger.contracts import KindTotals
from marketplace import accounts
from marketplace.claims import selectors as claims_selectors
from marketplace.payments import selectors as payments_selectors
from marketplace.payments.contracts import MovementState
from marketplace.payouts import selectors as payouts_selectors
from marketplace.payouts.contracts import RunState
from marketplace.settlement import selectors as settlement_selectors
from marketplace.settlement.contracts import ContractState
from marketplace.statements.contracts import Check, CheckName, ClosingState
from marketplace.statements.models import BookClosing, StatementRound

UNDER_WAY: Final = (MovementState.APPROVED, MovementState.SENT)
UNPAID: Final = ("SUBMITTED", "CHECKED", "INSTRUCTED")


def closings() -> QuerySet[BookClosing]:
    """Return closings of months, the latest month first."""
    found = BookClosing.objects.select_related("proposal", "proposed_by", "closed_by")
    return found.order_by("-month", "-id")


def is_closed(month: date) -> bool:
    """Return whether a month is closed."""
    return BookClosing.objects.filter(
        month=month.replace(day=1), state=ClosingState.CLOSED
    ).exists()


def trial_balance(month: date) -> list[KindTotals]:
    """Return the trial balance at the end of a month."""
    return ledger_selectors.trial_balance_as_of(effect_before=moments.month_period(month).ends_at)


def trial_hash(lines: list[KindTotals]) -> str:
    """Return the hash of a trial balance: what is agreed on is these totals."""
    rows = [[each.asset, each.kind, str(each.debits), str(each.credits)] for each in lines]
    return content_hash({"lines": sorted(rows)})


def checklist(month: date) -> list[Check]:
    """Return what must be so before a month is closed, with how many are in the way of each."""
    ends_at = moments.month_period(month).ends_at
    return [
        Check(CheckName.STATEMENTS, _unstated(month)),
        Check(CheckName.CONTRACTS, _unsettled(ends_at)),
        Check(
            CheckName.MOVEMENTS,
            payments_selectors.movements()
            .filter(state__in=UNDER_WAY, requested_at__lt=ends_at)
            .count(),
        ),
        Check(
            CheckName.BANK_LINES,
            payments_selectors.unmatched_lines()
            .filter(booked_on__lt=moments.market_date(ends_at))
            .count(),
        ),
        Check(
            CheckName.DIFFERENCES,
            payments_selectors.differences(is_open=True).filter(found_at__lt=ends_at).count(),
        ),
        Check(
            CheckName.PAYOUTS,
            payouts_selectors.runs()
            .filter(state__in=[RunState.APPROVED, RunState.SENT], approved_at__lt=ends_at)
            .count(),
        ),
        Check(
            CheckName.CLAIMS,
            claims_selectors.claims().filter(state__in=UNPAID, submitted_at__lt=ends_at).count(),
        ),
        _clearing(ends_at),
        _balanced(month),
    ]


def _unstated(month: date) -> int:
    done = StatementRound.objects.filter(month=month.replace(day=1), due_at=None)
    return 0 if done.exists() else 1


def _unsettled(ends_at: datetime) -> int:
    found = settlement_selectors.contracts().filter(
        state=ContractState.ACTIVE, ends_at__lte=ends_at
    )
    return found.count()


def _clearing(ends_at: datetime) -> Check:
    codes = [accounts.clearing_in(), *map(accounts.clearing_out, accounts.CHANNELS)]
    found = [
        (code, ledger_selectors.balance_as_of(account=code, effect_before=ends_at))
        for code in codes
    ]
    left = [code for code, totals in found if totals is not None and totals.balance]
    return Check(CheckName.CLEARING, len(left), ", ".join(left))


def _balanced(month: date) -> Check:
    sums: dict[str, int] = {}
    for each in trial_balance(month):
        sums[each.asset] = sums.get(each.asset, 0) + each.debits - each.credits
    wrong = sorted(asset for asset, left in sums.items() if left)
    return Check(CheckName.BALANCED, len(wrong), ", ".join(wrong))
