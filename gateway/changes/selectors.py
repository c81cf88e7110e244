"""Reads of changes and of who follows them."""

from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Max, QuerySet

from common.errors import NotFound
from gateway.changes.models import CodeSubscription, RegisterChange

_LAST: Final = "SELECT coalesce(max(number), 0) FROM changes_registerchange"


def last_number() -> int:
    """Return the number of the newest change; 0 before the first."""
    return RegisterChange.objects.aggregate(last=Max("number"))["last"] or 0


def unnumbered() -> QuerySet[RegisterChange]:
    """Return what changed and has no number yet, the oldest first."""
    return RegisterChange.objects.filter(number__isnull=True).order_by("id")


def feed(
    *,
    after: int,
    limit: int,
    kind: str = "",
    prefix: str = "",
    region: str = "",
    resource_class: str = "",
) -> list[RegisterChange]:
    """Return changes behind a number in their order; filters leave gaps, nothing else does."""
    found = RegisterChange.objects.filter(number__gt=after)
    for name, value in (("kind", kind), ("resource_class", resource_class)):
        if value:
            found = found.filter(**{name: value})
    if prefix:
        found = found.filter(code__startswith=prefix)
    if region:
        found = found.filter(region__startswith=region)
    return list(found.order_by("number")[:limit])


def following_of(organization_id: UUID) -> QuerySet[CodeSubscription]:
    """Return what an organisation follows, the newest first."""
    return CodeSubscription.objects.filter(
        organization_id=organization_id, ended_at__isnull=True
    ).order_by("-id")


def subscription_of(*, organization_id: UUID, subscription_id: UUID) -> CodeSubscription:
    """
    Return one of what an organisation follows.

    :raises NotFound: if it is over, or someone else's
    """
    found = following_of(organization_id).filter(pk=subscription_id).first()
    if found is None:
        raise NotFound
    return found


def changes_of(found: CodeSubscription, *, limit: int) -> list[RegisterChange]:
    """Return what changed last of what is followed, the newest first."""
    rows = RegisterChange.objects.filter(
        number__gt=found.after_number,
        code__startswith=found.prefix,
        region__startswith=found.region,
    )
    if found.codes:
        rows = rows.filter(code__in=found.codes)
    if found.kinds:
        rows = rows.filter(kind__in=found.kinds)
    for name in ("resource_class", "form"):
        if value := getattr(found, name):
            rows = rows.filter(**{name: value})
    return list(rows.order_by("-number")[:limit])


def wait_is_over(after: int) -> bool:
    """Return whether a change behind a number is there; one short statement."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST)
        return int(cursor.fetchone()[0]) > after
