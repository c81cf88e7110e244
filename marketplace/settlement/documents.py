"""Charges, trade records and receipts without lines as documents, sealed and exported."""

from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from common.documents import DocumentKind
from marketplace.settlement import records
from marketplace.settlement.models import Charge, EmptyReceipt, TradeRecord


def _trades(owner_id: UUID | None) -> QuerySet[TradeRecord]:
    return TradeRecord.objects.filter(_of(owner_id))


def _charges(owner_id: UUID | None) -> QuerySet[Charge]:
    return Charge.objects.select_related("contract").filter(_of(owner_id))


def _receipts(owner_id: UUID | None) -> QuerySet[EmptyReceipt]:
    return EmptyReceipt.objects.filter(_of(owner_id))


def _of(owner_id: UUID | None) -> Q:
    return Q() if owner_id is None else Q(buyer_id=owner_id) | Q(provider_id=owner_id)


def _charge_content(charge: Charge) -> dict[str, str]:
    contract = charge.contract
    return records.charge_content(charge, contract=contract.number, order=contract.order_number)


# The stored hash, not one made now: a record that was altered in place must not verify.
TRADES: Final = DocumentKind(
    name="settlement.trade_record",
    form=1,
    columns=records.TRADE_COLUMNS,
    rows=_trades,
    content=records.trade_content,
    moment="traded_at",
    reference="number",
    order=("sequence",),
    parties=("buyer_uscc", "provider_uscc"),
    stored_hash="content_hash",
)
CHARGES: Final = DocumentKind(
    name="settlement.charge",
    form=1,
    columns=records.CHARGE_COLUMNS,
    rows=_charges,
    content=_charge_content,
    moment="charged_at",
    parties=("buyer__uscc", "provider__uscc"),
    stored_hash="content_hash",
)
RECEIPTS: Final = DocumentKind(
    name="settlement.empty_receipt",
    form=1,
    columns=records.RECEIPT_COLUMNS,
    rows=_receipts,
    content=records.receipt_content,
    moment="issued_at",
    reference="number",
    order=("sequence",),
    parties=("buyer_uscc", "provider_uscc"),
    stored_hash="content_hash",
)
