"""Reads of files: the owner's members see them, and whoever was granted to."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from identity.contracts import PLATFORM_ROLES, Actor
from identity.files.contracts import FileNotFound
from identity.files.models import FileAllowance, FileGrant, StoredFile


def present(*, now: datetime) -> QuerySet[StoredFile]:
    """Return files that are neither removed nor over."""
    lasts = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    return StoredFile.objects.filter(lasts, removed_at=None)


def files_for(actor: Actor, *, now: datetime) -> QuerySet[StoredFile]:
    """Return the files that an actor may see, newest first."""
    granted = FileGrant.objects.filter(_granted_to(actor), file_id=OuterRef("pk"))
    mine = Q(organization_id=actor.organization_id) | Exists(granted)
    return present(now=now).filter(mine).order_by("-id")


def file_for(actor: Actor, *, file_id: UUID, now: datetime) -> StoredFile:
    """
    Return a file that an actor may see.

    :raises FileNotFound: if there is none, it is gone, or not for this actor (all look alike)
    """
    found = files_for(actor, now=now).filter(pk=file_id).first()
    if found is None:
        raise FileNotFound
    return found


def _granted_to(actor: Actor) -> Q:
    to_members = Q(organization_id=actor.organization_id, role__in=["", *sorted(actor.roles)])
    duties = sorted(actor.roles & PLATFORM_ROLES)
    return to_members | Q(organization_id=None, role__in=duties)


def own_file(*, organization_id: UUID, file_id: UUID, now: datetime) -> StoredFile:
    """
    Return an organisation's own file.

    :raises FileNotFound: if there is none, it is gone, or it is somebody else's
    """
    found = present(now=now).filter(pk=file_id, organization_id=organization_id).first()
    if found is None:
        raise FileNotFound
    return found


def hashes_of(file_ids: Collection[UUID | str]) -> list[str]:
    """Return the SHA-256 of files; the caller acts for the market."""
    found = StoredFile.objects.filter(pk__in=file_ids).order_by("sha256")
    return list(found.values_list("sha256", flat=True).distinct())


def allowance_of(organization_id: UUID) -> FileAllowance | None:
    """Return how much an organisation keeps; None while it never kept anything."""
    return FileAllowance.objects.filter(organization_id=organization_id).first()
