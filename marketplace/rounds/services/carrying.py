"""What a round decided becomes orders that clear: capacity, holds and prices, all of it or none."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from common.errors import Refusal
from common.period import Period
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.rows import ListingRow
from marketplace.orders import rules as orders_rules
from marketplace.orders import services as orders_services
from marketplace.orders.contracts import (
    BATCH_ORDERS_MAX,
    Decided,
    OrderState,
    OrderWish,
    Repeated,
    Requirement,
)
from marketplace.rounds import terms as round_terms
from marketplace.rounds.contracts import SLOT, OrderTerms
from marketplace.rounds.member_prices import fen_in_yuan, in_code, price_of_part
from marketplace.rounds.models import CallRound, RoundOrder
from marketplace.rounds.packing import BinChoice, Placed, RoundAnswer, pays
from pricing import selectors as pricing_selectors
from pricing import services as pricing_services
from pricing.contracts import RateCard

AGAIN_MAX: Final = 20
HELD_BACK: Final = "book_halted"


@dataclass(frozen=True, slots=True)
class ClearedPart:
    """A part of an order of a round, cleared on the market."""

    order: Any


@dataclass(frozen=True, slots=True)
class Served:
    """An order of a round that was carried out."""

    placed: Placed
    choice: BinChoice
    starts_at: datetime
    lots: tuple[ClearedPart, ...]
    saved_minor: int


@dataclass(slots=True)
class CarriedOut:
    """What was carried out, and what the market refused after all, by the order's turn."""

    served: list[Served] = field(default_factory=list)
    late: dict[int, str] = field(default_factory=dict)


class _LateError(Exception):
    """Some orders do not clear; everything is taken back and tried without them."""

    def __init__(self, late: dict[int, str]) -> None:
        super().__init__(str(late))
        self.late = late


def carry_out(
    row: CallRound,
    sealed: Mapping[str, Any],
    answer: RoundAnswer,
    *,
    orders: Sequence[RoundOrder],
    now: datetime,
) -> CarriedOut:
    """
    Place and clear everything that was decided, in the caller's transaction.

    Somebody may have spent since the round was sealed, or a listing left the market: what does not
    clear any more is left out, with its reason, and the rest is carried out without it.
    """
    tried = CarriedOut()
    placed = list(answer.placed)
    if answer.price is None:
        return tried
    work = _Work(row, sealed, answer.price, orders, now=now)
    for _each in range(AGAIN_MAX):
        if not placed:
            return tried
        try:
            with transaction.atomic():
                tried.served = work.carry(placed)
        except _LateError as error:
            tried.late |= error.late
            placed = [each for each in placed if each.order not in tried.late]
        else:
            return tried
    tried.late |= dict.fromkeys((each.order for each in placed), HELD_BACK)
    return tried


