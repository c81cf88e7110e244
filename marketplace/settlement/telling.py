"""How this room tells the record of events."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from identity.events import services as events
from marketplace.orders.rows import OrderRow
from marketplace.settlement.event_names import SettlementEvent
from marketplace.settlement.models import (
    Adjustment,
    Charge,
    Contract,
    ContractInstalment,
    EmptyReceipt,
    TradeRecord,
)


def of_contracts(
    name: SettlementEvent,
    contracts: Iterable[Contract],
    *,
    at: datetime | None = None,
    **facts: Any,
) -> None:
    """Record that the same happened to contracts, for both parties."""
    events.record(
        events.Event(
            name=name,
            object_kind="contract",
            object_id=contract.pk,
            object_label=contract.number,
            concerns=[contract.buyer_id, contract.provider_id],
            facts={"order_id": contract.order_id} | facts,
            at=at,
        )
        for contract in contracts
    )


def of_instalments(
    name: SettlementEvent,
    pairs: Iterable[tuple[Contract, ContractInstalment]],
    *,
    at: datetime,
    **facts: Any,
) -> None:
    """Record that the same happened to instalments; what is held or not is its parties' matter."""
    is_between = name in (SettlementEvent.INSTALMENT_HELD, SettlementEvent.INSTALMENT_LAPSED)
    events.record(
        events.Event(
            name=name,
            object_kind="contract",
            object_id=contract.pk,
            object_label=contract.number,
            concerns=[contract.buyer_id, contract.provider_id]
            if is_between
            else [contract.buyer_id],
            facts={
                "order_id": contract.order_id,
                "amount_minor": row.amount_minor,
                "starts_at": row.starts_at,
                "ends_at": row.ends_at,
            }
            | ({"code": row.refusal_code} if row.refusal_code else {})
            | facts,
            at=at,
        )
        for contract, row in pairs
    )


def of_charges(charges: Iterable[Charge], numbers: Mapping[UUID, str], *, at: datetime) -> None:
    """Record what was charged as one event a contract: each charge is its own record."""
    by_contract: dict[UUID, list[Charge]] = {}
    for charge in charges:
        by_contract.setdefault(charge.contract_id, []).append(charge)
    events.record(
        events.Event(
            name=SettlementEvent.CONTRACT_CHARGED,
            object_kind="contract",
            object_id=contract_id,
            object_label=numbers[contract_id],
            concerns=[same[0].buyer_id, same[0].provider_id],
            facts={"charges": len(same), "gross_minor": sum(each.gross_minor for each in same)},
            at=at,
        )
        for contract_id, same in by_contract.items()
    )


def of_trades(trades: Iterable[TradeRecord]) -> None:
    """Record trade records and their corrections, for both parties."""
    events.record(
        events.Event(
            name=SettlementEvent.TRADE_CORRECTED
            if trade.corrects_id
            else SettlementEvent.TRADE_RECORDED,
            object_kind="trade_record",
            object_id=trade.pk,
            object_label=trade.number,
            concerns=[trade.buyer_id, trade.provider_id],
            facts={"contract_id": trade.contract_id, "gross_minor": trade.gross_minor},
            at=trade.traded_at,
        )
        for trade in trades
    )


def of_receipts(receipts: Iterable[EmptyReceipt]) -> None:
    """Record receipts without lines on the orders that they are of, for both parties."""
    events.record(
        events.Event(
            name=SettlementEvent.RECEIPT_ISSUED,
            object_kind="order",
            object_id=each.order_id,
            object_label=each.order_number,
            concerns=[each.buyer_id, each.provider_id],
            facts={"receipt": each.number, "reason": str(each.reason)},
            at=each.issued_at,
        )
        for each in receipts
    )


def of_adjustments(adjustments: Iterable[Adjustment]) -> None:
    """Record money that moved without usage, for both parties."""
    events.record(
        events.Event(
            name=SettlementEvent.ADJUSTMENT_REVERSED
            if each.reverses_id
            else SettlementEvent.ADJUSTMENT_BOOKED,
            object_kind="adjustment",
            object_id=each.pk,
            object_label=each.number,
            concerns=[party for party in (each.buyer_id, each.provider_id) if party],
            facts={
                "amount_minor": each.amount_minor,
                "payer": each.payer,
                "payee": each.payee,
                "reason": each.reason,
            },
            at=each.booked_at,
        )
        for each in adjustments
    )


def of_orders(name: SettlementEvent, orders: Sequence[OrderRow], **facts: Any) -> None:
    """Record something of cleared orders of which no contract could be made."""
    events.record(
        events.Event(
            name=name,
            object_kind="order",
            object_id=order.pk,
            object_label=order.number,
            concerns=[each for each in (order.buyer_id, order.provider_id) if each],
            facts=facts,
        )
        for order in orders
    )
