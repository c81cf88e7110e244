"""Reads of deliveries. Row-level security decides whose."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet

from common.period import Period
from identity.contracts import Actor
from marketplace.fulfilment.contracts import (
    BUYERS_REASONS,
    ComputeDeliveryNotFound,
    Delivered,
    DeliveredCourse,
    DeliveryMove,
    DeliveryReason,
    FulfilmentState,
    InterruptedTime,
    PolicyMode,
)
from marketplace.fulfilment.handover_contracts import DOCUMENT_FORMAT, AccessWay
from marketplace.fulfilment.models import (
    ComputeDelivery,
    DeliveryPolicy,
    DeliveryStep,
    EmergencyStop,
    HandoverRequest,
    PreemptionNotice,
    RunningTime,
)
from marketplace.fulfilment.rules import BEFORE_READY, OVER

_STOPPING: Final = (DeliveryMove.INTERRUPT, DeliveryMove.EXIT, DeliveryMove.FAIL)
# What ends because its time is over, or because its buyer said so, is no interruption.
# Nor is what was taken back with the notice that was promised, or what the market stopped.
_AS_ORDERED: Final = (
    DeliveryReason.ORDER_ENDED,
    DeliveryReason.AGREED_END,
    DeliveryReason.ORDER_CANCELLED,
    DeliveryReason.PREEMPTED,
    DeliveryReason.EMERGENCY_STOP,
)
# What never ran for these reasons is no start that its provider failed to make.
_NO_FAILED_START: Final = (
    DeliveryReason.PREEMPTED,
    DeliveryReason.EMERGENCY_STOP,
    DeliveryReason.ACCESS_NOT_ASKED,
)


def policies() -> list[DeliveryPolicy]:
    """Return every version of the market's policy, the latest first."""
    return list(DeliveryPolicy.objects.order_by("-starts_at"))


def policy_at(found: Sequence[DeliveryPolicy], moment: datetime) -> DeliveryPolicy | None:
    """Return the version in force at a moment; none before the first: orders go by the clock."""
    return next((each for each in found if each.starts_at <= moment), None)


def first_ready_to_bill(found: Sequence[DeliveryPolicy]) -> datetime | None:
    """Return since when orders may have been charged from readiness on; none if never."""
    starts = [each.starts_at for each in found if each.mode == PolicyMode.READY_TO_BILL]
    return min(starts, default=None)


def deliveries_for(actor: Actor) -> QuerySet[ComputeDelivery]:
    """Return the deliveries that an actor may see, the latest first."""
    found = ComputeDelivery.objects.select_related("buyer", "provider").order_by(
        "-opened_at", "-id"
    )
    if actor.spans_tenants:
        return found
    own = actor.organization_id
    return found.filter(buyer=own) | found.filter(provider=own)


def running_count(*, organization_id: UUID) -> int:
    """Return how many deliveries to or by an organisation are not over."""
    over = (FulfilmentState.EXITED, FulfilmentState.FAILED, FulfilmentState.CALLED_OFF)
    is_party = Q(buyer_id=organization_id) | Q(provider_id=organization_id)
    return ComputeDelivery.objects.filter(is_party).exclude(state__in=over).count()


def delivery(delivery_id: UUID, *, actor: Actor) -> Any:
    """
    Return one delivery, with `is_access_asked`: whether its buyer named a key.

    :raises ComputeDeliveryNotFound: if it does not exist or is someone else's (the two look alike)
    """
    found = _with_access(deliveries_for(actor).filter(pk=delivery_id)).first()
    if found is None:
        raise ComputeDeliveryNotFound
    return found


def delivery_of_order(order_id: UUID) -> Any:
    """
    Return what is delivered of an order; none where it is charged by the clock.

    With `is_access_asked`: whether its buyer named a key.
    """
    return _with_access(ComputeDelivery.objects.filter(order_id=order_id)).first()


def _with_access(found: QuerySet[ComputeDelivery]) -> QuerySet[ComputeDelivery]:
    """Return deliveries with `is_access_asked`: whether their buyers named a key."""
    asked = HandoverRequest.objects.filter(delivery_id=OuterRef("pk"))
    return found.annotate(is_access_asked=Exists(asked))


