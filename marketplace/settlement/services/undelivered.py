"""Contracts of what is no longer delivered end: nobody waits, and pays, for what does not run."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from common import tenancy
from marketplace.catalog import services as catalog_services
from marketplace.fulfilment import selectors as fulfilment_selectors
from marketplace.settlement import rules, telling
from marketplace.settlement.contracts import ContractState
from marketplace.settlement.event_names import SettlementEvent
from marketplace.settlement.models import Contract, EarlyEnd
from marketplace.settlement.services.ending import measured_by, move_end

ENDING_BATCH_MAX: Final = 500


@transaction.atomic
def end_undelivered(*, now: datetime, limit: int = ENDING_BATCH_MAX) -> int:
    """
    End running contracts whose delivery failed or exited, where the window that runs ends.

    Capacity from then on is free at once; what is left of the holds returns with the settlement.
    Return how many were ended.
    """
    with tenancy.acting_as_platform():
        found = Contract.objects.filter(
            state=ContractState.ACTIVE,
            is_ready_to_bill=True,
            ends_at__gt=now,
            early_end__isnull=True,
            order_id__in=fulfilment_selectors.over_orders(),
        )
        # The longest first: what is in its last window ends by itself, and keeps nobody waiting.
        found = found.order_by("-ends_at", "pk")
        locked = found.select_for_update(of=("self",), no_key=True, skip_locked=True)
        contracts = list(locked[:limit])
        _give_back_at_once(contracts, now=now)
        return sum(end_contract(contract, now=now) for contract in contracts)


def _give_back_at_once(contracts: Sequence[Contract], *, now: datetime) -> None:
    """Free the capacity of what was taken back with notice: its provider needs it now."""
    taken = fulfilment_selectors.preempted_orders([each.order_id for each in contracts])
    if taken:
        catalog_services.release(order_ids=taken, at=now)


def end_contract(contract: Contract, *, now: datetime) -> bool:
    """
    End a locked contract of which nothing more is delivered, where the window that runs ends.

    Return whether that is earlier than it ends by itself.
    """
    window_seconds = measured_by(contract).window_seconds
    # Where a window ends just now, it is the next one: an end lies behind the moment of asking.
    later = now + timedelta(microseconds=1)
    ends_at = rules.early_end(later, rule=rules.UNDELIVERED, window_seconds=window_seconds)
    if ends_at >= contract.ends_at:
        return False  # It ends by itself as soon.
    end = EarlyEnd(
        contract=contract,
        buyer_id=contract.buyer_id,
        provider_id=contract.provider_id,
        rule_version=rules.UNDELIVERED.name,
        fee_minor=rules.UNDELIVERED.fee_minor,
        ended_before=contract.ends_at,
        ends_at=ends_at,
        asked_at=now,
    )
    end.save(force_insert=True)
    move_end(contract, end)
    catalog_services.release(order_ids=[contract.order_id], at=end.ends_at)
    telling.of_contracts(
        SettlementEvent.CONTRACT_ENDED_EARLY,
        [contract],
        at=now,
        ends_at=end.ends_at,
        rule_version=end.rule_version,
    )
    return True
