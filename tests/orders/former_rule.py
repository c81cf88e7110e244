"""
The clearing rule as it was first written: it prices every plan for every order.

Slow, short, and what `rules.clear` must agree with to the byte, because stored rounds are computed
again.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from uuid import UUID

from common.errors import InvalidInput
from marketplace.orders import clear_3, rules
from marketplace.orders.contracts import (
    Clearing,
    Demand,
    Fill,
    Offer,
    PricedLine,
    RefusalCode,
    Rejection,
    Snapshot,
)
from marketplace.orders.loads import Load
from marketplace.orders.lots import draw
from marketplace.orders.rating import price, whole_seconds
from marketplace.orders.wallets import ClearingPurse, SharedCaps
from marketplace.vouchers.contracts import CoverPlan
from pricing.contracts import NotMeasured

_Terms = tuple[UUID, Decimal | None, UUID]  # plan version, factor, rule version


def clear(snapshot: Snapshot) -> Clearing:
    """Fill the orders of a snapshot as the first writing of the rule did."""
    market = _Market(snapshot)
    fills: list[Fill] = []
    rejections: list[Rejection] = []
    for demand in rules.turns(snapshot):
        answer = market.serve(demand)
        if isinstance(answer, Fill):
            fills.append(answer)
        else:
            rejections.append(Rejection(order_id=demand.order_id, code=answer))
    return Clearing(fills=tuple(fills), rejections=tuple(rejections))


class _Market:
    """The working state of one clearing: what is left of capacity, vouchers, caps and cash."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._at = snapshot.at
        self._cards = {card.version_id: card for card in snapshot.cards}
        self._offers = {offer.listing_id: offer for offer in snapshot.offers}
        self._loads = {offer.listing_id: Load(offer) for offer in snapshot.offers}
        shared = SharedCaps()
        self._wallets = {
            each.buyer_id: ClearingPurse(each, clear_3.COVER, shared, {})
            for each in snapshot.purchasers
        }
        self._grouped: dict[tuple[str, ...], dict[_Terms, list[Offer]]] = {}
        # Of equally cheap listings the fuller goes first, so that large orders still find room.
        self._ranked = sorted(
            (offer for offer in snapshot.offers if offer.is_open),
            key=lambda offer: (
                offer.total_milli - max((taken.milli for taken in offer.taken), default=0),
                draw(snapshot.seed, offer.listing_id),
            ),
        )

    def serve(self, demand: Demand) -> Fill | RefusalCode:
        """Return the fill of one order and take what it uses, or the reason why it has none."""
        if demand.ends_at <= self._at:
            return RefusalCode.PERIOD_OVER
        choice = self._named(demand) if demand.listing_id else self._cheapest(demand)
        if isinstance(choice, RefusalCode):
            return choice
        offer, lines = choice
        gross_minor = _total(lines)
        wallet = self._wallets[demand.buyer_id]
        plan = wallet.plan(demand, offer, lines, at=self._at)
        if demand.voucher_ids and not plan.covers:
            return RefusalCode.VOUCHER_REFUSED
        if wallet.cash_minor < gross_minor - plan.total_minor:
            return RefusalCode.INSUFFICIENT_FUNDS
        self._loads[offer.listing_id].take(demand.starts_at, demand.ends_at, demand.units_milli)
        wallet.pay(plan, gross_minor - plan.total_minor)
        return _fill(demand, offer, lines, plan)

    def _named(self, demand: Demand) -> tuple[Offer, Sequence[PricedLine]] | RefusalCode:
        """Return the listing that the order names, at the price frozen when it was placed."""
        assert demand.lines is not None
        offer = self._offers.get(demand.listing_id) if demand.listing_id else None
        if offer is None or not offer.is_open:
            return RefusalCode.LISTING_CLOSED
        reason = self._why_no_room(demand, offer)
        return reason or (offer, demand.lines)

    def _cheapest(self, demand: Demand) -> tuple[Offer, Sequence[PricedLine]] | RefusalCode:
        """Return the cheapest listing that meets the order's requirement and has room."""
        worst = RefusalCode.NO_ELIGIBLE_LISTING
        for offer, lines in self._by_price(demand):
            reason = self._why_no_room(demand, offer)
            if reason is None:
                return offer, lines
            if worst != RefusalCode.CAPACITY_EXHAUSTED:
                worst = reason
        return worst

    def _by_price(self, demand: Demand) -> Iterator[tuple[Offer, Sequence[PricedLine]]]:
        """Yield eligible listings, cheapest first; each price is computed once."""
        seconds = whole_seconds(demand.starts_at, demand.ends_at)
        groups = self._groups(demand.chips)
        priced = [(self._price(key, demand.units_milli, seconds), key) for key in groups]
        affordable = [(_total(lines), key, lines) for lines, key in priced if lines is not None]
        for _gross, key, lines in sorted(affordable, key=lambda each: (each[0], str(each[1]))):
            for offer in groups[key]:
                yield offer, lines

    def _groups(self, chips: tuple[str, ...]) -> dict[_Terms, list[Offer]]:
        """Return open listings with one of the chips by what decides their price."""
        if chips not in self._grouped:
            groups: dict[_Terms, list[Offer]] = {}
            for offer in self._ranked:
                if not chips or offer.chip in chips:
                    terms = (offer.plan_version_id, offer.factor, offer.rule_version_id)
                    groups.setdefault(terms, []).append(offer)
            self._grouped[chips] = groups
        return self._grouped[chips]

    def _price(self, terms: _Terms, units_milli: int, seconds: int) -> Sequence[PricedLine] | None:
        """
        Return the price on some terms; None if there is no such price.

        A plan may charge by a unit in which time has no figure, and the price of a huge order may
        be no amount. Nobody's plan and nobody's wish stops the round of the others.
        """
        plan_version_id, factor, rule_version_id = terms
        try:
            return price(
                self._cards[plan_version_id],
                units_milli=units_milli,
                seconds=seconds,
                factor=factor,
                rule_version_id=rule_version_id,
            )
        except (NotMeasured, InvalidInput):
            return None

    def _why_no_room(self, demand: Demand, offer: Offer) -> RefusalCode | None:
        starts_at, ends_at = demand.starts_at, demand.ends_at
        if starts_at < offer.available_from:
            return RefusalCode.OUTSIDE_AVAILABILITY
        if offer.available_until is not None and ends_at > offer.available_until:
            return RefusalCode.OUTSIDE_AVAILABILITY
        if self._loads[offer.listing_id].free(starts_at, ends_at) < demand.units_milli:
            return RefusalCode.CAPACITY_EXHAUSTED
        return None


def _total(lines: Sequence[PricedLine]) -> int:
    return sum(line.amount_minor for line in lines)


def _fill(demand: Demand, offer: Offer, lines: Sequence[PricedLine], plan: CoverPlan) -> Fill:
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
        lines=tuple(lines),
        gross_minor=_total(lines),
        covers=plan.covers,
    )
