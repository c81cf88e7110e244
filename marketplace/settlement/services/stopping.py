"""Two operators stop a delivery: it, its charging, its capacity and its contract end at once."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from common import tenancy
from common.ids import uuid7
from identity.approvals import services as approvals_services
from identity.approvals.contracts import Person
from marketplace.catalog import services as catalog_services
from marketplace.fulfilment import services as fulfilment_services
from marketplace.fulfilment.ending_contracts import STOP_KIND
from marketplace.settlement import locks
from marketplace.settlement.contracts import ContractState
from marketplace.settlement.models import EarlyEnd
from marketplace.settlement.services.opening import open_contracts
from marketplace.settlement.services.undelivered import end_contract


@transaction.atomic
def stop_delivery(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> UUID:
    """
    Stop a delivery as another operator proposed; return what the stop is called.

    What has begun is charged up to this moment, its capacity is free from it on, and its contract
    ends where the window that runs ends: what is left of its holds returns with the settlement.
    What has not begun holds nothing any more.

    :raises DeliveryIsOver: if it ended meanwhile, by itself or by another stop
    :raises ComputeDeliveryNotFound: if there is no such delivery
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    stop_id = uuid7()
    agreed = approvals_services.settle(
        proposal_id=proposal_id,
        kind=STOP_KIND,
        by=Person(person_id, organization_id),
        result_id=stop_id,
        now=now,
        note=note,
    )
    order_id = UUID(agreed.content["order_id"])
    with tenancy.acting_as_platform():
        open_contracts(now=now, order_ids=[order_id])  # Of what has begun this moment.
        # Contracts first, then deliveries, then listings: everybody locks in this order.
        contracts = locks.contracts_of_orders([order_id])
        fulfilment_services.carry_out_stop(stop_id=stop_id, agreed=agreed, now=now)
        if contracts:
            catalog_services.release(order_ids=[order_id], at=now)
        for contract in contracts:
            ended = EarlyEnd.objects.filter(contract=contract)
            if contract.state == ContractState.ACTIVE and not ended.exists():
                end_contract(contract, now=now)
    return stop_id
