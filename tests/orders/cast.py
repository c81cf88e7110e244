"""Buyers with money and vouchers, and orders that they place."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from common import tenancy
from common.period import Period
from identity.events import services as events
from identity.models import Organization
from ledger import selectors as ledger
from marketplace import accounts
from marketplace.catalog.models import Allocation, Listing
from marketplace.orders import services
from marketplace.orders.contracts import Cleared, OrderWish, Requirement
from marketplace.orders.models import Order
from marketplace.payments.models import Deposit
from marketplace.vouchers.models import Programme, Voucher
from tests import factories
from tests.cast import NOW
from tests.vouchers.cast import yuan

HOUR = timedelta(hours=1)
START = NOW + HOUR


def buyer(cash: str = "0", name: str = "Haichao") -> Organization:
    """Return a buyer with prepaid cash."""
    return factories.BuyerFactory(stem=name, cash=cash)


def deposit(owner: Organization, amount: str, reference: str = "") -> Deposit:
    facts = {"reference": reference} if reference else {}
    return factories.DepositFactory(organization=owner, amount=amount, **facts)


def programme(pool: str = "1000000", *, code: str = "CITY", **rules: Any) -> Programme:
    """Return a funded programme of an issuer of its own."""
    return factories.ProgrammeFactory(code=code, pool=pool, rules=rules)


def voucher(holder: Organization, amount: str, of: Programme, **facts: Any) -> Voucher:
    """Return a voucher that was applied for and approved."""
    if "issued_at" in facts:
        facts["at"] = facts.pop("issued_at")
    return factories.VoucherFactory(holder=holder, amount=amount, programme=of, **facts)


def wish(
    listing: Listing | None = None,
    *,
    cards: str = "1",
    hours: int = 1,
    start: datetime = START,
    key: str = "",
    **facts: Any,
) -> OrderWish:
    return OrderWish(
        key=key or uuid4().hex,
        units_milli=yuan(cards) * 10,
        period=Period(start, start + timedelta(hours=hours)),
        listing_id=listing.pk if listing else None,
        **facts,
    )


def needs(
    *chips: str, hub: str, resource_class: str = "AI", cards: str = "1", **facts: Any
) -> OrderWish:
    """Return an order for whatever has one of the chips."""
    return wish(None, cards=cards, requirement=Requirement(resource_class, hub, chips), **facts)


def place(owner: Organization, wanted: OrderWish, at: datetime = NOW) -> Order:
    with tenancy.acting_as(owner.pk):
        return services.place_order(buyer_id=owner.pk, wish=wanted, placed_at=at)


def clear(listing: Listing, at: datetime = NOW, limit: int = 500) -> Cleared:
    return services.clear_book(book_id=listing.book_id, now=at, limit=limit)


def seen(order: Order) -> Order:
    """Return the order as it is now."""
    with tenancy.acting_as_platform():
        return Order.objects.get(pk=order.pk)


def cash(owner: Organization) -> tuple[int, int]:
    """Return a buyer's posted and available cash."""
    return _balance(accounts.buyer_cash(owner.pk))


def left(of: Voucher) -> tuple[int, int]:
    """Return a voucher's posted and available amount."""
    return _balance(accounts.voucher(of.pk))


def pool(of: Programme) -> int:
    return _balance(accounts.voucher_pool(of.code))[1]


def held_capacity(order_id: UUID) -> int:
    with tenancy.acting_as_platform():
        return Allocation.objects.filter(order_id=order_id, state="HELD").count()


def _balance(code: str) -> tuple[int, int]:
    with tenancy.acting_as_platform():
        found = ledger.balances([code])[code]
    return found.posted, found.available


def told_of(order: Order, *, to: object = tenancy.PLATFORM) -> list[str]:
    """Return what somebody is told of an order by the record of events, oldest first."""
    with tenancy.acting_as(to):
        found = events.of_objects("order", [order.pk])[order.pk]
    return [event.name.removeprefix("orders.order.") for event in found]
