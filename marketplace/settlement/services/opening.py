"""Every cleared order becomes a contract, once."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from common import isolation, tenancy
from marketplace import accounts
from marketplace.catalog.rows import ListingRow
from marketplace.fulfilment import selectors as fulfilment_selectors
from marketplace.fulfilment import services as fulfilment_services
from marketplace.orders import selectors as orders_selectors
from marketplace.orders import services as orders_services
from marketplace.orders.rows import OrderRow
from marketplace.settlement import rules, selectors, telling
from marketplace.settlement.event_names import SettlementEvent
from marketplace.settlement.models import Contract, ContractFunds, FeeRule, UnopenedOrder
from marketplace.settlement.numbering import next_sequence
from marketplace.settlement.services.knowing import Facts, price_facts_of
from marketplace.settlement.services.planning import plan_instalments
from marketplace.settlement.services.reviewing import set_order_aside
from metering import selectors as metering_selectors
from metering.contracts import RuleFacts

OPENING_BATCH_MAX: Final = 2_000


@transaction.atomic
def open_contracts(
    *,
    now: datetime,
    limit: int = OPENING_BATCH_MAX,
    order_ids: Collection[UUID] | None = None,
) -> int:
    """
    Open the contracts of cleared orders that have begun and have none; return how many.

    Orders of an import at work are left to it: it names them as `order_ids`, once all that they
    used is measured.

    Before it begins a cleared order may be cancelled, and its holds are the order's own. That its
    time has come is noted on the order, under its lock: a cancellation that waits for the lock, and
    looked at the clock before, finds the note. An order of which no contract can be made is set
    aside, and the others open.
    """
    with tenancy.acting_as_platform():
        waiting = _waiting(now, order_ids)
        if not waiting.exists():
            return 0
        next_sequence(Contract)
        # Asked again: whoever held the number's lock before has opened some of them.
        cleared = list(waiting.all().select_for_update(of=("self",), no_key=True)[:limit])
        opened = isolation.divide(
            cleared, partial(_open, now=now), set_aside=partial(set_order_aside, at=now)
        )
        return sum(opened.results)


def _open(cleared: Sequence[OrderRow], *, now: datetime) -> int:
    # What clears under a policy of readiness is asked of its provider before anything is charged.
    fulfilment_services.open_deliveries(now=now, order_ids=[order.pk for order in cleared])
    asked = fulfilment_selectors.delivered([order.pk for order in cleared])
    sequence = next_sequence(Contract)
    measured_by = {facts.id: facts for facts in metering_selectors.rule_versions()}
    fee_rules = selectors.fee_rules()
    listed = list(_listed(cleared))
    facts = price_facts_of(listed)
    contracts = [
        _contract(
            order,
            listing,
            sequence=sequence + index,
            rule=measured_by[order.rule_version_id or listing.rule_version_id],
            fee_rule=fee_rules.at(order.cleared_at or now),
            is_ready_to_bill=order.pk in asked,
            facts=facts.get(order.pk, {}),
            now=now,
        )
        for index, (order, listing) in enumerate(listed)
    ]
    Contract.objects.bulk_create(contracts)
    telling.of_contracts(SettlementEvent.CONTRACT_OPENED, contracts, at=now)
    begun = [order.pk for order in cleared]
    orders_services.note_provisioned(order_ids=begun, at=now)
    ContractFunds.objects.bulk_create(
        [
            funds
            for contract, order in zip(contracts, cleared, strict=True)
            for funds in _funds(contract, order)
        ]
    )
    plan_instalments(contracts, cleared)
    return len(contracts)


def _waiting(now: datetime, order_ids: Collection[UUID] | None) -> QuerySet[Any]:
    """Return the cleared orders that have begun and have no contract."""
    has_contract = Exists(Contract.objects.filter(order_id=OuterRef("pk")))
    is_set_aside = Exists(UnopenedOrder.objects.filter(order_id=OuterRef("pk")))
    begun = orders_selectors.cleared_orders().filter(starts_at__lte=now)
    found = begun.filter(~has_contract, ~is_set_aside).order_by("pk")
    if order_ids is not None:
        return found.filter(pk__in=order_ids)
    running = orders_selectors.running_imports()
    return found.exclude(import_run_id__in=running) if running else found


def _listed(cleared: Sequence[OrderRow]) -> Iterator[tuple[OrderRow, ListingRow]]:
    """Yield orders with their listings; the database keeps cleared orders whole."""
    for order in cleared:
        if order.listing is None:
            message = f"{order.number} is cleared and has no listing"
            raise RuntimeError(message)
        yield order, order.listing


def _contract(
    order: OrderRow,
    listing: ListingRow,
    *,
    sequence: int,
    rule: RuleFacts,
    fee_rule: FeeRule,
    is_ready_to_bill: bool,
    facts: Facts,
    now: datetime,
) -> Contract:
    return Contract(
        sequence=sequence,
        number=f"C-{sequence:08d}",
        order_id=order.pk,
        order_number=order.number,
        buyer_id=order.buyer_id,
        provider_id=listing.provider_id,
        listing_id=listing.pk,
        resource_id=listing.resource_id,
        plan_version_id=order.plan_version_id or listing.plan_version_id,
        rule_version_id=rule.id,
        fee_rule=fee_rule,
        unit=rule.unit,
        relation=order.relation,
        instalment_rule=order.instalment_rule,
        is_ready_to_bill=is_ready_to_bill,
        preemption_rule=listing.preemption_rule,
        preemption_minutes=listing.preemption_minutes,
        price_facts=facts,
        starts_at=order.starts_at,
        ends_at=order.ends_at,
        settles_at=rules.settles_at(
            order.ends_at,
            window_seconds=rule.window_seconds,
            grace_seconds=rule.grace_seconds,
        ),
        opened_at=now,
    )


def _funds(contract: Contract, order: OrderRow) -> Sequence[ContractFunds]:
    """Return what pays: each voucher that covers the order, in the order of clearing, then cash."""
    funds = [
        ContractFunds(
            contract=contract,
            position=position,
            voucher_id=cover.voucher_id,
            asset=accounts.programme_asset(cover.programme_code),
            debit=accounts.voucher(cover.voucher_id),
            credit=accounts.voucher_claim(cover.programme_code, contract.provider_id),
            hold_id=cover.hold_id,
            held_minor=cover.amount_minor,
        )
        for position, cover in enumerate(sorted(order.covers.all(), key=lambda each: each.pk))
    ]
    if order.cash_minor:
        funds.append(
            ContractFunds(
                contract=contract,
                position=len(funds),
                asset=accounts.CNY,
                debit=accounts.buyer_cash(contract.buyer_id),
                credit=accounts.provider_payable(contract.provider_id),
                hold_id=order.cash_hold_id,
                held_minor=order.cash_minor if order.held_minor is None else order.held_minor,
                agreed_minor=order.cash_minor if order.instalment_rule else None,
            )
        )
    return funds
