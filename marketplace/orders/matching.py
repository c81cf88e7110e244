"""The working state of one clearing: what is left of capacity, vouchers, caps and cash. Pure."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar
from uuid import UUID

from identity.contracts import Relation
from marketplace.catalog.least import Least
from marketplace.orders import instalments, rating
from marketplace.orders.contracts import Demand, Fill, Offer, PricedLine, RefusalCode, Snapshot
from marketplace.orders.curves import Curve
from marketplace.orders.loads import Load
from marketplace.orders.lots import draw
from marketplace.orders.minima import why_outside_collar, why_too_little
from marketplace.orders.price_index import KEPT, PriceIndex, Terms
from marketplace.orders.timed_curves import OrderedTime, TimedCurve
from marketplace.orders.wallets import ClearingPurse, SharedCaps
from marketplace.vouchers.contracts import CoverPlan
from marketplace.vouchers.rules import CoverRule
from marketplace.vouchers.terms import SupplierFacts

Choice = tuple[Offer, tuple[PricedLine, ...]]
# chips, start, end, units, and the buyer if some providers may not serve it
_Wish = tuple[tuple[str, ...], datetime, datetime, int, UUID | None]


_Value = TypeVar("_Value")


class OnDemand(dict[UUID, _Value]):
    """What is made of a listing once somebody asks: most of a large book is never looked at."""

    def __init__(self, make: Callable[[UUID], _Value]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: UUID) -> _Value:
        self[key] = made = self._make(key)
        return made


class OpenSupply:
    """Serves one order after the other; what one takes the next no longer finds."""

    def __init__(self, snapshot: Snapshot, cover: CoverRule) -> None:
        self._at = snapshot.at
        self._all_cards = snapshot.cards
        self._cards = {card.version_id: card for card in snapshot.cards}
        self._offers = {offer.listing_id: offer for offer in snapshot.offers}
        self._loads = OnDemand(lambda key: Load(self._offers[key]))
        self._least = OnDemand(lambda key: Least.of(self._offers[key]))
        self._related = {(each.buyer_id, each.provider_id): each for each in snapshot.related}
        self._collar = snapshot.collar
        self._barred = {each.buyer_id for each in snapshot.related if each.is_refused}
        shared = SharedCaps()
        sizes = {
            each.provider_id: SupplierFacts(each.pflops, each.racks) for each in snapshot.sizes
        }
        self._wallets = {
            each.buyer_id: ClearingPurse(each, cover, shared, sizes) for each in snapshot.purchasers
        }
        self._seed = snapshot.seed
        terms = snapshot.instalments
        self._instalments = instalments.rule_of(terms)
        self._zone = terms.zone if terms else ""
        self._unnamed = [each for each in snapshot.offers if each.is_open and each.is_sold_unnamed]
        self._shelves: dict[tuple[str, ...], _Shelf] = {}
        self._searches: dict[_Wish, _Search] = {}
        self._lines: dict[tuple[Terms, int, OrderedTime | None], tuple[PricedLine, ...]] = {}

    @property
    def priced(self) -> int:
        """Return how many prices were computed: what a round costs grows with it."""
        return sum(shelf.index.priced for shelf in self._shelves.values())

    @property
    def probed(self) -> int:
        """Return how many listings were asked for room."""
        return sum(search.probed for search in self._searches.values())

    def look_at_all(self) -> None:
        """Read what is taken of every listing, and its least."""
        for listing_id, offer in self._offers.items():
            self._loads[listing_id], self._least[listing_id], self._rank(offer)

    def serve(self, demand: Demand) -> Fill | RefusalCode:
        """Return the fill of one order and take what it uses, or the reason why it has none."""
        if demand.ends_at <= self._at:
            return RefusalCode.PERIOD_OVER
        choice = self._named(demand) if demand.listing_id else self._cheapest(demand)
        if isinstance(choice, RefusalCode):
            return choice
        offer, lines = choice
        gross_minor = sum(line.amount_minor for line in lines)
        wallet = self._wallets[demand.buyer_id]
        plan = wallet.plan(
            demand,
            offer,
            lines,
            at=self._at,
            is_related=(demand.buyer_id, offer.provider_id) in self._related,
        )
        if demand.voucher_ids and not plan.covers:
            return RefusalCode.VOUCHER_REFUSED
        held_minor = self._held(demand, gross_minor - plan.total_minor)
        if wallet.cash_minor < held_minor:
            return RefusalCode.INSUFFICIENT_FUNDS
        self._loads[offer.listing_id].take(demand.starts_at, demand.ends_at, demand.units_milli)
        wallet.pay(plan, held_minor)
        return _fill(demand, offer, lines, gross_minor, plan)

    def _held(self, demand: Demand, cash_minor: int) -> int:
        """Return what of an order's cash is held when it clears."""
        if self._instalments is None:
            return cash_minor
        return instalments.first_minor(
            self._instalments,
            starts_at=demand.starts_at,
            ends_at=demand.ends_at,
            cash_minor=cash_minor,
            zone=self._zone,
        )

    def _named(self, demand: Demand) -> Choice | RefusalCode:
        """Return the listing that the order names, at the price frozen when it was placed."""
        assert demand.lines is not None
        offer = self._offers.get(demand.listing_id) if demand.listing_id else None
        if offer is None or not offer.is_open:
            return RefusalCode.LISTING_CLOSED
        reason = self._why_not(demand, offer, lambda: demand.lines or ())
        return reason or (offer, demand.lines)

    def _cheapest(self, demand: Demand) -> Choice | RefusalCode:
        """Return the cheapest listing that meets the order's requirement and has room."""
        barred = demand.buyer_id if demand.buyer_id in self._barred else None
        wish = (demand.chips, demand.starts_at, demand.ends_at, demand.units_milli, barred)
        if wish not in self._searches:
            shelf = self._shelf(demand.chips)
            self._searches[wish] = _Search(shelf.by_price(_amount(demand), _when(demand)))
        search = self._searches[wish]
        while search.offer is not None:
            reason = self._why_not(demand, search.offer, partial(self.lines, search.offer, demand))
            if reason is None:
                return search.offer, self.lines(search.offer, demand)
            search.go_on(reason)
        return search.reason

    def _shelf(self, chips: tuple[str, ...]) -> "_Shelf":
        """Return the open listings with one of the chips."""
        if chips not in self._shelves:
            wanted = frozenset(chips)
            offers = [each for each in self._unnamed if not wanted or each.chip in wanted]
            groups: dict[Terms, list[Offer]] = {}
            for offer in offers:
                groups.setdefault(_terms(offer), []).append(offer)
            index = KEPT.of(self._all_cards, chips, groups.keys(), self._curve)
            self._shelves[chips] = _Shelf(groups, index, self._rank)
        return self._shelves[chips]

    def _rank(self, offer: Offer) -> tuple[int, bytes]:
        """Of equally cheap listings the fuller goes first, so that large orders still find room."""
        most = max((taken.milli for taken in offer.taken), default=0)
        return offer.total_milli - most, draw(self._seed, offer.listing_id)

    def _curve(self, terms: Terms) -> Curve | TimedCurve | None:
        card = self._cards[terms[0]]
        if card.terms is not None:
            return TimedCurve.of(card, terms[1], facts=terms[3] if len(terms) > 3 else ())
        return Curve.of(card, terms[1])

    def lines(self, offer: Offer, demand: Demand) -> tuple[PricedLine, ...]:
        """Return the lines of an order's price at a listing."""
        card = self._cards[offer.plan_version_id]
        when = None if card.terms is None else _when(demand)
        key = (_terms(offer), _amount(demand), when)
        if key not in self._lines:
            self._lines[key] = rating.price(
                card,
                units_milli=demand.units_milli,
                seconds=rating.whole_seconds(demand.starts_at, demand.ends_at),
                factor=offer.factor,
                rule_version_id=offer.rule_version_id,
                starts_at=demand.starts_at,
                facts=offer.facts,
            )
        return self._lines[key]

    def _why_not(
        self, demand: Demand, offer: Offer, lines: Callable[[], Sequence[PricedLine]]
    ) -> RefusalCode | None:
        """Return why a listing cannot serve an order: its terms, its room, its least."""
        reason = self._why_barred(demand, offer) or self._why_no_room(demand, offer)
        reason = reason or why_too_little(demand, self._least[offer.listing_id], lines)
        return reason or why_outside_collar(demand, offer, self._collar, lines)

    def _why_barred(self, demand: Demand, offer: Offer) -> RefusalCode | None:
        """Return why the two may not trade with each other."""
        found = self._related.get((demand.buyer_id, offer.provider_id))
        if found is None or not found.is_refused:
            return None
        is_own = found.relation == Relation.OWN
        return RefusalCode.OWN_LISTING if is_own else RefusalCode.RELATED_PARTY

    def _why_no_room(self, demand: Demand, offer: Offer) -> RefusalCode | None:
        starts_at, ends_at = demand.starts_at, demand.ends_at
        if starts_at < offer.available_from:
            return RefusalCode.OUTSIDE_AVAILABILITY
        if offer.available_until is not None and ends_at > offer.available_until:
            return RefusalCode.OUTSIDE_AVAILABILITY
        if self._loads[offer.listing_id].free(starts_at, ends_at) < demand.units_milli:
            return RefusalCode.CAPACITY_EXHAUSTED
        return None


