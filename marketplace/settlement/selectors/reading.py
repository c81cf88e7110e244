"""What members read of contracts, charges and trade records. Row-level security decides whose."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, F, Prefetch, QuerySet, Sum
from django.db.models.functions import Left

from common.period import Period
from marketplace.settlement.contracts import (
    AdjustmentNotFound,
    AdjustmentReason,
    ContractNotFound,
    ContractState,
    Party,
    TradeRecordNotFound,
)
from marketplace.settlement.models import (
    Adjustment,
    Charge,
    Contract,
    ContractFunds,
    TradeRecord,
)


@dataclass(frozen=True, slots=True)
class ChargeTotals:
    """What charges add up to, and who paid how much of it."""

    gross_minor: int
    voucher_minor: int
    cash_minor: int
    fee_minor: int
    charges: int


@dataclass(frozen=True, slots=True)
class RunningAtHub:
    """Contracts that run at a hub for buyers of one province (two digits of GB/T 2260)."""

    hub: str
    province: str
    contracts: int
    standard: Decimal


def contracts() -> QuerySet[Contract]:
    """Return the contracts that the tenant may see, newest first."""
    return Contract.objects.select_related("buyer", "provider", "resource").order_by("-id")


def contract(contract_id: UUID) -> Contract:
    """
    Return a contract.

    :raises ContractNotFound: if it does not exist or is someone else's (the two look alike)
    """
    in_order = Prefetch("funds", ContractFunds.objects.order_by("position"))
    found = contracts().prefetch_related(in_order).filter(pk=contract_id).first()
    if found is None:
        raise ContractNotFound
    return found


def contract_of_order(order_id: UUID) -> Contract | None:
    """Return the contract of an order, if it has one."""
    return contracts().prefetch_related("funds").filter(order_id=order_id).first()


def charges() -> QuerySet[Charge]:
    """Return the charges that the tenant may see, newest first."""
    return Charge.objects.select_related("contract").order_by("-id")


def charges_of_order(order_id: UUID) -> QuerySet[Charge]:
    """Return an order's charges, newest first."""
    return charges().filter(contract__order_id=order_id)


def orders_charged_in(*, buyer_id: UUID, period: Period, limit: int) -> list[UUID]:
    """Return the orders of a buyer that were charged for a stretch of time, the first of them."""
    found = Charge.objects.filter(
        buyer_id=buyer_id, starts_at__gte=period.starts_at, starts_at__lt=period.ends_at
    )
    orders = found.values_list("contract__order_id", flat=True).order_by("contract__order_id")
    return list(orders.distinct()[:limit])


def charged_of_order(order_id: UUID) -> ChargeTotals:
    """Return what all charges of an order add up to, corrections included."""
    found = charges_of_order(order_id).aggregate(
        gross=Sum("gross_minor", default=0),
        voucher=Sum("voucher_minor", default=0),
        cash=Sum("cash_minor", default=0),
        fee=Sum("fee_minor", default=0),
        charges=Count("id"),
    )
    return ChargeTotals(
        gross_minor=found["gross"],
        voucher_minor=found["voucher"],
        cash_minor=found["cash"],
        fee_minor=found["fee"],
        charges=found["charges"],
    )


def trade_records() -> QuerySet[TradeRecord]:
    """Return the trade records that the tenant may see, newest first."""
    return TradeRecord.objects.order_by("-sequence")


def trade_record(number: str) -> TradeRecord:
    """
    Return a trade record by its number.

    :raises TradeRecordNotFound: if it does not exist or is someone else's (the two look alike)
    """
    found = trade_records().filter(number=number).first()
    if found is None:
        raise TradeRecordNotFound
    return found


def adjustments() -> QuerySet[Adjustment]:
    """Return the adjustments that the tenant may see, newest first."""
    return Adjustment.objects.select_related(
        "buyer", "provider", "contract", "trade_record", "reverses", "reversed_by"
    ).order_by("-sequence")


def given_back_minor(contract_id: UUID) -> int:
    """
    Return what people gave back to the buyer of a contract, in minor units.

    What disputes and service levels gave back is counted where they are kept.
    """
    found = Adjustment.objects.filter(
        contract_id=contract_id, payee=Party.BUYER, reversed_by=None, reverses=None
    ).exclude(reason__in=[AdjustmentReason.DISPUTE, AdjustmentReason.SERVICE_LEVEL])
    return int(found.aggregate(total=Sum("amount_minor", default=0))["total"])


def adjustment(adjustment_id: UUID) -> Adjustment:
    """
    Return an adjustment.

    :raises AdjustmentNotFound: if it does not exist or is someone else's (the two look alike)
    """
    found = adjustments().filter(pk=adjustment_id).first()
    if found is None:
        raise AdjustmentNotFound
    return found


def running_by_place(*, at: datetime, limit: int) -> list[RunningAtHub]:
    """
    Return where contracts run for buyers of which province, the most capacity first.

    Standard hours are those of an hour; what does not convert counts as contracts alone.
    """
    capacity = F("order__units_milli") * F("listing__standard_factor") / Decimal(1000)
    found = (
        Contract.objects.filter(
            state=ContractState.ACTIVE, settles_at__gt=at, starts_at__lte=at, ends_at__gt=at
        )
        .order_by()
        .values(hub=F("listing__hub"), province=Left("buyer__region", 2))
        .annotate(contracts=Count("id"), standard=Sum(capacity, default=Decimal(0)))
        .order_by("-standard", "hub", "province")[:limit]
    )
    return [RunningAtHub(**row) for row in found]
