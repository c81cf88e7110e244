"""
Instalments of long contracts: the cash of the next period is held before it begins, or it ends.

Each step takes the contract's row first, as charging, settling and ending do, then the caps, then
the accounts. What is held for a period joins the one open hold of the contract's cash, in one group
of the ledger: there is never a moment at which somebody else could spend it, nor a hold that nobody
knows of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from common import tenancy
from common.ids import uuid7
from common.moments import market_date
from marketplace.budgets import services as budgets_services
from marketplace.budgets.contracts import CapWish
from marketplace.catalog import services as catalog_services
from marketplace.orders import rules as orders_rules
from marketplace.settlement import locks, postings, rules, selectors, storage, telling
from marketplace.settlement.contracts import (
    HELD_AHEAD,
    ContractMove,
    ContractNotFound,
    ContractState,
    Funds,
    InstalmentMove,
    InstalmentRefused,
    InstalmentState,
    NothingToHold,
    RenewingRun,
    reason_of,
)
from marketplace.settlement.event_names import SettlementEvent
from marketplace.settlement.models import Contract, ContractInstalment, EarlyEnd
from marketplace.settlement.services.ending import move_end
from marketplace.settlement.services.posting import post_groups

RENEWING_BATCH_MAX: Final = 200
TRIED_AGAIN: Final = timedelta(minutes=15)
BUDGET: Final = "budget_exceeded"


@dataclass(frozen=True, slots=True)
class DueInstalment:
    """An instalment that is looked at, its contract, and the source that its cash is held on."""

    row: ContractInstalment
    contract: Contract
    funds: Funds

    @property
    def wish(self) -> CapWish:
        """Return what is taken from caps: in the period of the cap that the instalment begins."""
        order = self.contract.order
        return CapWish(
            order_id=order.pk,
            organization_id=self.contract.buyer_id,
            project_id=order.project_id,
            person_id=order.placed_by_id,
            amount_minor=self.row.amount_minor,
            part=self.row.part,
        )


class _ShortError(Exception):
    """The ledger refused some holds: what was taken of caps for them goes back, too."""

    def __init__(self, codes: Mapping[UUID, str]) -> None:
        super().__init__()
        self.codes = codes


def renew_due(*, now: datetime, limit: int = RENEWING_BATCH_MAX) -> RenewingRun:
    """
    Hold the instalments that are due, look ahead at those that will be, end what was not held.

    One run takes those that begin on one day, so that caps are locked in one order. A contract that
    somebody moves just now is left to the next run. What ends does so in a transaction of its own:
    it locks listings, which clearing locks before accounts.
    """
    run, unheld = _renew(now=now, limit=limit)
    lapsed = sum(end_unheld(contract_id=each, now=now) for each in unheld)
    return replace(run, late=run.late - lapsed, lapsed=lapsed)


@transaction.atomic
def _renew(*, now: datetime, limit: int) -> tuple[RenewingRun, Sequence[UUID]]:
    """Hold what is due on one day; return what came of it, and the contracts that are to end."""
    with tenancy.acting_as_platform():
        due = selectors.due_instalments(now=now, limit=limit)
        if not due:
            return RenewingRun(), ()
        day = market_date(due[0].starts_at)
        ids = {row.contract_id for row in due if market_date(row.starts_at) == day}
        dues = _due_of(locks.contracts_to_renew(ids), day=day, now=now)
        run, late = _take(dues, now=now)
        is_full = bool(dues) and (len(due) == limit or len(ids) < len(due))
        unheld = [each.contract.pk for each in late if now >= _ends_from(each.row, each.contract)]
        return replace(run, is_full=is_full), unheld


@transaction.atomic
def end_unheld(*, contract_id: UUID, now: datetime) -> bool:
    """Let a contract end whose next instalment was asked for in vain until its time was over."""
    with tenancy.acting_as_platform():
        (contract,) = locks.contracts_to_renew([contract_id]) or (None,)
        row = selectors.next_instalment(contract_id)
        if contract is None or row is None or row.state != InstalmentState.LATE:
            return False  # Held since, or ended by somebody else.
        if now < _ends_from(row, contract):
            return False
        _lapse(DueInstalment(row, contract, _cash_of(contract)), now=now)
        return True


@transaction.atomic
def renew_now(*, contract_id: UUID, buyer_id: UUID, now: datetime) -> ContractInstalment:
    """
    Hold the next instalment of a contract at its buyer's wish, up to its lead before it is due.

    :raises ContractNotFound: if it does not exist or is someone else's (the two look alike)
    :raises NothingToHold: if none is left, or none may be held yet
    :raises InstalmentRefused: if money or a cap is short
    """
    with tenancy.acting_as_platform():
        contract = locks.contract_of_buyer(contract_id=contract_id, buyer_id=buyer_id)
        if contract is None:
            raise ContractNotFound
        row = selectors.next_instalment(contract.pk)
        is_early = row is not None and row.due_at is not None and now < row.due_at - HELD_AHEAD
        if row is None or is_early or _is_over(row, contract):
            raise NothingToHold
        refused = _hold([DueInstalment(row, contract, _cash_of(contract))], now=now)
        if row.pk in refused:
            raise InstalmentRefused(reason=reason_of(refused[row.pk]), code_of=refused[row.pk])
    return row


def _due_of(contracts: Sequence[Contract], *, day: date, now: datetime) -> list[DueInstalment]:
    """Return the earliest open instalment of each contract, if it is due and begins on that day."""
    rows = selectors.next_instalments([each.pk for each in contracts])
    found = []
    for contract in contracts:
        row = rows.get(contract.pk)
        is_due = row is not None and row.next_at is not None and row.next_at <= now
        if row is not None and is_due and market_date(row.starts_at) == day:
            found.append(DueInstalment(row, contract, _cash_of(contract)))
    return found


def _cash_of(contract: Contract) -> Funds:
    return next(each for each in selectors.funds_of(contract) if each.agreed_minor is not None)


def _is_over(row: ContractInstalment, contract: Contract) -> bool:
    """Tell whether the contract does not last until the instalment's period."""
    return contract.state != ContractState.ACTIVE or contract.ends_at <= row.starts_at


