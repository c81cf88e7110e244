"""What a long contract holds when: its instalments, written when it opens."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from marketplace.orders import selectors as orders_selectors
from marketplace.orders.rows import OrderRow
from marketplace.orders.terms import Instalment
from marketplace.settlement.contracts import FORESEEN_BEFORE, InstalmentState
from marketplace.settlement.models import Contract, ContractInstalment


def plan_instalments(contracts: Sequence[Contract], orders: Sequence[OrderRow]) -> None:
    """Write the instalments of contracts that have any; the first is held since the clearing."""
    ContractInstalment.objects.bulk_create(
        [
            row
            for contract, order in zip(contracts, orders, strict=True)
            if order.instalment_rule
            for row in _rows(contract, order)
        ]
    )


def _rows(contract: Contract, order: OrderRow) -> Iterator[ContractInstalment]:
    for each in orders_selectors.instalments_of_order(order):
        yield _row(contract, each, cleared_at=order.cleared_at)


def _row(
    contract: Contract, planned: Instalment, *, cleared_at: datetime | None
) -> ContractInstalment:
    is_first = planned.due_at is None
    return ContractInstalment(
        contract=contract,
        buyer_id=contract.buyer_id,
        provider_id=contract.provider_id,
        part=planned.part,
        starts_at=planned.starts_at,
        ends_at=planned.ends_at,
        amount_minor=planned.amount_minor,
        due_at=planned.due_at,
        state=InstalmentState.HELD if is_first else InstalmentState.PLANNED,
        next_at=None if planned.due_at is None else planned.due_at - FORESEEN_BEFORE,
        decided_at=cleared_at if is_first else None,
    )
