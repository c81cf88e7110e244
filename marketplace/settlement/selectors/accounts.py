"""What charging and settling need to know of contracts, as plain values."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, Sum

from common import tenancy
from common.period import Period
from common.reviews import NOT_SET_ASIDE
from marketplace.fulfilment import selectors as fulfilment_selectors
from marketplace.fulfilment.contracts import Delivered
from marketplace.orders import selectors as orders_selectors
from marketplace.settlement import closing, rules
from marketplace.settlement.bounding import Cell, Ordered, Reduced
from marketplace.settlement.closing import PlannedEnd
from marketplace.settlement.contracts import (
    ChargeTally,
    ContractState,
    Funds,
    Measured,
    TradeKind,
)
from marketplace.settlement.folding import (
    BY_KIND,
    NOT_OF_THE_ORDER,
    ChargedContract,
    EarlierCharge,
    Remark,
    Terms,
    kinds_said,
)
from marketplace.settlement.models import (
    Charge,
    ChargingCursor,
    Contract,
    ContractFunds,
    ContractReduction,
    EarlyEnd,
    FeeRule,
    TradeRecord,
)
from metering import selectors as metering_selectors
from pricing import rate_2
from pricing import rules as pricing_rules
from pricing import selectors as pricing_selectors

# OFFSET 0 looks each cell up in its index, whatever the planner believes of the table.
CHARGED_IN: Final = """
    SELECT cell.contract_id, cell.starts_at, charged.quantity, charged.standard_hours,
           charged.beyond_quantity, charged.beyond_standard_hours, charged.remark,
           charged.lines -> 0 -> 'by_kind' AS by_kind
    FROM unnest(%s::uuid[], %s::timestamptz[], %s::timestamptz[])
        AS cell(contract_id, starts_at, ends_at)
    CROSS JOIN LATERAL (
        SELECT * FROM settlement_charge charge
        WHERE charge.contract_id = cell.contract_id
          AND charge.starts_at >= cell.starts_at AND charge.starts_at < cell.ends_at
          AND charge.remark <> %s AND charge.usage_id IS NOT NULL
        OFFSET 0
    ) charged
"""

NOT_MEASURED: Final = Cell(is_measured=False)


@dataclass(frozen=True, slots=True)
class FeeRules:
    """Every version of the market's fee, the latest first."""

    versions: Sequence[FeeRule]

    def at(self, moment: datetime) -> FeeRule:
        """Return the version in force at a moment; the first one before there was any."""
        for version in self.versions:
            if version.starts_at <= moment:
                return version
        return self.versions[-1]


def fee_rules() -> FeeRules:
    """Return the versions of the market's fee."""
    return FeeRules(list(FeeRule.objects.order_by("-starts_at")))


def charging_cursor() -> int:
    """Return the last usage that was read for charging."""
    return ChargingCursor.objects.values_list("sequence", flat=True).get(pk=1)


def contracts_behind(*, limit: int, order_ids: Collection[UUID] | None = None) -> list[Contract]:
    """
    Return contracts whose older usage may be uncharged; stuck ones if there are no others.

    Those of imports at work are left to the imports, which name their orders.
    """
    behind = Contract.objects.filter(NOT_SET_ASIDE, is_behind=True).order_by("pk")
    if order_ids is not None:
        behind = behind.filter(order_id__in=order_ids)
    elif running := orders_selectors.running_imports():
        behind = behind.exclude(order__import_run_id__in=running)
    return list(behind.filter(refusal_code="")[:limit]) or list(
        behind.exclude(refusal_code="")[:limit]
    )


def accounts_of(contracts: Sequence[Contract]) -> list[ChargedContract]:
    """Return contracts (with their orders, funds and fee rules) as charging sees them."""
    windows = {rule.id: rule.window_seconds for rule in metering_selectors.rule_versions()}
    ran = fulfilment_selectors.delivered(
        [contract.order_id for contract in contracts if contract.is_ready_to_bill]
    )
    reduced = _reduced(contracts)
    ended = _ended_by_plan([each for each in contracts if each.state == ContractState.SETTLED])
    return [
        _account_of(
            contract,
            window_seconds=windows[contract.rule_version_id],
            delivered=ran.get(contract.order_id),
            ended=ended.get(contract.pk),
            reduced=reduced.get(contract.pk),
        )
        for contract in contracts
    ]


