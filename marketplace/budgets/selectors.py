"""Reads of caps. Row-level security decides whose; filters say so again."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from identity.contracts import Actor
from marketplace.budgets.contracts import CapNotFound, CapRoom, CapScope
from marketplace.budgets.models import Cap, CapStop, CapTake

_ROOMS: Final = """
    SELECT cap.id, cap.organization_id, cap.scope, cap.project_id, cap.person_id, cap.period,
           cap.amount_minor, cap.approve_from_minor, bounds.starts_on, bounds.ends_on,
           coalesce(used.used_minor, 0)
    FROM budgets_cap cap
    CROSS JOIN budgets_bounds(cap.period, %(day)s) bounds
    LEFT JOIN budgets_capuse used ON used.cap_id = cap.id AND used.starts_on = bounds.starts_on
    WHERE {where}
    ORDER BY cap.scope DESC, cap.id
"""


def rooms_of(organization_id: UUID, *, on: date) -> list[CapRoom]:
    """Return the caps of an organisation with what is used of them on a day."""
    return _rooms("cap.organization_id = %(organization)s", on, organization=organization_id)


def rooms_by_id(cap_ids: Collection[UUID], *, on: date) -> dict[UUID, CapRoom]:
    """Return caps with what is used of them on a day, by identifier."""
    found = _rooms("cap.id = ANY(%(ids)s)", on, ids=list(cap_ids)) if cap_ids else []
    return {each.cap_id: each for each in found}


def room_of(row: Cap, *, on: date) -> CapRoom:
    """Return a cap with what is used of it on a day, in force or not."""
    (found,) = _rooms("cap.id = %(id)s", on, is_live=False, id=row.pk)
    return found


def rooms_of_rows(rows: Collection[Cap], *, on: date) -> dict[UUID, CapRoom]:
    """Return caps, in force or not, with what is used of them on a day, by identifier."""
    ids = [each.pk for each in rows]
    found = _rooms("cap.id = ANY(%(ids)s)", on, is_live=False, ids=ids) if ids else []
    return {each.cap_id: each for each in found}


def _rooms(where: str, on: date, *, is_live: bool = True, **given: Any) -> list[CapRoom]:
    if is_live:
        where += " AND cap.ended_at IS NULL"
    with connection.cursor() as cursor:
        cursor.execute(_ROOMS.format(where=where), {"day": on, **given})
        return [CapRoom(*row) for row in cursor.fetchall()]


def binding(
    rooms: Iterable[CapRoom], *, project_id: UUID | None, person_id: int | None
) -> list[CapRoom]:
    """Return the caps among some that bound an order, the tightest first."""
    found = [each for each in rooms if _binds(each, project_id, person_id)]
    return sorted(found, key=lambda each: each.left_minor)


def _binds(room: CapRoom, project_id: UUID | None, person_id: int | None) -> bool:
    if room.scope == CapScope.PROJECT:
        return room.project_id == project_id
    return room.scope == CapScope.ORGANIZATION or room.person_id == person_id


def caps_for(actor: Actor) -> QuerySet[Cap]:
    """Return the caps of the actor's organisation; all for a duty across the market."""
    found = Cap.objects.select_related("project", "person", "organization").order_by("-id")
    return found if actor.spans_tenants else found.filter(organization_id=actor.organization_id)


def cap(cap_id: UUID, *, organization_id: UUID | None) -> Cap:
    """
    Return a cap; without an organisation, anybody's.

    :raises CapNotFound: if there is none, or it is someone else's
    """
    found = Cap.objects.select_related("project", "person").filter(pk=cap_id)
    if organization_id is not None:
        found = found.filter(organization_id=organization_id)
    row = found.first()
    if row is None:
        raise CapNotFound
    return row


def takes_of(cap_id: UUID) -> QuerySet[CapTake]:
    """Return what orders took of a cap, the latest first."""
    return CapTake.objects.select_related("use").filter(cap_id=cap_id).order_by("-id")


def stop_of(order_id: UUID) -> CapStop | None:
    """Return which cap stopped an order, if one did."""
    found = CapStop.objects.select_related("cap__project", "cap__person").filter(order_id=order_id)
    return found.order_by("-part").first()


def stops_of(cap_ids: Sequence[UUID]) -> QuerySet[CapStop]:
    """Return the orders that some caps stopped, the latest first."""
    return CapStop.objects.filter(cap_id__in=cap_ids).order_by("-id")
