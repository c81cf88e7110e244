"""A contract whose time is over and whose use is measured and charged ends as a trade record."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from django.db import transaction

from common import isolation, tenancy
from common.ids import uuid7
from marketplace.budgets import services as budgets_services
from marketplace.catalog import services as catalog_services
from marketplace.fulfilment import services as fulfilment_services
from marketplace.orders import services as orders_services
from marketplace.orders.contracts import SettledOrder
from marketplace.settlement import locks, postings, rules, selectors, storage
from marketplace.settlement.contracts import (
    ContractMove,
    ContractReviewCode,
    ContractState,
    Funds,
    Measured,
    SettlingRun,
)
from marketplace.settlement.models import Contract, TradeRecord
from marketplace.settlement.services.charging import fund_charges
from marketplace.settlement.services.closings import charge_ends
from marketplace.settlement.services.posting import post_groups
from marketplace.settlement.services.recording import (
    RecordedTrade,
    contracts_to_record,
    write_records,
)
from marketplace.settlement.services.reviewing import set_contract_aside
from metering import selectors as metering_selectors

SETTLING_BATCH_MAX: Final = 1_000


@transaction.atomic
def settle_due(
    *,
    now: datetime,
    limit: int = SETTLING_BATCH_MAX,
    order_ids: Collection[UUID] | None = None,
    due_by: datetime | None = None,
) -> SettlingRun:
    """
    Settle the contracts that are due: release what is still held, and record the trade.

    A contract waits while a window of it is open or usage of it is uncharged. Runs that meet share
    the contracts out. One that settling fails with is set aside, and the others settle.

    With `order_ids` an import settles these orders of its own and no others: it has measured all
    that they used, so it need not wait for late readings, and says by `due_by` until when they may
    have been due.
    """
    with tenancy.acting_as_platform():
        due, ready = _next_ready(now=due_by or now, limit=limit, order_ids=order_ids)
        if not ready:
            return SettlingRun()
        contracts = list(contracts_to_record(ready).values())
        apart: list[Contract] = []

        def set_aside(contract: Contract, error: Exception) -> None:
            set_contract_aside(contract, error, code=ContractReviewCode.NOT_SETTLED, at=now)
            apart.append(contract)

        parts = isolation.divide(contracts, partial(_settle, now=now), set_aside=set_aside).results
        settled = sum(part.contracts for part in parts)
        return SettlingRun(
            contracts=settled,
            gross_minor=sum(part.gross_minor for part in parts),
            released_minor=sum(part.released_minor for part in parts),
            set_aside=len(apart),
            is_full=len(due) == limit and bool(settled or apart),
        )


def _settle(contracts: Sequence[Contract], *, now: datetime) -> SettlingRun:
    # Clearing locks listings before accounts, and so does this.
    catalog_services.release(order_ids=[each.order_id for each in contracts], at=now)
    ended = {each.order_id: each.ends_at for each in contracts if each.is_ready_to_bill}
    if ended:
        fulfilment_services.close(ended=ended, now=now)
    contracts, unposted = charge_ends(contracts, now=now)
    released, refused = _release(contracts, now=now)
    refused |= unposted
    storage.run(storage.MARK_REFUSED, [{"id": pk, "code": code} for pk, code in refused.items()])
    trades = _record([each for each in contracts if each.pk not in refused], now=now)
    return SettlingRun(
        contracts=len(trades),
        gross_minor=sum(trade.gross_minor for trade in trades),
        released_minor=released,
    )


def _next_ready(
    *, now: datetime, limit: int, order_ids: Collection[UUID] | None
) -> tuple[Sequence[Contract], Collection[UUID]]:
    """Return the first page of due contracts of which some are ready, and those that are."""
    after: Contract | None = None
    while due := locks.due_contracts(now=now, limit=limit, after=after, order_ids=order_ids):
        ready = _measured_and_charged(due)
        if ready:
            return due, ready
        # All of a page may wait for somebody's decision; that must not hold up the others.
        after = due[-1]
    return (), ()


def _measured_and_charged(due: Sequence[Contract]) -> Collection[UUID]:
    """Return the contracts that nothing is missing of."""
    # Windows first: one that closes in between shows up as usage behind the cursor.
    unmeasured = metering_selectors.open_subjects(
        resources={contract.order_id: contract.resource_id for contract in due}
    )
    # What lies before the cursor was read; an import charges past it, up to its own watermarks.
    read = selectors.charging_cursor()
    uncharged = metering_selectors.subjects_past(
        {contract.order_id: max(read, contract.watermark) for contract in due}
    )
    waiting = unmeasured | uncharged
    return [contract.pk for contract in due if contract.order_id not in waiting]


def _release(contracts: Sequence[Contract], *, now: datetime) -> tuple[int, dict[UUID, str]]:
    """Give up what is still held; return the sum, and the contracts that the ledger refused."""
    groups, funds, contract_of = [], {}, {}
    for contract in contracts:
        occasion = postings.Occasion(uuid7(), contract.number, now)
        transfers, after = postings.releasing(selectors.funds_of(contract), occasion)
        contract_of[occasion.group] = contract.pk
        funds[contract.pk] = after
        groups.append(transfers)
    budgets_services.lock([each.order_id for each in contracts])  # Before accounts, as in clearing.
    refused = {contract_of[group]: code for group, code in post_groups(groups).items()}
    done: list[Funds] = [each for pk, after in funds.items() if pk not in refused for each in after]
    storage.run(storage.UPDATE_FUNDS, [fund_charges(each) for each in done])
    return sum(each.released_minor for each in done), refused


def _record(contracts: Sequence[Contract], *, now: datetime) -> list[TradeRecord]:
    orders_services.mark_settled(
        order_ids=[contract.order_id for contract in contracts],
        used=[_used(contract) for contract in contracts],
        at=now,
    )
    Contract.objects.filter(pk__in=[contract.pk for contract in contracts]).update(
        state=rules.TRANSITIONS[ContractState.ACTIVE, ContractMove.SETTLED], settled_at=now
    )
    return write_records([_traded(contract) for contract in contracts], now=now)


def _used(contract: Contract) -> SettledOrder:
    """Return what each voucher paid of an order in the end."""
    return SettledOrder(
        contract.order_id,
        {
            funds.voucher_id: funds.collected_minor
            for funds in selectors.funds_of(contract)
            if funds.voucher_id is not None
        },
    )


def _traded(contract: Contract) -> RecordedTrade:
    parts: dict[str, int] = {}
    for funds in selectors.funds_of(contract):
        parts[funds.asset] = parts.get(funds.asset, 0) + funds.collected_minor
    return RecordedTrade(
        contract=contract,
        measured=Measured(contract.quantity, contract.standard_hours),
        beyond_quantity=contract.beyond_quantity,
        gross_minor=contract.gross_minor,
        voucher_minor=contract.voucher_minor,
        cash_minor=contract.cash_minor,
        fee_minor=contract.fee_minor,
        parts=parts,
    )
