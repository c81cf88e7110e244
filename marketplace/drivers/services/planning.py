"""What drivers are told next: taken up, planned and dropped by sets, each set one transaction."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from common import sets, tenancy
from common.ids import uuid7
from identity import services as identity_services
from marketplace.drivers import rules, wire
from marketplace.drivers.contracts import AHEAD, CallState, DriverStep
from marketplace.drivers.models import BatchJob, DrivenDelivery, DriverCall, ProviderDriver
from marketplace.fulfilment import rules as fulfilment_rules
from marketplace.fulfilment import selectors as fulfilment_selectors
from marketplace.fulfilment.contracts import FulfilmentState

BATCH_MAX: Final = 500
# While its provider is suspended, a delivery is told nothing that lies ahead.
SUSPENDED_LOOK: Final = timedelta(minutes=1)
_DRIVEN: Final = {
    "delivery_id": "uuid",
    "driver_id": "uuid",
    "kind": "text",
    "buyer_id": "uuid",
    "provider_id": "uuid",
    "due_at": "timestamptz",
    "taken_up_at": "timestamptz",
}
_CALL: Final = {
    "id": "uuid",
    "driver_id": "uuid",
    "delivery_id": "uuid",
    "buyer_id": "uuid",
    "provider_id": "uuid",
    "step": "text",
    "body": "text",
    "state": "text",
    "next_attempt_at": "timestamptz",
    "created_at": "timestamptz",
}


def plan(*, now: datetime, limit: int = BATCH_MAX) -> int:
    """
    Take up what opened, drop what is no longer needed, and write down what follows.

    Return how many deliveries were taken up or looked at. Runs that meet share them out.
    """
    _drop(now)
    return _take_up(now, limit) + _follow(now, limit)


@transaction.atomic
def _drop(now: datetime) -> None:
    """Drop calls that lie ahead of deliveries that are over, and let these be looked at."""
    with tenancy.acting_as_platform():
        over = Q(delivery__state__in=fulfilment_rules.OVER)
        DriverCall.objects.filter(over, state=CallState.WAITING, step__in=AHEAD).order_by().update(
            state=CallState.DROPPED, ended_at=now, claim=None, claimed_until=None
        )
        DrivenDelivery.objects.filter(over, is_ending=False).order_by().update(
            is_ending=True, due_at=now
        )


@transaction.atomic
def _take_up(now: datetime, limit: int) -> int:
    """Give deliveries that wait to be made ready to the drivers of their providers."""
    with tenancy.acting_as_platform():
        drivers = _drivers()
        providers = {owner for (owner, _resource), called in drivers.items() if called}
        if not providers:
            return 0
        known = DrivenDelivery.objects.values("delivery_id")
        found = fulfilment_selectors.deliveries_to_prepare(provider_ids=providers)
        rows = []
        for each in found.exclude(pk__in=known).select_related("order__listing")[:limit]:
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


@transaction.atomic
def _follow(now: datetime, limit: int) -> int:
    """Write down what follows for the deliveries that are due."""
    with tenancy.acting_as_platform():
        due = DrivenDelivery.objects.filter(due_at__lte=now).order_by("due_at", "delivery_id")
        providers = set(due.order_by().values_list("provider_id", flat=True).distinct())
        if not providers:
            return 0
        suspended = identity_services.suspended(providers)  # Asked before anything is locked.
        rows = list(
            due.select_for_update(of=("self",), skip_locked=True, no_key=True).select_related(
                "driver", "delivery", "delivery__order", "delivery__order__listing"
            )[:limit]
        )
        calls = _calls_by_delivery(row.pk for row in rows)
        jobs = BatchJob.objects.in_bulk([row.delivery.order_id for row in rows])
        made: list[tuple[Any, ...]] = []
        changed: list[tuple[Any, ...]] = []
        for row in rows:
            then = _next(row, calls.get(row.pk, []), now=now)
            if then.step in AHEAD and row.provider_id in suspended:
                changed.append((row.pk, now + SUSPENDED_LOOK, row.is_ending, False))
                continue
            waits_for = then.due_at if then.due_at and then.due_at > now else None
            changed.append((row.pk, waits_for, row.is_ending or then.is_over, then.is_over))
            if then.step is not None and waits_for is None:
                job = jobs.get(row.delivery.order_id)
                made.append(_call(row, then.step, job, now=now))
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


def _calls_by_delivery(delivery_ids: Iterable[UUID]) -> dict[UUID, list[DriverCall]]:
    found: dict[UUID, list[DriverCall]] = {}
    known = DriverCall.objects.filter(delivery_id__in=list(delivery_ids)).defer("body")
    for call in known:
        found.setdefault(call.delivery_id, []).append(call)
    return found


def _next(row: DrivenDelivery, calls: Iterable[DriverCall], *, now: datetime) -> rules.NextCall:
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
    )
    if then.step is not None and any(c.step == then.step for c in calls):
        return rules.NextCall()  # It waits, or was given up.
    return then


def _call(
    row: DrivenDelivery, step: DriverStep, job: BatchJob | None, *, now: datetime
) -> tuple[Any, ...]:
    body = wire.body_of(step, _told(row, step, job), at=now)
    return (
        uuid7(),
        row.driver_id,
        row.pk,
        row.buyer_id,
        row.provider_id,
        str(step),
        body,
        str(CallState.WAITING),
        now,
        now,
    )


def _told(row: DrivenDelivery, step: DriverStep, job: BatchJob | None) -> Mapping[str, Any]:
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
        "access": access_of(delivery.pk) if step == DriverStep.CONNECT else None,
        "job": None if job is None else _job(job),
    }


def _job(job: BatchJob) -> Mapping[str, Any]:
    return {
        "command": job.command,
        "image": job.image,
        "data_reference": job.data_reference,
        "environment": job.environment,
        "sealed_names": job.sealed_names,
        "wall_seconds": job.wall_seconds,
    }


def access_of(delivery_id: UUID) -> Mapping[str, Any] | None:
    """Return whom the buyer wants let in, by the latest request; none if it did not ask."""
    return fulfilment_selectors.asked_access(delivery_id)
