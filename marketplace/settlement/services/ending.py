"""A buyer ends a running contract before its time, by the published rule."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from common import tenancy
from marketplace.catalog import services as catalog_services
from marketplace.fulfilment import services as fulfilment_services
from marketplace.settlement import locks, rules, selectors, telling
from marketplace.settlement.contracts import (
    ContractMove,
    ContractNotFound,
    ContractState,
    EndsAnyway,
    InstalmentState,
    NotEndable,
)
from marketplace.settlement.event_names import SettlementEvent
from marketplace.settlement.models import Contract, EarlyEnd
from metering import selectors as metering_selectors
from metering.contracts import RuleFacts


@transaction.atomic
def end_early(
    *, contract_id: UUID, buyer_id: UUID, now: datetime, asked_by_id: int | None = None
) -> EarlyEnd:
    """
    Let a running contract end after its notice; ending it again is a no-op.

    The notice and the fee are those that its version of the plan says, or where that is silent
    those of the market's rule in force.

    Until then it is delivered and charged as before. Its capacity from then on is free at once, and
    what is left of its holds returns when its last window is measured, as at every end.

    :raises ContractNotFound: if it does not exist or is someone else's (the two look alike)
    :raises NotEndable: if it is settled, or an import keeps it
    :raises EndsAnyway: if it ends by itself before the notice is over
    """
    with tenancy.acting_as_platform():
        contract = locks.contract_of_buyer(contract_id=contract_id, buyer_id=buyer_id)
        if contract is None:
            raise ContractNotFound
        before = EarlyEnd.objects.filter(contract_id=contract.pk).first()
        if before is not None:
            return before
        move = (ContractState(contract.state), ContractMove.ENDED_EARLY)
        if move not in rules.TRANSITIONS or contract.order.import_run_id is not None:
            raise NotEndable
        end = _early_end(contract, now=now, asked_by_id=asked_by_id)
        end.save(force_insert=True)
        move_end(contract, end)
        # Whoever ends deliveries locks them before listings, and so does this; and clearing locks
        # listings before accounts, and so does whoever settles.
        if contract.is_ready_to_bill:
            fulfilment_services.shorten(order_id=contract.order_id, leaves_at=end.ends_at)
        catalog_services.release(order_ids=[contract.order_id], at=end.ends_at)
        telling.of_contracts(
            SettlementEvent.CONTRACT_ENDED_EARLY,
            [contract],
            at=now,
            ends_at=end.ends_at,
            rule_version=end.rule_version,
        )
    return end


@dataclass(frozen=True, slots=True)
class EndMoments:
    """Why a contract that is ended now would end when: its notice, then a window of its rule."""

    notice_over_at: datetime
    window_ends_at: datetime  # of the window of the measurement rule that runs then
    measured_by: RuleFacts


def end_moments(contract: Contract, *, now: datetime) -> EndMoments:
    """Return when the notice of a contract that is ended now is over, and that window ends."""
    rule, measured = selectors.ending_of(contract), measured_by(contract)
    return EndMoments(
        now + timedelta(seconds=rule.notice_seconds),
        rules.early_end(now, rule=rule, window_seconds=measured.window_seconds),
        measured,
    )


def foreseen_end(contract: Contract, *, now: datetime) -> datetime:
    """
    Return when a contract would end that is ended now.

    :raises EndsAnyway: if it ends by itself before the notice is over
    """
    ends_at = end_moments(contract, now=now).window_ends_at
    unheld = selectors.next_instalment(contract.pk)
    if unheld is not None and now < unheld.starts_at:
        ends_at = min(ends_at, unheld.starts_at)  # Nothing is delivered that nothing is held for.
    if ends_at >= contract.ends_at:
        raise EndsAnyway
    return ends_at


def ends_if_ended(contract: Contract, *, now: datetime) -> datetime | None:
    """Return when a contract would end that is ended now; None where it ends by itself before."""
    try:
        return foreseen_end(contract, now=now)
    except EndsAnyway:
        return None


def _early_end(contract: Contract, *, now: datetime, asked_by_id: int | None) -> EarlyEnd:
    rule = selectors.ending_of(contract)
    is_planned = rule.name == rules.OF_PLAN
    return EarlyEnd(
        contract=contract,
        buyer_id=contract.buyer_id,
        provider_id=contract.provider_id,
        rule_version=rule.name,
        fee_minor=rule.fee_minor,
        notice_seconds=rule.notice_seconds if is_planned else None,
        gives_back=rule.gives_back if is_planned else None,
        ended_before=contract.ends_at,
        ends_at=foreseen_end(contract, now=now),
        asked_at=now,
        asked_by_id=asked_by_id,
    )


def move_end(contract: Contract, end: EarlyEnd) -> None:
    """Let a contract end earlier, as was written down; instalments beyond are not needed."""
    rule = measured_by(contract)
    contract.ends_at = end.ends_at
    contract.settles_at = rules.settles_at(
        end.ends_at,
        window_seconds=rule.window_seconds,
        grace_seconds=rule.grace_seconds,
    )
    contract.save(update_fields=["ends_at", "settles_at"])
    beyond = selectors.open_instalments(contract.pk).filter(starts_at__gte=contract.ends_at)
    beyond.update(state=InstalmentState.VOID, next_at=None, decided_at=end.asked_at)


def measured_by(contract: Contract) -> RuleFacts:
    """Return the measurement rule of a contract."""
    found = {facts.id: facts for facts in metering_selectors.rule_versions()}
    return found[contract.rule_version_id]
