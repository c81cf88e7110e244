"""What adjustments give back to vouchers, or take from them again."""

from collections.abc import Sequence
from uuid import UUID

from ledger.contracts import Transfer
from marketplace import accounts
from marketplace.settlement import postings
from marketplace.settlement.contracts import Party
from marketplace.settlement.models import Adjustment, ContractFunds


def voucher_moves(made: Sequence[Adjustment]) -> list[Transfer]:
    """
    Return what goes back to the vouchers that paid, the last of a contract first, or is taken.

    Adjustments in money are left out; of the others each names its contract.
    """
    ids = [x.contract_id for x in made if x.asset != accounts.CNY and x.contract_id]
    if not ids:
        return []
    funds: dict[tuple[UUID, str], list[ContractFunds]] = {}
    for fund in ContractFunds.objects.filter(contract_id__in=ids).order_by("-position"):
        funds.setdefault((fund.contract_id, fund.asset), []).append(fund)
    moves: list[Transfer] = []
    for each in made:
        if each.asset == accounts.CNY or each.contract_id is None:
            continue
        left = each.amount_minor
        for fund in funds.get((each.contract_id, each.asset), ()):
            amount = min(left, fund.captured_minor - fund.returned_minor)
            left -= amount
            if amount:
                moves.append(
                    postings.of_voucher(
                        fund.debit,
                        fund.credit,
                        each.asset,
                        amount,
                        occasion_of(each),
                        is_back=each.payee == Party.BUYER,
                    )
                )
        assert left == 0, "an adjustment is no more than its vouchers paid"
    return moves


def occasion_of(adjustment: Adjustment) -> postings.Occasion:
    """Return under what an adjustment is posted."""
    return postings.Occasion(adjustment.ledger_group, adjustment.number, adjustment.booked_at)
