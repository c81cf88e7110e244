"""Usage that is revised after settlement gets a record of its own, signed, that names the first."""

from collections.abc import Sequence
from datetime import datetime
from functools import reduce

from marketplace.settlement import selectors
from marketplace.settlement.contracts import NOTHING_MEASURED, Measured
from marketplace.settlement.folding import ChargeDraft, Folded
from marketplace.settlement.services.recording import (
    RecordedTrade,
    contracts_to_record,
    write_records,
)


def correct_trade_records(folded: Sequence[Folded], *, now: datetime) -> None:
    """Write a correcting record for each settled contract whose charges moved."""
    moved = [each for each in folded if any(_moves(draft) for draft in each.drafts)]
    if not moved:
        return
    ids = [each.account.terms.id for each in moved]
    contracts, originals = contracts_to_record(ids), selectors.trade_records_of(ids)
    trades = []
    for each in moved:
        contract_id = each.account.terms.id
        steps = [draft.step for draft in each.drafts]
        trades.append(
            RecordedTrade(
                contract=contracts[contract_id],
                measured=reduce(
                    Measured.__add__, (step.measured for step in steps), NOTHING_MEASURED
                ),
                beyond_quantity=each.beyond_quantity - each.account.beyond_quantity,
                gross_minor=sum(step.gross_minor for step in steps),
                voucher_minor=sum(step.voucher_minor for step in steps),
                cash_minor=sum(step.cash_minor for step in steps),
                fee_minor=sum(step.fee_minor for step in steps),
                parts=_parts(each.drafts),
                corrects=originals[contract_id],
            )
        )
    write_records(trades, now=now)


def _moves(draft: ChargeDraft) -> bool:
    quantities = draft.step.measured.quantity or draft.beyond.quantity
    return bool(draft.step.gross_minor or quantities)


def _parts(drafts: Sequence[ChargeDraft]) -> dict[str, int]:
    total: dict[str, int] = {}
    for draft in drafts:
        for asset, minor in draft.parts.items():
            total[asset] = total.get(asset, 0) + minor
    return total
