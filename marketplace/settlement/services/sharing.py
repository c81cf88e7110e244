"""Tiers that count for all contracts of a buyer: what the others fill of them."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from uuid import UUID

from marketplace.settlement.folding import ChargedContract, Folded
from marketplace.settlement.models import Contract
from pricing import rate_2
from pricing.contracts import RateCard
from pricing.plan_models import CountedBy

BuyerAndPlan = tuple[UUID, UUID]


class SharedTiers:
    """
    What contracts of a buyer under one plan version use of its tiers, kept while one run charges.

    What each contract uses lies in its own row. Runs of charging come one after the other (they
    hold the cursor), so nobody else fills a tier meanwhile.
    """

    def __init__(self, accounts: Sequence[ChargedContract], cards: Mapping[UUID, RateCard]) -> None:
        pairs = {
            _key(account)
            for account in accounts
            if (terms := cards[account.terms.plan_version_id].terms) is not None
            and terms.counted_by != CountedBy.CONTRACT
        }
        self._all: dict[BuyerAndPlan, rate_2.Cells] = {pair: {} for pair in pairs}
        if not pairs:
            return
        rows = Contract.objects.filter(
            buyer_id__in={buyer for buyer, _plan in pairs},
            plan_version_id__in={plan for _buyer, plan in pairs},
        ).values_list("buyer_id", "plan_version_id", "rating")
        for buyer_id, plan_version_id, rating in rows:
            if (buyer_id, plan_version_id) in pairs:
                self._move((buyer_id, plan_version_id), rate_2.read(rating), 1)

    def elsewhere(self, account: ChargedContract) -> Mapping[rate_2.RatedCell, Fraction]:
        """Return what other contracts fill; nothing where tiers count by contract."""
        there = self._all.get(_key(account))
        if not there:
            return rate_2.NOTHING_ELSEWHERE
        return {
            cell: quantity - account.cells.get(cell, Fraction(0))
            for cell, quantity in there.items()
        }

    def moved(self, folded: Folded) -> None:
        """Note what a contract uses now."""
        key = _key(folded.account)
        if key in self._all and folded.cells is not None:
            self._move(key, folded.account.cells, -1)
            self._move(key, folded.cells, 1)

    def _move(
        self, key: BuyerAndPlan, cells: Mapping[rate_2.RatedCell, Fraction], sign: int
    ) -> None:
        there = self._all[key]
        for cell, quantity in cells.items():
            there[cell] = there.get(cell, Fraction(0)) + sign * quantity


def _key(account: ChargedContract) -> BuyerAndPlan:
    return account.terms.buyer_id, account.terms.plan_version_id
