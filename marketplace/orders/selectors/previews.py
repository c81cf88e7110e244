"""What an order would be paid with, before it is placed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from common import tenancy
from common.ids import uuid7
from common.moments import market_date, parse_moment
from common.period import Period
from identity import relations
from identity import selectors as identity_selectors
from ledger import selectors as ledger_selectors
from marketplace import accounts
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.rows import ListingRow
from marketplace.orders import rules
from marketplace.orders.contracts import OrderState
from marketplace.orders.models import Order
from marketplace.orders.rows import OrderRow
from marketplace.orders.selectors.caps import with_caps_left
from marketplace.orders.selectors.snapshots import covered_in_year, instalment_terms
from marketplace.orders.terms import Instalment
from marketplace.vouchers import rules as vouchers_rules
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers.contracts import CoverPlan, PayableLine, Purchase, Purse
from pricing import selectors as pricing_selectors

# Of an order that came to nothing the quote may be used again.
UNUSED: Final = (OrderState.REJECTED, OrderState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Preview:
    """The expected payment of a quote: clearing decides with the balances of its own moment."""

    gross_minor: int
    plan: CoverPlan
    balance_minor: int
    instalments: tuple[Instalment, ...] = ()

    @property
    def held_minor(self) -> int:
        """Return what of the cash is held when the order clears."""
        return self.instalments[0].amount_minor if self.instalments else self.cash_minor

    @property
    def cash_minor(self) -> int:
        """Return what prepaid cash would pay."""
        return self.gross_minor - self.plan.total_minor

    @property
    def is_affordable(self) -> bool:
        """Return whether the prepaid balance covers what is held when the order clears."""
        return self.held_minor <= self.balance_minor

    @property
    def missing_minor(self) -> int:
        """Return how much the prepaid balance lacks."""
        return max(0, self.held_minor - self.balance_minor)


def foreseen(order: Order) -> Preview | None:
    """
    Return what an order that clearing did not fill would have been paid with, as its quote said.

    Its price is frozen and its vouchers are judged by the moment when it was placed; only what was
    spent of them since is not known any more. Nothing for an order that named no listing.
    """
    listing = order.wanted_listing
    if order.cash_minor is not None or listing is None or order.lines is None:
        return None
    return preview(
        buyer_id=order.buyer_id,
        listing=listing,
        lines=order.lines,
        at=order.placed_at,
        period=Period(order.starts_at, order.ends_at),
        use_vouchers=order.pays_with_vouchers,
    )


def hold_of_quote(*, quote_id: UUID, buyer_id: UUID, at: datetime) -> Preview:
    """
    Return what an order at one of a buyer's quotes would be paid with.

    :raises QuoteNotFound: if there is none, or it is someone else's
    """
    quote = pricing_selectors.quote_for_buyer(quote_id=quote_id, buyer_id=buyer_id)
    listing_id = UUID(quote.subject["listing_id"])
    listing = catalog_selectors.traded(ids=[listing_id], book_id=None)[listing_id]
    period = Period(*(parse_moment(quote.subject[name]) for name in ("starts_at", "ends_at")))
    return preview(buyer_id=buyer_id, listing=listing, lines=quote.lines, at=at, period=period)


def preview(
    *,
    buyer_id: UUID,
    listing: ListingRow,
    lines: Sequence[dict[str, Any]],
    at: datetime,
    period: Period,
    use_vouchers: bool = True,
) -> Preview:
    """Return which vouchers would pay how much of a quote's lines, and when cash is held."""
    wanted = PreviewWanted(listing, lines, period)
    return previews(buyer_id=buyer_id, wanted=[wanted], at=at, use_vouchers=use_vouchers)[0]


@dataclass(frozen=True, slots=True)
class PreviewWanted:
    """The priced lines of a listing for a period, of which somebody asks who would pay."""

    listing: ListingRow
    lines: Sequence[dict[str, Any]]
    period: Period


