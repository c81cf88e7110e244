"""Contracts end when buyer and provider agreed that they end: without notice and without a fee."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from common import tenancy
from marketplace.catalog import services as catalog_services
from marketplace.fulfilment import services as fulfilment_services
from marketplace.fulfilment import talk_selectors
from marketplace.settlement import rules, telling
from marketplace.settlement.contracts import ContractState
from marketplace.settlement.event_names import SettlementEvent
from marketplace.settlement.models import Contract, EarlyEnd
from marketplace.settlement.services.ending import move_end

AGREED_BATCH_MAX: Final = 500


@transaction.atomic
def end_agreed(
    *, now: datetime, limit: int = AGREED_BATCH_MAX, order_ids: Collection[UUID] | None = None
) -> int:
    """
    Write down the ends that buyers and providers agreed on, each once; return how many.

    A contract ends at the moment that they named; one of which that is only found out later ends at
    once. Until then it is delivered and charged as before, its capacity from then on is free. Of a
    moment before its start nothing follows, nor of one that lies no sooner than its end. Whoever
    ended it before was faster. With `order_ids` only these orders are looked at.
    """
    with tenancy.acting_as_platform():
        agreed = talk_selectors.agreed_ends()
        if order_ids is not None:
            agreed = agreed.filter(order_id__in=order_ids)
        found = Contract.objects.filter(
            state=ContractState.ACTIVE,
            ends_at__gt=now,
            early_end__isnull=True,
            order_id__in=agreed.values("order_id"),
        )
        found = found.order_by("-ends_at", "pk")
        locked = found.select_for_update(of=("self",), no_key=True, skip_locked=True)
        contracts = list(locked[:limit])
        moments = talk_selectors.agreed_moments([each.order_id for each in contracts])
        return sum(_end_at(each, moments[each.order_id], now=now) for each in contracts)


def _end_at(contract: Contract, moment: datetime, *, now: datetime) -> bool:
    ends_at = rules.agreed_end(moment, now=now)
    if ends_at >= contract.ends_at:
        return False
    end = EarlyEnd(
        contract=contract,
        buyer_id=contract.buyer_id,
        provider_id=contract.provider_id,
        rule_version=rules.AGREED.name,
        fee_minor=rules.AGREED.fee_minor,
        ended_before=contract.ends_at,
        ends_at=ends_at,
        asked_at=now,
    )
    end.save(force_insert=True)
    move_end(contract, end)
    # Whoever ends deliveries locks them before listings, and so does this.
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
    return True
