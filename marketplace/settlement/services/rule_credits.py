"""
Credits that a published rule computed: booked by sets, without a claim and without persons.

The room that computes them says which; a trigger of its own lets no other credit in. One whose
payer lacks the money is left out, with the code of the refusal; the rest is booked.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from common import isolation, tenancy
from common.canonical import content_hash
from common.ids import uuid7
from ledger import services as ledger_services
from ledger.contracts import Transfer
from marketplace import accounts, limits
from marketplace.settlement import postings, records, selectors, telling
from marketplace.settlement.contracts import (
    NOTHING_MEASURED,
    AdjustmentReason,
    Party,
    RuleCredit,
)
from marketplace.settlement.models import Adjustment, TradeRecord
from marketplace.settlement.numbering import next_sequence
from marketplace.settlement.services.owing import within_payables
from marketplace.settlement.services.recording import (
    RecordedTrade,
    contracts_to_record,
    write_records,
)
from marketplace.settlement.services.voucher_returns import occasion_of, voucher_moves


@transaction.atomic
def book_by_rule(*, wanted: Sequence[RuleCredit], now: datetime) -> dict[UUID, str]:
    """
    Book credits of a rule; return, by identifier, why some were not: a code, to be tried again.

    Money moves between provider and buyer; what vouchers paid goes back to the vouchers that paid
    it. Of a settled contract, a correcting trade record tells of it.
    """
    refused: dict[UUID, str] = {}

    def set_aside(one: RuleCredit, error: Exception) -> None:
        refused[one.id] = str(getattr(error, "code", "not_booked"))[: isolation.CODE_MAX]

    with tenancy.acting_as_platform():
        limits.take_turns("adjustments")
        divided = isolation.divide(wanted, lambda part: _book(part, now), set_aside=set_aside)
    refused.update({each.id: "not_reached" for each in divided.left})
    return refused


def _book(wanted: Sequence[RuleCredit], now: datetime) -> int:
    sequence = next_sequence(Adjustment)
    made = [
        Adjustment(
            id=each.id,
            sequence=sequence + place,
            number=f"J-{sequence + place:08d}",
            reason=AdjustmentReason.SERVICE_LEVEL,
            payer=each.payer,
            payee=each.payee,
            buyer_id=each.buyer_id,
            provider_id=each.provider_id,
            contract_id=each.contract_id if each.is_settled else None,
            amount_minor=each.amount_minor,
            asset=each.asset,
            by_rule=each.by_rule,
            reference=each.reference,
            evidence=each.evidence,
            ledger_group=uuid7(),
            booked_at=now,
        )
        for place, each in enumerate(wanted)
    ]
    _move_money(made, wanted)
    records_made = iter(_correct_trades(made, wanted, now=now))
    for adjustment in made:
        adjustment.trade_record = next(records_made) if adjustment.contract_id else None
        adjustment.content_hash = content_hash(records.adjustment_content(adjustment))
    Adjustment.objects.bulk_create(made, batch_size=1_000)
    telling.of_adjustments(made)
    return len(made)


def _move_money(made: Sequence[Adjustment], wanted: Sequence[RuleCredit]) -> None:
    accounts.open_buyers([each.buyer_id for each in wanted])
    accounts.open_providers([each.provider_id for each in wanted])
    cash = [
        (each.provider_id, _cash(adjustment, each))
        for adjustment, each in zip(made, wanted, strict=True)
        if each.asset == accounts.CNY
    ]
    groups = within_payables(cash)
    paid = [adjustment for adjustment in made if adjustment.asset == accounts.CNY]
    for adjustment, (provider_id, _moves), transfers in zip(paid, cash, groups, strict=True):
        owed = accounts.provider_receivable(provider_id)
        adjustment.owed_minor = sum(each.amount for each in transfers if each.debit == owed)
    moves = [each for transfers in groups for each in transfers]
    moves += voucher_moves(made)
    ledger_services.post(transfers=moves)


def _cash(adjustment: Adjustment, credit: RuleCredit) -> list[Transfer]:
    codes = {
        Party.BUYER: accounts.buyer_cash(credit.buyer_id),
        Party.PROVIDER: accounts.provider_payable(credit.provider_id),
    }
    return postings.adjusting(
        credit.payer,
        credit.payee,
        amount_minor=credit.amount_minor,
        codes=codes,
        occasion=occasion_of(adjustment),
    )


def _correct_trades(
    made: Sequence[Adjustment], wanted: Sequence[RuleCredit], *, now: datetime
) -> list[TradeRecord]:
    """Write the records that correct those of settled trades, in the order of the credits."""
    ids = [each.contract_id for each in made if each.contract_id]
    contracts, originals = contracts_to_record(ids), selectors.trade_records_of(ids)
    trades = []
    for each in wanted:
        if not each.is_settled:
            continue
        signed = each.amount_minor if each.payee == Party.PROVIDER else -each.amount_minor
        is_cash = each.asset == accounts.CNY
        trades.append(
            RecordedTrade(
                contract=contracts[each.contract_id],
                measured=NOTHING_MEASURED,
                beyond_quantity=NOTHING_MEASURED.quantity,
                gross_minor=signed,
                voucher_minor=0 if is_cash else signed,
                cash_minor=signed if is_cash else 0,
                fee_minor=0,
                parts={each.asset: signed},
                corrects=originals[each.contract_id],
            )
        )
    return write_records(trades, now=now)
