"""How long a buyer's cash lasts, and which instalments it is to cover."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from common.moments import market_date
from ledger import selectors as ledger_selectors
from ledger.contracts import Balance
from marketplace import accounts
from marketplace.settlement.contracts import InstalmentState
from marketplace.settlement.models import ContractInstalment
from marketplace.settlement.selectors.instalments import coming_instalments
from marketplace.settlement.selectors.spending import SpentOnDay, spent_by_day

BURN_DAYS: Final = 30
COMING_MAX: Final = 200
LASTS_DAYS_MAX: Final = 3_650


@dataclass(frozen=True, slots=True)
class ComingInstalment:
    """What a contract holds next, and what would lack of it."""

    contract_id: UUID
    contract_number: str
    order_id: UUID
    part: int
    starts_at: datetime
    ends_at: datetime
    due_at: datetime
    amount_minor: int
    is_late: bool
    lacks_minor: int


@dataclass(frozen=True, slots=True)
class CashForecast:
    """A buyer's cash, what a day costs, and what is held next."""

    posted_minor: int
    held_minor: int
    available_minor: int
    burn_minor: int
    lasts_until: date | None
    instalments: Sequence[ComingInstalment]

    @property
    def lacking(self) -> ComingInstalment | None:
        """Return the first instalment that would not be held."""
        return next((each for each in self.instalments if each.lacks_minor), None)


def cash_forecast(buyer_id: UUID, *, at: datetime) -> CashForecast:
    """Return how long a buyer's cash lasts if each day costs what the last thirty did."""
    code = accounts.buyer_cash(buyer_id)
    cash = ledger_selectors.balances([code]).get(code, Balance(0, 0, 0))
    today = market_date(at)
    since, until = today - timedelta(days=BURN_DAYS - 1), today + timedelta(days=1)
    days = spent_by_day(buyer_id, since=since, until=until)
    return forecast_of(buyer_id, cash, days, today=today)


def forecast_of(
    buyer_id: UUID, cash: Balance, days: Sequence[SpentOnDay], *, today: date
) -> CashForecast:
    """
    Return how long cash lasts if each day costs what some days did, on average.

    What is on hold is spent by use, too: it is the balance that lasts. Instalments take from what
    is free, the earliest first.
    """
    burn = max(0, sum(each.cash_minor for each in days)) // max(1, len(days))
    rows = coming_instalments(buyer_id, limit=COMING_MAX)
    return CashForecast(
        posted_minor=cash.posted,
        held_minor=cash.posted - cash.available,
        available_minor=cash.available,
        burn_minor=burn,
        lasts_until=_lasts(cash.posted, burn, today),
        instalments=tuple(_coming(rows, cash.available)),
    )


def _lasts(posted_minor: int, burn_minor: int, today: date) -> date | None:
    if burn_minor <= 0:
        return None
    days = max(0, posted_minor) // burn_minor
    return today + timedelta(days=days) if days <= LASTS_DAYS_MAX else None


def _coming(rows: Sequence[ContractInstalment], available: int) -> Iterator[ComingInstalment]:
    left = available
    for row in rows:
        if row.due_at is None:
            continue
        left -= row.amount_minor
        yield ComingInstalment(
            contract_id=row.contract_id,
            contract_number=row.contract.number,
            order_id=row.contract.order_id,
            part=row.part,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            due_at=row.due_at,
            amount_minor=row.amount_minor,
            is_late=row.state == InstalmentState.LATE,
            lacks_minor=max(0, -left),
        )
