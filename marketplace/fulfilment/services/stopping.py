"""
Two operators stop a delivery in an emergency.

It is proposed here, and carried out as a part of settlement's transaction, which ends its contract.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from common import tenancy
from identity.approvals import services as approvals_services
from identity.approvals.contracts import Draft, Person, Proposed, Settled
from identity.contracts import Role
from marketplace.fulfilment import rules, telling
from marketplace.fulfilment.contracts import (
    ComputeDeliveryNotFound,
    DeliveryMove,
    DeliveryReason,
)
from marketplace.fulfilment.ending_contracts import (
    STOP_EVIDENCE_LENGTH_MAX,
    STOP_KIND,
    STOP_REASON_LENGTH_MAX,
    STOP_WAITS,
    DeliveryIsOver,
    StopInvalid,
)
from marketplace.fulfilment.models import ComputeDelivery, EmergencyStop
from marketplace.fulfilment.services.closing import return_holds
from marketplace.fulfilment.services.steps import take_step


def propose_stop(
    *, delivery_id: UUID, reason: str, evidence: str, by: Person, now: datetime
) -> Proposed:
    """
    Propose to stop a delivery at once; it is stopped once another operator approves it.

    It waits for a day, and not for the weeks of other proposals: later it is proposed anew.

    :raises StopInvalid: if reason or evidence is missing, or too long
    :raises ComputeDeliveryNotFound: if there is no such delivery
    :raises DeliveryIsOver: if nothing of it is delivered any more
    :raises ProposalWaits: if that was proposed already
    """
    said = {
        "reason": _text("reason", reason, STOP_REASON_LENGTH_MAX),
        "evidence": _text("evidence", evidence, STOP_EVIDENCE_LENGTH_MAX),
    }
    with tenancy.acting_as_platform():
        delivery = ComputeDelivery.objects.filter(pk=delivery_id).first()
        if delivery is None:
            raise ComputeDeliveryNotFound
        if delivery.state in rules.OVER:
            raise DeliveryIsOver
    draft = Draft(
        kind=STOP_KIND,
        reference=str(delivery.pk),
        label=delivery.order_number,
        content={"delivery_id": str(delivery.pk), "order_id": str(delivery.order_id), **said},
        reason=said["reason"],
        role=Role.OPERATOR,
        by=by,
        barred_organization_id=delivery.provider_id,
        lapses_at=now + STOP_WAITS,
    )
    return approvals_services.propose(draft, now=now)


@transaction.atomic
def carry_out_stop(*, stop_id: UUID, agreed: Settled, now: datetime) -> EmergencyStop:
    """
    Stop a delivery as two operators agreed, at this moment; what has not begun is given back.

    Settlement calls it, once it holds the contract; it ends that in the same transaction.

    :raises ComputeDeliveryNotFound: if there is no such delivery
    :raises DeliveryIsOver: if it ended meanwhile
    """
    with tenancy.acting_as_platform():
        found = ComputeDelivery.objects.filter(pk=UUID(agreed.content["delivery_id"]))
        delivery = found.select_for_update(no_key=True).first()
        if delivery is None:
            raise ComputeDeliveryNotFound
        if delivery.state in rules.OVER:
            raise DeliveryIsOver
        stop = EmergencyStop.objects.create(
            id=stop_id,
            delivery=delivery,
            buyer_id=delivery.buyer_id,
            provider_id=delivery.provider_id,
            reason=agreed.content["reason"],
            evidence=agreed.content["evidence"],
            stopped_at=now,
            proposed_by_id=agreed.proposed_by_id,
            approved_by_id=agreed.decided_by_id,
            proposal_id=agreed.id,
        )
        is_before = delivery.state in rules.BEFORE_READY
        take_step(
            delivery,
            DeliveryMove.FAIL if is_before else DeliveryMove.EXIT,
            now=now,
            reason=DeliveryReason.EMERGENCY_STOP,
            detail=stop.reason,
        )
        return_holds(delivery, now=now)
        telling.of_stop(delivery, stop, at=now)
        return stop


def _text(field: str, text: str, most: int) -> str:
    said = text.strip()
    if not 1 <= len(said) <= most:
        raise StopInvalid(field=field, most=most)
    return said
