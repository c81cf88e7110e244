"""What a buyer can still pay with while a round is being cleared. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from marketplace.orders.contracts import Demand, Offer, PricedLine, Purchaser
from marketplace.vouchers import rules as vouchers_rules
from marketplace.vouchers.contracts import CoverPlan, PayableLine, Purchase, Purse

NO_COVER: Final = CoverPlan(covers=(), unfit=())


class ClearingPurse:
    """One buyer's cash, vouchers and yearly caps; what one order takes the next lacks."""

    def __init__(self, purchaser: Purchaser, cover: vouchers_rules.CoverRule) -> None:
        self._cover = cover
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
        )
        year_left = vouchers_rules.entity_year_left(self._purses.values(), self._covered)
        return self._cover(purchase, purses, at=at, entity_year_left=year_left)

    def pay(self, plan: CoverPlan, cash_minor: int) -> None:
        """Take what an order is paid with."""
        self.cash_minor -= cash_minor
        for cover in plan.covers:
            code = cover.programme_code
            self._covered[code] = self._covered.get(code, 0) + cover.amount_minor
            purse = self._purses[cover.voucher_id]
            left = purse.available_minor - cover.amount_minor
            self._purses[cover.voucher_id] = replace(purse, available_minor=left)
