"""The one way in which money moves without usage: agreed on by two persons, reversed by a link."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from common import tenancy
from common.canonical import content_hash
from common.ids import uuid7
from common.money import InvalidAmount
from identity import selectors as identity_selectors
from identity.approvals import selectors as approval_selectors
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, Proposed, Settled
from identity.contracts import Role
from ledger import services as ledger_services
from marketplace import accounts, limits
from marketplace.settlement import postings, records, selectors, telling
from marketplace.settlement.contracts import (
    ADJUSTMENT_KIND,
    ADJUSTMENT_MINOR_MAX,
    NOTHING_MEASURED,
    Adjusting,
    AdjustmentNotFound,
    AdjustmentReason,
    AdjustmentRefused,
    AlreadyReversed,
    ContractNotSettled,
    ContractState,
    Party,
)
from marketplace.settlement.models import Adjustment, Contract, TradeRecord
from marketplace.settlement.numbering import next_sequence
from marketplace.settlement.services.owing import within_payables
from marketplace.settlement.services.recording import (
    RecordedTrade,
    contracts_to_record,
    write_records,
)
from marketplace.settlement.services.voucher_returns import occasion_of, voucher_moves
from marketplace.vouchers.contracts import ReferenceReused

REVERSAL: Final = "/R"  # What the reference of a reversal ends with.


@transaction.atomic
def propose_adjustment(wanted: Adjusting, *, by: Person, now: datetime) -> Proposed:
    """
    Propose that money moves between two parties; it does once another person of finance approves.

    :raises AdjustmentRefused: if both parties are the same, or one is not named
    :raises InvalidAmount, AmountTooLarge: if it is no amount, or beyond the limit of one
    :raises ContractNotFound, ContractNotSettled: if there is nothing to correct
    :raises ReferenceReused: if the reference stands for another adjustment
    :raises ProposalWaits: if another one waits under the reference
    """
    with tenancy.acting_as_platform():
        wanted = _of_contract(wanted)
        _require_whole(wanted)
        if Adjustment.objects.filter(reference=wanted.reference).exists():
            raise ReferenceReused(field="reference")
        return approvals.propose(_draft(wanted, None, by=by), now=now)


@transaction.atomic
def propose_reversal(*, adjustment_id: UUID, evidence: str, by: Person, now: datetime) -> Proposed:
    """
    Propose that an adjustment is taken back: the same amount, the other way, with a link to it.

    :raises AdjustmentNotFound: if there is none
    :raises AlreadyReversed: if it was taken back, or takes another one back
    """
    with tenancy.acting_as_platform():
        original = selectors.adjustment(adjustment_id)
        _require_reversible(original)
        wanted = Adjusting(
            reason=AdjustmentReason(original.reason),
            payer=Party(original.payee),
            payee=Party(original.payer),
            amount_minor=original.amount_minor,
            reference=f"{original.number}{REVERSAL}",
            evidence=evidence,
            contract_id=original.contract_id,
            buyer_id=original.buyer_id,
            provider_id=original.provider_id,
        )
        _require_whole(wanted)
        return approvals.propose(_draft(wanted, original, by=by), now=now)


@transaction.atomic
def book_adjustment(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> Adjustment:
    """
    Move the money that somebody else proposed to move, and correct the record of the trade.

    :raises AlreadyReversed: if what it takes back was taken back meanwhile
    :raises TransferRefused: if a buyer's cash does not cover it
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    made = uuid7()
    agreed = approvals.settle(
        proposal_id=proposal_id,
        kind=ADJUSTMENT_KIND,
        by=Person(person_id, organization_id),
        result_id=made,
        now=now,
        note=note,
    )
    with tenancy.acting_as_platform():
        limits.take_turns("adjustments")
        return _booked(agreed, made, now=now)


