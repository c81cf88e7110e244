"""Writes of files: keep, share, rely on, remove; and sweeping what nobody needs any more."""

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import BinaryIO, Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.template.defaultfilters import filesizeformat

from common import tenancy
from common.ids import uuid7
from identity.contracts import Actor
from identity.events import services as events
from identity.events.contracts import CONCERNS_MAX
from identity.files import kinds, names, selectors, storage
from identity.files.contracts import (
    FileEmpty,
    FileInUse,
    FileNotFound,
    FileQuotaExceeded,
    FileTooLarge,
    FileUnavailable,
    Grant,
)
from identity.files.event_names import FileEvent
from identity.files.models import FileGrant, StoredFile
from identity.privacy.contracts import HeldKind, UnderLegalHold
from identity.privacy.rows import is_held

logger = structlog.get_logger(__name__)
SWEEP_BATCH_MAX: Final = 500
ORPHAN_AGE: Final = timedelta(days=1)
# The limits follow the settings; what is kept already stays within them.
_ALLOW: Final = """
    INSERT INTO files_fileallowance (organization_id, files_max, bytes_max) VALUES (%s, %s, %s)
    ON CONFLICT (organization_id) DO UPDATE
    SET files_max = greatest(files_fileallowance.files, excluded.files_max),
        bytes_max = greatest(files_fileallowance.bytes, excluded.bytes_max)
"""


@transaction.atomic
def store(
    *,
    organization_id: UUID,
    person_id: int,
    name: str,
    content: bytes,
    now: datetime,
    purpose: str = "",
    expires_at: datetime | None = None,
    grants: Collection[Grant] = (),
    is_name_judged: bool = False,
) -> StoredFile:
    """
    Keep a file of an organisation; its name is cleaned, or judged where others are to save it.

    :raises UploadRefused: if it is empty, too large, or of a type that is not kept
    :raises FileNameRefused: if its name is judged, and could do harm or contradicts its content
    :raises FileQuotaExceeded: if the organisation keeps as much as it may
    """
    if not content:
        raise FileEmpty(field="name")
    if len(content) > settings.FILES_BYTES_MAX:
        raise FileTooLarge(field="name", most=filesizeformat(settings.FILES_BYTES_MAX))
    kind = kinds.kind_of(content, name=name)
    file = StoredFile(
        id=uuid7(),
        organization_id=organization_id,
        name=names.judged(name, kind) if is_name_judged else names.cleaned(name, kind),
        media_type=kind.media_type,
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        purpose=purpose,
        uploaded_by_id=person_id,
        uploaded_at=now,
        expires_at=expires_at,
    )
    _insert(file)
    _tell(file, FileEvent.STORED, at=now)
    share(file=file, grants=grants, person_id=person_id, now=now)
    storage.write(file.pk, content)
    return file


def _insert(file: StoredFile) -> None:
    """
    Write the row; the database counts what the organisation keeps.

    :raises FileQuotaExceeded: if that would be more than it may
    """
    limits = (settings.FILES_ORGANIZATION_FILES_MAX, settings.FILES_ORGANIZATION_BYTES_MAX)
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(_ALLOW, [file.organization_id, *limits])
            file.save(force_insert=True)
    except IntegrityError as error:
        if "file_allowance_is_kept" in str(error):
            raise FileQuotaExceeded from error
        raise


def share(*, file: StoredFile, grants: Iterable[Grant], person_id: int, now: datetime) -> None:
    """Let others see a file; who may see it already still may."""
    grants = list(grants)
    if not grants:
        return
    others = {each.organization_id for each in grants if each.organization_id is not None}
    _tell(file, FileEvent.SHARED, at=now, others=sorted(others))
    FileGrant.objects.bulk_create(
        [
            FileGrant(
                file=file,
                owner_id=file.organization_id,
                organization_id=grant.organization_id,
                role=grant.role or "",
                granted_by_id=person_id,
                granted_at=now,
            )
            for grant in grants
        ],
        ignore_conflicts=True,
    )


