"""Buyers with money and vouchers, and orders that they place."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from common import tenancy
from common.period import Period
from identity.contracts import Role
from identity.models import Organization
from ledger import selectors as ledger
from marketplace import accounts
from marketplace.catalog.models import Allocation, Listing
from marketplace.orders import services
from marketplace.orders.contracts import Cleared, OrderWish, Requirement
from marketplace.orders.models import Deposit, Order
from marketplace.vouchers import services as vouchers
from marketplace.vouchers.contracts import Beneficiary, Decision
from marketplace.vouchers.models import Programme, Voucher
from tests.cast import NOW, officer, organization, somebody
from tests.vouchers.cast import rules_data, yuan

START = NOW + timedelta(hours=1)


def buyer(cash: str = "0", name: str = "Haichao") -> Organization:
    """Return a buyer with prepaid cash."""
    made = organization(name)
    accounts.install_chart()
    if yuan(cash):
        deposit(made, cash)
    return made


def deposit(owner: Organization, amount: str, reference: str = "") -> Any:
    made = services.record_deposit(
        organization_id=owner.pk,
        amount_minor=yuan(amount),
        reference=reference or f"BANK-{uuid4().hex}",
        recorded_by_id=somebody().pk,
        now=NOW,
    )
    if isinstance(made, Deposit):
        return made
    desk = organization("Desk")
    return services.confirm_deposit(
        proposal_id=made.pk,
        person_id=officer(desk, Role.FINANCE).pk,
        organization_id=desk.pk,
        now=NOW,
    )


def programme(pool: str = "1000000", *, code: str = "CITY", **rules: Any) -> Programme:
    """Return a funded programme of an issuer of its own."""
    accounts.install_chart()
    issuer = organization("Issuer")
    with tenancy.acting_as_platform():
        made = vouchers.create_programme(
            code=code,
            name=f"{code} 算力券",
            name_en=code,
            region="110000",
            issuer_id=issuer.pk,
            rules_data=rules_data(**rules),
            source="test",
            published_by_id=officer(issuer, Role.ISSUER).pk,
            now=NOW - timedelta(days=10),
        )
        vouchers.fund_programme(
            programme_id=made.pk,
            issuer_id=issuer.pk,
            amount_minor=yuan(pool),
            reference="budget",
            funded_by_id=officer(issuer, Role.ISSUER).pk,
            now=NOW - timedelta(days=10),
        )
    return made


def voucher(
    holder: Organization,
    amount: str,
    of: Programme,
    *,
    beneficiary: str = Beneficiary.SME,
    issued_at: datetime = NOW - timedelta(days=1),
) -> Voucher:
    """Return a voucher that was applied for and approved."""
    with tenancy.acting_as_platform():
        application = vouchers.apply(
            programme_id=of.pk,
            applicant_id=holder.pk,
            amount_minor=yuan(amount),
            beneficiary=beneficiary,
            purpose="",
            applied_by_id=officer(holder, Role.BUYER).pk,
            now=issued_at,
        )
        vouchers.decide(
            application_id=application.pk,
            decision=Decision.APPROVE,
            issuer_id=of.issuer_id,
            decided_by_id=officer(of.issuer, Role.ISSUER).pk,
            note="",
            now=issued_at,
        )
        return Voucher.objects.get(application=application)


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