def previews(
    *,
    buyer_id: UUID,
    wanted: Sequence[PreviewWanted],
    at: datetime,
    use_vouchers: bool = True,
) -> list[Preview]:
    """
    Return what each of some orders would be paid with if it were the buyer's only one.

    What is known of the buyer and its vouchers is read once for all of them.
    """
    cash = accounts.buyer_cash(buyer_id)
    balance = ledger_selectors.balances([cash]).get(cash)
    purses = _purses(buyer_id, at=at) if use_vouchers else []
    covered = covered_in_year(buyer_ids=[buyer_id], year=market_date(at).year).get(buyer_id, {})
    certified = identity_selectors.sme_standing(organization_ids=[buyer_id], on=market_date(at))
    known = vouchers_selectors.holder_facts({buyer_id: purses}, certified=certified, at=at)
    asks = any(purse.rules.asks_for_size for purse in purses)
    providers = sorted({each.listing.provider_id for each in wanted})
    size = vouchers_selectors.supplier_facts(providers if asks else [], at=at)
    related = _related(buyer_id, providers, at=at)
    found = []
    for each in wanted:
        listing = each.listing
        priced = [rules.priced_line(line) for line in each.lines]
        purchase = Purchase(
            order_id=uuid7(),
            holder_id=buyer_id,
            supplier_id=listing.provider_id,
            supplier_uscc=listing.provider.uscc,
            resource_class=listing.resource_class,
            ordered_at=at,
            lines=tuple(PayableLine(line.kind, line.amount_minor) for line in priced),
            holder_is_certified=bool(certified),
            is_related=listing.provider_id in related,
            form=listing.form,
            holder=known.get(buyer_id),
            supplier=size.get(listing.provider_id),
        )
        plan = vouchers_rules.cover(
            purchase,
            purses if listing.accepts_vouchers else [],
            at=at,
            entity_year_left=vouchers_rules.entity_year_left(purses, covered),
        )
        gross_minor = sum(line.amount_minor for line in priced)
        found.append(
            Preview(
                gross_minor=gross_minor,
                plan=plan,
                balance_minor=balance.available if balance else 0,
                instalments=instalments_in(each.period, gross_minor - plan.total_minor),
            )
        )
    return found


def _purses(buyer_id: UUID, *, at: datetime) -> list[Purse]:
    held = vouchers_selectors.purses(holder_ids=[buyer_id], at=at).get(buyer_id, [])
    return with_caps_left({buyer_id: held}, at=at)[buyer_id]


def instalments_in(period: Period, cash_minor: int) -> tuple[Instalment, ...]:
    """Return in which instalments cash for a period would be held; none if it is held at once."""
    return rules.instalments_of(
        instalment_terms(),
        starts_at=period.starts_at,
        ends_at=period.ends_at,
        cash_minor=cash_minor,
    )


def _related(buyer_id: UUID, provider_ids: Sequence[UUID], *, at: datetime) -> set[UUID]:
    """Return which providers are no strangers; that spans tenants, so the platform asks."""
    with tenancy.acting_as_platform():
        found = relations.relations(
            buyer_ids=[buyer_id], provider_ids=provider_ids, on=market_date(at)
        )
    return {provider for _buyer, provider in found}


def instalments_of_order(order: OrderRow) -> tuple[Instalment, ...]:
    """Return in which instalments the cash of a cleared order is held; none if it was at once."""
    if not order.instalment_rule or order.cash_minor is None:
        return ()
    return rules.instalments_of(
        instalment_terms(order.instalment_rule),
        starts_at=order.starts_at,
        ends_at=order.ends_at,
        cash_minor=order.cash_minor,
    )


def orders_at_quotes(quote_ids: Collection[UUID], *, buyer_id: UUID) -> dict[UUID, str]:
    """
    Return which quotes of a buyer were used, each with the number of the order that stands at it.

    Quotes and orders are numbered in time: only what was placed since they were made is read.
    """
    if not quote_ids:
        return {}
    placed = Order.objects.filter(
        buyer_id=buyer_id, pk__gt=min(quote_ids), quote_id__in=quote_ids
    ).exclude(state__in=UNUSED)
    found = placed.values_list("quote_id", "number")
    return {quote_id: number for quote_id, number in found if quote_id is not None}


def standing_order(*, quote_id: UUID, buyer_id: UUID) -> OrderRow | None:
    """Return the order of a buyer that stands at a quote; one that came to nothing leaves it."""
    placed = Order.objects.filter(buyer_id=buyer_id, pk__gt=quote_id, quote_id=quote_id)
    return placed.exclude(state__in=UNUSED).order_by("id").first()
