"""A month in which something was bought, used and paid, and its statements."""

from datetime import UTC, date, datetime

from common import tenancy
from common.ids import uuid7
from identity.models import Organization
from ledger import services as ledger
from ledger.contracts import Transfer
from marketplace import accounts
from marketplace.statements import services
from marketplace.statements.contracts import BillSide, Subject
from marketplace.statements.models import Statement, StatementLine
from marketplace.statements.subjects import of_organization
from tests.settlement.cast import Market

MONTH = date(2026, 11, 1)
DECEMBER = date(2026, 12, 1)
ISSUED = datetime(2026, 12, 2, 0, 0, tzinfo=UTC)  # the cut-off is at 16:00 the day before


def traded(**facts) -> Market:
    """Return a market whose buyer paid ¥100,000.00 in and used six card-hours for ¥72.00."""
    market = Market(**facts)
    market.use(market.order(cards=8, hours=2), "6")
    market.settle()
    return market


def buyer(market: Market) -> Subject:
    return of_organization(BillSide.BUYER, market.buyer.pk)


def provider(market: Market) -> Subject:
    return of_organization(BillSide.PROVIDER, market.provider.pk)


def issue(subject: Subject, **facts) -> Statement:
    return services.issue_statement(**{"subject": subject, "month": MONTH, "now": ISSUED} | facts)


def lines(statement: Statement) -> list[StatementLine]:
    with tenancy.acting_as_platform():
        return list(StatementLine.objects.filter(statement=statement).order_by("position"))


def pay_in(owner: Organization, minor: int, *, at: datetime) -> None:
    """Let money arrive for a buyer."""
    transfer = Transfer(
        id=uuid7(),
        debit=accounts.bank(),
        credit=accounts.buyer_cash(owner.pk),
        asset=accounts.CNY,
        amount=minor,
        reason=accounts.TransferReason.DEPOSIT,
        effective_at=at,
    )
    ledger.post(transfers=[transfer])
