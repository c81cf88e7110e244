"""What was measured becomes charges: priced, posted and remembered in one transaction."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from common import tenancy
from common.canonical import content_hash
from common.errors import Refusal
from common.ids import uuid7
from ledger.contracts import Transfer
from marketplace.orders import services as orders
from marketplace.orders.contracts import OrderEventKind
from marketplace.settlement import locks, postings, records, selectors, storage
from marketplace.settlement.contracts import (
    NOTHING_MEASURED,
    Charged,
    ChargeKind,
    ContractState,
    Funds,
)
from marketplace.settlement.folding import Account, Draft, Folded, fold
from marketplace.settlement.models import Charge, ChargingCursor, Contract
from marketplace.settlement.services.correcting import correct_trade_records
from marketplace.settlement.services.delivering import deliveries_of
from marketplace.settlement.services.opening import open_contracts
from marketplace.settlement.services.posting import post_groups
from marketplace.vouchers import services as vouchers
from metering import selectors as metering
from metering.contracts import MeasuredUsage
from pricing import selectors as pricing

CHARGING_BATCH_MAX: Final = 2_000
BEHIND_MAX: Final = 2_000


@dataclass(frozen=True, slots=True)
class Batch:
    """
    The usage that one run takes, and how far it has then read.

    Contracts that are behind (just opened, or refused by the ledger before) are read by
    themselves: up to `reached`, or to the end if that is None.
    """

    usage: Sequence[MeasuredUsage]
    cursor: int
    behind: frozenset[UUID]
    reached: int | None
    is_full: bool

    def takes(self, account: Account, record: MeasuredUsage) -> bool:
        """Return whether a record of the contract's own provider and resource is its turn."""
        terms = account.terms
        if record.sequence <= account.watermark:
            return False
        if (record.provider_id, record.resource_id) != (terms.provider_id, terms.resource_id):
            return False
        if not account.is_behind:
            return True
        is_read = self.reached is None or record.sequence <= self.reached
        return terms.id in self.behind and is_read


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
) -> Charged:
    """
    Charge the usage that was measured since the last run, and open what contracts it needs.

    One run at a time reads on; another that meets it does nothing. A contract whose usage cannot
    be priced, or whose transfers the ledger refuses, stays as it was, with the reason, and is
    tried again.

    With `order_ids` an import charges these orders of its own and no others, by its own clock: it
    waits for the run that reads on, and leaves the cursor where it is.
    """
    with tenancy.acting_as_platform():
        is_live = order_ids is None
        cursor = locks.charging_cursor() if is_live else locks.awaited_charging_cursor()
        if cursor is None:
            return Charged()
        opened = open_contracts(now=now, order_ids=order_ids)
        batch = _read(cursor, limit, order_ids)
        if not batch.usage and not batch.behind:
            return Charged(opened=opened)
        folded, stuck = _fold(batch)
        posted = [_posting(each, now) for each in folded]
        _return_to_vouchers(posted, now=now)
        refused = post_groups([each.transfers for each in posted])
        stuck |= {
            each.folded.account.terms.id: refused[each.group]
            for each in posted
            if each.group in refused
        }

        charges = _store([each for each in posted if each.group not in refused], now=now)
        _catch_up(batch, stuck)
        ChargingCursor.objects.filter(pk=cursor.pk).update(sequence=batch.cursor)
        return Charged(
            opened=opened,
            usage=len(batch.usage),
            charges=len(charges),
            gross_minor=sum(charge.gross_minor for charge in charges),
            uncollected_minor=sum(charge.uncollected_minor for charge in charges),
            unmatched=len(batch.usage) - sum(len(each.folded.drafts) for each in posted),
            is_full=batch.is_full,
        )


def _read(cursor: ChargingCursor, limit: int, order_ids: Collection[UUID] | None) -> Batch:
    """Return usage past the cursor, and older usage of contracts that are behind."""
    fresh: list[MeasuredUsage] = []
    if order_ids is None:
        fresh = metering.usage_after(sequence=cursor.sequence, limit=limit)
    behind = selectors.contracts_behind(limit=BEHIND_MAX, order_ids=order_ids)
    missed: list[MeasuredUsage] = []
    if behind:
        missed = metering.usage_after(
            sequence=min(contract.watermark for contract in behind),
            limit=limit,
            subjects=[contract.order_id for contract in behind],
        )
    by_id = {record.id: record for record in [*fresh, *missed]}
    return Batch(
        usage=sorted(by_id.values(), key=lambda record: record.sequence),
        cursor=fresh[-1].sequence if fresh else cursor.sequence,
        behind=frozenset(contract.pk for contract in behind),
        reached=missed[-1].sequence if len(missed) == limit else None,
        # What is stuck is tried once a ring: trying it again at once would not end.
        is_full=len(fresh) == limit or (len(missed) == limit and not behind[0].refusal_code),
    )


