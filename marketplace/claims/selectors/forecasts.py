"""What a buyer's vouchers lose if they are used as in the last thirty days."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from common import moments
from marketplace.settlement import selectors as settlement_selectors
from marketplace.vouchers.forecasting import DAYS, Spendable, VoucherLoss, losses
from marketplace.vouchers.selectors import Wallet


@dataclass(frozen=True, slots=True)
class WalletForecast:
    """What vouchers lose if they are used as in the last thirty days."""

    used_minor: int
    losses: list[VoucherLoss]

    @property
    def lost(self) -> list[VoucherLoss]:
        """Return the vouchers that lose something."""
        return [each for each in self.losses if each.lost_minor]

    @property
    def lost_minor(self) -> int:
        """Return what is lost of all."""
        return sum(each.lost_minor for each in self.losses)


def wallet_forecast(wallet: Wallet, *, buyer_id: UUID, now: datetime) -> WalletForecast:
    """Return what each usable voucher of a wallet loses at its end."""
    today = moments.market_date(now)
    days = settlement_selectors.spent_by_day(
        buyer_id, since=today - timedelta(days=DAYS - 1), until=today + timedelta(days=1)
    )
    used = sum(each.voucher_minor for each in days)
    usable = [
        Spendable(each.id, each.number, each.expires_at, each.balance.available_minor)
        for each in wallet.usable
    ]
    return WalletForecast(used, losses(usable, used_minor=used, now=now))