def open_for(actor: Actor, *, file_id: UUID, now: datetime) -> tuple[StoredFile, BinaryIO]:
    """
    Open a file for somebody who may see it.

    :raises FileNotFound: if there is none, it is gone, or not for this actor (all look alike)
    :raises FileUnavailable: if its content is not there, or not as long as it was
    """
    file = selectors.file_for(actor, file_id=file_id, now=now)
    try:
        content = storage.open_file(file.pk)
    except FileNotFoundError as error:
        logger.exception("files.file.missing", file=str(file.pk))
        raise FileUnavailable from error
    if content.seek(0, 2) != file.bytes:
        content.close()
        logger.error("files.file.damaged", file=str(file.pk))
        raise FileUnavailable
    content.seek(0)
    return file, content


@transaction.atomic
def rely_on(*, organization_id: UUID, file_id: UUID, by: str, now: datetime) -> StoredFile:
    """
    Let a record rely on an organisation's file: from now on its owner cannot remove it.

    :raises FileNotFound: if there is none, it is gone, or it is somebody else's
    """
    file = _locked(organization_id, file_id, now)
    if file.relied_on_by != by or file.expires_at is not None:
        file.relied_on_by = file.relied_on_by or by
        file.expires_at = None
        file.save(update_fields=["relied_on_by", "expires_at"])
        _tell(file, FileEvent.RELIED_ON, at=now)
    return file


@transaction.atomic
def remove(*, organization_id: UUID, file_id: UUID, person_id: int, now: datetime) -> None:
    """
    Take an organisation's file away; its content goes with the next sweep.

    :raises FileNotFound: if there is none, it is gone, or it is somebody else's
    :raises FileInUse: if a record relies on it
    :raises UnderLegalHold: if it, or all of the organisation's, stays for now
    """
    file = _locked(organization_id, file_id, now)
    if file.relied_on_by:
        raise FileInUse
    file.removed_at, file.removed_by_id = now, person_id
    try:
        with transaction.atomic():
            file.save(update_fields=["removed_at", "removed_by"])
    except IntegrityError as error:
        if "under a legal hold" in str(error):
            raise UnderLegalHold from error
        raise
    _tell(file, FileEvent.REMOVED, at=now)


def _tell(
    file: StoredFile, name: FileEvent, *, at: datetime, others: Collection[UUID] = ()
) -> None:
    events.record(
        [
            events.Event(
                name=name,
                object_kind="file",
                object_id=file.pk,
                concerns=[file.organization_id, *others][:CONCERNS_MAX],
                facts={"sha256": file.sha256, "media_type": file.media_type, "bytes": file.bytes},
                at=at,
            )
        ]
    )


def _locked(organization_id: UUID, file_id: UUID, now: datetime) -> StoredFile:
    owned = selectors.present(now=now).filter(pk=file_id, organization_id=organization_id)
    file = owned.select_for_update(of=("self",), no_key=True).first()
    if file is None:
        raise FileNotFound
    return file


@transaction.atomic
def sweep(*, now: datetime, limit: int = SWEEP_BATCH_MAX) -> int:
    """Remove the content of files that are over or were removed; return how many."""
    with tenancy.acting_as_platform():
        held = is_held(organization="organization_id", kind=HeldKind.FILE)
        over = (
            StoredFile.objects.filter(~held, removed_at=None, expires_at__lte=now)
            .order_by("expires_at", "pk")
            .select_for_update(skip_locked=True, of=("self",), no_key=True)
            .values_list("pk", flat=True)[:limit]
        )
        StoredFile.objects.filter(pk__in=list(over)).update(removed_at=now)
        gone = list(
            StoredFile.objects.filter(~held, removed_at__isnull=False, swept_at=None)
            .order_by("removed_at", "pk")
            .select_for_update(skip_locked=True, of=("self",), no_key=True)
            .values_list("pk", flat=True)[:limit]
        )
        # The content goes first: a sweeper that dies here comes again and finds it gone.
        for file_id in gone:
            storage.remove(file_id)
        StoredFile.objects.filter(pk__in=gone).update(swept_at=now)
    return len(gone)


@transaction.atomic
def sweep_orphans(*, number: int, now: datetime) -> int:
    """Remove what lies in one of the folders for a day and is no file of anybody's."""
    before = (now - ORPHAN_AGE).timestamp()
    old = {file_id for file_id, since in storage.contents(number) if since < before}
    with tenancy.acting_as_platform():
        known = set(
            StoredFile.objects.filter(pk__in=old, swept_at=None).values_list("pk", flat=True)
        )
    for file_id in old - known:
        storage.remove(file_id)
        logger.warning("files.orphan.removed", file=str(file_id))
    return len(old - known) + storage.sweep_drafts(before=before)
