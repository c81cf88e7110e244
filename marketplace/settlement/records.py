"""
What a trade record and a charge say, as texts under names.

These texts are what a record's content hash covers, and what an export writes: whoever has a row
of an export can compute the hash again.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from common.canonical import content_hash
from common.tabular.columns import Column, ColumnType
from common.tabular.texts import json_text, money_text, quantity_text, time_text
from marketplace import accounts
from marketplace.settlement.models import Adjustment, Charge, EmptyReceipt, TradeRecord

HASH: Final = Column("content_hash")

TRADE_COLUMNS: Final = (
    Column("sequence", ColumnType.INTEGER),
    Column("number"),
    Column("kind"),
    Column("corrects"),
    Column("traded_at", ColumnType.TIME),
    Column("contract"),
    Column("order"),
    Column("identifier"),
    Column("resource_class"),
    Column("region"),
    Column("provider_uscc"),
    Column("provider_name"),
    Column("buyer_uscc"),
    Column("buyer_name"),
    Column("relation"),
    Column("starts_at", ColumnType.TIME),
    Column("ends_at", ColumnType.TIME),
    Column("unit"),
    Column("quantity", ColumnType.QUANTITY),
    Column("standard_hours", ColumnType.QUANTITY, total=True),
    Column("beyond_quantity", ColumnType.QUANTITY),
    Column("gross", ColumnType.MONEY, total=True),
    Column("voucher", ColumnType.MONEY, total=True),
    Column("cash", ColumnType.MONEY, total=True),
    Column("fee", ColumnType.MONEY, total=True),
    Column("assets"),
    Column("plan"),
    Column("rule"),
    Column("fee_rule"),
    HASH,
)

CHARGE_COLUMNS: Final = (
    Column("id"),
    Column("kind"),
    Column("corrects"),
    Column("charged_at", ColumnType.TIME),
    Column("contract"),
    Column("order"),
    Column("usage"),
    Column("revision", ColumnType.INTEGER),
    Column("starts_at", ColumnType.TIME),
    Column("ends_at", ColumnType.TIME),
    Column("unit"),
    Column("quantity", ColumnType.QUANTITY),
    Column("standard_hours", ColumnType.QUANTITY, total=True),
    Column("measured_quantity", ColumnType.QUANTITY),
    Column("measured_standard_hours", ColumnType.QUANTITY),
    Column("beyond_quantity", ColumnType.QUANTITY),
    Column("beyond_standard_hours", ColumnType.QUANTITY),
    Column("total_quantity", ColumnType.QUANTITY),
    Column("total_standard_hours", ColumnType.QUANTITY),
    Column("rated", ColumnType.MONEY, total=True),
    Column("gross", ColumnType.MONEY, total=True),
    Column("voucher", ColumnType.MONEY, total=True),
    Column("cash", ColumnType.MONEY, total=True),
    Column("uncollected", ColumnType.MONEY, total=True),
    Column("fee", ColumnType.MONEY, total=True),
    Column("assets"),
    Column("remark"),
    Column("lines"),
    Column("ledger_group"),
    HASH,
)


RECEIPT_COLUMNS: Final = (
    Column("sequence", ColumnType.INTEGER),
    Column("number"),
    Column("issued_at", ColumnType.TIME),
    Column("order"),
    Column("delivery"),
    Column("identifier"),
    Column("provider_uscc"),
    Column("provider_name"),
    Column("buyer_uscc"),
    Column("buyer_name"),
    Column("units", ColumnType.QUANTITY),
    Column("starts_at", ColumnType.TIME),
    Column("ends_at", ColumnType.TIME),
    Column("failed_at", ColumnType.TIME),
    Column("reason"),
    Column("lines", ColumnType.INTEGER),
    Column("gross", ColumnType.MONEY, total=True),
    HASH,
)


def receipt_content(receipt: EmptyReceipt) -> dict[str, str]:
    """Return what a receipt without lines says, without its hash."""
    return {
        "sequence": str(receipt.sequence),
        "number": receipt.number,
        "issued_at": time_text(receipt.issued_at),
        "order": receipt.order_number,
        "delivery": str(receipt.delivery_id),
        "identifier": receipt.identifier,
        "provider_uscc": receipt.provider_uscc,
        "provider_name": receipt.provider_name,
        "buyer_uscc": receipt.buyer_uscc,
        "buyer_name": receipt.buyer_name,
        "units": quantity_text(Decimal(receipt.units_milli).scaleb(-3)),
        "starts_at": time_text(receipt.starts_at),
        "ends_at": time_text(receipt.ends_at),
        "failed_at": time_text(receipt.failed_at),
        "reason": str(receipt.reason),
        "lines": "0",
        "gross": money_text(0),
    }


def assets_text(parts: Mapping[str, int]) -> str:
    """Return what was paid in each asset, as `CNY:12.50;VCH-SME:3.00`."""
    return ";".join(
        f"{asset}:{money_text(minor)}" for asset, minor in sorted(parts.items()) if minor
    )


def trade_content(record: TradeRecord) -> dict[str, str]:
    """Return what a trade record says, without its hash."""
    return {
        "sequence": str(record.sequence),
        "number": record.number,
        "kind": str(record.kind),
        "corrects": record.corrects_number,
        "traded_at": time_text(record.traded_at),
        "contract": record.contract_number,
        "order": record.order_number,
        "identifier": record.identifier,
        "resource_class": record.resource_class,
        "region": record.region,
        "provider_uscc": record.provider_uscc,
        "provider_name": record.provider_name,
        "buyer_uscc": record.buyer_uscc,
        "buyer_name": record.buyer_name,
        "relation": record.relation,
        "starts_at": time_text(record.starts_at),
        "ends_at": time_text(record.ends_at),
        "unit": record.unit,
        "quantity": quantity_text(record.quantity),
        "standard_hours": quantity_text(record.standard_hours),
        "beyond_quantity": quantity_text(record.beyond_quantity),
        "gross": money_text(record.gross_minor),
        "voucher": money_text(record.voucher_minor),
        "cash": money_text(record.cash_minor),
        "fee": money_text(record.fee_minor),
        "assets": record.assets,
        "plan": record.plan,
        "rule": record.rule,
        "fee_rule": record.fee_rule,
    }


def charge_content(charge: Charge, *, contract: str, order: str) -> dict[str, str]:
    """Return what a charge says, without its hash; contract and order are their numbers."""
    return {
        "id": str(charge.id),
        "kind": str(charge.kind),
        "corrects": str(charge.corrects_id or ""),
        "charged_at": time_text(charge.charged_at),
        "contract": contract,
        "order": order,
        "usage": str(charge.usage_id or ""),
        "revision": str(charge.revision),
        "starts_at": time_text(charge.starts_at),
        "ends_at": time_text(charge.ends_at),
        "unit": charge.unit,
        "quantity": quantity_text(charge.quantity),
        "standard_hours": quantity_text(charge.standard_hours),
        "measured_quantity": quantity_text(charge.measured_quantity),
        "measured_standard_hours": quantity_text(charge.measured_standard_hours),
        "beyond_quantity": quantity_text(charge.beyond_quantity),
        "beyond_standard_hours": quantity_text(charge.beyond_standard_hours),
        "total_quantity": quantity_text(charge.total_quantity),
        "total_standard_hours": quantity_text(charge.total_standard_hours),
        "rated": money_text(charge.rated_minor),
        "gross": money_text(charge.gross_minor),
        "voucher": money_text(charge.voucher_minor),
        "cash": money_text(charge.cash_minor),
        "uncollected": money_text(charge.uncollected_minor),
        "fee": money_text(charge.fee_minor),
        "assets": assets_text(charge.parts),
        "remark": charge.remark,
        "lines": json_text(charge.lines),
        "ledger_group": str(charge.ledger_group or ""),
    }


def sealed(content: dict[str, str]) -> list[str]:
    """Return the texts of a row, its hash last."""
    return [*content.values(), content_hash(content)]


def adjustment_content(adjustment: Adjustment) -> dict[str, Any]:
    """Return what the hash of an adjustment covers."""
    content = {
        "number": adjustment.number,
        "reason": adjustment.reason,
        "payer": adjustment.payer,
        "payee": adjustment.payee,
        "buyer": adjustment.buyer_id,
        "provider": adjustment.provider_id,
        "contract": adjustment.contract_id,
        "reverses": adjustment.reverses_id,
        "amount_minor": adjustment.amount_minor,
        "reference": adjustment.reference,
        "evidence": adjustment.evidence,
        "booked_at": adjustment.booked_at,
        "ledger_group": adjustment.ledger_group,
    }
    if adjustment.by_rule or adjustment.asset != accounts.CNY:
        content |= {"by_rule": adjustment.by_rule, "asset": adjustment.asset}
    return content
