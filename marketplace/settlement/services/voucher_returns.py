"""What adjustments give back to vouchers, or take from them again."""

from collections import Counter
from collections.abc import Collection, Sequence
from uuid import UUID

from ledger import selectors as ledger_selectors
from ledger.contracts import Transfer
from marketplace import accounts
from marketplace.settlement import postings
from marketplace.settlement.contracts import Party
from marketplace.settlement.models import Adjustment, ContractFunds


def voucher_moves(made: Sequence[Adjustment], *, voucher_id: UUID | None = None) -> list[Transfer]:
    """
    Return what goes back to the vouchers that paid, the last of a contract first, or is taken.

    A voucher that is named comes before the others. None gets back more than it paid: what earlier
    adjustments gave it is read of the ledger. Adjustments in money are left out; of the others each
    names its contract.
    """
    ids = {x.contract_id for x in made if x.asset != accounts.CNY and x.contract_id}
    if not ids:
        return []
    funds: dict[tuple[UUID, str], list[ContractFunds]] = {}
    for fund in ContractFunds.objects.filter(contract_id__in=ids).order_by("-position"):
        funds.setdefault((fund.contract_id, fund.asset), []).append(fund)
    given = _given_before(ids)
    moves: list[Transfer] = []
    for each in made:
        if each.asset == accounts.CNY or each.contract_id is None:
            continue
        is_back, left = each.payee == Party.BUYER, each.amount_minor
        paid = funds.get((each.contract_id, each.asset), [])
        for fund in sorted(paid, key=lambda fund: fund.voucher_id != voucher_id):
            place = (each.contract_id, fund.debit)
            kept = fund.captured_minor - fund.returned_minor - given[place]
            amount = min(left, max(0, kept if is_back else given[place]))
            left -= amount
            given[place] += amount if is_back else -amount
            if amount:
                moves.append(
                    postings.of_voucher(
                        fund.debit,
                        fund.credit,
                        each.asset,
                        amount,
                        occasion_of(each),
                        is_back=is_back,
                    )
                )
        assert left == 0, "an adjustment is no more than its vouchers paid"
    return moves


def _given_before(contract_ids: Collection[UUID]) -> Counter[tuple[UUID, str]]:
    """Return what earlier adjustments gave back to vouchers, by contract and voucher's account."""
    earlier = Adjustment.objects.filter(contract_id__in=contract_ids).exclude(asset=accounts.CNY)
    contracts = dict(earlier.values_list("ledger_group", "contract_id"))
    given: Counter[tuple[UUID, str]] = Counter()
    after: UUID | None = None
    while contracts:
        page = ledger_selectors.transfers(groups=contracts.keys(), after=after)
        for each in page:
            contract_id = contracts[UUID(str(each.group))]
            given[contract_id, each.credit] += each.amount
            given[contract_id, each.debit] -= each.amount
        if len(page) < ledger_selectors.TRANSFERS_MAX:
            break
        after = page[-1].id
    return given


def occasion_of(adjustment: Adjustment) -> postings.Occasion:
    """Return under what an adjustment is posted."""
    return postings.Occasion(adjustment.ledger_group, adjustment.number, adjustment.booked_at)
