"""Everything that decides a round, read once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any, Final
from uuid import UUID

from common.moments import market_date
from common.period import Period
from identity import relations
from identity import selectors as identity_selectors
from ledger import selectors as ledger_selectors
from marketplace import accounts
from marketplace.catalog import selectors as catalog_selectors
from marketplace.orders import selectors as orders_selectors
from marketplace.orders.contracts import Collar
from marketplace.orders.selectors.snapshots import refused_relations
from marketplace.rounds import puzzles, rules, terms
from marketplace.rounds.contracts import (
    LISTINGS_MAX,
    OrderTerms,
    RoundOrderState,
    RoundTerms,
    RoundWhy,
)
from marketplace.rounds.models import CallRound, RoundOrder
from marketplace.rounds.packing import Bin, Puzzle
from marketplace.rounds.pricing import NAME as RULE
from marketplace.rounds.selectors.pages import terms_of_round
from marketplace.rounds.terms_asks import PricedAs, PricedFor, with_asks
from marketplace.vouchers import selectors as vouchers_selectors
from pricing import group_selectors
from pricing.contracts import RateCard
from pricing.group_contracts import GroupAsked

SHARE_OF: Final = timedelta(days=30)
HOUR: Final = 3600
GROUP: Final = "group"  # the kind of factors that a plan multiplies by whose order it is


@dataclass(frozen=True, slots=True)
class RoundCase:
    """A round as it is decided: figures, and what they are figures of."""

    terms: RoundTerms
    puzzle: Puzzle
    supply: tuple[puzzles.Supply, ...]
    orders: tuple[RoundOrder, ...]  # in the order of their turns
    turns: tuple[rules.InTurn, ...]
    aside: tuple[RoundOrder, ...] = ()  # orders that take no part
    left_out: Mapping[UUID, str] = field(default_factory=dict)  # and why
    priced: tuple[PricedFor, ...] = ()  # what plans with terms were asked, by their places


def case_of(row: CallRound, *, seed: str, at: datetime) -> RoundCase:
    """Return what decides a round as it stands; its orders by turn."""
    within = terms_of_round(row)
    supply, bins = _supply(within, at=at)
    standing = list(
        RoundOrder.objects.filter(round_id=row.pk, state=RoundOrderState.STANDING).order_by("tag")
    )
    asked_for = {each.pk: terms.order_terms(each.terms) for each in standing}
    left_out = _short_of_money(standing, asked_for, supply, at=at)
    playing = {each.tag: each for each in standing if each.pk not in left_out}
    in_turn = _in_turn(list(playing.values()), at=at)
    tags = rules.turns(in_turn.values(), seed=seed)
    barred, groups = _known_of(
        {each.buyer_id for each in standing},
        supply,
        members={each.buyer_id for each in standing if asked_for[each.pk].use_groups},
        at=at,
    )
    sets, priced = puzzles.Sets(), PricedAs()
    orders = tuple(playing[tag] for tag in tags)
    asked = tuple(
        puzzles.asked(
            asked_for[each.pk],
            within,
            supply,
            sets,
            priced=priced,
            barred=barred.get(each.buyer_id, frozenset()),
            groups=groups.get(each.buyer_id, {}) if asked_for[each.pk].use_groups else {},
        )
        for each in orders
    )
    bins = _asking(supply, bins, priced, within)
    seed_number = int(rules.seed_hash_of(seed)[:8], 16)
    return RoundCase(
        terms=within,
        puzzle=Puzzle(
            bins=bins,
            sets=sets.all,
            orders=asked,
            seed=seed_number,
            rule=RULE,
            members=tuple(tuple(bin_ for bin_, _ in each.groups) for each in priced.all),
        ),
        supply=supply,
        orders=orders,
        turns=tuple(in_turn[tag] for tag in tags),
        aside=tuple(each for each in standing if each.pk in left_out),
        left_out=left_out,
        priced=priced.all,
    )


def _asking(
    supply: Sequence[puzzles.Supply], bins: Sequence[Bin], priced: PricedAs, within: RoundTerms
) -> tuple[Bin, ...]:
    offers = [(each.offer, each.card) for each in supply]
    return with_asks(offers, bins, priced.all, begins=within.delivers_from)


def listing_ids(row: CallRound) -> set[UUID]:
    """Return the listings that may take part in a round as it stands."""
    return {each.pk for each in _sellable(terms_of_round(row))}


def _sellable(within: RoundTerms) -> list[Any]:
    sieve = catalog_selectors.Sieve(
        resource_class=within.resource_class, chips=within.chips, hubs=within.hubs
    )
    return list(catalog_selectors.sellable(sieve, limit=LISTINGS_MAX))


def _supply(
    within: RoundTerms, *, at: datetime
) -> tuple[tuple[puzzles.Supply, ...], tuple[Any, ...]]:
    """Return the listings that may sell in a round, in the order of their identifiers."""
    rows = {each.pk: each for each in _sellable(within)}
    span = Period(within.delivers_from, within.delivers_until)
    offers, cards = orders_selectors.offered(list(rows.values()), span, at=at)
    by_version = {card.version_id: card for card in cards}
    halted = {each["book_id"] for each in orders_selectors.halted_books(at=at)}
    collars = catalog_selectors.collars_in_force(
        book_ids={each.book_id for each in rows.values()}, at=at
    )
    found = []
    for offer in sorted(offers, key=lambda each: each.listing_id):
        listing = rows[offer.listing_id]
        collar = collars.get(listing.book_id)
        supply = puzzles.Supply(
            offer=offer,
            hub=listing.hub,
            card=by_version[offer.plan_version_id],
            collar=None if collar is None else Collar(collar.low, collar.high),
        )
        bin_ = None if listing.book_id in halted else puzzles.bin_of(supply, within)
        if bin_ is not None:
            found.append((supply, bin_))
    return tuple(each for each, _ in found), tuple(bin_ for _, bin_ in found)


def _in_turn(orders: Sequence[RoundOrder], *, at: datetime) -> dict[int, rules.InTurn]:
    buyers = {each.buyer_id for each in orders}
    certified = identity_selectors.sme_standing(organization_ids=buyers, on=market_date(at))
    used = orders_selectors.hours_cleared(buyer_ids=buyers, since=at - SHARE_OF)
    return {
        each.tag: rules.InTurn(
            tag=each.tag,
            limit_minor=each.limit_minor,
            is_certified=each.buyer_id in certified,
            used_milli_hours=int(used.get(each.buyer_id, Decimal(0)) * 1000),
        )
        for each in orders
    }


def _known_of(
    buyer_ids: Collection[UUID],
    supply: Sequence[puzzles.Supply],
    *,
    members: Collection[UUID],
    at: datetime,
) -> tuple[dict[UUID, frozenset[UUID]], dict[UUID, dict[int, str]]]:
    """
    Return, by buyer, the providers with whom it may not trade, and the groups that it is in.

    Groups stand by the place of the listing whose plan names a price of theirs, of `members` alone.
    """
    providers = {each.offer.provider_id for each in supply}
    if not buyer_ids or not providers:
        return {}, {}
    refused = refused_relations()
    barred: dict[UUID, set[UUID]] = {}
    pairs = relations.relations(buyer_ids=buyer_ids, provider_ids=providers, on=market_date(at))
    for (buyer_id, provider_id), relation in pairs.items():
        if relation in refused:
            barred.setdefault(buyer_id, set()).add(provider_id)
    return (
        {buyer_id: frozenset(each) for buyer_id, each in barred.items()},
        _groups(members, supply, related=frozenset(pairs), at=at),
    )


def _groups(
    buyer_ids: Collection[UUID],
    supply: Sequence[puzzles.Supply],
    *,
    related: Collection[tuple[UUID, UUID]],
    at: datetime,
) -> dict[UUID, dict[int, str]]:
    named = {number: names for number, each in enumerate(supply) if (names := _named(each.card))}
    if not named:
        return {}
    questions = {
        (buyer_id, number): GroupAsked(
            provider_id=supply[number].offer.provider_id,
            buyer_id=buyer_id,
            at=at,
            is_related=(buyer_id, supply[number].offer.provider_id) in related,
        )
        for buyer_id in buyer_ids
        for number in named
    }
    known = group_selectors.groups_known(questions.values())
    found: dict[UUID, dict[int, str]] = {}
    for (buyer_id, number), question in questions.items():
        if question in known and known[question].group in named[number]:
            found.setdefault(buyer_id, {})[number] = known[question].group
    return found


def _named(card: RateCard) -> frozenset[str]:
    """Return the price groups that a plan names."""
    tables = card.terms.factors if card.terms else ()
    return frozenset(name for each in tables if each.kind == GROUP for name, _by in each.values)


def _short_of_money(
    orders: Sequence[RoundOrder],
    asked_for: Mapping[UUID, OrderTerms],
    supply: Sequence[puzzles.Supply],
    *,
    at: datetime,
) -> dict[UUID, str]:
    """Return the orders whose limit their buyer cannot pay, counted in the order of placing."""
    buyers = {each.buyer_id for each in orders}
    means = means_of(buyers, at=at)
    factor = max((each.offer.factor or Decimal(1) for each in supply), default=Decimal(1))
    left_out: dict[UUID, str] = {}
    for order in orders:
        need = most_minor(asked_for[order.pk], factor)
        if need > means[order.buyer_id]:
            left_out[order.pk] = str(RoundWhy.FUNDS)
        else:
            means[order.buyer_id] -= need
    return left_out


def most_minor(asked: OrderTerms, factor: Decimal) -> int:
    """Return what an order may cost at most, at its limit, in fen."""
    hours = max(Decimal(each.units_milli * each.hours) for each in asked.options) / 1000
    return int(hours * factor * asked.limit_minor) + 1


def least_cash_minor(asked: OrderTerms, within: RoundTerms, *, buyer_id: UUID, at: datetime) -> int:
    """
    Return what an order needs in cash at least, if it is served: nothing if nobody can say.

    That is the smallest amount of its cheapest alternative, at the lowest of the asks that its
    limit reaches, less all that its buyer's vouchers have.
    """
    supply, bins = _supply(within, at=at)
    members = {buyer_id} if asked.use_groups else set[UUID]()
    barred_all, groups = _known_of({buyer_id}, supply, members=members, at=at)
    barred = barred_all.get(buyer_id, frozenset())
    priced = PricedAs()
    puzzles.asked(
        asked,
        within,
        supply,
        puzzles.Sets(),
        priced=priced,
        barred=barred,
        groups=groups.get(buyer_id, {}),
    )
    bins = _asking(supply, bins, priced, within)
    sellers = [
        (each, ask)
        for each, bin_ in zip(supply, bins, strict=True)
        if (ask := min((bin_.ask, *bin_.asks))) <= asked.limit_minor
        and each.offer.provider_id not in barred
    ]
    costs = [
        Fraction((option.least_milli or option.units_milli) * option.hours, 1000)
        * Fraction(each.offer.factor or 0)
        * ask
        for option in asked.options
        for each, ask in sellers
        if puzzles.serves(each, option)
    ]
    least = floor(min(costs, default=Fraction(0)))
    return max(least - (_vouchers_of(buyer_id, at=at) if asked.use_vouchers else 0), 0)


def _vouchers_of(buyer_id: UUID, *, at: datetime) -> int:
    purses = vouchers_selectors.purses(holder_ids={buyer_id}, at=at)
    return sum(each.available_minor for each in purses.get(buyer_id, ()))


def means_of(buyer_ids: Collection[UUID], *, at: datetime) -> dict[UUID, int]:
    """Return what each buyer has: prepaid cash that is free, and vouchers."""
    cash = ledger_selectors.balances([accounts.buyer_cash(each) for each in buyer_ids])
    purses = vouchers_selectors.purses(holder_ids=buyer_ids, at=at)
    means = {}
    for buyer_id in buyer_ids:
        balance = cash.get(accounts.buyer_cash(buyer_id))
        vouchers = sum(each.available_minor for each in purses.get(buyer_id, ()))
        means[buyer_id] = (balance.available if balance else 0) + vouchers
    return means
