"""What a buyer can still pay with while a round is being cleared. Pure."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from marketplace.orders.contracts import Demand, Offer, PricedLine, Purchaser
from marketplace.vouchers import rules as vouchers_rules
from marketplace.vouchers.caps import window_of
from marketplace.vouchers.contracts import CoverPlan, PayableLine, Purchase, Purse
from marketplace.vouchers.terms import SupplierFacts

NO_COVER: Final = CoverPlan(covers=(), unfit=())


class SharedCaps:
    """
    What orders of a round took of the caps that all holders of a programme share.

    Rounds from before orders counted against them know no such cap: nothing is taken from them.
    """

    def __init__(self) -> None:
        self._programmes: Counter[str] = Counter()
        self._windows: Counter[tuple[str, object]] = Counter()

    def left(self, purse: Purse) -> Purse:
        """Return a voucher with what orders before this one left of its programme's caps."""
        whole, window = purse.programme_left_minor, purse.window_left_minor
        if whole is None and window is None:
            return purse
        code = purse.programme_code
        return replace(
            purse,
            programme_left_minor=None if whole is None else whole - self._programmes[code],
            window_left_minor=None if window is None else window - self._windows[_window(purse)],
        )

    def take(self, purse: Purse, amount_minor: int) -> None:
        """Note what an order takes with a voucher."""
        self._programmes[purse.programme_code] += amount_minor
        self._windows[_window(purse)] += amount_minor


def _window(purse: Purse) -> tuple[str, object]:
    applied_at = purse.applied_at
    return purse.programme_code, None if applied_at is None else window_of(purse.rules, applied_at)


class ClearingPurse:
    """One buyer's cash, vouchers and yearly caps; what one order takes the next lacks."""

    def __init__(
        self,
        purchaser: Purchaser,
        cover: vouchers_rules.CoverRule,
        shared: SharedCaps,
        sizes: Mapping[UUID, SupplierFacts],
    ) -> None:
        self._cover = cover
        self._sizes = sizes
        self._shared = shared
        self._facts = purchaser.facts
        self.cash_minor = purchaser.cash_minor
        self._is_certified = purchaser.is_certified
        self._purses = {purse.voucher_id: purse for purse in purchaser.purses}
        self._covered = dict(purchaser.covered_this_year)

    def plan(
        self,
        demand: Demand,
        offer: Offer,
        lines: Sequence[PricedLine],
        *,
        at: datetime,
        is_related: bool = False,
    ) -> CoverPlan:
        """Return which vouchers pay how much of an order."""
        if not offer.accepts_vouchers or not (demand.use_vouchers or demand.voucher_ids):
            return NO_COVER
        purses: Collection[Purse] = self._purses.values()
        if demand.voucher_ids:
            purses = [self._purses[each] for each in demand.voucher_ids if each in self._purses]
        purchase = Purchase(
            order_id=demand.order_id,
            holder_id=demand.buyer_id,
            supplier_id=offer.provider_id,
            supplier_uscc=offer.provider_uscc,
            resource_class=offer.resource_class,
            ordered_at=demand.placed_at,
            lines=tuple(PayableLine(line.kind, line.amount_minor) for line in lines),
            holder_is_certified=self._is_certified,
            is_related=is_related,
            form=offer.form,
            holder=self._facts,
            supplier=self._sizes.get(offer.provider_id),
        )
        year_left = vouchers_rules.entity_year_left(self._purses.values(), self._covered)
        purses = [self._shared.left(each) for each in purses]
        return self._cover(purchase, purses, at=at, entity_year_left=year_left)

    def pay(self, plan: CoverPlan, cash_minor: int) -> None:
        """Take what an order is paid with."""
        self.cash_minor -= cash_minor
        for cover in plan.covers:
            code = cover.programme_code
            self._covered[code] = self._covered.get(code, 0) + cover.amount_minor
            purse = self._purses[cover.voucher_id]
            self._shared.take(purse, cover.amount_minor)
            left = purse.available_minor - cover.amount_minor
            self._purses[cover.voucher_id] = replace(purse, available_minor=left)
