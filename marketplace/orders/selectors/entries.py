"""The ledger's transfers of an order, both sides of each."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from identity.rows import OrganizationRow
from ledger import selectors as ledger_selectors
from ledger.contracts import Op, PostedTransfer
from marketplace import accounts
from marketplace.orders.models import Order

ACCOUNT_LABELS: Final[dict[str, str | Promise]] = {
    accounts.AccountKind.BANK: _("Bank"),
    accounts.AccountKind.BUYER_CASH: _("Prepaid cash"),
    accounts.AccountKind.PROVIDER_PAYABLE: _("Payable to provider"),
    accounts.AccountKind.PROVIDER_RECEIVABLE: _("Owed by provider"),
    accounts.AccountKind.PLATFORM_FEE: _("Platform fee"),
    accounts.AccountKind.VOUCHER_BUDGET: _("Programme budget"),
    accounts.AccountKind.VOUCHER_POOL: _("Programme pool"),
    accounts.AccountKind.VOUCHER: _("Voucher"),
    accounts.AccountKind.VOUCHER_CLAIM: _("Voucher claim of provider"),
    accounts.AccountKind.VOUCHER_CLAIMED: _("Vouchers being claimed"),
}
OP_LABELS: Final[dict[Op, str | Promise]] = {
    Op.POST: _("Posted"),
    Op.HOLD: _("Held"),
    Op.CAPTURE: _("Captured"),
    Op.RELEASE: _("Released"),
}


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One side of a transfer."""

    transfer_id: UUID
    at: datetime
    op: Op
    op_label: str | Promise
    reason: str
    account: str
    label: str | Promise
    party: str
    party_en: str
    asset: str
    debit_minor: int
    credit_minor: int


@dataclass(frozen=True, slots=True)
class LedgerTotal:
    """What the entries of one kind add up to."""

    op: Op
    op_label: str | Promise
    debit_minor: int
    credit_minor: int


def ledger_lines(order: Order, *, groups: Collection[UUID] = ()) -> list[LedgerLine]:
    """Return both sides of every transfer of an order, as far as the reader may see them."""
    result: list[LedgerLine] = []
    for transfer in ledger_selectors.transfers(groups=[order.pk, *groups]):
        result += [
            _side(transfer, order, transfer.debit, debit_minor=transfer.amount),
            _side(transfer, order, transfer.credit, credit_minor=transfer.amount),
        ]
    return result


def ledger_totals(lines: Iterable[LedgerLine]) -> list[LedgerTotal]:
    """Return the sums of the lines of each kind, in the order in which kinds first occur."""
    by_op: dict[Op, list[LedgerLine]] = {}
    for line in lines:
        by_op.setdefault(line.op, []).append(line)
    return [
        LedgerTotal(
            op=op,
            op_label=OP_LABELS[op],
            debit_minor=sum(line.debit_minor for line in same),
            credit_minor=sum(line.credit_minor for line in same),
        )
        for op, same in by_op.items()
    ]


def _side(
    transfer: PostedTransfer,
    order: Order,
    account: str,
    *,
    debit_minor: int = 0,
    credit_minor: int = 0,
) -> LedgerLine:
    kind = account.partition(":")[0]
    parties: dict[str, OrganizationRow | None] = {
        accounts.AccountKind.BUYER_CASH: order.buyer,
        accounts.AccountKind.VOUCHER: order.buyer,
        accounts.AccountKind.PROVIDER_PAYABLE: order.provider,
        accounts.AccountKind.PROVIDER_RECEIVABLE: order.provider,
        accounts.AccountKind.VOUCHER_CLAIM: order.provider,
    }
    party = parties.get(kind)
    return LedgerLine(
        transfer_id=transfer.id,
        at=transfer.effective_at,
        op=transfer.op,
        op_label=OP_LABELS[transfer.op],
        reason=transfer.reason,
        account=account,
        label=ACCOUNT_LABELS.get(kind, kind),
        party=party.name if party else "",
        party_en=(party.name_en or party.name) if party else "",
        asset=transfer.asset,
        debit_minor=debit_minor,
        credit_minor=credit_minor,
    )