def deliveries_to_prepare(*, provider_ids: Collection[UUID]) -> QuerySet[ComputeDelivery]:
    """Return what some providers have yet to make ready, what is due first before the others."""
    found = ComputeDelivery.objects.filter(
        provider_id__in=provider_ids, state__in=BEFORE_READY, next_at__isnull=False
    )
    return found.order_by("next_at", "id")


def locked_free(delivery_ids: Collection[UUID]) -> list[UUID]:
    """
    Lock those deliveries that nobody moves this moment, until the transaction ends.

    Whoever writes beside a delivery locks it first, as everybody does who moves it.
    """
    found = ComputeDelivery.objects.filter(pk__in=delivery_ids).order_by("pk")
    return list(found.select_for_update(no_key=True, skip_locked=True).values_list("pk", flat=True))


def late_deliveries(*, now: datetime) -> QuerySet[ComputeDelivery]:
    """
    Return what runs late, the longest first.

    Nobody answered in time, it is not ready at its start, or it is interrupted.
    """
    waits = Q(state__in=BEFORE_READY, starts_at__lt=now)
    waits |= Q(state=FulfilmentState.PREPARING, answer_by__lt=now, key_wanted_at__isnull=True)
    found = ComputeDelivery.objects.filter(next_at__isnull=False)
    return found.filter(waits | Q(state=FulfilmentState.INTERRUPTED)).order_by("next_at", "id")


