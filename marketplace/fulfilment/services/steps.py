"""One step of a delivery, written down whole: state, step, running time, event."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from common import sets
from common.ids import uuid7
from marketplace.fulfilment import rules, telling
from marketplace.fulfilment.contracts import (
    DeliveryMove,
    DeliveryReason,
    FulfilmentState,
    WorkLeft,
)
from marketplace.fulfilment.handover_contracts import ErasedBecause
from marketplace.fulfilment.models import ComputeDelivery, DeliveryStep, RunningTime
from marketplace.fulfilment.services.erasing import erase_held

PROGRESS: Final = (DeliveryMove.CONNECT, DeliveryMove.SCHEDULE)


def take_step(
    delivery: ComputeDelivery,
    move: DeliveryMove,
    *,
    now: datetime,
    reason: DeliveryReason = DeliveryReason.NONE,
    detail: str = "",
    by_id: int | None = None,
    at: datetime | None = None,
    left: WorkLeft | None = None,
    resource_id: UUID | None = None,
) -> ComputeDelivery:
    """
    Move a locked delivery; `at` is when what is written down happened, if not now.

    Who knows the resource that it shows tells it; else it is looked up where it is told of.

    Nothing is dated before what happened last: what is charged follows from these moments.
    """
    left = left or WorkLeft()
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
        ends_at=delivery.ends_at,
        leaves_at=delivery.leaves_at,
        ready_until=delivery.ready_by,
        waits_for_key=delivery.key_wanted_at is not None,
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
        exit_code=left.exit_code,
        result_reference=left.result_reference,
        log_tail=left.log_tail,
    )
    if state in rules.OVER:
        erase_held(delivery.pk, because=ErasedBecause.OVER, now=now)
    telling.of_deliveries(telling.MOVED[move], [delivery], at=now)
    telling.of_resource(delivery, move, at=moment, resource_id=resource_id)
    return delivery


def in_order_of_resources(
    deliveries: Sequence[ComputeDelivery],
) -> list[tuple[ComputeDelivery, UUID | None]]:
    """
    Return deliveries, each with the resource that it shows, as everybody tells of many resources.

    A step tells the gateway of its resource, and holds what it told until its transaction ends.
    """
    found = ComputeDelivery.objects.filter(pk__in=[each.pk for each in deliveries])
    shows = dict(found.values_list("pk", "order__listing__resource_id"))
    pairs = [(each, shows.get(each.pk)) for each in deliveries]
    return sorted(pairs, key=lambda pair: (str(pair[1]), pair[0].pk))


def take_steps(deliveries: Sequence[ComputeDelivery], move: DeliveryMove, *, now: datetime) -> None:
    """
    Move many locked deliveries by one step of `PROGRESS`, in as many statements as one takes.

    Such a step neither begins nor ends a running time, and shows nothing of the machines.
    """
    steps = []
    for each in deliveries:
        moment = max(now, each.changed_at)
        each.state = rules.TRANSITIONS[FulfilmentState(each.state), move]
        each.changed_at, each.steps_count = moment, each.steps_count + 1
        steps.append(
            DeliveryStep(
                delivery=each,
                buyer_id=each.buyer_id,
                provider_id=each.provider_id,
                sequence=each.steps_count,
                move=move,
                state=each.state,
                at=moment,
            )
        )
    sets.update(
        "fulfilment_computedelivery",
        {"id": "uuid", "state": "text", "changed_at": "timestamptz", "steps_count": "int"},
        [(each.pk, str(each.state), each.changed_at, each.steps_count) for each in deliveries],
        key=["id"],
        changes={
            "state": "given.state",
            "changed_at": "given.changed_at",
            "steps_count": "given.steps_count",
        },
    )
    DeliveryStep.objects.bulk_create(steps)
    telling.of_deliveries(telling.MOVED[move], deliveries, at=now)


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
