"""What a round decided becomes orders that clear: capacity, holds and prices, all of it or none."""

from collections.abc import Mapping, Sequence
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
        cards = self._plans(placed)
        made, late = self._place(placed)
        if late:
            raise _LateError(late)
        decided = {
            order.pk: self._decided(order, self._ids[bin_], cards, self._pays(number, bin_))
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
        return [self._served(each, made[each.order], cleared) for each in placed]

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
        choice = self._choice(placed)
        starts_at = self._starts_at(choice)
        period = Period(starts_at, starts_at + (choice.last - choice.first) * SLOT)
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

    def _plans(self, placed: Sequence[Placed]) -> dict[tuple[UUID, int], RateCard]:
        """Publish, for each provider that sells, the plans that say the prices of the round."""
        wanted = {
            (self._listings[self._ids[bin_]].provider_id, self._pays(each.order, bin_))
            for each in placed
            for bin_, _units in each.parts
        }
        cards = {}
        for provider_id, own in sorted(wanted):
            price = f"{Decimal(own).scaleb(-2):f}"
            tiers = [{"from": "0", "unit_price": price}]
            component = {"code": "usage", "unit": "standard_hour", "tiers": tiers}
            is_group, code = own != self._price, f"call-{self._row.number.lower()}"
            plan = pricing_services.create_plan(
                provider_id=provider_id,
                code=f"{code}-{own}" if is_group else code,
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
        cards: Mapping[tuple[UUID, int], RateCard],
        own: int,
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
        self, placed: Placed, parts: Sequence[tuple[int, Any]], cleared: Mapping[UUID, Any]
    ) -> Served:
        choice = self._choice(placed)
        lots = tuple(ClearedPart(cleared[order.pk]) for _bin, order in parts)
        limit = self._orders[placed.order].limit_minor
        saved = sum(
            (
                (cleared[order.pk].standard_hours or Decimal(0))
                * (limit - self._pays(placed.order, bin_))
                for bin_, order in parts
            ),
            Decimal(0),
        )
        return Served(placed, choice, self._starts_at(choice), lots, int(saved))
