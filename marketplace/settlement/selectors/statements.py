"""What an organisation sold and bought, month by month, and what stands open today."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncMonth

from common import moments
from ledger import selectors as ledger_selectors
from marketplace import accounts
from marketplace.settlement.contracts import ContractState, MonthlyStatement, Side, TradeKind
from marketplace.settlement.models import Contract, ContractFunds, TradeRecord

STATEMENT_MONTHS_MAX: Final = 120
_FOUR_DAYS: Final = timedelta(days=4)
SUMS: Final = ("standard_hours", "gross_minor", "voucher_minor", "cash_minor", "fee_minor")


@dataclass(frozen=True, slots=True)
class ProviderOverview:
    """How a provider's trade stands. Amounts are minor units."""

    active_contracts: int
    accrued_minor: int  # charged under contracts that are not settled yet
    settled_contracts: int
    gross_minor: int
    voucher_minor: int
    cash_minor: int
    fee_minor: int
    payable_minor: int  # the ledger's balance: what the market owes in cash
    claims: Mapping[str, int]  # captured vouchers, by asset

    @property
    def net_minor(self) -> int:
        """Return what is the provider's of everything settled."""
        return self.gross_minor - self.fee_minor


def statements(*, organization_id: UUID, side: Side) -> list[MonthlyStatement]:
    """Return an organisation's months with trades, the newest first; months are local ones."""
    months = (
        _trades_of(organization_id, side)
        .annotate(month=TruncMonth("traded_at", tzinfo=moments.market_zone()))
        .values("month")
        .annotate(trades=Count("id"), **{name: Sum(name) for name in SUMS})
        .order_by("-month")
    )
    return [_statement(organization_id, side, row) for row in months[:STATEMENT_MONTHS_MAX]]


def trades_of_month(
    *, organization_id: UUID, side: Side, month_starts_at: datetime
) -> QuerySet[TradeRecord]:
    """Return the records that a statement adds up."""
    month = moments.month_period(moments.market_date(month_starts_at))
    return (
        _trades_of(organization_id, side)
        .filter(traded_at__gte=month.starts_at, traded_at__lt=month.ends_at)
        .order_by("sequence")
    )


def provider_overview(*, provider_id: UUID) -> ProviderOverview:
    """Return how a provider's trade stands, from its records and the ledger."""
    settled = _trades_of(provider_id, Side.PROVIDER).aggregate(**{n: Sum(n) for n in SUMS[1:]})
    records = _trades_of(provider_id, Side.PROVIDER).filter(kind=TradeKind.TRADE).count()
    active = Contract.objects.filter(provider_id=provider_id, state=ContractState.ACTIVE).aggregate(
        count=Count("id"), accrued=Sum("gross_minor")
    )
    balances = ledger_selectors.balances(
        [accounts.provider_payable(provider_id), *_claims(provider_id)]
    )
    payable = balances.pop(accounts.provider_payable(provider_id), None)
    return ProviderOverview(
        active_contracts=active["count"],
        accrued_minor=active["accrued"] or 0,
        settled_contracts=records,
        payable_minor=payable.posted if payable else 0,
        claims={code.split(":")[1]: balance.posted for code, balance in balances.items()},
        **{name: total or 0 for name, total in settled.items()},
    )


def _trades_of(organization_id: UUID, side: Side) -> QuerySet[TradeRecord]:
    if side is Side.PROVIDER:
        return TradeRecord.objects.filter(provider_id=organization_id)
    return TradeRecord.objects.filter(buyer_id=organization_id)


def _claims(provider_id: UUID) -> list[str]:
    """Return the accounts in which a provider has captured vouchers."""
    found = (
        ContractFunds.objects.filter(contract__provider_id=provider_id)
        .exclude(asset=accounts.CNY)
        .order_by("credit")
        .values_list("credit", flat=True)
        .distinct()
    )
    return list(found)


def _statement(organization_id: UUID, side: Side, row: Mapping[str, Any]) -> MonthlyStatement:
    net = row["gross_minor"] - (row["fee_minor"] if side is Side.PROVIDER else 0)
    return MonthlyStatement(
        month_starts_at=row["month"],
        organization_id=organization_id,
        side=side,
        trades=row["trades"],
        standard_hours=row["standard_hours"] or Decimal(0),
        gross_minor=row["gross_minor"],
        voucher_minor=row["voucher_minor"],
        cash_minor=row["cash_minor"],
        fee_minor=row["fee_minor"] if side is Side.PROVIDER else 0,
        net_minor=net,
    )