class _Work:
    """One carrying out."""

    def __init__(
        self,
        row: CallRound,
        sealed: Mapping[str, Any],
        price: int,
        orders: Sequence[RoundOrder],
        *,
        now: datetime,
    ) -> None:
        self._row, self._price, self._orders, self._now = row, price, orders, now
        self._sealed = sealed
        self._ids = [UUID(each["listing"]) for each in sealed["listings"]]
        self._hubs = [str(each["hub"]) for each in sealed["listings"]]
        self._listings: Mapping[UUID, ListingRow] = catalog_selectors.traded(ids=set(self._ids))
        self._puzzle = round_terms.puzzle(sealed["puzzle"])
        self._placed: Mapping[int, Placed] = {}

    def carry(self, placed: Sequence[Placed]) -> list[Served]:
        """
        Place and clear some decided orders.

        :raises _LateError: if some of them do not clear
        """
        self._placed = {each.order: each for each in placed}
        own = self._prices(placed)
        cards = self._plans(own)
        made, late = self._place(placed)
        if late:
            raise _LateError(late)
        decided = {
            order.pk: self._decided(order, self._ids[bin_], cards, own[number, bin_])
            for number, parts in made.items()
            for bin_, order in parts
        }
        cleared = {
            order.pk: order
            for order in orders_services.clear_decided(decided=decided, now=self._now)
        }
        for number, parts in made.items():
            for _bin, order in parts:
                found = cleared[order.pk]
                if found.state != OrderState.CLEARED:
                    late.setdefault(number, found.refusal_code or HELD_BACK)
        if late:
            raise _LateError(late)
        return [self._served(each, made[each.order], cleared, own) for each in placed]

    def _place(
        self, placed: Sequence[Placed]
    ) -> tuple[dict[int, list[tuple[int, Any]]], dict[int, str]]:
        """Place the parts of every order; return what they became, and which were refused."""
        wishes: dict[UUID, list[tuple[int, int, OrderWish]]] = {}
        for each in placed:
            buyer_id = self._orders[each.order].buyer_id
            wishes.setdefault(buyer_id, []).extend(
                (each.order, bin_, wish) for bin_, wish in self._wishes(each)
            )
        made: dict[int, list[tuple[int, Any]]] = {}
        late: dict[int, str] = {}
        for buyer_id, several in wishes.items():
            for first in range(0, len(several), BATCH_ORDERS_MAX):
                some = several[first : first + BATCH_ORDERS_MAX]
                for (number, bin_, _wish), answer in zip(
                    some, self._answers(buyer_id, [wish for _, _, wish in some]), strict=True
                ):
                    if isinstance(answer, Refusal):
                        late.setdefault(number, answer.code)
                    else:
                        made.setdefault(number, []).append((bin_, answer))
        return made, late

    def _answers(self, buyer_id: UUID, wishes: Sequence[OrderWish]) -> list[Any]:
        try:
            return list(
                orders_services.place_each(buyer_id=buyer_id, wishes=wishes, placed_at=self._now)
            )
        except Refusal as refusal:  # Of all of them: the buyer was suspended.
            return [refusal] * len(wishes)

    def _wishes(self, placed: Placed) -> list[tuple[int, OrderWish]]:
        order = self._orders[placed.order]
        asked: OrderTerms = round_terms.order_terms(order.terms)
        period = self._period(self._choice(placed))
        return [
            (
                bin_,
                OrderWish(
                    key=f"{self._row.number}/{order.tag}/{part}",
                    units_milli=units,
                    period=period,
                    requirement=Requirement(self._row.resource_class, self._hubs[bin_]),
                    use_vouchers=asked.use_vouchers,
                    person_id=order.placed_by_id,
                    # What the buyer says twice of an order is said once in a round: by its limit.
                    repeated=Repeated(units, None),
                ),
            )
            for part, (bin_, units) in enumerate(placed.parts, start=1)
        ]

    def _pays(self, number: int, bin_: int) -> int:
        """Return what a standard hour costs an order of a listing: the price, or its group's."""
        return pays(self._puzzle, self._choice(self._placed[number]), bin_, self._price)

    def _choice(self, placed: Placed) -> BinChoice:
        return self._puzzle.orders[placed.order].choices[placed.choice]

    def _starts_at(self, choice: BinChoice) -> datetime:
        starts_at: datetime = self._row.delivers_from + choice.first * SLOT
        return starts_at

    def _prices(self, placed: Sequence[Placed]) -> dict[tuple[int, int], Decimal]:
        """Return what a standard hour costs each part, in yuan, by its order's turn and listing."""
        asked = {
            (each.order, bin_): self._pays(each.order, bin_)
            for each in placed
            for bin_, _units in each.parts
        }
        of_groups = {bin_ for (_order, bin_), fen in asked.items() if fen != self._price}
        exact = self._exactly(placed, of_groups)
        return {
            key: exact.get(key, fen_in_yuan(fen)) if fen != self._price else fen_in_yuan(fen)
            for key, fen in asked.items()
        }

    def _exactly(
        self, placed: Sequence[Placed], bins: Collection[int]
    ) -> dict[tuple[int, int], Decimal]:
        """Return what plans ask members for exactly what they get of some listings."""
        if not bins:
            return {}
        cards = pricing_selectors.rate_cards(
            {UUID(self._sealed["listings"][bin_]["plan_version"]) for bin_ in bins}
        )
        offered = catalog_selectors.orderable({self._ids[bin_] for bin_ in bins}, at=self._now)
        found = {}
        for each in placed:
            choice = self._choice(each)
            groups = dict(self._sealed["priced"][choice.priced][5]) if choice.priced >= 0 else {}
            for bin_, units in each.parts:
                if bin_ not in bins or bin_ not in groups:
                    continue
                listing = self._sealed["listings"][bin_]
                found[each.order, bin_] = price_of_part(
                    cards[UUID(listing["plan_version"])],
                    offered[self._ids[bin_]].terms,
                    units_milli=units,
                    period=self._period(choice),
                    group=groups[bin_],
                    most=self._pays(each.order, bin_),
                    least=self._puzzle.bins[bin_].low,
                )
        return found

    def _period(self, choice: BinChoice) -> Period:
        starts_at = self._starts_at(choice)
        return Period(starts_at, starts_at + (choice.last - choice.first) * SLOT)

    def _plans(
        self, prices: Mapping[tuple[int, int], Decimal]
    ) -> dict[tuple[UUID, Decimal], RateCard]:
        """Publish, for each provider that sells, the plans that say the prices of the round."""
        wanted = {
            (self._listings[self._ids[bin_]].provider_id, price)
            for (_order, bin_), price in prices.items()
        }
        cards = {}
        for provider_id, own in sorted(wanted):
            tiers = [{"from": "0", "unit_price": f"{own:f}"}]
            component = {"code": "usage", "unit": "standard_hour", "tiers": tiers}
            is_group = own != fen_in_yuan(self._price)
            code = f"call-{self._row.number.lower()}"
            plan = pricing_services.create_plan(
                provider_id=provider_id,
                code=f"{code}-{in_code(own)}" if is_group else code,
                name=f"集合竞价 {self._row.number}" + (" · 价格组" if is_group else ""),
                name_en=f"Call round {self._row.number}" + (" · group" if is_group else ""),
                now=self._now,
            )
            version = pricing_services.publish_version(
                provider_id=provider_id, plan_id=plan.pk, components=[component], now=self._now
            )
            cards[provider_id, own] = pricing_selectors.rate_card(version.id)
        return cards

    def _decided(
        self,
        order: Any,
        listing_id: UUID,
        cards: Mapping[tuple[UUID, Decimal], RateCard],
        own: Decimal,
    ) -> Decided:
        listing = self._listings[listing_id]
        card = cards[listing.provider_id, own]
        lines = orders_rules.price(
            card,
            units_milli=order.units_milli,
            seconds=int((order.ends_at - order.starts_at) / timedelta(seconds=1)),
            factor=listing.standard_factor,
            rule_version_id=listing.rule_version_id,
        )
        return Decided(listing_id, card.version_id, listing.rule_version_id, tuple(lines))

    def _served(
        self,
        placed: Placed,
        parts: Sequence[tuple[int, Any]],
        cleared: Mapping[UUID, Any],
        own: Mapping[tuple[int, int], Decimal],
    ) -> Served:
        choice = self._choice(placed)
        lots = tuple(ClearedPart(cleared[order.pk]) for _bin, order in parts)
        limit = self._orders[placed.order].limit_minor
        saved = sum(
            (
                (cleared[order.pk].standard_hours or Decimal(0))
                * (limit - own[placed.order, bin_].scaleb(2))
                for bin_, order in parts
            ),
            Decimal(0),
        )
        return Served(placed, choice, self._starts_at(choice), lots, int(saved))
