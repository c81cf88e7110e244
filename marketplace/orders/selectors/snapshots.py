"""Everything that decides a clearing round, read once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db.models import Sum

from common.ids import uuid7
from common.moments import market_date, market_zone
from common.period import Period
from identity import relations
from identity import selectors as identity_selectors
from identity.contracts import Relation
from identity.identifiers import profiles
from ledger import selectors as ledger_selectors
from marketplace import accounts
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.contracts import ListingState
from marketplace.catalog.least import NONE
from marketplace.catalog.rows import ListingRow
from marketplace.catalog.timeline import Slot
from marketplace.orders import rules
from marketplace.orders.contracts import (
    Collar,
    Decided,
    Demand,
    Offer,
    Purchaser,
    Related,
    Snapshot,
    Taken,
)
from marketplace.orders.models import Order, OrderCover
from marketplace.orders.selectors import kept
from marketplace.orders.selectors.caps import with_caps_left
from marketplace.orders.terms import InstalmentTerms, SizedSupplier
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers.contracts import Purse
from pricing import selectors as pricing_selectors
from pricing.contracts import RateCard

PROBE: Final = timedelta(hours=1)


def snapshot(
    *,
    book_id: int,
    orders: Sequence[Order],
    at: datetime,
    seed: str,
    without: Collection[UUID] = (),
    decided: Mapping[UUID, Decided] | None = None,
    held_caps: Collection[str] | None = None,
) -> Snapshot:
    """
    Return the input of the clearing rule for some placed orders of a book.

    Orders of an import know no least and no collar: what was used was used. An order about which
    was decided takes part as one that names that listing at that price. Of programmes with shared
    caps only those in `held_caps` pay, if it is given: what was issued since waits for a round.
    """
    span = Period(min(each.starts_at for each in orders), max(each.ends_at for each in orders))
    offers, cards = (None if without else _kept(book_id, orders, span, at)) or _on_offer(
        {
            pk: row
            for pk, row in supply(book_id=book_id, orders=orders).items()
            if pk not in without
        },
        span,
        at,
    )
    is_import = all(order.import_run_id for order in orders)
    if is_import:
        offers = tuple(replace(offer, **asdict(NONE)) for offer in offers)
    purchasers = _purchasers(
        {order.buyer_id for order in orders}, orders, at=at, held_caps=held_caps
    )
    return Snapshot(
        rule_version=rules.CLEARING_RULE,
        seed=seed,
        at=at,
        demands=tuple(_as_decided(_demand(order), decided or {}) for order in orders),
        offers=offers,
        cards=cards,
        purchasers=purchasers,
        related=_related(orders, offers, at=at),
        collar=None if is_import else _collar(book_id, at=at),
        instalments=None if is_import else instalment_terms(),
        sizes=_sizes(purchasers, offers, at=at),
    )


def _sizes(
    purchasers: Iterable[Purchaser], offers: Iterable[Offer], *, at: datetime
) -> tuple[SizedSupplier, ...]:
    """Return how large providers are, if a voucher that may pay asks: one statement, or none."""
    asks = any(purse.rules.asks_for_size for each in purchasers for purse in each.purses)
    if not asks:
        return ()
    known = vouchers_selectors.supplier_facts({each.provider_id for each in offers}, at=at)
    return tuple(SizedSupplier(pk, known[pk].pflops, known[pk].racks) for pk in sorted(known))


def instalment_terms(rule: str = "") -> InstalmentTerms:
    """Return by which rule orders hold, that which clears now if none is named; whose months."""
    return InstalmentTerms(rule or rules.INSTALMENTS.newest, str(market_zone()))


def _kept(
    book_id: int, orders: Sequence[Order], span: Period, at: datetime
) -> tuple[tuple[Offer, ...], tuple[RateCard, ...]] | None:
    """
    Return the supply of orders that leave the choice, from what is kept of their book.

    None where that does not say it: a plan moves on, or an order names what is not open.
    """
    if all(order.wanted_listing_id for order in orders):
        return None
    book = kept.book(book_id, partial(_with_nothing_taken, at=at))
    named = {order.wanted_listing_id for order in orders if order.wanted_listing_id}
    if not book.says_what_is(at) or named - book.places.keys():
        return None
    taken: dict[UUID, list[Slot]] = {}
    for slot in catalog_selectors.slots_of_book(book_id, span):
        taken.setdefault(slot.listing_id, []).append(slot)
    offers = list(book.offers)
    for place, slots in ((book.places.get(key), there) for key, there in taken.items()):
        if place is None:
            return None  # It opened since; the next round knows it.
        offers[place] = replace(offers[place], taken=_taken(slots, offers[place].total_milli))
    return tuple(offers), book.cards


def _with_nothing_taken(
    listings: Mapping[UUID, ListingRow], at: datetime
) -> tuple[tuple[Offer, ...], tuple[RateCard, ...]]:
    cards = _cards(listings.values(), at=at)
    return _offers(listings.values(), (), cards), _distinct(cards)


def _distinct(cards: Mapping[UUID, RateCard]) -> tuple[RateCard, ...]:
    """Return each card once, in an order that says nothing."""
    found = {card.version_id: card for card in cards.values()}
    return tuple(found[key] for key in sorted(found))


def _taken(slots: Iterable[Slot], total_milli: int) -> tuple[Taken, ...]:
    return tuple(
        Taken(slot.starts_at, slot.ends_at, total_milli - slot.free_milli)
        for slot in sorted(slots, key=lambda each: each.starts_at)
    )


def _collar(book_id: int, *, at: datetime) -> Collar | None:
    found = catalog_selectors.collar_in_force(book_id=book_id, at=at)
    return None if found is None else Collar(found.low, found.high)


def _related(
    orders: Sequence[Order], offers: Sequence[Offer], *, at: datetime
) -> tuple[Related, ...]:
    """Return the buyers and providers of a round that are not strangers."""
    found = relations.relations(
        buyer_ids={order.buyer_id for order in orders},
        provider_ids={offer.provider_id for offer in offers},
        on=market_date(at),
    )
    return tuple(
        Related(*parties, relation=str(relation), is_refused=relation in refused_relations())
        for parties, relation in sorted(found.items())
    )


def refused_relations() -> frozenset[str]:
    """Return the relations whose trades the market refuses; the others are flagged."""
    return frozenset({Relation.OWN, *settings.ORDERS_REFUSED_RELATIONS})


def probe(listings: Collection[ListingRow], *, at: datetime) -> Snapshot:
    """Return some listings with an order for any of them that nobody placed."""
    starts_at = at.replace(microsecond=0)
    span = Period(starts_at, starts_at + PROBE)
    offers, cards = _on_offer({each.pk: each for each in listings}, span, at)
    nobody = uuid7()
    return Snapshot(
        rule_version=rules.CLEARING_RULE,
        seed="",
        at=at,
        demands=(
            Demand(
                order_id=nobody,
                buyer_id=nobody,
                placed_at=at,
                starts_at=span.starts_at,
                ends_at=span.ends_at,
                units_milli=1000,
                listing_id=None,
                chips=(),
                lines=None,
                use_vouchers=True,
            ),
        ),
        offers=offers,
        cards=cards,
        purchasers=(Purchaser(buyer_id=nobody, cash_minor=0, is_certified=False),),
    )


def supply(*, book_id: int, orders: Sequence[Order]) -> Mapping[UUID, ListingRow]:
    """Return the listings that are named, and all of the book if an order leaves the choice."""
    named = {order.wanted_listing_id for order in orders if order.wanted_listing_id}
    is_open_choice = any(order.wanted_listing_id is None for order in orders)
    return catalog_selectors.traded(ids=named, book_id=book_id if is_open_choice else None)


def offered(
    listings: Collection[ListingRow], span: Period, *, at: datetime
) -> tuple[tuple[Offer, ...], tuple[RateCard, ...]]:
    """Return some listings as clearing sees them over a span, and what their plans say."""
    return _on_offer({each.pk: each for each in listings}, span, at)


def _on_offer(
    listings: Mapping[UUID, ListingRow], span: Period, at: datetime
) -> tuple[tuple[Offer, ...], tuple[RateCard, ...]]:
    """Return listings as clearing sees them, with what is sold in a span and what plans say now."""
    slots = catalog_selectors.slots_of(dict.fromkeys(listings, span))
    cards = _cards(listings.values(), at=at)
    offers = _offers(listings.values(), slots, cards)
    return offers, _distinct(cards)


def _demand(order: Order) -> Demand:
    return Demand(
        order_id=order.pk,
        buyer_id=order.buyer_id,
        placed_at=order.placed_at,
        starts_at=order.starts_at,
        ends_at=order.ends_at,
        units_milli=order.units_milli,
        listing_id=order.wanted_listing_id,
        chips=tuple(sorted({_first_name(chip) for chip in order.chips})),
        lines=None if order.lines is None else tuple(map(rules.priced_line, order.lines)),
        use_vouchers=order.use_vouchers,
        voucher_ids=tuple(UUID(each) for each in order.voucher_ids),
        plan_version_id=order.plan_version_id,
        rule_version_id=order.rule_version_id,
    )


def _as_decided(demand: Demand, decided: Mapping[UUID, Decided]) -> Demand:
    found = decided.get(demand.order_id)
    return (
        demand
        if found is None
        else replace(
            demand,
            listing_id=found.listing_id,
            lines=found.lines,
            plan_version_id=found.plan_version_id,
            rule_version_id=found.rule_version_id,
        )
    )


def _first_name(chip: str) -> str:
    """Return the name by which demand and offer mean the same chip."""
    return profiles.component_names(chip)[0]


def _cards(listings: Collection[ListingRow], *, at: datetime) -> dict[UUID, RateCard]:
    """
    Return, by the version a listing names, the card that its plan says at a moment.

    Where a version has ended, the sweep that moves listings to the next has not come by yet; where
    one had not begun, it has, and an import asks for a moment before. What had no price then costs
    what it does now.
    """
    versions = {each.plan_version_id: each.plan_version for each in listings}
    others = {
        pk: version.plan_id
        for pk, version in versions.items()
        if version.starts_at > at or (version.ends_at is not None and version.ends_at <= at)
    }
    in_effect = (
        pricing_selectors.cards_in_effect(plan_ids=set(others.values()), at=at) if others else {}
    )
    cards = pricing_selectors.rate_cards({pk for pk in versions if others.get(pk) not in in_effect})
    return cards | {
        pk: in_effect[plan_id] for pk, plan_id in others.items() if plan_id in in_effect
    }


def _offers(
    listings: Collection[ListingRow], slots: Sequence[Slot], cards: Mapping[UUID, RateCard]
) -> tuple[Offer, ...]:
    taken: dict[UUID, list[Slot]] = {}
    for slot in slots:
        taken.setdefault(slot.listing_id, []).append(slot)
    return tuple(
        Offer(
            listing_id=each.pk,
            provider_id=each.provider_id,
            provider_uscc=each.provider.uscc,
            resource_class=each.resource_class,
            chip=_first_name(each.chip),
            is_open=each.state == ListingState.OPEN,
            accepts_vouchers=each.accepts_vouchers,
            available_from=each.available_from,
            available_until=each.available_until,
            total_milli=each.total_milli,
            taken=_taken(taken.get(each.pk, ()), each.total_milli),
            plan_version_id=cards[each.plan_version_id].version_id,
            rule_version_id=each.rule_version_id,
            factor=each.standard_factor,
            capacity_unit=each.capacity_unit,
            form=each.form,
            is_community=each.community_rule_id is not None,
            is_preemptible=bool(each.preemption_rule),
            facts=_facts(each, cards[each.plan_version_id]),
            **asdict(each.least),
        )
        for each in listings
    )


def _facts(listing: ListingRow, card: RateCard) -> tuple[tuple[str, str], ...]:
    """Return what a listing's plan asks by factors, or by what is sold; else nothing."""
    asks = card.terms is not None and (card.terms.factors or card.terms.is_of_several)
    return listing.price_facts if asks else ()


