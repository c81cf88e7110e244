"""What was charged and traded day by day, and what runs: a few statements for a whole page."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from common import moments
from identity.events import selectors as events
from marketplace.fulfilment import selectors as fulfilment_selectors
from marketplace.settlement.contracts import ContractState, TradeKind
from marketplace.settlement.models import Adjustment, Charge, Contract, ContractFunds, TradeRecord


@dataclass(frozen=True, slots=True)
class ClassDay:
    """What was charged for the use of one day of the market, of one class of compute."""

    day: date
    resource_class: str
    gross_minor: int
    voucher_minor: int
    fee_minor: int


@dataclass(frozen=True, slots=True)
class TradeDay:
    """What was traded on one day of the market."""

    day: date
    trades: int
    gross_minor: int
    voucher_minor: int
    fee_minor: int
    related: int  # between organisations that are tied


@dataclass(frozen=True, slots=True)
class RunningTotals:
    """
    Contracts that are delivered: how many, and what they were charged so far.

    `with_delivery` of them are charged by a delivery; the others by the clock.
    """

    contracts: int
    with_delivery: int
    gross_minor: int


def charges_by_day(
    *, since: datetime, buyer_id: UUID | None = None, provider_id: UUID | None = None
) -> list[ClassDay]:
    """Return the charges for use since a moment, of a buyer, of a provider, or of everybody."""
    # A charge is made after its use: older ones are left out by the index of identifiers.
    found = Charge.objects.filter(id__gte=events.first_id(since), starts_at__gte=since)
    if buyer_id is not None:
        found = found.filter(buyer_id=buyer_id)
    if provider_id is not None:
        found = found.filter(provider_id=provider_id)
    rows = (
        found.annotate(day=TruncDate("starts_at", tzinfo=moments.market_zone()))
        .order_by("day", "contract__listing__resource_class")
        .values_list("day", "contract__listing__resource_class")
        .annotate(Sum("gross_minor"), Sum("voucher_minor"), Sum("fee_minor"))
    )
    return [ClassDay(*row) for row in rows]


def trades_by_day(*, since: datetime) -> list[TradeDay]:
    """Return what was traded since a moment, as far as the tenant sees it, by day."""
    of_ties = Count("id", filter=Q(kind=TradeKind.TRADE) & ~Q(relation=""))
    rows = (
        TradeRecord.objects.filter(traded_at__gte=since)
        .annotate(day=TruncDate("traded_at", tzinfo=moments.market_zone()))
        .order_by("day")
        .values_list("day")
        .annotate(
            trades=Count("id", filter=Q(kind=TradeKind.TRADE)),
            gross=Sum("gross_minor"),
            voucher=Sum("voucher_minor"),
            fee=Sum("fee_minor"),
            related=of_ties,
        )
    )
    return [TradeDay(*row) for row in rows]


def earning_providers() -> list[UUID]:
    """Return the providers that have had a contract or an adjustment."""
    earned = Contract.objects.order_by().values_list("provider_id", flat=True).distinct()
    adjusted = Adjustment.objects.filter(provider__isnull=False).order_by()
    return sorted({*earned, *adjusted.values_list("provider_id", flat=True).distinct()})


def trades_paid_in(*, provider_id: UUID, asset: str) -> list[tuple[TradeRecord, int]]:
    """Return a provider's trade records that were paid in an asset, oldest first, and how much."""
    found = TradeRecord.objects.filter(provider_id=provider_id, assets__contains=f"{asset}:")
    paid = ((each, _paid(each.assets, asset)) for each in found.order_by("sequence"))
    return [(record, minor) for record, minor in paid if minor]


def _paid(assets: str, asset: str) -> int:
    """Return what the text of a record says was paid in an asset."""
    found = dict(part.split(":") for part in assets.split(";") if part)
    return int(Decimal(found.get(asset, "0")) * 100)


def captured_of_vouchers(voucher_ids: Collection[UUID]) -> dict[tuple[UUID, UUID], int]:
    """Return what providers were paid from vouchers and did not give back, by both."""
    found = (
        ContractFunds.objects.filter(voucher_id__in=voucher_ids)
        .values_list("voucher_id", "contract__provider_id")
        .annotate(total=Sum("captured_minor") - Sum("returned_minor"))
        .order_by()
    )
    return {(voucher, provider): int(total) for voucher, provider, total in found if total}


def vouchers_of(contract_ids: Collection[UUID], *, asset: str) -> list[UUID]:
    """Return the vouchers of an asset that paid contracts."""
    found = ContractFunds.objects.filter(contract_id__in=contract_ids, asset=asset)
    named = found.filter(voucher_id__isnull=False).values_list("voucher_id", flat=True)
    return [each for each in named.distinct() if each is not None]


def captured_of_contracts(
    contract_ids: Collection[UUID], *, asset: str
) -> dict[UUID, dict[UUID, int]]:
    """Return what vouchers of an asset paid contracts and did not get back, by both."""
    rows = ContractFunds.objects.filter(
        contract_id__in=contract_ids, asset=asset, voucher_id__isnull=False
    ).order_by("position")
    found: dict[UUID, dict[UUID, int]] = {}
    for each in rows:
        if each.voucher_id is not None:
            its = found.setdefault(each.contract_id, {})
            its[each.voucher_id] = each.captured_minor - each.returned_minor
    return found


def earned_since(moment: datetime) -> dict[UUID, int]:
    """Return what providers earned in cash from a moment on, fees deducted."""
    rows = (
        Charge.objects.filter(charged_at__gte=moment)
        .order_by()
        .values_list("provider_id")
        .annotate(earned=Sum("cash_minor") - Sum("fee_minor"))
    )
    return {provider_id: int(earned) for provider_id, earned in rows}


def running_of(
    *, buyer_id: UUID | None = None, provider_id: UUID | None = None
) -> QuerySet[Contract]:
    """
    Return the contracts that are delivered, those that end first in front.

    What failed or exited is left out, though its contract ends with the window that runs.
    """
    over = fulfilment_selectors.over_orders().filter(order_id=OuterRef("order_id"))
    found = Contract.objects.filter(~Exists(over), state=ContractState.ACTIVE).select_related(
        "buyer", "resource", "order", "listing"
    )
    if buyer_id is not None:
        found = found.filter(buyer_id=buyer_id)
    if provider_id is not None:
        found = found.filter(provider_id=provider_id)
    return found.order_by("ends_at", "id")


def running_totals(
    *, buyer_id: UUID | None = None, provider_id: UUID | None = None
) -> RunningTotals:
    """Return how many contracts are delivered and what they were charged."""
    found = running_of(buyer_id=buyer_id, provider_id=provider_id).order_by()
    sums = found.aggregate(
        contracts=Count("id"),
        with_delivery=Count("id", filter=Q(is_ready_to_bill=True)),
        gross_minor=Sum("gross_minor", default=0),
    )
    return RunningTotals(**sums)
