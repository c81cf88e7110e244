"""Looking at one order's turn in a round: what each listing answered to it, and why. Pure."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any, Final

from common.errors import InvalidInput
from marketplace.orders.contracts import Demand, Fill, Offer, PricedLine, RefusalCode
from marketplace.orders.matching import Choice, OpenSupply
from marketplace.orders.rating import whole_seconds
from marketplace.orders.timed_curves import OrderedTime
from marketplace.orders.whys import (
    JUDGED_SHOWN,
    LOOKED_AT_MAX,
    SHORT_SHOWN,
    CashNeed,
    Judged,
    Judgement,
    Short,
)
from pricing.contracts import NotMeasured

OTHER_CHIP: Final = "other_chip"
OTHER_UNIT: Final = "other_unit"
ONLY_BY_NAME: Final = "only_by_name"
PREEMPTIBLE: Final = "preemptible"
WHOLE: Final = 1000  # in what steps a wish for any listing is made smaller


@dataclass(frozen=True, slots=True)
class Looked:
    """What an order met at its turn, and the largest amount that would have been filled then."""

    judgement: Judgement
    funds: CashNeed | None
    largest_milli: int


class Onlooker(OpenSupply):
    """The working state of a round, stopped at one order's turn."""

    def look(self, demand: Demand) -> Looked:
        """Return what each listing answers to an order, and what came of it."""
        found = [self._judged(demand, each) for each in self._asked(demand)]
        largest = self._largest(demand)
        funds = self._funds(demand)
        answer = self.serve(demand)
        code = "" if isinstance(answer, Fill) else str(answer)
        taken = answer.listing_id if isinstance(answer, Fill) else None
        able = (each for each in found if not each.code)
        ranked = [
            replace(
                each,
                rank=rank,
                taken_milli=demand.units_milli if each.listing_id == taken else 0,
            )
            for rank, each in enumerate(able, start=1)
        ]
        barred = [each for each in found if each.code]
        passed_over = self._passed_over(demand)
        judged = [*ranked, *barred, *islice(self._others(demand), JUDGED_SHOWN)]
        return Looked(
            judgement=Judgement(
                code=code,
                considered=len(found) + sum(passed_over.values()),
                eligible=len(ranked),
                barred=dict(Counter(each.code for each in barred) + passed_over),
                judged=tuple(judged[:JUDGED_SHOWN]),
            ),
            funds=funds,
            largest_milli=0 if not code else largest,
        )

    def _asked(self, demand: Demand) -> Iterator[Offer]:
        """Yield the listings that are asked, the cheapest first; a named one alone."""
        if demand.listing_id is None:
            by_price = self._shelf(demand.chips).by_price(
                _amount(demand), OrderedTime(demand.units_milli, demand.starts_at, demand.ends_at)
            )
            yield from islice(by_price, LOOKED_AT_MAX)
        elif demand.listing_id in self._offers:
            yield self._offers[demand.listing_id]

    def _others(self, demand: Demand) -> Iterator[Judged]:
        """Yield the listings that no wish like this one is served from."""
        if demand.listing_id is not None:
            return
        for offer in self._offers.values():
            code = self._why_never(demand, offer)
            if code is not None:
                told = (
                    (list(demand.chips), offer.chip)
                    if code == OTHER_CHIP
                    else (None, (offer.capacity_unit or None) if code == OTHER_UNIT else None)
                )
                yield Judged(
                    offer.listing_id, offer.provider_id, code, asked=told[0], there=told[1]
                )

    def _why_never(self, demand: Demand, offer: Offer) -> str | None:
        if not offer.is_open:
            return RefusalCode.LISTING_CLOSED
        if not offer.is_sold_unnamed:
            if offer.is_preemptible:
                return PREEMPTIBLE
            return ONLY_BY_NAME if offer.is_community else OTHER_UNIT
        return OTHER_CHIP if demand.chips and offer.chip not in demand.chips else None

    def _passed_over(self, demand: Demand) -> Counter[str]:
        if demand.listing_id is not None:
            return Counter()
        codes = (self._why_never(demand, each) for each in self._offers.values())
        return Counter(str(code) for code in codes if code is not None)

    # --- One listing ----------------------------------------------------------------------------
    def _judged(self, demand: Demand, offer: Offer) -> Judged:
        lines = self._lines_for(demand, offer)
        code = self._code(demand, offer, lines)
        free = self._loads[offer.listing_id].free(demand.starts_at, demand.ends_at)
        asked, there = self._compared(code, demand, offer, free)
        return Judged(
            listing_id=offer.listing_id,
            provider_id=offer.provider_id,
            code=code,
            amount_minor=sum(line.amount_minor for line in lines()),
            starts_at=demand.starts_at,
            asked=asked,
            there=there,
            short=self._short(demand, offer) if code == RefusalCode.CAPACITY_EXHAUSTED else (),
        )

    def _lines_for(self, demand: Demand, offer: Offer) -> Callable[[], Sequence[PricedLine]]:
        frozen = demand.lines
        return partial(self.lines, offer, demand) if frozen is None else lambda: frozen

    def _code(self, demand: Demand, offer: Offer, lines: Callable[[], Sequence[PricedLine]]) -> str:
        if not offer.is_open:
            return RefusalCode.LISTING_CLOSED
        return str(self._why_not(demand, offer, lines) or "")

    def _compared(self, code: str, demand: Demand, offer: Offer, free: int) -> tuple[Any, Any]:
        """Return what the predicate asked for, and what was there."""
        if code == RefusalCode.CAPACITY_EXHAUSTED:
            return demand.units_milli, free
        if code == RefusalCode.OUTSIDE_AVAILABILITY:
            return [demand.starts_at, demand.ends_at], [offer.available_from, offer.available_until]
        if code == RefusalCode.PRICE_OUTSIDE_COLLAR and self._collar is not None:
            return None, [self._collar.low, self._collar.high]
        seconds = whole_seconds(demand.starts_at, demand.ends_at)
        least = {
            RefusalCode.BELOW_LEAST_QUANTITY: (demand.units_milli, offer.least_milli),
            RefusalCode.OFF_QUANTITY_STEP: (demand.units_milli, offer.step_milli),
            RefusalCode.BELOW_LEAST_DURATION: (seconds, offer.least_seconds),
            RefusalCode.OFF_DURATION_STEP: (seconds, offer.step_seconds),
            RefusalCode.BELOW_LEAST_AMOUNT: (None, offer.least_minor),
        }
        return least.get(RefusalCode(code), (None, None)) if code else (None, None)

    def _short(self, demand: Demand, offer: Offer) -> tuple[Short, ...]:
        load = self._loads[offer.listing_id]
        short = load.short(demand.starts_at, demand.ends_at, demand.units_milli)
        return tuple(Short(*each) for each in islice(short, SHORT_SHOWN))

    # --- What it would have taken ---------------------------------------------------------------
    def _funds(self, demand: Demand) -> CashNeed | None:
        """Return what the cash part would be, and what is there; nothing without a price."""
        choice = self._choice(demand)
        if choice is None:
            return None
        offer, lines = choice
        wallet = self._wallets[demand.buyer_id]
        related = (demand.buyer_id, offer.provider_id) in self._related
        plan = wallet.plan(demand, offer, lines, at=self._at, is_related=related)
        gross = sum(line.amount_minor for line in lines)
        return CashNeed(self._held(demand, gross - plan.total_minor), wallet.cash_minor)

    def _choice(self, demand: Demand) -> Choice | None:
        if demand.ends_at <= self._at:
            return None
        try:
            found = self._named(demand) if demand.listing_id else self._cheapest(demand)
        except (NotMeasured, InvalidInput):
            return None
        return None if isinstance(found, RefusalCode) else found

    def _largest(self, demand: Demand) -> int:
        """Return the largest smaller amount that would have been filled at this turn; 0 if none."""
        step = self._step(demand)
        low, high = 0, (demand.units_milli - 1) // step
        while low < high:
            middle = (low + high + 1) // 2
            if self._fills(demand, middle * step):
                low = middle
            else:
                high = middle - 1
        return low * step if low and self._fills(demand, low * step) else 0

    def _step(self, demand: Demand) -> int:
        offer = self._offers.get(demand.listing_id) if demand.listing_id else None
        if offer is not None:
            return max(offer.step_milli, WHOLE if demand.units_milli % WHOLE == 0 else 1)
        return WHOLE if demand.units_milli % WHOLE == 0 else 1

    def _fills(self, demand: Demand, milli: int) -> bool:
        smaller = replace(demand, units_milli=milli)
        offer = self._offers.get(demand.listing_id) if demand.listing_id else None
        if offer is not None:
            try:
                smaller = replace(smaller, lines=self.lines(offer, smaller))
            except (NotMeasured, InvalidInput):
                return False
        funds = self._funds(smaller)
        return funds is not None and not funds.missing_minor


def _amount(demand: Demand) -> int:
    return demand.units_milli * whole_seconds(demand.starts_at, demand.ends_at)