def _take(
    dues: Sequence[DueInstalment], *, now: datetime
) -> tuple[RenewingRun, list[DueInstalment]]:
    """Do what is due about each instalment; return what came of it, and what is not held."""
    void = [each for each in dues if _is_over(each.row, each.contract)]
    over = {each.row.pk for each in void}
    rest = [each for each in dues if each.row.pk not in over]
    ahead = [each for each in rest if each.row.due_at is not None and now < each.row.due_at]
    wanted = [each for each in rest if each not in ahead]
    _move(void, InstalmentMove.VOIDED, now=now)
    _look_ahead(ahead, now=now)
    refused = _hold(wanted, now=now)
    late = [each for each in wanted if each.row.pk in refused]
    _refuse(late, refused, now=now)
    run = RenewingRun(
        held=len(wanted) - len(late), late=len(late), voided=len(void), looked_ahead=len(ahead)
    )
    return run, late


# --- Held ---------------------------------------------------------------------------------------
def _hold(wanted: Sequence[DueInstalment], *, now: datetime) -> dict[UUID, str]:
    """
    Hold instalments; return why some are not, by instalment.

    Of what the ledger refuses nothing stays taken of a cap: all of it is undone, and done once more
    without it.
    """
    refused: dict[UUID, str] = {}
    left = list(wanted)
    while left:
        try:
            with transaction.atomic():
                return refused | _try(left, now=now)
        except _ShortError as short:
            refused |= short.codes
            left = [each for each in left if each.row.pk not in short.codes]
    return refused


def _try(dues: Sequence[DueInstalment], *, now: datetime) -> dict[UUID, str]:
    """Take from caps, hold, and write it down; all of them or the exception."""
    starts_at = dues[0].row.starts_at  # All of a run begin on one day.
    stops = budgets_services.take([each.wish for each in dues], at=starts_at)
    stopped = {each.order_id for each in stops}
    within = [each for each in dues if each.contract.order_id not in stopped]
    groups, held, row_of = [], [], {}
    for each in within:
        occasion = postings.Occasion(uuid7(), each.contract.number, now)
        transfers, more = postings.renewing(each.funds, each.row.amount_minor, occasion)
        groups.append(transfers)
        held.append(more)
        row_of[occasion.group] = each.row.pk
    short = {row_of[group]: code for group, code in post_groups(groups).items()}
    if short:
        raise _ShortError(short)
    _move(within, InstalmentMove.HELD, now=now)
    storage.run(
        storage.HOLD_MORE,
        [{"id": each.id, "hold_id": each.hold_id, "held_minor": each.held_minor} for each in held],
    )
    telling.of_instalments(SettlementEvent.INSTALMENT_HELD, _pairs(within), at=now)
    return {each.row.pk: BUDGET for each in dues if each.contract.order_id in stopped}


