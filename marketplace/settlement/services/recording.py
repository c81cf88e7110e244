"""Trade records: what they copy from contract, parties and rules, and their numbers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from common.canonical import content_hash
from marketplace.settlement import records, telling
from marketplace.settlement.contracts import Measured, TradeKind
from marketplace.settlement.models import Contract, TradeRecord
from marketplace.settlement.numbering import next_sequence
from metering import selectors as metering_selectors
from pricing import selectors as pricing_selectors


@dataclass(frozen=True, slots=True)
class RecordedTrade:
    """What a record is about: a contract, and the amounts that it tells."""

    contract: Contract
    measured: Measured
    beyond_quantity: Decimal
    gross_minor: int
    voucher_minor: int
    cash_minor: int
    fee_minor: int
    parts: Mapping[str, int]
    corrects: TradeRecord | None = None


def contracts_to_record(ids: Collection[UUID]) -> dict[UUID, Contract]:
    """Return contracts with the parties and the resource that records name."""
    return (
        Contract.objects.select_related("buyer", "provider", "resource", "fee_rule")
        .prefetch_related("funds")
        .in_bulk(ids)
    )


def write_records(trades: Sequence[RecordedTrade], *, now: datetime) -> list[TradeRecord]:
    """Write one record for each trade, numbered without gaps."""
    if not trades:
        return []
    sequence = next_sequence(TradeRecord)
    cards = pricing_selectors.rate_cards({trade.contract.plan_version_id for trade in trades})
    rules = {facts.id: facts for facts in metering_selectors.rule_versions()}
    written = []
    for offset, trade in enumerate(trades):
        card, rule = cards[trade.contract.plan_version_id], rules[trade.contract.rule_version_id]
        record = TradeRecord(
            sequence=sequence + offset,
            number=f"T-{sequence + offset:08d}",
            plan=f"{card.plan_code} v{card.version}",
            rule=f"{rule.code} v{rule.version}",
            traded_at=now,
            **_kind_of(trade),
            **_parties_of(trade.contract),
            **_amounts_of(trade),
        )
        record.content_hash = content_hash(records.trade_content(record))
        written.append(record)
    telling.of_trades(written)
    return TradeRecord.objects.bulk_create(written, batch_size=1_000)


def _kind_of(trade: RecordedTrade) -> dict[str, Any]:
    original = trade.corrects
    return {
        "kind": TradeKind.CORRECTION if original else TradeKind.TRADE,
        "corrects": original,
        "corrects_number": original.number if original else "",
    }


def _parties_of(contract: Contract) -> dict[str, Any]:
    return {
        "contract": contract,
        "contract_number": contract.number,
        "order_number": contract.order_number,
        "buyer_id": contract.buyer_id,
        "buyer_uscc": contract.buyer.uscc,
        "buyer_name": contract.buyer.name,
        "provider_id": contract.provider_id,
        "provider_uscc": contract.provider.uscc,
        "provider_name": contract.provider.name,
        "identifier": contract.resource.identifier,
        "resource_class": contract.resource.resource_class,
        "region": contract.resource.region,
        "relation": contract.relation,
        "starts_at": contract.starts_at,
        "ends_at": contract.ends_at,
        "unit": contract.unit,
        "fee_rule": f"v{contract.fee_rule.version}",
    }


def _amounts_of(trade: RecordedTrade) -> dict[str, Any]:
    return {
        "quantity": trade.measured.quantity,
        "standard_hours": trade.measured.standard_hours,
        "beyond_quantity": trade.beyond_quantity,
        "gross_minor": trade.gross_minor,
        "voucher_minor": trade.voucher_minor,
        "cash_minor": trade.cash_minor,
        "fee_minor": trade.fee_minor,
        "assets": records.assets_text(trade.parts),
    }