@transaction.atomic
def agree_on_adjustment(
    wanted: Adjusting, *, proposed_by: Person, decided_by: Person, role: Role, now: datetime
) -> UUID:
    """
    Keep what two people of a room above agreed to move, and return its identifier; nothing moves.

    `book_agreed` moves it: of a contract that still runs, once that is settled, so that there is a
    record to correct.

    :raises AdjustmentRefused, InvalidAmount, AmountTooLarge: as `propose_adjustment`
    :raises SecondPersonRequired, Forbidden: if the second person may not decide
    """
    made = uuid7()
    with tenancy.acting_as_platform():
        if wanted.contract_id is not None:
            contract = selectors.contract(wanted.contract_id)
            wanted = replace(wanted, buyer_id=contract.buyer_id, provider_id=contract.provider_id)
        _require_whole(wanted)
        draft = replace(_draft(wanted, None, by=proposed_by), role=role)
        proposed = approvals.propose(draft, now=now)
        approvals.settle(
            proposal_id=proposed.id, kind=ADJUSTMENT_KIND, by=decided_by, result_id=made, now=now
        )
    return made


def wait_to_adjust() -> None:
    """Wait until nobody else books adjustments, until the transaction ends; before other money."""
    limits.take_turns("adjustments")


@transaction.atomic
def book_agreed(
    *, adjustment_id: UUID, now: datetime, voucher_id: UUID | None = None
) -> Adjustment:
    """
    Move what `agree_on_adjustment` kept, once; of several vouchers first to the one that is named.

    :raises AdjustmentNotFound: if nobody agreed on it
    :raises ContractNotSettled: if its contract still runs
    """
    with tenancy.acting_as_platform():
        agreed = approval_selectors.agreed_result(kind=ADJUSTMENT_KIND, result_id=adjustment_id)
        if agreed is None:
            raise AdjustmentNotFound
        contract_id = _id(agreed.content["contract_id"])
        if contract_id and selectors.contract(contract_id).state != ContractState.SETTLED:
            raise ContractNotSettled(field="contract_id")
        return _booked(agreed, adjustment_id, now=now, voucher_id=voucher_id)


def _booked(
    agreed: Settled, made: UUID, *, now: datetime, voucher_id: UUID | None = None
) -> Adjustment:
    original = _reversed_by(agreed.content)
    adjustment = _adjustment(agreed, made, original, now=now)
    _post(adjustment, voucher_id)
    adjustment.trade_record = _correct(adjustment, original, now=now)
    adjustment.content_hash = content_hash(records.adjustment_content(adjustment))
    adjustment.save(force_insert=True)
    telling.of_adjustments([adjustment])
    return adjustment


def _of_contract(wanted: Adjusting) -> Adjusting:
    """Return it with the parties of its contract, which has to be settled."""
    if wanted.contract_id is None:
        return wanted
    contract = selectors.contract(wanted.contract_id)
    if contract.state != ContractState.SETTLED:
        raise ContractNotSettled(field="contract_id")
    return replace(wanted, buyer_id=contract.buyer_id, provider_id=contract.provider_id)


def _require_whole(wanted: Adjusting) -> None:
    if wanted.payer == wanted.payee:
        raise AdjustmentRefused(field="payee")
    named = {Party.BUYER: wanted.buyer_id, Party.PROVIDER: wanted.provider_id}
    for party, organization_id in named.items():
        if party not in (wanted.payer, wanted.payee):
            continue
        if organization_id is None:
            raise AdjustmentRefused(field=f"{party.lower()}_id")
        identity_selectors.organization(organization_id)
    if wanted.amount_minor <= 0:
        raise InvalidAmount(field="amount_minor")
    limits.require_act(wanted.amount_minor, at_most=ADJUSTMENT_MINOR_MAX)


def _draft(wanted: Adjusting, original: Adjustment | None, *, by: Person) -> Draft:
    """Return the proposal; nobody of the paid party decides about it."""
    paid = {Party.BUYER: wanted.buyer_id, Party.PROVIDER: wanted.provider_id}.get(wanted.payee)
    reverses = {"reverses": original.pk if original else None}
    return Draft(
        kind=ADJUSTMENT_KIND,
        reference=wanted.reference,
        label=wanted.reference,
        content=asdict(wanted) | reverses,
        amount_minor=wanted.amount_minor,
        role=Role.FINANCE,
        barred_organization_id=paid,
        by=by,
    )


