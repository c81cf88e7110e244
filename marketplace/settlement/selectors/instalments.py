"""Instalments of long contracts: which are open, which are due, and what would lack."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from common.moments import market_date
from ledger import selectors as ledger_selectors
from marketplace import accounts
from marketplace.budgets import selectors as budgets_selectors
from marketplace.settlement.contracts import InstalmentState
from marketplace.settlement.models import OPEN_INSTALMENTS, Contract, ContractInstalment

SHOWN_MAX = 400  # more than a year has weeks


@dataclass(frozen=True, slots=True)
class InstalmentBook:
    """The instalments of one contract, as its page shows them."""

    rows: Sequence[ContractInstalment]
    agreed_minor: int

    @property
    def held(self) -> ContractInstalment | None:
        """Return the last one that is held."""
        held = [each for each in self.rows if each.state == InstalmentState.HELD]
        return held[-1] if held else None

    @property
    def next(self) -> ContractInstalment | None:
        """Return the one that is held next, if any is to come."""
        return next((each for each in self.rows if each.state in OPEN_INSTALMENTS), None)

    @property
    def held_minor(self) -> int:
        """Return what was held by now, with what of it was charged."""
        return sum(each.amount_minor for each in self.rows if each.state == InstalmentState.HELD)


def instalments_of_order(order_id: UUID) -> InstalmentBook | None:
    """Return the instalments of the contract of an order; none where it holds everything."""
    found = ContractInstalment.objects.filter(contract__order_id=order_id)
    return _book(found)


def instalments_of_contract(contract_id: UUID) -> list[ContractInstalment]:
    """Return the instalments of a contract, in order."""
    found = ContractInstalment.objects.filter(contract_id=contract_id)
    return list(found.order_by("part")[:SHOWN_MAX])


def _book(found: QuerySet[ContractInstalment]) -> InstalmentBook | None:
    rows = list(found.order_by("part")[:SHOWN_MAX])
    return InstalmentBook(rows, sum(each.amount_minor for each in rows)) if rows else None


def open_instalments(contract_id: UUID) -> QuerySet[ContractInstalment]:
    """Return the instalments of a contract that are to come, in order."""
    found = ContractInstalment.objects.filter(contract_id=contract_id, state__in=OPEN_INSTALMENTS)
    return found.order_by("part")


def next_instalment(contract_id: UUID) -> ContractInstalment | None:
    """Return the instalment of a contract that is held next."""
    return open_instalments(contract_id).first()


def next_instalments(contract_ids: Collection[UUID]) -> dict[UUID, ContractInstalment]:
    """Return the instalment that each of some contracts holds next, by contract."""
    found = ContractInstalment.objects.filter(
        contract_id__in=contract_ids, state__in=OPEN_INSTALMENTS
    )
    rows = found.order_by("contract_id", "part").distinct("contract_id")
    return {each.contract_id: each for each in rows}


def due_instalments(*, now: datetime, limit: int) -> list[ContractInstalment]:
    """Return the instalments that somebody is to look at, in order of time; nothing is locked."""
    found = ContractInstalment.objects.filter(state__in=OPEN_INSTALMENTS, next_at__lte=now)
    return list(found.order_by("next_at", "id")[:limit])


def coming_instalments(buyer_id: UUID, *, limit: int) -> list[ContractInstalment]:
    """Return the instalments that a buyer's contracts hold next, the earliest first."""
    found = ContractInstalment.objects.filter(buyer_id=buyer_id, state__in=OPEN_INSTALMENTS)
    return list(found.select_related("contract").order_by("due_at", "id")[:limit])


def lacking_for(pairs: Iterable[tuple[Contract, ContractInstalment]]) -> dict[UUID, int]:
    """
    Return what would lack of instalments if nothing came in until they are due, by instalment.

    What is due before them, or with them, is taken first. Caps count as money does.
    """
    rows = list(pairs)
    buyers = {contract.buyer_id for contract, _row in rows}
    balances = ledger_selectors.balances([accounts.buyer_cash(each) for each in buyers])
    lacking: dict[UUID, int] = {}
    for contract, row in rows:
        balance = balances.get(accounts.buyer_cash(contract.buyer_id))
        left = (balance.available if balance else 0) - _due_with(contract.buyer_id, row)
        lacks = max(-left, row.amount_minor - _cap_left(contract, row))
        if lacks > 0:
            lacking[row.pk] = lacks
    return lacking


def _due_with(buyer_id: UUID, row: ContractInstalment) -> int:
    """Return what a buyer's instalments come to that are due by then."""
    found = ContractInstalment.objects.filter(
        buyer_id=buyer_id, state__in=OPEN_INSTALMENTS, due_at__lte=row.due_at
    )
    return sum(found.values_list("amount_minor", flat=True))


def _cap_left(contract: Contract, row: ContractInstalment) -> int:
    """Return what the caps of a contract's order leave for an instalment."""
    order: Any = contract.order
    rooms = budgets_selectors.rooms_of(contract.buyer_id, on=market_date(row.starts_at))
    bound = budgets_selectors.binding(
        [each for each in rooms if not each.is_of_each_order],
        project_id=order.project_id,
        person_id=order.placed_by_id,
    )
    return bound[0].left_minor if bound else row.amount_minor
