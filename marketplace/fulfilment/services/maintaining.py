"""
Maintenance: announced by a provider for its listings, begun, ended, or withdrawn.

Where it takes listings down, what is free of them in that time is taken out of what is sold; what
orders hold stays theirs, and the provider says first that it interrupts them.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from common import tenancy
from common.period import Period
from gateway.sensing import services as sensing_services
from gateway.sensing.contracts import Health
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog import services as catalog_services
from marketplace.catalog.contracts import ListingNotFound, ListingState
from marketplace.catalog.rows import ListingRow
from marketplace.fulfilment import maintenance_rules, maintenance_selectors, telling
from marketplace.fulfilment.event_names import MaintenanceEvent
from marketplace.fulfilment.maintenance_contracts import (
    LISTINGS_MAX,
    MAINTENANCE_SECONDS_MAX,
    NAMED_MAX,
    AnnouncedWork,
    ConcernedOrder,
    MaintenanceImpact,
    MaintenanceInterrupts,
    MaintenanceInvalid,
    MaintenanceMove,
    MaintenanceMoveRefused,
    MaintenanceNotFound,
    MaintenanceOverlaps,
    MaintenanceState,
)
from marketplace.fulfilment.models import MaintainedListing, MaintenanceWork

# How resources are while it is under way; without an impact nothing is said of them.
FELT: Final = {
    MaintenanceImpact.DEGRADED: Health.DEGRADED,
    MaintenanceImpact.DOWN: Health.DOWN,
}
TOLD: Final = {
    MaintenanceMove.BEGIN: MaintenanceEvent.BEGUN,
    MaintenanceMove.END: MaintenanceEvent.ENDED,
    MaintenanceMove.WITHDRAW: MaintenanceEvent.WITHDRAWN,
}
# Said again where it led to, a move changes nothing.
AFTER: Final = {
    move: after for (_state, move), after in maintenance_rules.MAINTENANCE_MOVES.items()
}


@transaction.atomic
def announce_maintenance(
    *, provider_id: UUID, work: AnnouncedWork, now: datetime, by_id: int | None = None
) -> MaintenanceWork:
    """
    Announce maintenance of a provider's listings; less than seven days ahead it is marked late.

    :raises MaintenanceInvalid: if it names no listing, lies in the past, or is too long or large
    :raises ListingNotFound: if a listing does not exist, is closed, or is someone else's
    :raises MaintenanceOverlaps: if a listing has other maintenance in that time
    :raises MaintenanceInterrupts: if it takes down what orders hold, and that was not said
    """
    period = _period(work, now=now)
    rule = maintenance_rules.MAINTENANCES.rule(maintenance_rules.MAINTENANCES.newest)
    ids = sorted(set(work.listing_ids))
    with tenancy.acting_as_platform():
        catalog_services.hold(ids)
        listings = _own_listings(ids, provider_id=provider_id)
        _require_apart(ids, period)
        concerned = maintenance_selectors.concerned_by(ids, period, provider_id=provider_id)
        is_down = work.impact == MaintenanceImpact.DOWN
        if is_down and concerned and not work.interrupts:
            raise MaintenanceInterrupts(field="interrupts", orders=_numbers(concerned))
        made = MaintenanceWork.objects.create(
            provider_id=provider_id,
            impact=work.impact,
            note=work.note,
            starts_at=period.starts_at,
            ends_at=period.ends_at,
            rule=rule.name,
            is_late=rule.is_late(now, period.starts_at),
            interrupts=is_down and work.interrupts,
            state=MaintenanceState.ANNOUNCED,
            announced_at=now,
            announced_by_id=by_id,
        )
        terms = catalog_selectors.terms(ids)
        for listing in listings:
            MaintainedListing.objects.create(
                work=made,
                listing_id=listing.pk,
                listing_seq=terms[listing.pk].seq,
                listing_number=listing.number,
                starts_at=period.starts_at,
                ends_at=period.ends_at,
                held_as=catalog_services.take_free(listing_id=listing.pk, period=period, at=now)
                if is_down
                else [],
            )
        telling.of_maintenance(MaintenanceEvent.ANNOUNCED, made, concerned, at=now)
        return made


@transaction.atomic
def move_maintenance(
    *, work_id: UUID, provider_id: UUID, move: MaintenanceMove, now: datetime
) -> MaintenanceWork:
    """
    Begin, end or withdraw maintenance at this moment; said again, it changes nothing.

    It begins inside the time that was announced. What is left of its time at the end goes back on
    sale, and what it lasted longer is measured.

    :raises MaintenanceNotFound: if it does not exist or is someone else's (the two look alike)
    :raises MaintenanceMoveRefused: if it stands elsewhere, or its time has not come or has passed
    """
    with tenancy.acting_as_platform():
        found = MaintenanceWork.objects.filter(pk=work_id, provider_id=provider_id)
        work = found.select_for_update(no_key=True).first()
        if work is None:
            raise MaintenanceNotFound
        here = (MaintenanceState(work.state), move)
        if here not in maintenance_rules.MAINTENANCE_MOVES:
            if work.state == AFTER[move]:
                return work
            raise MaintenanceMoveRefused(why=work.get_state_display())
        _move(work, move, now=now)
        concerned = maintenance_selectors.concerned_by_work(work)
        telling.of_maintenance(TOLD[move], work, concerned, at=now)
        return work


def _move(work: MaintenanceWork, move: MaintenanceMove, *, now: datetime) -> None:
    if move == MaintenanceMove.BEGIN:
        if now < work.starts_at:
            raise MaintenanceMoveRefused(why=_("its time has not come."))
        if now >= work.ends_at:
            raise MaintenanceMoveRefused(why=_("its time has passed; announce another one."))
        work.began_at = now
        _take_again(work, now=now)
    elif move == MaintenanceMove.END:
        work.ended_at = now
        rule = maintenance_rules.MAINTENANCES.rule(work.rule)
        work.overrun_seconds = rule.overrun_seconds(work.ends_at, now)
    else:
        work.withdrawn_at = now
    work.state = maintenance_rules.MAINTENANCE_MOVES[MaintenanceState(work.state), move]
    work.save(update_fields=["state", "began_at", "ended_at", "withdrawn_at", "overrun_seconds"])
    if move != MaintenanceMove.BEGIN:
        _give_back(work, now=now)
    if move != MaintenanceMove.WITHDRAW:
        _say_state(work, is_begun=move == MaintenanceMove.BEGIN, now=now)


def _take_again(work: MaintenanceWork, *, now: datetime) -> None:
    """Take what became free since: of orders that were cancelled, or of more put on sale."""
    if work.impact != MaintenanceImpact.DOWN:
        return
    rest = Period(now, work.ends_at)
    for each in work.listings.order_by("listing_id"):
        more = catalog_services.take_free(listing_id=each.listing_id, period=rest, at=now)
        if more:
            each.held_as = [*each.held_as, *more]
            each.save(update_fields=["held_as"])


def _give_back(work: MaintenanceWork, *, now: datetime) -> None:
    held = [key for each in work.listings.all() for key in each.held_as]
    if held:
        catalog_services.release(order_ids=held, at=now)
    work.listings.update(is_live=False)


def _say_state(work: MaintenanceWork, *, is_begun: bool, now: datetime) -> None:
    """Tell the gateway how the resources are: whoever follows their codes hears of it."""
    felt = FELT.get(MaintenanceImpact(work.impact))
    if felt is None:
        return
    ids = sorted(work.listings.values_list("listing__resource_id", flat=True))
    sensing_services.observe(
        resource_ids=ids,
        health=felt if is_begun else Health.OK,
        at=now,
        evidence=f"maintenance {work.pk} {work.state}",
    )


def _period(work: AnnouncedWork, *, now: datetime) -> Period:
    if work.ends_at <= work.starts_at:
        raise MaintenanceInvalid(field="ends_at", why=_("it ends before it begins."))
    if work.starts_at < now:
        raise MaintenanceInvalid(field="starts_at", why=_("it begins in the past."))
    if work.ends_at - work.starts_at > timedelta(seconds=MAINTENANCE_SECONDS_MAX):
        raise MaintenanceInvalid(field="ends_at", why=_("it lasts longer than 31 days."))
    if not 0 < len(set(work.listing_ids)) <= LISTINGS_MAX:
        raise MaintenanceInvalid(field="listing_ids", why=_("choose 1 to 100 listings."))
    return Period(work.starts_at, work.ends_at)


def _own_listings(ids: list[UUID], *, provider_id: UUID) -> list[ListingRow]:
    found = catalog_selectors.listings(ids)
    own = [
        each
        for each in found.values()
        if each.provider_id == provider_id and each.state != ListingState.CLOSED
    ]
    if len(own) != len(ids):
        raise ListingNotFound(field="listing_ids")
    return sorted(own, key=lambda each: each.pk)


def _require_apart(ids: list[UUID], period: Period) -> None:
    other = MaintainedListing.objects.filter(
        listing_id__in=ids,
        is_live=True,
        starts_at__lt=period.ends_at,
        ends_at__gt=period.starts_at,
    ).first()
    if other is not None:
        raise MaintenanceOverlaps(field="starts_at", listing=other.listing_number)


def _numbers(concerned: list[ConcernedOrder]) -> str:
    named = ", ".join(each.number for each in concerned[:NAMED_MAX])
    return f"{named} …" if len(concerned) > NAMED_MAX else named