def _fold(batch: Batch) -> tuple[list[Folded], dict[UUID, str]]:
    """
    Return the charges of each contract that the usage belongs to.

    A contract whose usage cannot be priced stands by itself, with the reason: no figure that one
    provider reports keeps others from their money.
    """
    by_subject: dict[UUID | None, list[MeasuredUsage]] = defaultdict(list)
    for record in batch.usage:
        by_subject[record.subject].append(record)
    contracts = locks.contracts_of_orders([each for each in by_subject if each is not None])
    accounts = selectors.accounts_of(contracts)
    cards = pricing.rate_cards({account.terms.plan_version_id for account in accounts})
    earlier = selectors.earlier_charges(
        [record.supersedes_id for record in batch.usage if record.supersedes_id]
    )
    usage_of = {
        account.terms.id: [
            record for record in by_subject[account.terms.order_id] if batch.takes(account, record)
        ]
        for account in accounts
    }
    deliveries = deliveries_of(accounts, usage_of, earlier)
    folded: list[Folded] = []
    stuck: dict[UUID, str] = {}
    for account in accounts:
        terms = account.terms
        try:
            charges = fold(
                account,
                usage_of[terms.id],
                card=cards[terms.plan_version_id],
                earlier=earlier,
                delivery=deliveries[terms.id],
            )
            folded.append(charges)
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


def _store(posted: Sequence[Posted], *, now: datetime) -> list[Charge]:
    charges = [_charge(draft, each, now=now) for each in posted for draft in each.folded.drafts]
    Charge.objects.bulk_create(charges, batch_size=1_000)
    orders.record_progress(
        order_ids=[each.folded.account.terms.order_id for each in posted if _is_first(each)],
        kind=OrderEventKind.METERED,
        at=now,
    )
    storage.run(storage.UPDATE_CONTRACTS, [_totals(each.folded) for each in posted])
    storage.run(storage.UPDATE_FUNDS, [fund(each) for one in posted for each in one.funds])
    correct_trade_records(
        [each.folded for each in posted if each.folded.account.state is ContractState.SETTLED],
        now=now,
    )
    return charges


def _is_first(posted: Posted) -> bool:
    """Return whether nothing was charged under the contract before."""
    return posted.folded.account.tally.measured == NOTHING_MEASURED


def _return_to_vouchers(posted: Sequence[Posted], *, now: datetime) -> None:
    """Have vouchers swept again that get something back: over ones pass it on to their pool."""
    vouchers.sweep_again(
        voucher_ids={
            new.voucher_id
            for each in posted
            for old, new in zip(each.folded.account.tally.funds, each.funds, strict=True)
            if new.voucher_id is not None and new.returned_minor > old.returned_minor
        },
        now=now,
    )


def _catch_up(batch: Batch, stuck: Mapping[UUID, str]) -> None:
    """Note which contracts were read to the end, how far the others, and which are stuck."""
    read = Contract.objects.filter(pk__in=batch.behind - stuck.keys())
    if batch.reached is None:
        read.update(is_behind=False, refusal_code="")
    else:
        read.filter(watermark__lt=batch.reached).update(watermark=batch.reached)
    storage.run(
        storage.MARK_REFUSED, [{"id": pk, "code": code} for pk, code in sorted(stuck.items())]
    )


def _charge(draft: Draft, posted: Posted, *, now: datetime) -> Charge:
    terms, step = posted.folded.account.terms, draft.step
    charge = Charge(
        id=draft.id,
        contract_id=terms.id,
        buyer_id=terms.buyer_id,
        provider_id=terms.provider_id,
        kind=ChargeKind.CORRECTION if draft.corrects_id else ChargeKind.USAGE,
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
    }


def fund(funds: Funds) -> dict[str, Any]:
    """Return what moves of a source of payment."""
    return {
        "id": funds.id,
        "hold_id": funds.hold_id,
        "captured_minor": funds.captured_minor,
        "returned_minor": funds.returned_minor,
        "released_minor": funds.released_minor,
    }