def _reversed_by(content: Mapping[str, Any]) -> Adjustment | None:
    if content["reverses"] is None:
        return None
    original = selectors.adjustment(UUID(content["reverses"]))
    _require_reversible(original)
    return original


def _require_reversible(original: Adjustment) -> None:
    if original.reverses_id or Adjustment.objects.filter(reverses=original).exists():
        raise AlreadyReversed
    if original.asset != accounts.CNY:
        raise AdjustmentRefused(field="adjustment_id")


def _adjustment(
    agreed: Settled, made: UUID, original: Adjustment | None, *, now: datetime
) -> Adjustment:
    content = dict(agreed.content)
    content.pop("reverses")
    if Adjustment.objects.filter(reference=content["reference"]).exists():
        raise ReferenceReused(field="reference")
    sequence = next_sequence(Adjustment)
    facts = {name: _id(content.pop(name)) for name in ("contract_id", "buyer_id", "provider_id")}
    return Adjustment(
        id=made,
        sequence=sequence,
        number=f"J-{sequence:08d}",
        reverses=original,
        ledger_group=uuid7(),
        booked_at=now,
        booked_by_id=agreed.proposed_by_id,
        approved_by_id=agreed.decided_by_id,
        proposal_id=agreed.id,
        **facts,
        **content,
    )


def _id(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def _post(adjustment: Adjustment, voucher_id: UUID | None = None) -> None:
    """Post it; what a provider's payable does not cover is carried as owed."""
    if adjustment.asset != accounts.CNY:
        ledger_services.post(transfers=voucher_moves([adjustment], voucher_id=voucher_id))
        return
    codes = {Party.MARKET: accounts.platform_fee()}
    if adjustment.buyer_id:
        accounts.open_buyers([adjustment.buyer_id])
        codes[Party.BUYER] = accounts.buyer_cash(adjustment.buyer_id)
    if adjustment.provider_id:
        accounts.open_providers([adjustment.provider_id])
        codes[Party.PROVIDER] = accounts.provider_payable(adjustment.provider_id)
    transfers = postings.adjusting(
        Party(adjustment.payer),
        Party(adjustment.payee),
        amount_minor=adjustment.amount_minor,
        codes=codes,
        occasion=occasion_of(adjustment),
    )
    if adjustment.provider_id and adjustment.payer == Party.PROVIDER:
        (transfers,) = map(list, within_payables([(adjustment.provider_id, transfers)]))
        owed = accounts.provider_receivable(adjustment.provider_id)
        adjustment.owed_minor = sum(each.amount for each in transfers if each.debit == owed)
    ledger_services.post(transfers=transfers)


def _correct(
    adjustment: Adjustment, original: Adjustment | None, *, now: datetime
) -> TradeRecord | None:
    """Write the record that corrects that of the trade, or that of what is taken back."""
    if adjustment.contract_id is None:
        return None
    contract = contracts_to_record([adjustment.contract_id])[adjustment.contract_id]
    corrects = original.trade_record if original else None
    (record,) = write_records([_trade(adjustment, contract, corrects)], now=now)
    return record


def _trade(
    adjustment: Adjustment, contract: Contract, corrects: TradeRecord | None
) -> RecordedTrade:
    """Return the correction: what a buyer pays is gross, what the market is paid is its fee."""
    gross = _signed(adjustment, Party.BUYER, adjustment.payer, adjustment.payee)
    fee = _signed(adjustment, Party.MARKET, adjustment.payee, adjustment.payer)
    is_cash = adjustment.asset == accounts.CNY
    return RecordedTrade(
        contract=contract,
        measured=NOTHING_MEASURED,
        beyond_quantity=NOTHING_MEASURED.quantity,
        gross_minor=gross,
        voucher_minor=0 if is_cash else gross,
        cash_minor=gross if is_cash else 0,
        fee_minor=fee,
        parts={adjustment.asset: gross},
        corrects=corrects or selectors.trade_records_of([contract.pk])[contract.pk],
    )


def _signed(adjustment: Adjustment, party: Party, adds: str, takes: str) -> int:
    return adjustment.amount_minor * ((adds == party) - (takes == party))