def _reduced(contracts: Sequence[Contract]) -> dict[UUID, Reduced]:
    """Return from when on contracts are of less, and of how much."""
    found = ContractReduction.objects.filter(contract_id__in=[each.pk for each in contracts])
    return {each.contract_id: Reduced(each.starts_at, each.units_milli) for each in found}


def _ended_by_plan(settled: Sequence[Contract]) -> dict[UUID, PlannedEnd]:
    """Return what ends asked that were charged already: what comes late may move it."""
    ends = EarlyEnd.objects.filter(contract_id__in=[each.pk for each in settled])
    return planned_ends(settled, list(ends)) if settled else {}


def planned_ends(contracts: Sequence[Contract], ends: Sequence[EarlyEnd]) -> dict[UUID, PlannedEnd]:
    """
    Return what the ends of contracts ask by their plans, early or not, where these say any.

    Of what the provider never delivered nothing is asked.
    """
    fees = {each.contract_id: each.fee_minor for each in ends}
    cards = pricing_selectors.rate_cards({each.plan_version_id for each in contracts})
    found = {}
    for contract in contracts:
        card = cards[contract.plan_version_id]
        said = card.terms.early_end if card.terms and contract.pk in fees else None
        if said is None and not closing.closes(card):
            continue
        end = PlannedEnd(rules.held_in_all(funds_of(contract)))
        if said is not None:
            end = replace(end, fee_minor=fees[contract.pk], gives_back=said.gives_back)
        found[contract.pk] = end
    orders = {each.order_id: each.pk for each in contracts if each.pk in found}
    for order_id in fulfilment_selectors.never_delivered(orders) if orders else ():
        del found[orders[order_id]]
    return found


def _account_of(
    contract: Contract,
    *,
    window_seconds: int,
    delivered: Delivered | None,
    ended: PlannedEnd | None,
    reduced: Reduced | None,
) -> ChargedContract:
    ordered = Period(contract.starts_at, contract.ends_at)
    return ChargedContract(
        terms=Terms(
            id=contract.pk,
            number=contract.number,
            order_id=contract.order_id,
            order_number=contract.order_number,
            buyer_id=contract.buyer_id,
            provider_id=contract.provider_id,
            resource_id=contract.resource_id,
            plan_version_id=contract.plan_version_id,
            ordered=Ordered(
                units_milli=contract.order.units_milli,
                unit=contract.unit,
                period=ordered,
                window_seconds=window_seconds,
                delivered=delivered.within(ordered) if delivered else None,
                reduced=reduced,
            ),
            fee_rate=contract.fee_rule.rate,
            fee_rule=contract.fee_rule.rule,
            agreed=Period(contract.order.starts_at, contract.order.ends_at),
            # What decided the price of the order, and what is known of its buyer beside.
            facts=pricing_rules.facts_of(contract.order.lines or ())
            | {kind: fact["value"] for kind, fact in contract.price_facts.items()},
            evidence={kind: fact["source"] for kind, fact in contract.price_facts.items()},
        ),
        state=ContractState(contract.state),
        watermark=contract.watermark,
        is_behind=contract.is_behind,
        tally=ChargeTally(
            measured=Measured(contract.quantity, contract.standard_hours),
            rated_minor=contract.rated_minor,
            gross_minor=contract.gross_minor,
            fee_minor=contract.fee_minor,
            funds=funds_of(contract),
        ),
        beyond_quantity=contract.beyond_quantity,
        cells=rate_2.read(contract.rating),
        ended=ended,
    )


