"""Orders as people look at them: the path of seven steps, the round, the price, the entries."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common import tenancy
from identity.models import Organization
from ledger import selectors as ledger
from ledger.contracts import Op, PostedTransfer
from marketplace import accounts
from marketplace.orders.contracts import (
    REFUSAL_SENTENCES,
    OrderEventKind,
    OrderState,
    RoundStep,
    StepState,
)
from marketplace.orders.models import ClearingRound, Order, OrderCover, OrderEvent
from marketplace.orders.selectors.listing import order as find_order
from marketplace.orders.selectors.listing import queue_position
from metering import selectors as metering
from pricing import selectors as pricing

# The seven steps, each reached by one real event.
PATH: Final[tuple[tuple[OrderEventKind, str | Promise], ...]] = (
    (OrderEventKind.PLACED, _("Submitted")),
    (OrderEventKind.VOUCHER_HELD, _("Voucher held")),
    (OrderEventKind.MATCHED, _("Matched")),
    (OrderEventKind.CLEARED, _("Clearing")),
    (OrderEventKind.PROVISIONED, _("Provisioned")),
    (OrderEventKind.METERED, _("Metering")),
    (OrderEventKind.SETTLED, _("Settled")),
)
ACCOUNT_LABELS: Final[dict[str, str | Promise]] = {
    accounts.Kind.BANK: _("Bank"),
    accounts.Kind.BUYER_CASH: _("Prepaid cash"),
    accounts.Kind.PROVIDER_PAYABLE: _("Payable to provider"),
    accounts.Kind.PLATFORM_FEE: _("Platform fee"),
    accounts.Kind.VOUCHER_BUDGET: _("Programme budget"),
    accounts.Kind.VOUCHER_POOL: _("Programme pool"),
    accounts.Kind.VOUCHER: _("Voucher"),
    accounts.Kind.VOUCHER_CLAIM: _("Voucher claim of provider"),
}
OP_LABELS: Final[dict[Op, str | Promise]] = {
    Op.POST: _("Posted"),
    Op.HOLD: _("Held"),
    Op.CAPTURE: _("Captured"),
    Op.RELEASE: _("Released"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One of the seven steps of an order's path."""

    kind: OrderEventKind
    label: str | Promise
    state: StepState
    at: datetime | None
    note: str | Promise = ""


@dataclass(frozen=True, slots=True)
class RoundLap:
    """A step of the clearing round and how long it took."""

    label: str | Promise
    microseconds: int

    @property
    def seconds(self) -> Decimal:
        """Return the length in seconds, to the millisecond."""
        return (Decimal(self.microseconds) / 1_000_000).quantize(Decimal("0.001"))


@dataclass(frozen=True, slots=True)
class ClearingPanel:
    """Where an order stands in clearing: waiting as "n of m", or cleared in a round."""

    is_live: bool
    position: int
    total: int
    number: str = ""
    rule_version: str = ""
    input_hash: str = ""
    output_hash: str = ""
    cleared: int = 0
    rejected: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    laps: tuple[RoundLap, ...] = ()

    @property
    def microseconds(self) -> int:
        """Return how long the whole round took."""
        return sum(lap.microseconds for lap in self.laps)


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One rated line: so much of a unit at a unit price."""

    component: str
    unit: str
    quantity: Decimal
    unit_price: Decimal
    amount_minor: int


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
class OrderPage:
    """Everything that an order's page shows."""

    order: Order
    steps: tuple[Step, ...]
    panel: ClearingPanel | None
    breakdown: Breakdown
    ledger_lines: tuple[LedgerLine, ...]
    refusal: str | Promise
    is_cancellable: bool
    at: datetime

    @property
    def debit_minor(self) -> int:
        """Return the sum of the debit column."""
        return sum(line.debit_minor for line in self.ledger_lines)

    @property
    def credit_minor(self) -> int:
        """Return the sum of the credit column."""
        return sum(line.credit_minor for line in self.ledger_lines)

    @property
    def is_moving(self) -> bool:
        """Return whether the page should ask again soon."""
        return self.order.state in (OrderState.PLACED, OrderState.CLEARED)


def order_page(
    *,
    order_id: UUID,
    at: datetime,
    organization_id: UUID | None = None,
    groups: Collection[UUID] = (),
) -> OrderPage:
    """
    Return an order's page; `groups` adds ledger transfers that rooms above know of.

    :raises OrderNotFound: if it does not exist or is someone else's (the two look alike)
    """
    order = find_order(order_id=order_id, organization_id=organization_id)
    covers = list(order.covers.order_by("id"))
    return OrderPage(
        order=order,
        steps=tuple(steps(order, list(order.events.all()), covers)),
        panel=clearing_panel(order),
        breakdown=breakdown(order, covers),
        ledger_lines=tuple(ledger_lines(order, groups=groups)),
        refusal=REFUSAL_SENTENCES.get(order.refusal_code, order.refusal_code),
        is_cancellable=is_cancellable(order, at=at),
        at=at,
    )


