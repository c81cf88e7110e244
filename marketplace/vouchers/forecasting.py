"""What will be lost of vouchers if they are used as they were: pure, in whole fen."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from common.moments import market_date

DAYS: Final = 30  # the days by which the rate is measured


@dataclass(frozen=True, slots=True)
class VoucherLoss:
    """What one voucher would lose at its end."""

    voucher_id: UUID
    number: str
    ends_on: date
    left_minor: int
    lost_minor: int


@dataclass(frozen=True, slots=True)
class Spendable:
    """A voucher with what is left on it."""

    voucher_id: UUID
    number: str
    expires_at: datetime
    available_minor: int


def losses(vouchers: Iterable[Spendable], *, used_minor: int, now: datetime) -> list[VoucherLoss]:
    """
    Return what vouchers lose, by their end, if they are used as in the last thirty days.

    The voucher that ends first is used first; what it does not take in time the next one does.
    """
    found: list[VoucherLoss] = []
    spent = 0
    today = market_date(now)
    for each in sorted(vouchers, key=lambda it: (it.expires_at, it.number)):
        ends_on = market_date(each.expires_at)
        until_then = max(used_minor, 0) * max((ends_on - today).days, 0) // DAYS
        taken = min(each.available_minor, max(until_then - spent, 0))
        spent += taken
        lost = each.available_minor - taken
        found.append(VoucherLoss(each.voucher_id, each.number, ends_on, each.available_minor, lost))
    return found
