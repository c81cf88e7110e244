"""What an order costs, line by line, and which rules made it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from ledger import selectors as ledger_selectors
from marketplace import accounts
from marketplace.orders.models import Order, OrderCover
from metering import selectors as metering_selectors
from pricing import selectors as pricing_selectors
from pricing import wording as pricing_wording


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One rated line: so much of a unit at a unit price."""

    component: str
    unit: str
    quantity: Decimal
    unit_price: Decimal
    amount_minor: int
    notes: str = ""  # when, and what multiplied the price, in words
    times: str = ""  # by what the unit price is multiplied: " × 0.5"


@dataclass(frozen=True, slots=True)
class VoucherLine:
    """What one voucher pays, and why that much."""

    voucher_id: UUID
    number: str
    programme_code: str
    programme_version: int
    rate: Decimal
    base_minor: int
    amount_minor: int
    limited_by: str
    explained: dict[str, Any]  # its lines and cuts, as clearing recorded them
    left_minor: int | None  # what the voucher has left; unknown to others than its holder


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The price of an order, line by line, with the versions of the rules that made it."""

    lines: tuple[PriceLine, ...]
    vouchers: tuple[VoucherLine, ...]
    gross_minor: int | None
    voucher_minor: int | None
    cash_minor: int | None
    plan_version_id: UUID | None
    plan: str
    rule_version_id: UUID | None
    rule: str
    unit_hours: Decimal | None
    standard_hours: Decimal | None
    quote_id: UUID | None


def breakdown(order: Order, covers: Sequence[OrderCover]) -> Breakdown:
    """Return the price of an order line by line, with its vouchers."""
    left = ledger_selectors.balances([accounts.voucher(cover.voucher_id) for cover in covers])
    return Breakdown(
        lines=tuple(_price_line(line, order.lines or ()) for line in order.lines or ()),
        vouchers=tuple(
            VoucherLine(
                voucher_id=cover.voucher_id,
                number=cover.voucher_number,
                programme_code=cover.programme_code,
                programme_version=cover.programme_version,
                rate=cover.rate,
                base_minor=cover.base_minor,
                amount_minor=cover.amount_minor,
                limited_by=cover.limited_by,
                explained=cover.explained,
                left_minor=balance.available
                if (balance := left.get(accounts.voucher(cover.voucher_id)))
                else None,
            )
            for cover in covers
        ),
        gross_minor=order.gross_minor,
        voucher_minor=order.voucher_minor,
        cash_minor=order.cash_minor,
        plan_version_id=order.plan_version_id,
        plan=_plan(order.plan_version_id),
        rule_version_id=order.rule_version_id,
        rule=_rule(order.rule_version_id),
        unit_hours=order.unit_hours,
        standard_hours=order.standard_hours,
        quote_id=order.quote_id,
    )


def _price_line(line: dict[str, Any], lines: Sequence[dict[str, Any]]) -> PriceLine:
    return PriceLine(
        component=line["component"],
        unit=line["unit"],
        quantity=Decimal(line["quantity"]),
        unit_price=Decimal(line["unit_price"]),
        amount_minor=line["amount_minor"],
        notes=pricing_wording.line_notes(line, lines),
        times=pricing_wording.factor_text(line),
    )


def _plan(plan_version_id: UUID | None) -> str:
    if plan_version_id is None:
        return ""
    card = pricing_selectors.rate_card(plan_version_id)
    return f"{card.plan_code} v{card.version}"


def _rule(rule_version_id: UUID | None) -> str:
    found = [facts for facts in metering_selectors.rule_versions() if facts.id == rule_version_id]
    return f"{found[0].code} v{found[0].version}" if found else ""
