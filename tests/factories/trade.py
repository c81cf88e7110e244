"""Cash, vouchers, and orders."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import factory

from common import tenancy
from common.period import Period
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.models import Organization
from marketplace import accounts
from marketplace.catalog.models import Listing
from marketplace.orders import services as orders
from marketplace.orders.contracts import OrderWish
from marketplace.orders.models import Order
from marketplace.payments import services as payments
from marketplace.payments.models import Deposit
from marketplace.vouchers import services as vouchers
from marketplace.vouchers.contracts import Decision
from marketplace.vouchers.models import Application, Programme, Voucher
from tests.factories.base import HOUR, NOW, ServiceFactory, fen
from tests.factories.identity import OrganizationFactory, PersonFactory, another_officer, officer
from tests.factories.supply import ListingFactory


class DepositFactory(ServiceFactory):
    """Cash of a buyer; a large one was confirmed by a second person."""

    class Meta:
        model = Deposit

    organization = factory.SubFactory(OrganizationFactory, stem="Haichao")
    amount = "100"
    reference = factory.LazyFunction(lambda: f"BANK-{uuid4().hex}")
    at = NOW

    @classmethod
    def _create(cls, model_class: type, *arguments: Any, **facts: Any) -> Any:
        # The desk acts for itself: the service says for whom.
        return cls.make(**facts)

    @classmethod
    def make(cls, *, organization: Organization, amount: str, reference: str, at: datetime) -> Any:
        accounts.install_chart()
        made = payments.record_deposit(
            organization_id=organization.pk,
            amount_minor=fen(amount),
            reference=reference,
            by=Person(PersonFactory().pk, organization.pk),
            now=at,
        )
        if isinstance(made, Deposit):
            return made
        desk = OrganizationFactory(stem="Desk")
        return payments.confirm_deposit(
            proposal_id=made.id,
            person_id=officer(desk, Role.FINANCE).pk,
            organization_id=desk.pk,
            now=at,
        )


class BuyerFactory(OrganizationFactory):
    """A buyer with prepaid cash, in yuan."""

    stem = "Haichao"
    cash = "0"
    at = NOW

    @classmethod
    def _create(
        cls, model_class: type, *arguments: Any, cash: str, at: datetime, **facts: Any
    ) -> Organization:
        made: Organization = super()._create(model_class, **facts)
        accounts.install_chart()
        if fen(cash):
            DepositFactory(organization=made, amount=cash, at=at)
        return made


def programme_rules(**changes: Any) -> dict[str, Any]:
    """Return the data of a programme's rules: 30 % of compute for everyone, unless changed."""
    if "schema" in changes:
        return changes  # whole rules of version 2
    return {
        "mode": "OFFSET",
        "rates": [{"beneficiary": "ANY", "resource_class": "ANY", "share": "0.30"}],
        "eligible_lines": ["COMPUTE"],
        "per_order_cap_minor": None,
        "per_entity_year_cap_minor": None,
        "validity_days": 365,
        "applications_from": None,
        "applications_until": None,
        "orders_from": None,
        "requires_sme_certificate": False,
        "suppliers": None,
        "combines": True,
        "funding": [],
    } | changes


class ProgrammeFactory(ServiceFactory):
    """A programme of an issuer of its own, with money in its pool; with `unfunded`, without."""

    class Meta:
        model = Programme

    class Params:
        unfunded = factory.Trait(pool="0")

    code = factory.Sequence(lambda count: f"P{count + 1}")
    name = factory.LazyAttribute(lambda it: f"{it.code} 算力券")
    name_en = factory.SelfAttribute("code")
    region = "110000"
    issuer = factory.SubFactory(OrganizationFactory, stem="Issuer")
    rules: dict[str, Any] = factory.Dict({})
    source = "test"
    pool = "1000000"
    at = NOW - timedelta(days=10)

    @classmethod
    def make(
        cls,
        *,
        issuer: Organization,
        rules: dict[str, Any],
        pool: str,
        at: datetime,
        **facts: Any,
    ) -> Programme:
        accounts.install_chart()
        by = Person(officer(issuer, Role.ISSUER).pk, issuer.pk)
        proposed = vouchers.propose_programme(
            rules_data=programme_rules(**rules), by=by, now=at, **facts
        )
        second = PersonFactory(organization=issuer, roles=(Role.ISSUER,))
        made = vouchers.create_programme(
            proposal_id=proposed.id, person_id=second.pk, organization_id=issuer.pk, now=at
        )
        if fen(pool):
            vouchers.fund_programme(
                programme_id=made.pk,
                amount_minor=fen(pool),
                reference=f"budget {made.code}",
                by=by,
                now=at,
            )
        return made


