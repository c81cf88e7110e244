"""A small market in which orders are delivered, charged and settled. Prices are plain numbers."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.db import connection

from common import clock, tenancy
from common.ids import uuid7
from common.period import Period
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.models import Organization
from ledger import selectors as ledger
from marketplace import accounts
from marketplace.catalog.models import Listing
from marketplace.orders import services as orders
from marketplace.orders.contracts import OrderWish
from marketplace.orders.models import Order
from marketplace.settlement import services
from marketplace.settlement.contracts import Adjusting, AdjustmentReason, Party
from marketplace.settlement.models import Adjustment, Charge, Contract, TradeRecord
from marketplace.vouchers.models import Programme
from metering import selectors as metering_selectors
from metering import services as metering
from metering.models import Meter
from pricing.contracts import PublishedVersion
from pricing.models import RatePlan
from tests import cast as people
from tests import factories
from tests.factories import fen

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
OPENED = NOON - timedelta(days=1)
_events = count(1)


class Market:
    """
    One provider with eight A100 cards unless said otherwise, and one buyer with prepaid cash.

    An A100 card-hour is one standard hour. It costs ¥12.00 unless said otherwise. What is sold
    beside another market has its provider, buyer and prices.
    """

    def __init__(
        self,
        *,
        price: str = "12.00",
        cash: str = "100000.00",
        rule: str = "accelerator-hours",
        chip: str = "A100",
        cards: int = 8,
        unit: str = "standard_hour",
        provider: Organization | None = None,
        resource: dict[str, Any] | None = None,
        terms: dict[str, Any] | None = None,
        beside: "Market | None" = None,
        is_community: bool = False,
        preemption_minutes: int | None = None,
    ) -> None:
        if beside is not None:
            provider = beside.provider
        self.provider = provider or factories.OrganizationFactory(stem="Provider")
        self.buyer = (
            beside.buyer
            if beside is not None
            else factories.BuyerFactory(stem="Buyer", cash=cash, at=OPENED)
        )
        made_of = resource or {"chip": chip, "cards": cards}
        made = factories.ResourceFactory(provider=self.provider, **made_of)
        self.version: PublishedVersion = (
            beside.version
            if beside is not None
            else factories.RatePlanVersionFactory(
                provider=self.provider,
                plan__code=self._plan_code(),
                plan__at=OPENED,
                price=price,
                unit=unit,
                terms=terms,
                at=OPENED,
            )
        )
        self.listing: Listing = factories.ListingFactory(
            provider=self.provider,
            resource=made,
            version=self.version,
            rule=rule,
            title="A100",
            is_community=is_community,
            preemption_minutes=preemption_minutes,
            available_from=OPENED,
            at=OPENED,
        )
        self.meter: Meter = factories.MeterFactory(
            provider=self.provider, resource=made, rule=rule, at=OPENED
        )
        with tenancy.acting_as_platform():
            self.unit = metering_selectors.rule_version(code=rule).unit

    def _plan_code(self) -> str:
        """Return a code that the provider's plans do not bear yet."""
        with tenancy.acting_as_platform():
            made = RatePlan.objects.filter(provider=self.provider).count()
        return f"standard-{made}" if made else "standard"

    # --- What people do ---------------------------------------------------------------------

    def order(
        self, *, cards: int = 1, hours: int = 1, starts_at: datetime = NOON, **wish: Any
    ) -> Order:
        """Place an order and clear its book."""
        with tenancy.acting_as(self.buyer.pk):
            placed = orders.place_order(
                buyer_id=self.buyer.pk,
                wish=OrderWish(
                    key=f"order {next(_events)}",
                    units_milli=cards * 1000,
                    period=Period(starts_at, starts_at + hours * HOUR),
                    listing_id=self.listing.pk,
                    **wish,
                ),
                placed_at=starts_at - timedelta(minutes=5),
            )
        with tenancy.acting_as_platform():
            orders.clear_book(book_id=placed.book_id, now=starts_at - timedelta(minutes=4))
            return Order.objects.get(pk=placed.pk)

    def use(
        self,
        order: Order,
        card_hours: str,
        *,
        hour: int = 0,
        event_id: str = "",
        meter: Meter | None = None,
    ) -> None:
        """Report use of an order in one hour of its time."""
        meter = meter or self.meter
        starts_at = NOON + hour * HOUR
        reading = factories.ReadingFactory(
            meter=meter,
            starts_at=starts_at,
            quantity=Decimal(card_hours) * 3600,
            unit=self.unit,
            subject=order.pk,
            **({"event_id": event_id} if event_id else {}),
        )
        with tenancy.acting_as(meter.provider_id):
            result = metering.ingest(
                provider_id=meter.provider_id,
                readings=[reading],
                received_at=starts_at + timedelta(days=1),
            )
        assert not result.refused, result.refused

    def revise(self, order: Order, card_hours: str, *, hour: int = 0) -> None:
        """Write the usage record of a lower figure: readings by themselves only add up."""
        with tenancy.acting_as_platform(), connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO metering_usagerecord (
                    sequence, id, provider_id, meter_id, resource_id, subject, starts_at, ends_at,
                    revision, supersedes_id, quantity, native_hours, standard_hours, factor,
                    factor_source, certificate_id, rule_version_id, is_trial, inputs_hash,
                    reading_count, created_at
                )
                SELECT nextval('metering_usage_sequence'), %s, provider_id, meter_id, resource_id,
                       subject, starts_at, ends_at, revision + 1, id, %s::numeric * 3600, %s, %s,
                       factor, factor_source, certificate_id, rule_version_id, is_trial,
                       inputs_hash, reading_count, created_at
                FROM metering_usagerecord WHERE subject = %s AND starts_at = %s
                ORDER BY revision DESC LIMIT 1
                """,
                [uuid7(), card_hours, card_hours, card_hours, order.pk, NOON + hour * HOUR],
            )

    def voucher(self, amount: str, *, share: str = "0.30", pool: str = "") -> str:
        """Give the buyer a voucher of a new programme; return the programme's code."""
        programme = factories.ProgrammeFactory(
            rules={"rates": [{"beneficiary": "ANY", "resource_class": "ANY", "share": share}]},
            region="640500",
            pool=pool or amount,
            at=OPENED,
        )
        factories.VoucherFactory(holder=self.buyer, programme=programme, amount=amount, at=OPENED)
        return str(programme.code)

    def another_voucher(self, code: str, amount: str) -> None:
        """Give the buyer one more voucher of a programme, whose budget grows by it."""
        with tenancy.acting_as_platform():
            programme = Programme.objects.get(code=code)
        factories.VoucherFactory(holder=self.buyer, programme=programme, amount=amount, at=OPENED)

    # --- What the market does ----------------------------------------------------------------

    def charge(self, *, at: datetime = NOON + timedelta(days=2)):
        """Close the windows that are due, and charge what was measured."""
        with tenancy.acting_as_platform():
            metering.close_windows(now=at)
        return services.charge_due(now=at)

    def settle(self, *, at: datetime = NOON + timedelta(days=2)):
        """Charge, then settle what is due."""
        self.charge(at=at)
        return services.settle_due(now=at)

    # --- What can be seen --------------------------------------------------------------------

    def contract(self, order: Order) -> Contract:
        with tenancy.acting_as_platform():
            return Contract.objects.get(order=order)

    def charges(self, order: Order) -> list[Charge]:
        with tenancy.acting_as_platform():
            return list(Charge.objects.filter(contract__order=order).order_by("id"))

    def records(self, order: Order) -> list[TradeRecord]:
        with tenancy.acting_as_platform():
            found = TradeRecord.objects.filter(contract__order=order)
            return list(found.order_by("sequence"))

    def cash(self) -> tuple[str, str]:
        """Return the buyer's cash: all of it, and what may still be spent."""
        held = balance(accounts.buyer_cash(self.buyer.pk))
        return yuan(held.posted), yuan(held.available)

    def payable(self) -> str:
        """Return what the market owes the provider in cash."""
        return yuan(balance(accounts.provider_payable(self.provider.pk)).posted)

    def fees(self) -> str:
        """Return what the market has earned."""
        return yuan(balance(accounts.platform_fee()).posted)

    def claim(self, programme: str) -> str:
        """Return the vouchers of a programme that the provider may claim."""
        return yuan(balance(accounts.voucher_claim(programme, self.provider.pk)).posted)