def order_rows(found: Iterable[Order]) -> list[tuple[Order, tuple[Step, ...]]]:
    """Return orders of a list with their paths; two queries for all."""
    listed = list(found)
    events: dict[UUID, list[OrderEvent]] = {}
    for event in OrderEvent.objects.filter(order__in=listed):
        events.setdefault(event.order_id, []).append(event)
    covers: dict[UUID, list[OrderCover]] = {}
    for cover in OrderCover.objects.filter(order__in=listed):
        covers.setdefault(cover.order_id, []).append(cover)
    return [
        (each, tuple(steps(each, events.get(each.pk, []), covers.get(each.pk, []))))
        for each in listed
    ]


def is_cancellable(order: Order, *, at: datetime) -> bool:
    """Return whether the buyer may still cancel."""
    return order.state in (OrderState.PLACED, OrderState.CLEARED) and at < order.starts_at


def steps(order: Order, events: Sequence[OrderEvent], covers: Sequence[OrderCover]) -> list[Step]:
    """Return the seven steps of an order's path, from what has happened to it."""
    times = {OrderEventKind(event.kind): event.at for event in events}
    if OrderEventKind.CLEARED in times and not covers:
        # Nothing to hold is done when clearing is.
        times.setdefault(OrderEventKind.VOUCHER_HELD, times[OrderEventKind.CLEARED])
    if OrderEventKind.SETTLED in times:
        times.setdefault(OrderEventKind.METERED, times[OrderEventKind.SETTLED])
        times.setdefault(OrderEventKind.PROVISIONED, times[OrderEventKind.SETTLED])
    ended_at = times.get(OrderEventKind.REFUSED) or times.get(OrderEventKind.CANCELLED)
    result: list[Step] = []
    for kind, label in PATH:
        at = times.get(kind)
        state = StepState.DONE if at else StepState.TODO
        is_next = at is None and all(step.state == StepState.DONE for step in result)
        note: str | Promise = ""
        if is_next and ended_at is None:
            state = StepState.NOW
        elif is_next:
            state, at, note = StepState.FAILED, ended_at, OrderState(order.state).label
        elif kind == OrderEventKind.VOUCHER_HELD and at and not covers:
            note = _("No voucher")
        result.append(Step(kind, label, state, at, note))
    return result


def clearing_panel(order: Order) -> ClearingPanel | None:
    """Return where an order stands in clearing; counts span buyers, so the platform reads them."""
    with tenancy.acting_as_platform():
        if order.state == OrderState.PLACED:
            position, total = queue_position(order)
            return ClearingPanel(is_live=True, position=position, total=total)
        if order.round_id is None:
            return None
        # The snapshot holds what other buyers want: it is not read here.
        found = ClearingRound.objects.defer("snapshot", "result", "late_refusals").get(
            pk=order.round_id
        )
    return ClearingPanel(
        is_live=False,
        position=order.position or 0,
        total=found.order_count,
        number=found.number,
        rule_version=found.rule_version,
        input_hash=found.input_hash,
        output_hash=found.output_hash,
        cleared=found.cleared_count,
        rejected=found.rejected_count,
        started_at=found.started_at,
        finished_at=found.finished_at,
        laps=tuple(
            RoundLap(RoundStep(lap["step"]).label, lap["microseconds"]) for lap in found.steps
        ),
    )


def breakdown(order: Order, covers: Sequence[OrderCover]) -> Breakdown:
    """Return the price of an order line by line, with its vouchers."""
    left = ledger.balances([accounts.voucher(cover.voucher_id) for cover in covers])
    return Breakdown(
        lines=tuple(_price_line(line) for line in order.lines or ()),
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


def ledger_lines(order: Order, *, groups: Collection[UUID] = ()) -> list[LedgerLine]:
    """Return both sides of every transfer of an order, as far as the reader may see them."""
    result: list[LedgerLine] = []
    for transfer in ledger.transfers(groups=[order.pk, *groups]):
        result += [
            _side(transfer, order, transfer.debit, debit_minor=transfer.amount),
            _side(transfer, order, transfer.credit, credit_minor=transfer.amount),
        ]
    return result


def _side(
    transfer: PostedTransfer,
    order: Order,
    account: str,
    *,
    debit_minor: int = 0,
    credit_minor: int = 0,
) -> LedgerLine:
    kind = account.partition(":")[0]
    parties: dict[str, Organization | None] = {
        accounts.Kind.BUYER_CASH: order.buyer,
        accounts.Kind.VOUCHER: order.buyer,
        accounts.Kind.PROVIDER_PAYABLE: order.provider,
        accounts.Kind.VOUCHER_CLAIM: order.provider,
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


def _price_line(line: dict[str, Any]) -> PriceLine:
    return PriceLine(
        component=line["component"],
        unit=line["unit"],
        quantity=Decimal(line["quantity"]),
        unit_price=Decimal(line["unit_price"]),
        amount_minor=line["amount_minor"],
    )


def _plan(plan_version_id: UUID | None) -> str:
    if plan_version_id is None:
        return ""
    card = pricing.rate_card(plan_version_id)
    return f"{card.plan_code} v{card.version}"


def _rule(rule_version_id: UUID | None) -> str:
    found = [facts for facts in metering.rule_versions() if facts.id == rule_version_id]
    return f"{found[0].code} v{found[0].version}" if found else ""