class _Shelf:
    """
    Open listings by what decides their price, and the index of those prices.

    A plan may charge by a unit in which time has no figure, and the price of a huge order may be
    no amount. Nobody's plan and nobody's wish stops the round of the others: they do not come up.
    """

    def __init__(
        self,
        groups: dict[Terms, list[Offer]],
        index: PriceIndex,
        rank: Callable[[Offer], tuple[int, bytes]],
    ) -> None:
        self.index = index
        self._groups = groups
        self._rank = rank
        self._ranked: set[Terms] = set()

    def by_price(self, amount: int, when: OrderedTime) -> Iterator[Offer]:
        """Yield listings by their price for an amount at some time, cheapest first."""
        for terms in self.index.walk(amount, when):
            if terms not in self._ranked:  # Only what somebody comes to is put in order.
                self._groups[terms].sort(key=self._rank)
                self._ranked.add(terms)
            yield from self._groups[terms]


class _Search:
    """
    The cheapest listing for one kind of wish that may still have room.

    Nothing is given back while a round is cleared: what had no room for a wish has none for the
    next one like it, so equal wishes go on where the last one stopped.
    """

    def __init__(self, offers: Iterator[Offer]) -> None:
        self._offers = offers
        self.reason = RefusalCode.NO_ELIGIBLE_LISTING
        self.probed = 1
        self.offer = next(offers, None)

    def go_on(self, reason: RefusalCode) -> None:
        """Pass over the listing for good."""
        if self.reason != RefusalCode.CAPACITY_EXHAUSTED:
            self.reason = reason
        self.probed += 1
        self.offer = next(self._offers, None)


def _terms(offer: Offer) -> Terms:
    terms = (offer.plan_version_id, offer.factor, offer.rule_version_id)
    return (*terms, offer.facts) if offer.facts else terms


def _amount(demand: Demand) -> int:
    """Return thousandths of a unit times seconds."""
    return demand.units_milli * rating.whole_seconds(demand.starts_at, demand.ends_at)


def _when(demand: Demand) -> OrderedTime:
    return OrderedTime(demand.units_milli, demand.starts_at, demand.ends_at)


def _fill(
    demand: Demand, offer: Offer, lines: tuple[PricedLine, ...], gross_minor: int, plan: CoverPlan
) -> Fill:
    return Fill(
        order_id=demand.order_id,
        buyer_id=demand.buyer_id,
        listing_id=offer.listing_id,
        provider_id=offer.provider_id,
        plan_version_id=demand.plan_version_id or offer.plan_version_id,
        rule_version_id=demand.rule_version_id or offer.rule_version_id,
        starts_at=demand.starts_at,
        ends_at=demand.ends_at,
        units_milli=demand.units_milli,
        lines=lines,
        gross_minor=gross_minor,
        covers=plan.covers,
    )