def adjusted(
    owner: Organization,
    *,
    payee: Party = Party.BUYER,
    amount_minor: int = 1_00,
    reference: str = "case 1",
) -> Adjustment:
    """Let the market pay an organisation out of goodwill, as two of its desk agreed."""
    accounts.install_chart()
    desk = people.organization("Desk")
    first, second = (people.member(desk, Role.FINANCE) for _n in range(2))
    proposed = services.propose_adjustment(
        Adjusting(
            reason=AdjustmentReason.GOODWILL,
            payer=Party.MARKET,
            payee=payee,
            amount_minor=amount_minor,
            reference=reference,
            evidence="a letter",
            buyer_id=owner.pk if payee == Party.BUYER else None,
            provider_id=owner.pk if payee == Party.PROVIDER else None,
        ),
        by=Person(first.pk, desk.pk),
        now=clock.now(),
    )
    return services.book_adjustment(
        proposal_id=proposed.id,
        person_id=second.pk,
        organization_id=desk.pk,
        now=clock.now(),
    )


def balance(code: str):
    with tenancy.acting_as_platform():
        return ledger.balances([code])[code]


def is_balanced() -> bool:
    """Return whether debits equal credits in every asset."""
    sums: dict[str, int] = {}
    with tenancy.acting_as_platform():
        for line in ledger.trial_balance():
            sums[line.asset] = sums.get(line.asset, 0) + line.debits - line.credits
    return not any(sums.values())


def yuan(minor: int) -> str:
    return f"{Decimal(minor) / 100:.2f}"


__all__ = ["HOUR", "NOON", "Market", "Organization", "balance", "fen", "is_balanced", "yuan"]
