"""One step of a delivery, written down whole: state, step, running time, event."""

from datetime import datetime

from common.ids import uuid7
from marketplace.fulfilment import rules, telling
from marketplace.fulfilment.contracts import DeliveryMove, DeliveryReason, FulfilmentState
from marketplace.fulfilment.handover_contracts import ErasedBecause
from marketplace.fulfilment.models import ComputeDelivery, DeliveryStep, Handover, RunningTime


def take_step(
    delivery: ComputeDelivery,
    move: DeliveryMove,
    *,
    now: datetime,
    reason: DeliveryReason = DeliveryReason.NONE,
    detail: str = "",
    by_id: int | None = None,
    at: datetime | None = None,
) -> ComputeDelivery:
    """
    Move a locked delivery; `at` is when what is written down happened, if not now.

    Nothing is dated before what happened last: what is charged follows from these moments.
    """
    moment = max(at or now, delivery.changed_at)
    state = rules.TRANSITIONS[FulfilmentState(delivery.state), move]
    delivery.state = state
    delivery.reason = "" if state == FulfilmentState.RUNNING else reason or delivery.reason
    delivery.changed_at = moment
    delivery.steps_count += 1
    delivery.next_at = rules.next_at(
        state,
        rules.DELIVERIES.rule(delivery.rule),
        since=moment,
        opened_at=delivery.opened_at,
        starts_at=delivery.starts_at,
        leaves_at=delivery.leaves_at,
    )
    if move == DeliveryMove.READY:
        delivery.ready_at = delivery.ready_at or moment
    if move in (DeliveryMove.EXIT, DeliveryMove.FAIL) and delivery.ready_at is not None:
        delivery.exited_at = moment
    if move == DeliveryMove.WIPE:
        delivery.wiped_at = moment
    _run(delivery, move, at=moment)
    delivery.save()
    DeliveryStep.objects.create(
        delivery=delivery,
        buyer_id=delivery.buyer_id,
        provider_id=delivery.provider_id,
        sequence=delivery.steps_count,
        move=move,
        state=state,
        reason=reason,
        detail=detail,
        by_id=by_id,
        at=moment,
    )
    if state in rules.OVER:
        Handover.objects.filter(delivery=delivery, sealed__isnull=False).update(
            sealed=None, erased_at=now, erased_because=ErasedBecause.OVER
        )
    telling.of_deliveries(telling.MOVED[move], [delivery], at=now)
    telling.of_resource(delivery, move, at=moment)
    return delivery


def _run(delivery: ComputeDelivery, move: DeliveryMove, *, at: datetime) -> None:
    """Begin a time in which it runs, or close the one that is open."""
    if move == DeliveryMove.READY:
        RunningTime.objects.create(
            id=uuid7(),
            delivery=delivery,
            buyer_id=delivery.buyer_id,
            provider_id=delivery.provider_id,
            starts_at=at,
        )
        return
    if move in (DeliveryMove.INTERRUPT, DeliveryMove.EXIT, DeliveryMove.FAIL):
        RunningTime.objects.filter(delivery=delivery, ends_at__isnull=True).update(ends_at=at)
