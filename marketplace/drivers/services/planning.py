"""What drivers are told next: taken up, planned and dropped by sets, each set one transaction."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef

from common import sets, tenancy
from common.ids import uuid7
from identity import services as identity_services
from marketplace.drivers import rules, wire
from marketplace.drivers.contracts import WHILE_OPEN, CallState, DriverStep
from marketplace.drivers.models import BatchJob, DrivenDelivery, DriverCall, ProviderDriver
from marketplace.fulfilment import rules as fulfilment_rules
from marketplace.fulfilment import selectors as fulfilment_selectors
from marketplace.fulfilment.contracts import FulfilmentState

BATCH_MAX: Final = 500
# While its provider is suspended, a delivery is told nothing that lies ahead.
SUSPENDED_LOOK: Final = timedelta(minutes=1)
LOCKED_LOOK: Final = timedelta(seconds=1)
_DRIVEN: Final = {
    "delivery_id": "uuid",
    "driver_id": "uuid",
    "kind": "text",
    "buyer_id": "uuid",
    "provider_id": "uuid",
    "due_at": "timestamptz",
    "taken_up_at": "timestamptz",
}
# What a look reads: of four tables, few of their columns.
_LOOKED_AT: Final = (
    *("driver", "kind", "buyer_id", "provider_id", "due_at", "is_ending", "is_over", "exited_at"),
    *("driver__rule", "delivery__state", "delivery__order_number"),
    *("delivery__starts_at", "delivery__leaves_at"),
    *("delivery__order__units_milli", "delivery__order__listing__seq"),
)
_CALL: Final = {
    "id": "uuid",
    "driver_id": "uuid",
    "delivery_id": "uuid",
    "buyer_id": "uuid",
    "provider_id": "uuid",
    "step": "text",
    "access_request": "smallint",
    "body": "text",
    "state": "text",
    "next_attempt_at": "timestamptz",
    "created_at": "timestamptz",
}


def plan(*, now: datetime, limit: int = BATCH_MAX) -> int:
    """
    Take up what opened, and write down what follows for what is due.

    Return how many deliveries were taken up or looked at. Runs that meet share them out.
    """
    return _take_up(now, limit) + _follow(now, limit)


def _take_up(now: datetime, limit: int) -> int:
    """Give deliveries that wait to be made ready to the drivers of their providers."""
    with tenancy.acting_as_platform():
        drivers = _drivers()
        providers = {owner for (owner, _resource), called in drivers.items() if called}
        if not providers:
            return 0
        known = DrivenDelivery.objects.filter(delivery_id=OuterRef("pk"))
        found = fulfilment_selectors.deliveries_to_prepare(provider_ids=providers)
        rows = []
        for each in found.filter(~Exists(known)).select_related("order__listing")[:limit]:
            listing = each.order.listing
            resource_id = listing.resource_id if listing is not None else None
            usual = drivers.get((each.provider_id, None))
            called = drivers.get((each.provider_id, resource_id), usual)
            if called is not None:
                rows.append((each.pk, *called, each.buyer_id, each.provider_id, now, now))
        return sets.insert("drivers_drivendelivery", _DRIVEN, rows, on_conflict="DO NOTHING").count


def _drivers() -> dict[tuple[UUID, UUID | None], tuple[UUID, str] | None]:
    found = ProviderDriver.objects.filter(removed_at__isnull=True)
    every = found.values_list("provider_id", "resource_id", "pk", "kind", "url")
    # One by hand keeps its resource from the provider's other driver.
    return {
        (owner, resource): (pk, kind) if url else None for owner, resource, pk, kind, url in every
    }


def _follow(now: datetime, limit: int) -> int:
    """Write down what follows for the deliveries that are due."""
    with tenancy.acting_as_platform():
        due = DrivenDelivery.objects.filter(due_at__lte=now).order_by("due_at", "delivery_id")
        providers = set(due.values_list("provider_id", flat=True)[:limit])
        if not providers:
            return 0
        suspended = identity_services.suspended(providers)  # Asked before anything is locked.
        found = due.filter(provider_id__in=providers)
        # Deliveries first, then what is beside them: one that moves this moment is left for later.
        free = fulfilment_selectors.locked_free(list(found.values_list("pk", flat=True)[:limit]))
        locked = found.filter(pk__in=free).select_for_update(
            of=("self",), skip_locked=True, no_key=True
        )
        # Read anew once they are locked: what ends from now on makes them due again.
        held_rows = DrivenDelivery.objects.filter(pk__in=list(locked.values_list("pk", flat=True)))
        rows = list(
            held_rows.select_related(
                "driver", "delivery", "delivery__order", "delivery__order__listing"
            ).only(*_LOOKED_AT)
        )
        calls = _calls_by_delivery([row.pk for row in rows])
        held = _drop(rows, calls, now=now)
        jobs = BatchJob.objects.in_bulk([row.delivery.order_id for row in rows])
        access = fulfilment_selectors.asked_access([row.pk for row in rows])
        made: list[tuple[Any, ...]] = []
        changed: list[tuple[Any, ...]] = []
        for row in rows:
            asked = access.get(row.pk)
            is_over = row.delivery.state in fulfilment_rules.OVER
            then = _next(row, calls.get(row.pk, []), asked, now=now)
            if row.pk in held or (then.step in WHILE_OPEN and row.provider_id in suspended):
                later = LOCKED_LOOK if row.pk in held else SUSPENDED_LOOK
                changed.append((row.pk, now + later, row.is_ending or is_over, False))
                continue
            waits_for = then.due_at if then.due_at and then.due_at > now else None
            changed.append((row.pk, waits_for, row.is_ending or is_over, then.is_over))
            if then.step is not None and waits_for is None:
                job = jobs.get(row.delivery.order_id)
                made.append(_call(row, then.step, job, asked, now=now))
        sets.insert("drivers_drivercall", _CALL, made, on_conflict="DO NOTHING")
        sets.update(
            "drivers_drivendelivery",
            {
                "delivery_id": "uuid",
                "due_at": "timestamptz",
                "is_ending": "boolean",
                "is_over": "boolean",
            },
            changed,
            key=["delivery_id"],
            changes={
                "due_at": "given.due_at",
                "is_ending": "given.is_ending",
                "is_over": "given.is_over",
            },
        )
        return len(rows)


def _drop(
    rows: Iterable[DrivenDelivery], calls: Mapping[UUID, list[DriverCall]], *, now: datetime
) -> set[UUID]:
    """
    Drop calls that lie ahead of deliveries that are over.

    Return the deliveries of which one is being written down by somebody else this moment.
    """
    ended = [row.pk for row in rows if row.delivery.state in fulfilment_rules.OVER]
    waiting = {
        call.pk: call
        for delivery_id in ended
        for call in calls.get(delivery_id, [])
        if call.state == CallState.WAITING and call.step in WHILE_OPEN
    }
    if not waiting:
        return set()
    found = DriverCall.objects.filter(pk__in=waiting, state=CallState.WAITING)
    locked = found.select_for_update(no_key=True, skip_locked=True).order_by("pk")
    free = list(locked.values_list("pk", flat=True))
    DriverCall.objects.filter(pk__in=free).update(
        state=CallState.DROPPED, ended_at=now, claim=None, claimed_until=None
    )
    for pk in free:
        waiting.pop(pk).state = CallState.DROPPED
    return {call.delivery_id for call in waiting.values()}


def _calls_by_delivery(delivery_ids: Iterable[UUID]) -> dict[UUID, list[DriverCall]]:
    found: dict[UUID, list[DriverCall]] = {}
    known = DriverCall.objects.filter(delivery_id__in=list(delivery_ids)).defer("body")
    for call in known:
        found.setdefault(call.delivery_id, []).append(call)
    return found


def _next(
    row: DrivenDelivery,
    calls: Iterable[DriverCall],
    asked: Mapping[str, Any] | None,
    *,
    now: datetime,
) -> rules.NextCall:
    state = FulfilmentState(row.delivery.state)
    known = [call for call in calls if call.state != CallState.DECLINED]
    if state in fulfilment_rules.OVER:
        # Who was called may have taken it, though nothing came back.
        told = {c.step for c in known if c.attempts or c.state == CallState.DONE}
    else:
        told = {c.step for c in known if c.state == CallState.DONE}
    then = rules.next_call(
        told,
        state,
        rules.CALLS.rule(row.driver.rule),
        has_exited=row.exited_at is not None,
        starts_at=row.delivery.starts_at,
        now=now,
        is_access_asked=asked is not None and asked["request"] > _told_access(known),
    )
    if then.step != DriverStep.ACCESS and any(c.step == then.step for c in calls):
        return rules.NextCall()  # It waits, or was given up.
    return then


def _told_access(calls: Iterable[DriverCall]) -> int:
    """Return the latest request for access that was told, or waits to be."""
    return max((call.access_request for call in calls), default=0)


def _call(
    row: DrivenDelivery,
    step: DriverStep,
    job: BatchJob | None,
    asked: Mapping[str, Any] | None,
    *,
    now: datetime,
) -> tuple[Any, ...]:
    access = asked if step in (DriverStep.CONNECT, DriverStep.ACCESS) else None
    body = wire.body_of(step, _told(row, job, access), at=now)
    return (
        uuid7(),
        row.driver_id,
        row.pk,
        row.buyer_id,
        row.provider_id,
        str(step),
        access["request"] if access else 0,
        body,
        str(CallState.WAITING),
        now,
        now,
    )


def _told(
    row: DrivenDelivery, job: BatchJob | None, access: Mapping[str, Any] | None
) -> Mapping[str, Any]:
    """Return what a driver is told of a delivery; the same members for every step."""
    delivery = row.delivery
    order = delivery.order
    return {
        "delivery_id": delivery.pk,
        "order_number": delivery.order_number,
        "listing": order.listing.number if order.listing is not None else "",
        "units_milli": order.units_milli,
        "starts_at": delivery.starts_at,
        "leaves_at": delivery.leaves_at,
        "callback_url": f"{settings.PUBLIC_URL}/drivers/{row.driver_id}/messages",
        "access": access,
        "job": None if job is None else _job(job),
    }


def _job(job: BatchJob) -> Mapping[str, Any]:
    return {
        "command": job.command,
        "image": job.image,
        "data_reference": job.data_reference,
        "result_reference": job.result_reference,
        "environment": job.environment,
        "sealed_names": job.sealed_names,
        "wall_seconds": job.wall_seconds,
    }