def asked_access(delivery_ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return whom buyers want let in, by their latest requests; who did not ask is missing."""
    found = HandoverRequest.objects.filter(delivery_id__in=delivery_ids)
    return {
        each.delivery_id: {
            "request": each.sequence,
            "ssh_keys": list(each.ssh_keys),
            "sealing_key": each.sealing_key,
            "format": DOCUMENT_FORMAT,
            "is_unsealed": each.way != AccessWay.SEALED,
            "reason": each.reason,
        }
        for each in found.order_by("delivery_id", "-sequence").distinct("delivery_id")
    }


def steps_of(delivery_id: UUID) -> list[DeliveryStep]:
    """Return what happened to a delivery, the earliest first."""
    return list(DeliveryStep.objects.filter(delivery_id=delivery_id).order_by("sequence"))


def exit_steps() -> QuerySet[DeliveryStep]:
    """Return the exits of deliveries, with what jobs left behind, as a query to narrow by."""
    return DeliveryStep.objects.filter(move=DeliveryMove.EXIT)


def runs_of(delivery_id: UUID) -> list[RunningTime]:
    """Return when a delivery was in operation, the earliest first."""
    return list(RunningTime.objects.filter(delivery_id=delivery_id).order_by("starts_at"))


def delivered(order_ids: Collection[UUID]) -> dict[UUID, Delivered]:
    """Return when each of some orders was in operation; those charged by the clock are missing."""
    if not order_ids:
        return {}
    found = ComputeDelivery.objects.filter(order_id__in=order_ids).prefetch_related("runs")
    return {each.order_id: _delivered(each) for each in found}


def courses_of(order_ids: Collection[UUID]) -> dict[UUID, DeliveredCourse]:
    """Return how the deliveries of orders went, by two statements; without one it is missing."""
    if not order_ids:
        return {}
    found = ComputeDelivery.objects.filter(order_id__in=order_ids)
    found = found.prefetch_related(Prefetch("steps", DeliveryStep.objects.order_by("sequence")))
    waited = [each.pk for each in found if each.key_wanted_at is not None]
    named: dict[UUID, datetime] = {}
    if waited:
        first = HandoverRequest.objects.filter(delivery_id__in=waited, sequence=1)
        named = dict(first.values_list("delivery_id", "asked_at"))
    return {each.order_id: _course(each, named.get(each.pk)) for each in found}


def _course(row: ComputeDelivery, key_named_at: datetime | None) -> DeliveredCourse:
    """Return how a delivery went; one that waited for a key is asked for once that was named."""
    asked_at = max(row.opened_at, row.starts_at)
    times: list[InterruptedTime] = []
    for step in row.steps.all():
        last = times[-1] if times else None
        if step.move == DeliveryMove.READY and last is not None and last.ends_at is None:
            times[-1] = InterruptedTime(last.starts_at, step.at, last.reason)
        elif (
            step.move in _STOPPING
            and step.reason not in _AS_ORDERED
            and row.ready_at is not None
            and (last is None or last.ends_at is not None)
        ):
            times.append(InterruptedTime(step.at, None, step.reason))
    return DeliveredCourse(
        order_id=row.order_id,
        asked_at=max(asked_at, key_named_at) if key_named_at else asked_at,
        ready_at=row.ready_at,
        interrupted=tuple(times),
        is_failed_start=row.state == FulfilmentState.FAILED
        and row.ready_at is None
        and row.reason not in _NO_FAILED_START,
    )


def never_delivered(order_ids: Collection[UUID]) -> dict[UUID, str]:
    """
    Return, of those orders of which nothing was delivered by their provider's doing, why.

    Those that ended for a reason of their buyer's are missing, and those that anything ran of.
    """
    never = Q(ready_at__isnull=True) | Q(exited_at__lte=F("starts_at"))
    over = (FulfilmentState.FAILED, FulfilmentState.EXITED)
    found = ComputeDelivery.objects.filter(never, order_id__in=order_ids, state__in=over)
    return dict(found.exclude(reason__in=BUYERS_REASONS).values_list("order_id", "reason"))


def start_counts(resource_ids: Collection[UUID], period: Period) -> dict[UUID, tuple[int, int]]:
    """
    Return how many deliveries of resources should have started, and how many never did.

    What two operators stopped before it was ready is neither, nor what was taken back before with
    the notice that its listing promised.
    """
    never = Q(state=FulfilmentState.FAILED, ready_at__isnull=True)
    stopped = Q(ready_at__isnull=True, reason__in=_NO_FAILED_START)
    rows = (
        ComputeDelivery.objects.filter(
            order__listing__resource_id__in=resource_ids,
            ready_by__gte=period.starts_at,
            ready_by__lt=period.ends_at,
        )
        .exclude(Q(state=FulfilmentState.CALLED_OFF) | stopped)
        .order_by()
        .values("order__listing__resource_id")
        .annotate(deliveries=Count("id"), failed=Count("id", filter=never))
    )
    found: dict[UUID, tuple[int, int]] = dict.fromkeys(resource_ids, (0, 0))
    for row in rows:
        found[row["order__listing__resource_id"]] = (row["deliveries"], row["failed"])
    return found


def preempted_orders(order_ids: Collection[UUID]) -> list[UUID]:
    """Return which of some orders were taken back with notice."""
    found = ComputeDelivery.objects.filter(order_id__in=order_ids, reason=DeliveryReason.PREEMPTED)
    return list(found.values_list("order_id", flat=True))


def preemption_of(delivery_id: UUID) -> PreemptionNotice | None:
    """Return the notice by which a delivery is taken back; none where none was given."""
    return PreemptionNotice.objects.filter(delivery_id=delivery_id).first()


def stop_of(delivery_id: UUID) -> EmergencyStop | None:
    """Return how two operators stopped a delivery; none where they did not."""
    return EmergencyStop.objects.filter(delivery_id=delivery_id).first()


def early_endings(*, now: datetime) -> tuple[int, int]:
    """Return how many deliveries wait to be taken back, and how many were ever stopped."""
    waiting = PreemptionNotice.objects.filter(takes_back_at__gt=now)
    waiting = waiting.exclude(delivery__state__in=OVER)  # Stopped, or over before its moment.
    return waiting.count(), EmergencyStop.objects.count()


def never_ran() -> QuerySet[ComputeDelivery]:
    """Return what failed before it ever was ready, with its parties, order and resource."""
    found = ComputeDelivery.objects.filter(state=FulfilmentState.FAILED, ready_at__isnull=True)
    return found.select_related("buyer", "provider", "order__listing__resource")


def over_orders() -> QuerySet[Any]:
    """Return the orders of which no more will be delivered, as a query to narrow by."""
    over = (FulfilmentState.FAILED, FulfilmentState.EXITED)
    return ComputeDelivery.objects.filter(state__in=over).values("order_id")


def _delivered(row: ComputeDelivery) -> Delivered:
    runs = sorted(row.runs.all(), key=lambda each: each.starts_at)
    return Delivered(
        order_id=row.order_id,
        state=FulfilmentState(row.state),
        reason=DeliveryReason(row.reason),
        periods=tuple((each.starts_at, each.ends_at) for each in runs),
    )
