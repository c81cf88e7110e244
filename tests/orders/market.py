"""Snapshots for the pure rule, made without a database."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from marketplace.orders import rules
from marketplace.orders.contracts import Demand, Offer, Purchaser, Snapshot, Taken
from marketplace.vouchers.contracts import Purse
from pricing.contracts import RateCard, RateComponent, RateTier, RateUnit

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
NAMES = UUID("00000000-0000-7000-8000-000000000001")
RULE = uuid5(NAMES, "rule")
HAICHAO = uuid5(NAMES, "haichao")


def named(name: str) -> UUID:
    return uuid5(NAMES, name)


def card(price: str, unit: RateUnit = RateUnit.UNIT_HOUR) -> RateCard:
    return RateCard(
        version_id=named(f"plan {price} {unit}"),
        plan_code="plan",
        version=1,
        asset="CNY",
        components=(RateComponent("usage", unit, (RateTier(Decimal(0), Decimal(price)),)),),
        content_hash="",
        provider_id=named("provider"),
    )


def offer(name: str = "listing", *, price: str = "1", cards: int = 8, **facts: Any) -> Offer:
    unit = facts.pop("unit", RateUnit.UNIT_HOUR)
    values: dict[str, Any] = {
        "listing_id": named(name),
        "provider_id": named(f"provider of {name}"),
        "provider_uscc": "",
        "resource_class": "AI",
        "chip": "H100",
        "is_open": True,
        "accepts_vouchers": True,
        "available_from": NOON - timedelta(days=1),
        "available_until": None,
        "total_milli": cards * 1000,
        "taken": (),
        "plan_version_id": card(price, unit).version_id,
        "rule_version_id": RULE,
        "factor": None,
    }
    return Offer(**(values | facts))


def taken(cards: int, start: int, end: int) -> Taken:
    """Return cards that are sold between two hours after noon."""
    return Taken(NOON + timedelta(hours=start), NOON + timedelta(hours=end), cards * 1000)


def demand(
    name: str,
    *,
    cards: int = 1,
    start: int = 0,
    hours: int = 1,
    after: int = 0,
    of: Offer | None = None,
    price: str = "1",
    chips: tuple[str, ...] = (),
    buyer: UUID = HAICHAO,
    **facts: Any,
) -> Demand:
    """Return an order placed `after` seconds, for `of` or for any listing with one of the chips."""
    starts_at = NOON + timedelta(hours=start)
    lines = rules.price(
        card(price),
        units_milli=cards * 1000,
        seconds=hours * 3600,
        factor=None,
        rule_version_id=RULE,
    )
    values: dict[str, Any] = {
        "order_id": named(name),
        "buyer_id": buyer,
        "placed_at": NOON - timedelta(hours=1) + timedelta(seconds=after),
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=hours),
        "units_milli": cards * 1000,
        "listing_id": of.listing_id if of else None,
        "chips": chips,
        "lines": lines if of else None,
        "use_vouchers": True,
    }
    return Demand(**(values | facts))


def snapshot(
    demands: Any,
    offers: Any,
    *,
    cash: int = 10**12,
    purses: tuple[Purse, ...] = (),
    prices: tuple[str, ...] = ("1", "2", "3"),
    seed: str = "seed",
    cards: tuple[RateCard, ...] = (),
) -> Snapshot:
    return Snapshot(
        rule_version=rules.CLEARING_RULE,
        seed=seed,
        at=NOON,
        demands=tuple(demands),
        offers=tuple(offers),
        cards=(*(card(price) for price in prices), *cards),
        purchasers=tuple(
            Purchaser(buyer_id=each, cash_minor=cash, is_certified=True, purses=purses)
            for each in sorted({demand.buyer_id for demand in demands})
        ),
    )
