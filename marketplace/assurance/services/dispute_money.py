"""What a dispute freezes of what the provider was paid, and what lets go of it."""

from datetime import datetime
from typing import Final
from uuid import UUID

from common.ids import uuid7
from ledger import selectors as ledger_selectors
from ledger import services as ledger_services
from ledger.contracts import Transfer, TransferRefused
from marketplace import accounts
from marketplace.assurance.models import TradeDispute

TRIES: Final = 3


def freeze_claim(dispute: TradeDispute, *, now: datetime) -> None:
    """
    Hold what is claimed where the provider was paid, or what of it is there still.

    That is its payable; of a voucher, what the provider may claim from the programme. Of a payout
    at the same instant, one takes the money first: the other finds what is left.
    """
    if dispute.asset == accounts.CNY:
        accounts.open_buyers([dispute.buyer_id])
        accounts.open_providers([dispute.provider_id])
    code, _credit = _codes(dispute)
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
    debit, credit = _codes(dispute)
    return Transfer(
        id=made,
        debit=debit,
        credit=credit,
        asset=dispute.asset,
        amount=amount,
        reason=accounts.TransferReason.CORRECTION,
        hold_id=hold_id,
        reference=dispute.number,
        effective_at=now,
    )


def _codes(dispute: TradeDispute) -> tuple[str, str]:
    """Return the account that is frozen, and the one that is paid if the buyer wins."""
    if dispute.asset == accounts.CNY or dispute.subject_id is None:
        paid = accounts.provider_payable(dispute.provider_id)
        return paid, accounts.buyer_cash(dispute.buyer_id)
    programme = accounts.programme_of(dispute.asset)
    claim = accounts.voucher_claim(programme, dispute.provider_id)
    return claim, accounts.voucher(dispute.subject_id)
