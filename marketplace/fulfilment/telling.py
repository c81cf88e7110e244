"""How this room tells the record of events."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from gateway.sensing import services as sensing_services
from gateway.sensing.contracts import Health
from identity.events import services as events
from marketplace.fulfilment.contracts import DELIVERY, DeliveryMove, DeliveryReason
from marketplace.fulfilment.event_names import (
    DeliveryChangeEvent,
    DeliveryEvent,
    DeliveryMessageEvent,
    HandoverEvent,
    HandoverKeyEvent,
    MaintenanceEvent,
)
from marketplace.fulfilment.maintenance_contracts import MAINTENANCE, NAMED_MAX, ConcernedOrder
from marketplace.fulfilment.models import (
    ComputeDelivery,
    DeliveryChange,
    DeliveryMessage,
    EmergencyStop,
    HandoverKey,
    MaintenanceWork,
    PreemptionNotice,
)
from marketplace.fulfilment.talk_contracts import DeliveryChangeState, TalkSide, TalkSubject
from marketplace.orders.event_names import ORDER

HANDOVER_KEY: Final = "access_key"  # the kind of object
MOVED: Final = {
    DeliveryMove.CONNECT: DeliveryEvent.CONNECTED,
    DeliveryMove.SCHEDULE: DeliveryEvent.SCHEDULED,
    DeliveryMove.READY: DeliveryEvent.READY,
    DeliveryMove.INTERRUPT: DeliveryEvent.INTERRUPTED,
    DeliveryMove.EXIT: DeliveryEvent.EXITED,
    DeliveryMove.FAIL: DeliveryEvent.FAILED,
    DeliveryMove.CALL_OFF: DeliveryEvent.CALLED_OFF,
    DeliveryMove.WIPE: DeliveryEvent.WIPED,
}

CLOSED: Final = {
    DeliveryChangeState.ACCEPTED: DeliveryChangeEvent.ACCEPTED,
    DeliveryChangeState.REFUSED: DeliveryChangeEvent.REFUSED,
    DeliveryChangeState.WITHDRAWN: DeliveryChangeEvent.WITHDRAWN,
    DeliveryChangeState.EXPIRED: DeliveryChangeEvent.EXPIRED,
}

# What a delivery shows of its resource: one that is well, or one that is not as it should be.
SHOWN: Final = {
    DeliveryMove.READY: Health.OK,
    DeliveryMove.EXIT: Health.OK,
    DeliveryMove.INTERRUPT: Health.DEGRADED,
    DeliveryMove.FAIL: Health.DEGRADED,
}
# What failed without a fault of the machines says nothing of them.
NO_FAULT: Final = frozenset(
    {
        DeliveryReason.DECLINED,
        DeliveryReason.ACCESS_NOT_ASKED,
        DeliveryReason.NOT_ANSWERED_IN_TIME,
        DeliveryReason.MAINTENANCE,
        DeliveryReason.TAKEN_BACK,
        DeliveryReason.NEVER_READY,
        DeliveryReason.JOB_DONE,
        DeliveryReason.ORDER_ENDED,
        DeliveryReason.AGREED_END,
        DeliveryReason.ORDER_CANCELLED,
        DeliveryReason.PROVIDER_SUSPENDED,
        DeliveryReason.BUYER_SUSPENDED,
        DeliveryReason.RESOURCE_SUSPENDED,
        DeliveryReason.AGENT_DOWN,  # Its agent said so already.
        DeliveryReason.PREEMPTED,
        DeliveryReason.EMERGENCY_STOP,
    }
)


def of_resource(
    delivery: ComputeDelivery,
    move: DeliveryMove,
    *,
    at: datetime,
    resource_id: UUID | None = None,
) -> None:
    """Tell the gateway what a step of a delivery shows of the resource that it runs on."""
    health = SHOWN.get(move)
    if health is None or (health == Health.DEGRADED and delivery.reason in NO_FAULT):
        return
    found = ComputeDelivery.objects.filter(pk=delivery.pk)
    known = resource_id or found.values_list("order__listing__resource_id", flat=True).first()
    if known is None:
        return
    sensing_services.observe(
        resource_ids=[known],
        health=health,
        at=at,
        evidence=f"delivery {delivery.pk} {move} {delivery.steps_count}",
    )


def of_deliveries(
    name: DeliveryEvent, deliveries: Iterable[ComputeDelivery], *, at: datetime, because: str = ""
) -> None:
    """Record that the same happened to deliveries, for both parties."""
    events.record(
        events.Event(
            name=name,
            object_kind=DELIVERY,
            object_id=each.pk,
            object_label=each.order_number,
            concerns=[each.buyer_id, each.provider_id],
            facts={"order_id": each.order_id, "state": each.state}
            | ({"reason": why} if (why := because or each.reason) else {}),
            at=at,
        )
        for each in deliveries
    )


def of_preemption(delivery: ComputeDelivery, notice: PreemptionNotice, *, at: datetime) -> None:
    """Record that a delivery is taken back at a moment, for both parties."""
    facts = {
        "order_id": delivery.order_id,
        "takes_back_at": notice.takes_back_at.isoformat(),
        "notice_minutes": notice.notice_minutes,
    }
    events.record([_of_ending(DeliveryEvent.PREEMPTING, delivery, facts, at=at)])


def of_stop(delivery: ComputeDelivery, stop: EmergencyStop, *, at: datetime) -> None:
    """Record that two operators stopped a delivery, and why, for both parties."""
    facts = {"order_id": delivery.order_id, "reason": stop.reason}
    events.record([_of_ending(DeliveryEvent.STOPPED, delivery, facts, at=at)])


def _of_ending(
    name: DeliveryEvent, delivery: ComputeDelivery, facts: Mapping[str, object], *, at: datetime
) -> events.Event:
    return events.Event(
        name=name,
        object_kind=DELIVERY,
        object_id=delivery.pk,
        object_label=delivery.order_number,
        concerns=[delivery.buyer_id, delivery.provider_id],
        facts=dict(facts),
        at=at,
    )


def of_access(
    name: HandoverEvent,
    delivery: ComputeDelivery,
    *,
    sequence: int,
    at: datetime,
    expires_at: datetime | None = None,
) -> None:
    """Record what happened to the access of a delivery, for both parties; never what it is."""
    events.record(
        [
            events.Event(
                name=name,
                object_kind=DELIVERY,
                object_id=delivery.pk,
                object_label=delivery.order_number,
                concerns=[delivery.buyer_id, delivery.provider_id],
                facts={"order_id": delivery.order_id, "request": sequence}
                | ({"expires_at": expires_at.isoformat()} if expires_at else {}),
                at=at,
            )
        ]
    )


def of_key(name: HandoverKeyEvent, key: HandoverKey, *, at: datetime) -> None:
    """Record that a buyer added or withdrew a key."""
    events.record(
        [
            events.Event(
                name=name,
                object_kind=HANDOVER_KEY,
                object_id=key.pk,
                object_label=key.name,
                concerns=[key.organization_id],
                facts={"kind": key.kind, "fingerprint": key.fingerprint},
                at=at,
            )
        ]
    )


def of_message(subject: TalkSubject, message: DeliveryMessage, *, at: datetime) -> None:
    """Record that a side wrote, for both parties; never what."""
    facts = {"sequence": message.sequence, "files": len(message.attachments)}
    events.record([_of_talk(DeliveryMessageEvent.SENT, subject, message.side, facts, at=at)])


def of_change(
    name: DeliveryChangeEvent,
    subject: TalkSubject,
    change: DeliveryChange,
    *,
    by: str,
    at: datetime,
) -> None:
    """Record what a side did with a request, for both parties; never its words."""
    facts = {"sequence": change.sequence, "kind": change.kind}
    moment = {} if change.moment is None else {"moment": change.moment.isoformat()}
    events.record([_of_talk(name, subject, by, facts | moment, at=at)])


def _of_talk(
    name: DeliveryMessageEvent | DeliveryChangeEvent,
    subject: TalkSubject,
    by: str,
    facts: Mapping[str, object],
    *,
    at: datetime,
) -> events.Event:
    """Return what one side did: `told` names the role of those who have to know."""
    told = TalkSide.PROVIDER if by == TalkSide.BUYER else TalkSide.BUYER
    return events.Event(
        name=name,
        object_kind=ORDER,
        object_id=subject.order_id,
        object_label=subject.order_number,
        concerns=[subject.buyer_id, subject.provider_id],
        facts={"told": str(told), **facts},
        at=at,
    )


def of_maintenance(
    name: MaintenanceEvent,
    work: MaintenanceWork,
    concerned: Sequence[ConcernedOrder],
    *,
    at: datetime,
) -> None:
    """Record what happened to maintenance: for its provider, and for each buyer by itself."""
    numbers = [each.listing_number for each in work.listings.order_by("listing_seq")]
    facts: dict[str, Any] = {
        "impact": work.impact,
        "starts_at": work.starts_at,
        "until": work.ends_at,
        "listings": numbers[:NAMED_MAX],
    }
    if work.overrun_seconds is not None:
        facts["overrun_seconds"] = work.overrun_seconds
    by_buyer: dict[UUID, list[str]] = {}
    for each in concerned:
        by_buyer.setdefault(each.buyer_id, []).append(each.number)
    told: list[tuple[UUID, dict[str, Any]]] = [(work.provider_id, {"orders_count": len(concerned)})]
    told += [(buyer, {"orders": orders[:NAMED_MAX]}) for buyer, orders in by_buyer.items()]
    events.record(
        events.Event(
            name=name,
            object_kind=MAINTENANCE,
            object_id=work.pk,
            object_label=", ".join(numbers),
            concerns=[organization_id],
            facts=facts | more,
            at=at,
        )
        for organization_id, more in told
    )