def _purchasers(
    buyer_ids: Collection[UUID],
    orders: Sequence[Order],
    *,
    at: datetime,
    held_caps: Collection[str] | None,
) -> tuple[Purchaser, ...]:
    """Return what each buyer can pay with; vouchers only of those who want to use them."""
    cash = ledger_selectors.balances([accounts.buyer_cash(each) for each in buyer_ids])
    certified = identity_selectors.sme_standing(organization_ids=buyer_ids, on=market_date(at))
    paying = {order.buyer_id for order in orders if order.pays_with_vouchers}
    purses = _held(vouchers_selectors.purses(holder_ids=paying, at=at), held_caps)
    purses = with_caps_left(purses, at=at)
    covered = covered_in_year(buyer_ids=paying, year=market_date(at).year)
    known = vouchers_selectors.holder_facts(purses, certified=certified, at=at)
    result = []
    for buyer_id in sorted(buyer_ids):
        balance = cash.get(accounts.buyer_cash(buyer_id))
        result.append(
            Purchaser(
                buyer_id=buyer_id,
                cash_minor=balance.available if balance else 0,
                is_certified=buyer_id in certified,
                purses=tuple(purses.get(buyer_id, ())),
                covered_this_year=covered.get(buyer_id, {}),
                facts=known.get(buyer_id),
            )
        )
    return tuple(result)


def _held(
    purses: Mapping[UUID, Iterable[Purse]], held_caps: Collection[str] | None
) -> dict[UUID, list[Purse]]:
    return {
        holder_id: [
            each
            for each in its
            if held_caps is None or each.rules.terms is None or each.programme_code in held_caps
        ]
        for holder_id, its in purses.items()
    }


def covered_in_year(*, buyer_ids: Collection[UUID], year: int) -> dict[UUID, dict[str, int]]:
    """Return, by buyer and programme, what vouchers hold, were charged, or came afterwards."""
    rows = (
        OrderCover.objects.filter(buyer_id__in=buyer_ids, entity_year=year)
        .values_list("buyer_id", "programme_code")
        .annotate(total=Sum("counted_minor"))
    )
    result = vouchers_selectors.reimbursed_in_year(holder_ids=buyer_ids, year=year)
    for buyer_id, code, total in rows:
        its = result.setdefault(buyer_id, {})
        its[code] = its.get(code, 0) + int(total)
    return result
