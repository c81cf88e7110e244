"""The holds of cleared orders: one for each voucher and one for the cash, in one ledger batch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from common.ids import uuid7
from ledger import services as ledger_services
from ledger.contracts import Op, Refused, Transfer
from marketplace import accounts
from marketplace.orders import rules
from marketplace.orders.contracts import Fill, RefusalCode
from marketplace.orders.terms import InstalmentTerms
from marketplace.vouchers.contracts import Cover

SHORT: Final = "insufficient_funds"


@dataclass(frozen=True, slots=True)
class Holds:
    """What an order is paid with; all of it is held, or nothing."""

    fill: Fill
    cash: Transfer | None
    vouchers: tuple[tuple[Cover, Transfer], ...]

    @property
    def held_minor(self) -> int:
        """Return what is held in cash: of a long order what its first period takes."""
        return 0 if self.cash is None else self.cash.amount

    @property
    def transfers(self) -> list[Transfer]:
        """Return the transfers of the order's group."""
        cash = [] if self.cash is None else [self.cash]
        return [*(transfer for _cover, transfer in self.vouchers), *cash]


class HoldDefectError(RuntimeError):
    """The ledger refused holds for another reason than a short account: a defect, not an answer."""


def plan(
    fills: Iterable[Fill],
    *,
    numbers: dict[UUID, str],
    terms: InstalmentTerms | None,
    at: datetime,
) -> list[Holds]:
    """Return the holds of some fills, with identifiers of their own; of long ones for a period."""
    return [
        Holds(
            fill=fill,
            cash=_cash(fill, rules.held_of(fill, terms), numbers[fill.order_id], at=at)
            if fill.cash_minor
            else None,
            vouchers=tuple(
                (cover, _voucher(fill, cover, numbers[fill.order_id], at=at))
                for cover in fill.covers
            ),
        )
        for fill in fills
    ]


def post(holds: Sequence[Holds]) -> dict[UUID, RefusalCode]:
    """Hold everything in one batch; return the orders whose accounts turned out short."""
    accounts.open_buyers({each.fill.buyer_id for each in holds})
    accounts.open_providers({each.fill.provider_id for each in holds})
    accounts.open_claims(
        {
            (cover.programme_code, each.fill.provider_id)
            for each in holds
            for cover in each.fill.covers
        }
    )
    transfers = {transfer.id: transfer for each in holds for transfer in each.transfers}
    outcome = ledger_services.post(transfers=list(transfers.values()), partial=True)
    unpaid: dict[UUID, RefusalCode] = {}
    for refused in outcome.refused:
        order_id = transfers[refused.transfer_id].group
        assert order_id is not None
        unpaid[order_id] = _reason(refused)
    return unpaid


def _reason(refused: Refused) -> RefusalCode:
    if refused.code != SHORT:
        raise HoldDefectError(f"{refused.code}: {refused.transfer_id} {refused.account}")
    is_voucher = (refused.account or "").startswith(f"{accounts.AccountKind.VOUCHER}:")
    return RefusalCode.VOUCHER_REFUSED if is_voucher else RefusalCode.INSUFFICIENT_FUNDS


def _cash(fill: Fill, held_minor: int, number: str, *, at: datetime) -> Transfer:
    return Transfer(
        id=uuid7(),
        op=Op.HOLD,
        debit=accounts.buyer_cash(fill.buyer_id),
        credit=accounts.provider_payable(fill.provider_id),
        asset=accounts.CNY,
        amount=held_minor,
        reason=accounts.TransferReason.ORDER_CASH,
        group=fill.order_id,
        reference=number,
        effective_at=at,
    )


def _voucher(fill: Fill, cover: Cover, number: str, *, at: datetime) -> Transfer:
    return Transfer(
        id=uuid7(),
        op=Op.HOLD,
        debit=accounts.voucher(cover.voucher_id),
        credit=accounts.voucher_claim(cover.programme_code, fill.provider_id),
        asset=accounts.programme_asset(cover.programme_code),
        amount=cover.amount_minor,
        reason=accounts.TransferReason.ORDER_VOUCHER,
        group=fill.order_id,
        reference=number,
        effective_at=at,
    )
