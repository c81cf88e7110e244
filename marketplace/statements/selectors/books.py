"""The market's books: what is open of a month, and what its trial balance says."""

from datetime import date, datetime
from typing import Final

from django.db import connection
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
from marketplace.statements.contracts import (
    BOOK_SUMS_MAX,
    BookGrouping,
    BookSum,
    Check,
    CheckName,
    ClosingState,
)
from marketplace.statements.models import BookClosing, StatementRound

# Of whole hours, as pages of accounts have them: a month of the market begins with one.
_BY_OWNER: Final = """
    SELECT o.id::text, o.name, a.code, k.name, s.code, sum(e.debits_posted), sum(e.credits_posted)
    FROM ledger_effect_sum e
    JOIN ledger_account a ON a.id = e.account_id
    JOIN ledger_kind k ON k.id = a.kind_id
    JOIN ledger_asset s ON s.id = a.id >> 48
    JOIN identity_organization o ON o.id = a.owner_id
    WHERE e.effect_hour >= %(since)s AND e.effect_hour < %(until)s
    GROUP BY 1, 2, 3, 4, 5
    ORDER BY abs(sum(e.credits_posted) - sum(e.debits_posted)) DESC, a.code LIMIT %(most)s
"""
_BY_PROGRAMME: Final = """
    SELECT substr(s.code, 5), '', '', k.name, s.code, sum(e.debits_posted), sum(e.credits_posted)
    FROM ledger_effect_sum e
    JOIN ledger_account a ON a.id = e.account_id
    JOIN ledger_kind k ON k.id = a.kind_id
    JOIN ledger_asset s ON s.id = a.id >> 48
    WHERE s.code LIKE 'VCH-%%' AND e.effect_hour >= %(since)s AND e.effect_hour < %(until)s
    GROUP BY 1, 4, 5 ORDER BY 1, 4 LIMIT %(most)s
"""
_BY_REGION: Final = """
    SELECT r.region, '', '', part.key, part.key,
           coalesce(-sum(part.value::bigint) FILTER (WHERE part.value::bigint < 0), 0),
           coalesce(sum(part.value::bigint) FILTER (WHERE part.value::bigint > 0), 0)
    FROM settlement_charge s
    JOIN settlement_contract c ON c.id = s.contract_id
    JOIN catalog_listing l ON l.id = c.listing_id
    JOIN identity_computeresource r ON r.id = l.resource_id
    CROSS JOIN LATERAL jsonb_each_text(s.parts) part
    WHERE s.ends_at > %(since)s AND s.ends_at <= %(until)s
    GROUP BY 1, 4 ORDER BY 1, 4 LIMIT %(most)s
"""
_SUMS: Final = {
    BookGrouping.OWNER: _BY_OWNER,
    BookGrouping.PROGRAMME: _BY_PROGRAMME,
    BookGrouping.REGION: _BY_REGION,
}
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


def sums(month: date, by: BookGrouping, *, most: int = BOOK_SUMS_MAX) -> list[BookSum]:
    """Return what a month moved, added up; of owners those that moved most. For the platform."""
    period = moments.month_period(month)
    with connection.cursor() as cursor:
        cursor.execute(
            _SUMS[by], {"since": period.starts_at, "until": period.ends_at, "most": most}
        )
        return [
            BookSum(key, called, account, kind, asset, int(debits), int(credit))
            for key, called, account, kind, asset, debits, credit in cursor.fetchall()
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
