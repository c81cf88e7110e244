"""Reads of maintenance. What is announced is public; whom it concerns, its provider's alone."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from common import tenancy
from common.period import Period
from identity.contracts import Actor
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.contracts import AllocationState
from marketplace.fulfilment import maintenance_rules
from marketplace.fulfilment.maintenance_contracts import (
    LIVE,
    ConcernedOrder,
    MaintainedTime,
    MaintenanceImpact,
    MaintenanceNotFound,
)
from marketplace.fulfilment.models import ComputeDelivery, MaintainedListing, MaintenanceWork
from marketplace.orders import selectors as orders_selectors
from marketplace.orders.contracts import OrderState


def maintenance_works() -> QuerySet[MaintenanceWork]:
    """Return all that was announced, the latest beginning first."""
    found = MaintenanceWork.objects.select_related("provider").prefetch_related("listings")
    return found.order_by("-starts_at", "-id")


def maintenance_seen_by(actor: Actor) -> QuerySet[MaintenanceWork]:
    """Return the maintenance that an actor plans or watches over: its own, or all."""
    found = maintenance_works()
    return found if actor.spans_tenants else found.filter(provider_id=actor.organization_id)


def maintenance_work(work_id: UUID, *, actor: Actor) -> MaintenanceWork:
    """
    Return one announcement of those that an actor plans or watches over.

    :raises MaintenanceNotFound: if it does not exist or is someone else's (the two look alike)
    """
    found = maintenance_seen_by(actor).filter(pk=work_id).first()
    if found is None:
        raise MaintenanceNotFound
    return found


def maintenance_to_come(listing_id: UUID, *, now: datetime) -> list[MaintenanceWork]:
    """Return what is announced of a listing and not over, the earliest first."""
    found = MaintenanceWork.objects.filter(
        listings__listing_id=listing_id, listings__is_live=True, state__in=LIVE
    )
    live = found.order_by("starts_at", "id")
    return [each for each in live if each.ends_at > now or each.began_at is not None]


def excused_times(
    listing_id: UUID, period: Period, *, rule: str = maintenance_rules.MAINTENANCES.newest
) -> tuple[Period, ...]:
    """Return the parts of a period that are no part of how long a listing was available."""
    found = MaintenanceWork.objects.filter(
        listings__listing_id=listing_id, starts_at__lt=period.ends_at, ends_at__gt=period.starts_at
    )
    times = maintenance_rules.MAINTENANCES.rule(rule).excused(_time(each) for each in found)
    parts = (time.overlap(period) for time in times)
    return tuple(part for part in parts if part is not None)


def excused_of(listing_ids: Collection[UUID], period: Period) -> dict[UUID, tuple[Period, ...]]:
    """Return for listings what `excused_times` returns for one, by the newest rule, at once."""
    rule = maintenance_rules.MAINTENANCES.rule(maintenance_rules.MAINTENANCES.newest)
    found = MaintainedListing.objects.filter(
        listing_id__in=listing_ids, starts_at__lt=period.ends_at, ends_at__gt=period.starts_at
    ).select_related("work")
    works: dict[UUID, list[MaintainedTime]] = {}
    for each in found:
        works.setdefault(each.listing_id, []).append(_time(each.work))
    excused = {}
    for listing_id, times in works.items():
        parts = (time.overlap(period) for time in rule.excused(times))
        excused[listing_id] = tuple(part for part in parts if part is not None)
    return excused


def concerned_by(
    listing_ids: Collection[UUID], period: Period, *, provider_id: UUID
) -> list[ConcernedOrder]:
    """Return the orders that hold capacity of a provider's listings in a period, by their start."""
    with tenancy.acting_as_platform():
        orders = (
            orders_selectors.orders(provider_id=provider_id)
            .filter(
                state=OrderState.CLEARED,
                listing_id__in=listing_ids,
                starts_at__lt=period.ends_at,
                ends_at__gt=period.starts_at,
            )
            .order_by("starts_at", "id")
        )
        found = list(orders)
        held = catalog_selectors.allocations([order.pk for order in found])
        asked = _deliveries([order.pk for order in found])
    return [
        ConcernedOrder(
            order_id=order.pk,
            number=order.number,
            listing_id=order.listing_id,
            buyer_id=order.buyer_id,
            starts_at=order.starts_at,
            ends_at=order.ends_at,
            delivery_id=asked[order.pk].pk if order.pk in asked else None,
            delivery_state=asked[order.pk].state if order.pk in asked else "",
        )
        for order in found
        if order.listing_id is not None
        and order.pk in held
        and held[order.pk].state == AllocationState.HELD
    ]


def concerned_by_work(work: MaintenanceWork) -> list[ConcernedOrder]:
    """Return the orders that hold capacity of what is maintained, while it is announced."""
    ids = [each.listing_id for each in work.listings.all()]
    period = Period(work.starts_at, work.ends_at)
    return concerned_by(ids, period, provider_id=work.provider_id)


def _deliveries(order_ids: Sequence[UUID]) -> dict[UUID, ComputeDelivery]:
    found = ComputeDelivery.objects.filter(order_id__in=order_ids)
    return {each.order_id: each for each in found}


def _time(work: MaintenanceWork) -> MaintainedTime:
    return MaintainedTime(
        announced=Period(work.starts_at, work.ends_at),
        announced_at=work.announced_at,
        impact=MaintenanceImpact(work.impact),
        began_at=work.began_at,
        ended_at=work.ended_at,
    )