class VoucherFactory(ServiceFactory):
    """A voucher that was applied for and approved."""

    class Meta:
        model = Voucher

    holder = factory.SubFactory(BuyerFactory)
    programme = factory.SubFactory(ProgrammeFactory)
    amount = "100"
    purpose = ""
    at = NOW - timedelta(days=1)

    @classmethod
    def make(
        cls,
        *,
        holder: Organization,
        programme: Programme,
        amount: str,
        at: datetime,
        **facts: Any,
    ) -> Voucher:
        application = vouchers.apply(
            programme_id=programme.pk,
            applicant_id=holder.pk,
            amount_minor=fen(amount),
            applied_by_id=officer(holder, Role.BUYER).pk,
            now=at,
            **facts,
        )
        approved(application, at=at)
        return issued(application, at=at)


def approved(application: Application, *, at: datetime = NOW) -> Application:
    """Return an application after one person of its issuer reviewed and another checked it."""
    issuer = application.programme_version.programme.issuer
    for person in (officer(issuer, Role.ISSUER), another_officer(issuer, Role.ISSUER)):
        application = vouchers.decide(
            application_id=application.pk,
            decision=Decision.APPROVE,
            issuer_id=issuer.pk,
            decided_by_id=person.pk,
            note="checked",
            now=at,
        )
    return application


def issued(application: Application, *, at: datetime = NOW) -> Voucher:
    """Return the voucher of an approved application."""
    issuer = application.programme_version.programme.issuer
    return vouchers.issue_voucher(
        application_id=application.pk,
        issuer_id=issuer.pk,
        issued_by_id=officer(issuer, Role.ISSUER).pk,
        now=at,
    )


class OrderFactory(ServiceFactory):
    """An order for an hour of one card; with `cleared`, its book was cleared a minute later."""

    class Meta:
        model = Order
        exclude = ("cards", "hours", "starts_at")

    class Params:
        cleared = factory.Trait(clears=True)

    buyer = factory.SubFactory(BuyerFactory, cash="1000")
    listing = factory.SubFactory(ListingFactory)
    cards = "1"
    hours = 1
    starts_at = NOW + HOUR
    key = factory.LazyFunction(lambda: uuid4().hex)
    units_milli = factory.LazyAttribute(lambda it: int(Decimal(it.cards) * 1000))
    period = factory.LazyAttribute(lambda it: Period(it.starts_at, it.starts_at + it.hours * HOUR))
    clears = False
    at = NOW

    @classmethod
    def _create(cls, model_class: type, *arguments: Any, **facts: Any) -> Order:
        # A buyer acts for itself, and a book is cleared by the market.
        return cls.make(**facts)

    @classmethod
    def make(
        cls,
        *,
        buyer: Organization,
        listing: Listing | None,
        clears: bool,
        at: datetime,
        **facts: Any,
    ) -> Order:
        wish = OrderWish(listing_id=listing.pk if listing else None, **facts)
        with tenancy.acting_as(buyer.pk):
            placed = orders.place_order(buyer_id=buyer.pk, wish=wish, placed_at=at)
        if clears:
            orders.clear_book(book_id=placed.book_id, now=at + timedelta(minutes=1))
        with tenancy.acting_as_platform():
            return Order.objects.get(pk=placed.pk)