def funds_of(contract: Contract) -> tuple[Funds, ...]:
    """Return what pays a contract (loaded with its funds), in order."""
    return tuple(
        Funds(
            id=each.pk,
            asset=each.asset,
            debit=each.debit,
            credit=each.credit,
            hold_id=each.hold_id,
            held_minor=each.held_minor,
            voucher_id=each.voucher_id,
            captured_minor=each.captured_minor,
            returned_minor=each.returned_minor,
            released_minor=each.released_minor,
            agreed_minor=each.agreed_minor,
        )
        for each in sorted(contract.funds.all(), key=lambda each: each.position)
    )


def earlier_charges(usage_ids: Collection[UUID]) -> dict[UUID, EarlierCharge]:
    """Return what was charged for usage records, by record."""
    if not usage_ids:
        return {}
    charges = Charge.objects.filter(usage_id__in=usage_ids)
    return {
        charge.usage_id: EarlierCharge(
            charge.pk,
            Measured(
                charge.measured_quantity,
                charge.measured_standard_hours,
                kinds_said(charge.lines, "measured"),
            ),
        )
        for charge in charges
        if charge.usage_id is not None
    }


def charged_cells(
    cells: Mapping[UUID, Collection[Period]],
) -> dict[UUID, dict[datetime, Cell]]:
    """Return what was charged under contracts in some of their cells, by the cells' beginnings."""
    wanted = [(contract_id, cell) for contract_id, some in cells.items() for cell in some]
    found: dict[UUID, dict[datetime, Cell]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            CHARGED_IN,
            [
                [contract_id for contract_id, _ in wanted],
                [cell.starts_at for _, cell in wanted],
                [cell.ends_at for _, cell in wanted],
                Remark.RULE_MISMATCH,
            ],
        )
        for row in cursor.fetchall():
            contract_id, starts_at, quantity, hours, beyond, beyond_hours, remark, kinds = row
            said = [{BY_KIND: json.loads(kinds) if isinstance(kinds, str) else kinds or {}}]
            of_contract = found.setdefault(contract_id, {})
            before = of_contract.get(starts_at, NOT_MEASURED)
            bounded = Measured(quantity, hours, kinds_said(said, "charged"))
            measured = bounded + Measured(beyond, beyond_hours, kinds_said(said, "beyond"))
            of_contract[starts_at] = Cell(
                before.measured + measured,
                before.bounded + bounded,
                before.is_measured or remark not in NOT_OF_THE_ORDER,
            )
    return found


def trade_records_of(contract_ids: Collection[UUID]) -> dict[UUID, TradeRecord]:
    """Return the original records of contracts."""
    found = TradeRecord.objects.filter(contract_id__in=contract_ids, kind=TradeKind.TRADE)
    return {record.contract_id: record for record in found}


@dataclass(frozen=True, slots=True)
class OrderTotals:
    """What the contract of an order came to."""

    order_id: UUID
    is_settled: bool
    charges: int
    rated_minor: int
    gross_minor: int
    fee_minor: int
    released_minor: int


def totals_of_orders(order_ids: Collection[UUID]) -> list[OrderTotals]:
    """Return what the contracts of orders came to."""
    with tenancy.acting_as_platform():
        contracts = list(Contract.objects.filter(order_id__in=order_ids))
        ids = [contract.pk for contract in contracts]
        charges = dict(
            Charge.objects.filter(contract_id__in=ids)
            .values_list("contract_id")
            .annotate(count=Count("id"))
        )
        released = dict(
            ContractFunds.objects.filter(contract_id__in=ids)
            .values_list("contract_id")
            .annotate(total=Sum("released_minor"))
        )
    return [
        OrderTotals(
            order_id=contract.order_id,
            is_settled=contract.state == ContractState.SETTLED,
            charges=charges.get(contract.pk, 0),
            rated_minor=contract.rated_minor,
            gross_minor=contract.gross_minor,
            fee_minor=contract.fee_minor,
            released_minor=released.get(contract.pk, 0),
        )
        for contract in contracts
    ]


def open_contracts_of(order_ids: Collection[UUID]) -> int:
    """Return how many contracts of orders are not settled."""
    with tenancy.acting_as_platform():
        active = Contract.objects.filter(state=ContractState.ACTIVE, order_id__in=order_ids)
        return active.count()
