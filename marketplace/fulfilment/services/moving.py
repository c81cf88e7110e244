"""What providers and buyers say of a delivery."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from common import tenancy
from identity import services as identity_services
from identity.contracts import ResourceStatus
from marketplace.fulfilment import rules, telling
from marketplace.fulfilment.contracts import (
    BEGINNING,
    PROVIDERS_MOVES,
    PROVIDERS_REASONS,
    REASONED,
    REASONS_OF,
    AgentStandsStill,
    ComputeDeliveryNotFound,
    Confirmer,
    DeliveryHalted,
    DeliveryMove,
    DeliveryReason,
    DeliveryReasonMissing,
    DeliveryReasonUnfit,
    FulfilmentState,
    MoveRefused,
    NotRunningYet,
    WorkLeft,
    WorkNotOver,
)
from marketplace.fulfilment.event_names import DeliveryEvent
from marketplace.fulfilment.models import ComputeDelivery
from marketplace.fulfilment.services.closing import (
    end_delivery,
    is_taken_back,
    return_all_holds,
    return_holds,
)
from marketplace.fulfilment.services.following import stands_still
from marketplace.fulfilment.services.key_waiting import require_access
from marketplace.fulfilment.services.steps import (
    PROGRESS,
    in_order_of_resources,
    take_step,
    take_steps,
)


def report(
    *,
    delivery_id: UUID,
    provider_id: UUID,
    move: DeliveryMove,
    now: datetime,
    reason: str = "",
    detail: str = "",
    by_id: int | None = None,
    left: WorkLeft | None = None,
    lets_in: bool = False,
) -> ComputeDelivery:
    """
    Note what a provider says of its delivery, at this moment; said again, it changes nothing.

    What failed, or exited, before its time has come is given back at once. `left` is what a job
    left behind at its exit. With `lets_in` it is ready only once access was handed over; a program
    that runs a job lets nobody in. Who waits for a key of the buyer is not ready before it has one.

    :raises ComputeDeliveryNotFound: if it does not exist or is someone else's (the two look alike)
    :raises DeliveryHalted: if it would begin while a party, or the resource, is suspended
    :raises MoveRefused: if nothing of the kind may happen to it where it stands
    :raises AccessNotAsked: if it would be ready, and the key is missing that somebody is let in by
    :raises AccessNotHanded: if it would be ready, and what was asked for was not handed over
    :raises AgentStandsStill: if it would run, and the provider's own agent says that it cannot
    :raises DeliveryReasonMissing: if it stops or fails without a reason of the list
    :raises DeliveryReasonUnfit: if the reason does not fit what happened
    :raises WorkNotOver: if something is said to be left by what does not exit
    """
    if left is not None and left != WorkLeft() and move != DeliveryMove.EXIT:
        raise WorkNotOver(field="move")
    with tenancy.acting_as_platform():
        shows = _resource_of_standing(delivery_id, provider_id) if move in BEGINNING else None
        delivery = _locked(delivery_id, provider_id=provider_id)
        if is_taken_back(delivery, now=now):  # Whoever speaks later than its moment is not heard.
            end_delivery(delivery, at=delivery.leaves_at, now=now)
        here = (FulfilmentState(delivery.state), move)
        if here in rules.REPEATED or (move == DeliveryMove.WIPE and delivery.wiped_at):
            return delivery
        if move not in PROVIDERS_MOVES or here not in rules.TRANSITIONS:
            raise MoveRefused(state=FulfilmentState(delivery.state).label)
        if move == DeliveryMove.READY and delivery.state in rules.BEFORE_READY:
            require_access(delivery, lets_in=lets_in)
        if move == DeliveryMove.READY and stands_still(delivery, shows, now=now):
            raise AgentStandsStill(field="move")
        why = _fit_reason(move, reason)
        take_step(
            delivery,
            move,
            now=now,
            reason=why,
            detail=detail,
            by_id=by_id,
            left=left,
            resource_id=shows,
        )
        return_holds(delivery, now=now)
        return delivery


def note_progress(*, delivery_ids: Collection[UUID], move: DeliveryMove, now: datetime) -> int:
    """
    Note for many deliveries at once that access is set up, or that they are scheduled.

    Where it cannot happen, or happened already, nothing changes. Return how many it did.
    """
    assert move in PROGRESS
    if not delivery_ids:
        return 0
    with tenancy.acting_as_platform():
        from_states = [state for (state, made) in rules.TRANSITIONS if made == move]
        found = ComputeDelivery.objects.filter(pk__in=delivery_ids, state__in=from_states)
        rows = list(found.select_for_update(no_key=True).order_by("pk"))
        take_steps(rows, move, now=now)
        return len(rows)


@transaction.atomic
def fail_declined(*, reasons: Mapping[UUID, DeliveryReason], now: datetime) -> int:
    """
    Note that providers decline deliveries before these are ready, each for a reason of the list.

    What is over, or runs, or was taken back meanwhile, stays as it is. Return how many failed.
    """
    with tenancy.acting_as_platform():
        found = ComputeDelivery.objects.filter(pk__in=reasons.keys(), state__in=rules.BEFORE_READY)
        locked = list(found.select_for_update(no_key=True).order_by("pk"))
        failed = [each for each in locked if not is_taken_back(each, now=now)]
        for delivery, shows in in_order_of_resources(failed):
            why = reasons[delivery.pk]
            take_step(delivery, DeliveryMove.FAIL, now=now, reason=why, resource_id=shows)
        return_all_holds(failed, now=now)
        return len(failed)


@transaction.atomic
def confirm(*, delivery_id: UUID, buyer_id: UUID, now: datetime) -> ComputeDelivery:
    """
    Note that the buyer found it in operation; said again, it changes nothing.

    :raises ComputeDeliveryNotFound: if it does not exist or is someone else's (the two look alike)
    :raises NotRunningYet: if it is not in operation
    """
    with tenancy.acting_as_platform():
        delivery = _locked(delivery_id, buyer_id=buyer_id)
        if delivery.confirmed_at is not None:
            return delivery
        if delivery.state != FulfilmentState.RUNNING:
            raise NotRunningYet
        return _confirmed(delivery, Confirmer.BUYER, now=now)


@transaction.atomic
def note_read(*, order_ids: Collection[UUID], at: datetime) -> None:
    """Note that use of deliveries was measured while they ran; only the first note counts."""
    with tenancy.acting_as_platform():
        found = ComputeDelivery.objects.filter(
            order_id__in=order_ids, confirmed_at__isnull=True, ready_at__isnull=False
        )
        for delivery in found.order_by("pk").select_for_update(no_key=True):
            _confirmed(delivery, Confirmer.READING, now=at)


def _fit_reason(move: DeliveryMove, reason: str) -> DeliveryReason:
    if move not in REASONED:
        return DeliveryReason.NONE
    if reason not in PROVIDERS_REASONS:
        raise DeliveryReasonMissing(field="reason")
    if reason not in REASONS_OF[move]:
        raise DeliveryReasonUnfit(field="reason")
    return DeliveryReason(reason)


def _resource_of_standing(delivery_id: UUID, provider_id: UUID) -> UUID | None:
    """
    Return the resource of a delivery whose parties and resource may begin something.

    Asked before anything is locked; the database asks again when a running time begins.
    """
    found = ComputeDelivery.objects.filter(pk=delivery_id, provider_id=provider_id).values_list(
        "buyer_id", "order__listing__resource_id", "order__listing__resource__status"
    )
    row = next(iter(found), None)
    if row is None:
        raise ComputeDeliveryNotFound
    buyer_id, resource_id, status = row
    if identity_services.suspended([buyer_id, provider_id]) or status == ResourceStatus.SUSPENDED:
        raise DeliveryHalted
    known: UUID | None = resource_id
    return known


def _confirmed(delivery: ComputeDelivery, source: Confirmer, *, now: datetime) -> ComputeDelivery:
    delivery.confirmed_at, delivery.confirmed_by = now, str(source)
    delivery.save(update_fields=["confirmed_at", "confirmed_by"])
    telling.of_deliveries(DeliveryEvent.CONFIRMED, [delivery], at=now)
    return delivery


def _locked(delivery_id: UUID, **party: UUID) -> ComputeDelivery:
    found = ComputeDelivery.objects.filter(pk=delivery_id, **party)
    delivery = next(iter(found.select_for_update(no_key=True)), None)
    if delivery is None:
        raise ComputeDeliveryNotFound
    return delivery
