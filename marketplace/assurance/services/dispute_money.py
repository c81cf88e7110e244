"""What a dispute freezes on the provider's payable, and what lets go of it."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from common.ids import uuid7
from ledger import selectors as ledger_selectors
from ledger import services as ledger_services
from ledger.contracts import Transfer, TransferRefused
from marketplace import accounts
from marketplace.assurance import dispute_selectors, level_selectors
from marketplace.assurance.models import TradeDispute
from marketplace.settlement import selectors as settlement_selectors

TRIES: Final = 3


def claimable_minor(contract: Any) -> int:
    """Return what was paid for a contract in cash, less what was given back of it in any way."""
    return (
        int(contract.cash_minor)
        - settlement_selectors.given_back_minor(contract.pk)
        - level_selectors.credited_cash_minor(contract.pk)
        - dispute_selectors.awarded_before(contract.pk)
    )


def freeze_claim(dispute: TradeDispute, *, now: datetime) -> None:
    """
    Hold what is claimed on the provider's payable, or what of it is there still.

    Of a payout at the same instant, one takes the money first: the other finds what is left.
    """
    accounts.open_buyers([dispute.buyer_id])
    accounts.open_providers([dispute.provider_id])
    code = accounts.provider_payable(dispute.provider_id)
    for _turn in range(TRIES):
        found = ledger_selectors.balances([code]).get(code)
        amount = min(dispute.claimed_minor, max(0, found.available if found else 0))
        if not amount:
            break
        made = uuid7()
        try:
            ledger_services.hold(transfers=[_transfer(dispute, made, amount, now=now)])
        except TransferRefused:
            continue
        dispute.frozen_minor, dispute.hold_id = amount, made
        return
    dispute.frozen_minor, dispute.hold_id = 0, None


def unfreeze_claim(dispute: TradeDispute, *, now: datetime) -> None:
    """Let go of what was frozen; what it was is kept on the dispute."""
    if dispute.hold_id is None:
        return
    released = _transfer(dispute, uuid7(), dispute.frozen_minor, now=now, hold_id=dispute.hold_id)
    ledger_services.release(transfers=[released])


def _transfer(
    dispute: TradeDispute, made: UUID, amount: int, *, now: datetime, hold_id: UUID | None = None
) -> Transfer:
    return Transfer(
        id=made,
        debit=accounts.provider_payable(dispute.provider_id),
        credit=accounts.buyer_cash(dispute.buyer_id),
        asset=accounts.CNY,
        amount=amount,
        reason=accounts.TransferReason.CORRECTION,
        hold_id=hold_id,
        reference=dispute.number,
        effective_at=now,
    )