def _pairs(dues: Sequence[DueInstalment]) -> list[tuple[Contract, ContractInstalment]]:
    return [(each.contract, each.row) for each in dues]


def _move(dues: Sequence[DueInstalment], move: InstalmentMove, *, now: datetime) -> None:
    """Take instalments to where they are decided."""
    for each in dues:
        state = rules.INSTALMENT_TRANSITIONS[InstalmentState(each.row.state), move]
        each.row.state, each.row.next_at, each.row.decided_at = state, None, now
    rows = [each.row for each in dues]
    ContractInstalment.objects.bulk_update(rows, ["state", "next_at", "decided_at"])


# --- Not held -----------------------------------------------------------------------------------
def _refuse(late: Sequence[DueInstalment], codes: Mapping[UUID, str], *, now: datetime) -> None:
    """Note why instalments are not held yet, and tell of it once; they are tried again."""
    fresh = [each for each in late if each.row.state == InstalmentState.PLANNED]
    for each in late:
        state = InstalmentState(each.row.state)
        each.row.state = rules.INSTALMENT_TRANSITIONS[state, InstalmentMove.REFUSED]
        each.row.refusal_code = codes[each.row.pk]
        last = _ends_from(each.row, each.contract)
        each.row.next_at = min(now + TRIED_AGAIN, last) if now < last else now + TRIED_AGAIN
    rows = [each.row for each in late]
    ContractInstalment.objects.bulk_update(rows, ["state", "refusal_code", "next_at"])
    telling.of_instalments(SettlementEvent.INSTALMENT_REFUSED, _pairs(fresh), at=now)


def _ends_from(row: ContractInstalment, contract: Contract) -> datetime:
    """Return from when on an instalment that is not held ends its contract."""
    rule = orders_rules.INSTALMENTS.rule(contract.instalment_rule)
    return row.starts_at - timedelta(seconds=rule.ends_seconds)


def _lapse(due: DueInstalment, *, now: datetime) -> None:
    """Let a contract end where what is held ends: nothing is delivered that nobody pays."""
    _move([due], InstalmentMove.LAPSED, now=now)
    contract, row = due.contract, due.row
    ends_at = max(row.starts_at, now.replace(microsecond=0) + timedelta(seconds=1))
    if ends_at >= contract.ends_at or EarlyEnd.objects.filter(contract=contract).exists():
        return
    end = EarlyEnd(
        contract=contract,
        buyer_id=contract.buyer_id,
        provider_id=contract.provider_id,
        rule_version=contract.instalment_rule,
        fee_minor=0,
        ended_before=contract.ends_at,
        ends_at=ends_at,
        asked_at=now,
    )
    assert (ContractState(contract.state), ContractMove.LAPSED) in rules.TRANSITIONS
    end.save(force_insert=True)
    move_end(contract, end)
    catalog_services.release(order_ids=[contract.order_id], at=ends_at)
    telling.of_instalments(
        SettlementEvent.INSTALMENT_LAPSED, [(contract, row)], at=now, ends_at=ends_at
    )


def _look_ahead(dues: Sequence[DueInstalment], *, now: datetime) -> None:
    """Tell buyers of instalments that would not be held as things stand, once each."""
    lacking = selectors.lacking_for(_pairs(dues))
    for each in dues:
        each.row.next_at = each.row.due_at
    ContractInstalment.objects.bulk_update([each.row for each in dues], ["next_at"])
    for each in dues:
        if each.row.pk in lacking:
            telling.of_instalments(
                SettlementEvent.INSTALMENT_FORESEEN,
                _pairs([each]),
                at=now,
                lacks_minor=lacking[each.row.pk],
            )
