"""
What is granted of trades that a buyer paid itself: the rule that decides orders, trade by trade.

A contract is decided as a whole, on the own money that all its records leave, and what it was
granted before is taken off: so caps of an order hold however often somebody asks, and a correction
takes back what it lowers.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from marketplace.claims.reimbursement_contracts import LineRefusal, ReimbursedTrade
from marketplace.claims.shares import divided
from marketplace.orders import rules as orders_rules
from marketplace.vouchers import explained
from marketplace.vouchers import rules as vouchers_rules
from marketplace.vouchers.contracts import LineKind, PayableLine, Purchase, Purse
from marketplace.vouchers.explained import ExplainedPlan
from marketplace.vouchers.selectors import ReimbursingRoom
from marketplace.vouchers.terms import HolderFacts, SupplierFacts


@dataclass(frozen=True, slots=True)
class PaidContract:
    """A contract that its buyer paid: its records, those that are new, and what it got before."""

    contract: Any
    records: Sequence[Any]  # all of them, the oldest first
    fresh: Sequence[Any]  # those that no request has taken
    granted_minor: int
    supported_by: tuple[str, ...]  # other programmes
    is_offset: bool  # vouchers of this programme paid a part

    @property
    def own_minor(self) -> int:
        """Return what the buyer paid itself, corrections deducted."""
        return sum(each.cash_minor for each in self.records)


@dataclass(frozen=True, slots=True)
class ReimbursedBuyer:
    """What is known of who asks."""

    id: UUID
    is_certified: bool
    facts: HolderFacts | None
    suppliers: Mapping[UUID, SupplierFacts] = field(default_factory=dict)  # how large they are


class _Room:
    """What the programme still leaves while its trades are decided one after the other."""

    def __init__(self, room: ReimbursingRoom) -> None:
        self._purse, self._year = room.purse, room.year_left_minor
        self.code = room.purse.programme_code

    def with_granted(self, granted_minor: int) -> tuple[Purse, dict[str, int]]:
        """Return what is left for a contract, what it got before counted in."""
        purse = replace(
            self._purse,
            available_minor=self._purse.available_minor + granted_minor,
            programme_left_minor=_more(self._purse.programme_left_minor, granted_minor),
            window_left_minor=_more(self._purse.window_left_minor, granted_minor),
        )
        year = _more(self._year, granted_minor)
        return purse, {} if year is None else {self.code: year}

    def take(self, amount_minor: int) -> None:
        """Note what a contract takes, or gives back."""
        self._purse, year = self.with_granted(-amount_minor)
        self._year = year.get(self.code)


def _more(left: int | None, by: int) -> int | None:
    return None if left is None else left + by


def decided_trades(
    contracts: Iterable[PaidContract],
    buyer: ReimbursedBuyer,
    room: ReimbursingRoom,
    *,
    at: datetime,
) -> list[ReimbursedTrade]:
    """Return what each new record adds, in the order in which the contracts were recorded."""
    left, found = _Room(room), []
    for paid in contracts:
        purse, year_left = left.with_granted(paid.granted_minor)
        refusal = _refused(paid)
        plan = None
        if refusal is None:
            purchase = _purchase(paid, buyer)
            plan = vouchers_rules.cover(purchase, [purse], at=at, entity_year_left=year_left)
        lines = list(_lines(paid, plan, refusal))
        left.take(sum(each.amount_minor for each in lines))
        found += lines
    return found


def _refused(paid: PaidContract) -> LineRefusal | None:
    if paid.is_offset:
        return LineRefusal.OFFSET
    is_unpaid = paid.own_minor <= 0 and not paid.granted_minor
    return LineRefusal.NOTHING_PAID if is_unpaid else None


def _purchase(paid: PaidContract, buyer: ReimbursedBuyer) -> Purchase:
    contract, last = paid.contract, paid.records[-1]
    return Purchase(
        order_id=contract.order_id,
        holder_id=buyer.id,
        supplier_id=contract.provider_id,
        supplier_uscc=last.provider_uscc,
        resource_class=last.resource_class,
        ordered_at=contract.order.placed_at,
        lines=_payable(contract.order.lines, max(0, paid.own_minor)),
        holder_is_certified=buyer.is_certified,
        is_related=bool(contract.relation),
        form=contract.resource.form,
        holder=buyer.facts,
        supplier=buyer.suppliers.get(contract.provider_id),
        paid_at=paid.records[0].traded_at,
        is_ex_post=True,
        supported_by=paid.supported_by,
    )


def _payable(priced: Sequence[Mapping[str, Any]] | None, own_minor: int) -> tuple[PayableLine, ...]:
    """Divide own money over the kinds of lines that the order was priced by."""
    weights: dict[str, int] = {}
    for each in priced or ():
        line = orders_rules.priced_line(dict(each))
        weights[line.kind] = weights.get(line.kind, 0) + max(0, line.amount_minor)
    if not sum(weights.values()):
        weights = {LineKind.COMPUTE.value: 1}
    return tuple(PayableLine(kind, part) for kind, part in divided(own_minor, weights).items())


def _lines(paid: PaidContract, plan: Any, refusal: LineRefusal | None) -> Iterator[ReimbursedTrade]:
    target = 0 if plan is None else plan.total_minor
    is_refused = refusal is not None or (target == 0 and paid.own_minor > 0)
    adds = 0 if is_refused else target - paid.granted_minor
    said = _said(plan, refusal if is_refused or adds else LineRefusal.NOTHING_MORE)
    for place, record in enumerate(paid.fresh):
        yield ReimbursedTrade(
            trade_record_id=record.pk,
            contract_id=paid.contract.pk,
            number=record.number,
            base_minor=paid.own_minor,
            amount_minor=0 if place else adds,
            is_live=adds != 0,
            explained=said,
        )


def _said(plan: Any, refusal: LineRefusal | None) -> dict[str, Any]:
    """Return what a decision says: shares and cuts with clauses, each rule, and what refuses it."""
    said: dict[str, Any] = {}
    if plan is not None:
        for cover in plan.covers:
            said |= explained.as_data(cover)
            said |= {"rate": str(cover.rate), "base_minor": cover.base_minor}
        said["unfit"] = "" if plan.covers or not plan.unfit else str(plan.unfit[0][1])
        if isinstance(plan, ExplainedPlan):
            said["findings"] = [
                {
                    "member": each.member,
                    "verdict": str(each.verdict),
                    "clause": f"{each.clause.number} {each.clause.source}" if each.clause else "",
                }
                for looked in plan.looked
                for each in looked.findings
            ]
    return said if refusal is None else said | {"refused": str(refusal)}
