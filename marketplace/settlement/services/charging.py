"""What was measured becomes charges: priced, posted and remembered in one transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from common import isolation, tenancy
from common.canonical import content_hash
from common.errors import Refusal
from common.ids import uuid7
from ledger.contracts import Transfer
from marketplace.budgets import services as budgets_services
from marketplace.fulfilment import services as fulfilment_services
from marketplace.orders import services as orders_services
from marketplace.settlement import locks, postings, records, selectors, storage, telling
from marketplace.settlement.contracts import (
    NOTHING_MEASURED,
    ChargeKind,
    ChargingRun,
    ContractReviewCode,
    ContractState,
    Funds,
)
from marketplace.settlement.folding import ChargeDraft, Folded, fold_usage
from marketplace.settlement.models import Charge, ChargingCursor, Contract
from marketplace.settlement.services import batches
from marketplace.settlement.services.batches import UsageBatch
from marketplace.settlement.services.correcting import correct_trade_records
from marketplace.settlement.services.delivering import delivered_use_of
from marketplace.settlement.services.opening import open_contracts
from marketplace.settlement.services.owing import within_payables
from marketplace.settlement.services.posting import post_groups
from marketplace.settlement.services.reviewing import set_contract_aside
from marketplace.settlement.services.sharing import SharedTiers
from marketplace.vouchers import services as vouchers_services
from pricing import rate_2
from pricing import selectors as pricing_selectors

CHARGING_BATCH_MAX: Final = 2_000
FAILED_RUNS_MAX: Final = 3  # in which every contract fails, before contracts are set aside for it


@dataclass(frozen=True, slots=True)
class Posted:
    """The charges of one contract with what the ledger shall post for them."""

    folded: Folded
    group: UUID
    transfers: Sequence[Transfer]
    funds: tuple[Funds, ...]


@transaction.atomic
def charge_due(
    *,
    now: datetime,
    limit: int = CHARGING_BATCH_MAX,
    order_ids: Collection[UUID] | None = None,
    is_careful: bool = False,
    is_patient: bool = False,
) -> ChargingRun:
    """
    Charge the usage that was measured since the last run, and open what contracts it needs.

    One run at a time reads on; another that meets it does nothing. A contract whose usage cannot
    be priced, or whose transfers the ledger refuses, stays as it was, with the reason, and is
    tried again. One that charging fails with is set aside, and the others are charged. A patient
    run in which all of several contracts fail sets none aside at first, and raises what failed: the
    fault may be the market's.

    With `order_ids` an import charges these orders of its own and no others, by its own clock: it
    waits for the run that reads on, and leaves the cursor where it is.
    """
    with tenancy.acting_as_platform():
        is_live = order_ids is None
        cursor = locks.charging_cursor() if is_live else locks.awaited_charging_cursor()
        if cursor is None:
            return ChargingRun()
        opened = open_contracts(now=now, order_ids=order_ids)
        batch = batches.read(cursor, limit=limit, order_ids=order_ids, is_careful=is_careful)
        if not batch.usage and not batch.behind:
            return ChargingRun(opened=opened)
        waits = is_patient and cursor.failed + 1 < FAILED_RUNS_MAX
        charged = _charge_apart(batch, now=now, waits=waits)
        ChargingCursor.objects.filter(pk=cursor.pk).update(sequence=batch.cursor)
        return replace(charged, opened=opened, usage=len(batch.usage), is_full=batch.is_full)


def _charge_apart(batch: UsageBatch, *, now: datetime, waits: bool) -> ChargingRun:
    """Charge the contracts of a batch; set those aside with which charging fails."""
    contracts = [
        contract
        for contract in locks.contracts_of_orders(list(batch.by_subject))
        if not contract.needs_review
    ]
    apart: dict[UUID, Exception] = {}

    def set_aside(contract: Contract, error: Exception) -> None:
        set_contract_aside(contract, error, code=ContractReviewCode.NOT_CHARGED, at=now)
        apart[contract.pk] = error

    divided = isolation.divide(
        contracts, partial(_charge_contracts, batch, now=now), set_aside=set_aside
    )
    if waits and len(apart) > 1 and not divided.results:
        raise next(iter(apart.values()))
    charges = [charge for part in divided.results for charge in part.charges]
    left = [contract.pk for contract in divided.left]
    _catch_up(
        batch,
        {pk: code for part in divided.results for pk, code in part.stuck.items()},
        unread=[*apart, *left],
    )
    return ChargingRun(
        charges=len(charges),
        gross_minor=sum(charge.gross_minor for charge in charges),
        uncollected_minor=sum(charge.uncollected_minor for charge in charges),
        unmatched=len(batch.usage) - sum(part.drafts for part in divided.results),
        set_aside=len(apart),
    )


@dataclass(frozen=True, slots=True)
class ChargedPart:
    """What became of some contracts of a batch."""

    charges: Sequence[Charge]
    stuck: Mapping[UUID, str]
    drafts: int


def _charge_contracts(
    batch: UsageBatch, contracts: Sequence[Contract], *, now: datetime
) -> ChargedPart:
    folded, stuck = _fold(batch, contracts)
    charges, refused = post_and_store(folded, now=now)
    return ChargedPart(charges, stuck | refused, sum(len(each.drafts) for each in folded))


def post_and_store(
    folded: Sequence[Folded], *, now: datetime
) -> tuple[list[Charge], dict[UUID, str]]:
    """
    Post and store charges; return them, and why the ledger refused those of some contracts.

    Whoever asks holds the contracts' rows.
    """
    posted = _covered([_posting(each, now) for each in folded])
    _return_to_vouchers(posted, now=now)
    # What is given back after the settlement is free under the buyer's caps; those come first.
    budgets_services.lock(
        [
            each.folded.account.terms.order_id
            for each in posted
            if each.folded.account.state is ContractState.SETTLED
        ]
    )
    refused = post_groups([each.transfers for each in posted])
    stuck = {
        each.folded.account.terms.id: refused[each.group]
        for each in posted
        if each.group in refused
    }
    return _store([each for each in posted if each.group not in refused], now=now), stuck


def _fold(batch: UsageBatch, contracts: Sequence[Contract]) -> tuple[list[Folded], dict[UUID, str]]:
    """
    Return the charges of each contract that the usage belongs to.

    A contract whose usage cannot be priced stands by itself, with the reason: no figure that one
    provider reports keeps others from their money.
    """
    accounts = selectors.accounts_of(contracts)
    cards = pricing_selectors.rate_cards({account.terms.plan_version_id for account in accounts})
    usage_of = {account.terms.id: batch.usage_of(account) for account in accounts}
    earlier = selectors.earlier_charges(
        [each.supersedes_id for usage in usage_of.values() for each in usage if each.supersedes_id]
    )
    deliveries = delivered_use_of(accounts, usage_of, earlier)
    shared = SharedTiers(accounts, cards)
    folded: list[Folded] = []
    stuck: dict[UUID, str] = {}
    for account in accounts:
        terms = account.terms
        try:
            charges = fold_usage(
                account,
                usage_of[terms.id],
                card=cards[terms.plan_version_id],
                earlier=earlier,
                delivery=deliveries[terms.id],
                elsewhere=shared.elsewhere(account),
            )
            folded.append(charges)
            shared.moved(charges)
        except Refusal as refusal:
            stuck[account.terms.id] = refusal.code
    return [each for each in folded if each.drafts], stuck


def _posting(folded: Folded, now: datetime) -> Posted:
    before, after = folded.account.tally, folded.after
    occasion = postings.Occasion(
        group=uuid7(), reference=folded.account.terms.number, effective_at=now
    )
    transfers, funds = postings.charging(before.funds, after.funds, occasion)
    transfers += postings.fee(
        after.fee_minor - before.fee_minor,
        provider_id=folded.account.terms.provider_id,
        occasion=occasion,
    )
    return Posted(folded, occasion.group, transfers, funds)


def _covered(posted: Sequence[Posted]) -> list[Posted]:
    """Let no payable be asked for more than it holds: the rest its provider owes."""
    groups = [(each.folded.account.terms.provider_id, each.transfers) for each in posted]
    covered = within_payables(groups)
    return [replace(each, transfers=new) for each, new in zip(posted, covered, strict=True)]


def _store(posted: Sequence[Posted], *, now: datetime) -> list[Charge]:
    charges = [_charge(draft, each, now=now) for each in posted for draft in each.folded.drafts]
    Charge.objects.bulk_create(charges, batch_size=1_000)
    terms = [each.folded.account.terms for each in posted]
    telling.of_charges(charges, {each.id: each.number for each in terms}, at=now)
    orders_services.note_metered(
        order_ids=[each.folded.account.terms.order_id for each in posted if _is_first(each)],
        at=now,
    )
    began = [each.folded.account.terms.order_id for each in posted if _began(each)]
    if began:
        fulfilment_services.note_read(order_ids=began, at=now)
    storage.run(storage.UPDATE_CONTRACTS, [_totals(each.folded) for each in posted])
    storage.run(storage.UPDATE_FUNDS, [fund_charges(each) for one in posted for each in one.funds])
    correct_trade_records(
        [each.folded for each in posted if each.folded.account.state is ContractState.SETTLED],
        now=now,
    )
    return charges


def _is_first(posted: Posted) -> bool:
    """Return whether nothing was charged under the contract before."""
    is_usage = posted.folded.drafts[0].usage.id is not None
    return is_usage and posted.folded.account.tally.measured == NOTHING_MEASURED


def _began(posted: Posted) -> bool:
    """Return whether these are the first charges of what a delivery brought into operation."""
    return (
        posted.folded.account.terms.ordered.delivered is not None
        and posted.folded.account.tally.measured.quantity == 0
        and posted.folded.after.measured.quantity > 0
    )


def _return_to_vouchers(posted: Sequence[Posted], *, now: datetime) -> None:
    """Have vouchers swept again that get something back: over ones pass it on to their pool."""
    vouchers_services.sweep_again(
        voucher_ids={
            new.voucher_id
            for each in posted
            for old, new in zip(each.folded.account.tally.funds, each.funds, strict=True)
            if new.voucher_id is not None and new.returned_minor > old.returned_minor
        },
        now=now,
    )


def _catch_up(batch: UsageBatch, stuck: Mapping[UUID, str], *, unread: Sequence[UUID]) -> None:
    """Note which contracts were read to the end, how far the others, and which are stuck."""
    read = Contract.objects.filter(pk__in=batch.behind - stuck.keys() - set(unread))
    Contract.objects.filter(pk__in=unread).update(is_behind=True)
    if batch.reached is None:
        read.update(is_behind=False, refusal_code="")
    else:
        read.filter(watermark__lt=batch.reached).update(watermark=batch.reached)
    storage.run(
        storage.MARK_REFUSED, [{"id": pk, "code": code} for pk, code in sorted(stuck.items())]
    )


def _charge(draft: ChargeDraft, posted: Posted, *, now: datetime) -> Charge:
    terms, step = posted.folded.account.terms, draft.step
    charge = Charge(
        id=draft.id,
        contract_id=terms.id,
        buyer_id=terms.buyer_id,
        provider_id=terms.provider_id,
        kind=_kind_of(draft),
        corrects_id=draft.corrects_id,
        usage_id=draft.usage.id,
        revision=draft.usage.revision,
        starts_at=draft.usage.starts_at,
        ends_at=draft.usage.ends_at,
        unit=terms.ordered.unit,
        quantity=step.measured.quantity,
        standard_hours=step.measured.standard_hours,
        measured_quantity=draft.measured.quantity,
        measured_standard_hours=draft.measured.standard_hours,
        beyond_quantity=draft.beyond.quantity,
        beyond_standard_hours=draft.beyond.standard_hours,
        total_quantity=draft.total.quantity,
        total_standard_hours=draft.total.standard_hours,
        lines=draft.lines,
        parts=draft.parts,
        rated_minor=step.rated_minor,
        gross_minor=step.gross_minor,
        voucher_minor=step.voucher_minor,
        cash_minor=step.cash_minor,
        uncollected_minor=step.uncollected_minor,
        fee_minor=step.fee_minor,
        remark=draft.remark,
        ledger_group=posted.group if posted.transfers else None,
        charged_at=now,
    )
    content = records.charge_content(charge, contract=terms.number, order=terms.order_number)
    charge.content_hash = content_hash(content)
    return charge


def _kind_of(draft: ChargeDraft) -> ChargeKind:
    if draft.usage.id is None:
        return ChargeKind.CLOSING
    return ChargeKind.CORRECTION if draft.corrects_id else ChargeKind.USAGE


def _totals(folded: Folded) -> dict[str, Any]:
    after = folded.after
    return {
        "id": folded.account.terms.id,
        "quantity": after.measured.quantity,
        "standard_hours": after.measured.standard_hours,
        "rated_minor": after.rated_minor,
        "gross_minor": after.gross_minor,
        "voucher_minor": after.gross_minor - after.cash_minor,
        "cash_minor": after.cash_minor,
        "fee_minor": after.fee_minor,
        "beyond_quantity": folded.beyond_quantity,
        "watermark": folded.watermark,
        "rating": None if folded.cells is None else rate_2.stored(folded.cells),
    }


def fund_charges(funds: Funds) -> dict[str, Any]:
    """Return what moves of a source of payment."""
    return {
        "id": funds.id,
        "hold_id": funds.hold_id,
        "captured_minor": funds.captured_minor,
        "returned_minor": funds.returned_minor,
        "released_minor": funds.released_minor,
    }
