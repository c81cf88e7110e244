"""Whether organisations may begin something new; who asks keeps the answer until the commit."""

from collections.abc import Collection
from uuid import UUID

from django.db import connection

from identity.contracts import OrganizationClosed, OrganizationOnboarding, OrganizationSuspended
from identity.models import Organization


def suspended(organization_ids: Collection[UUID]) -> frozenset[UUID]:
    """
    Return which of some organisations begin nothing new: suspended, closed, or not activated yet.

    None of the others is suspended before the transaction ends; ask before anything is locked.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT identity_suspended(%s::uuid[])", [list(organization_ids)])
        row = cursor.fetchone()
    return frozenset(row[0] if row else ())


def require_open(organization_id: UUID) -> None:
    """
    Let something of an organisation change: its entry, its people, what it is allotted.

    It is not closed before the transaction ends; ask before anything is locked.

    :raises OrganizationClosed: if it was closed
    """
    if not suspended([organization_id]):
        return
    if Organization.objects.filter(pk=organization_id, closed_at__isnull=False).exists():
        raise OrganizationClosed


def require_standing(organization_id: UUID) -> None:
    """
    Let an organisation begin something new: an order, an offer, a voucher, a key.

    :raises OrganizationSuspended: if it is suspended
    :raises OrganizationOnboarding: if it was not activated yet
    :raises OrganizationClosed: if it was closed
    """
    if not suspended([organization_id]):
        return
    standing = Organization.objects.filter(pk=organization_id).only("suspended_at", "closed_at")
    found = standing.first()
    if found is not None and found.closed_at is not None:
        raise OrganizationClosed
    if found is not None and found.suspended_at is None:
        raise OrganizationOnboarding
    raise OrganizationSuspended
