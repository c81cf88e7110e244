"""Reads of this room: one's own exports, erasures, incidents."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Min, QuerySet

from identity.models import User
from identity.privacy.contracts import HeldKind
from identity.privacy.selectors import holds_in_force
from identity.rights.contracts import (
    ErasureRequestState,
    IncidentNotFound,
    OwnExportNotFound,
    OwnExportState,
    PersonToEraseUnknown,
    Severity,
)
from identity.rights.duties import Duty, duties_of
from identity.rights.models import Erasure, ErasureRequest, Incident, OwnExport, TimelineEntry

YEAR: Final = timedelta(days=365)


def own_exports(person_id: int) -> QuerySet[OwnExport]:
    """Return a person's exports, the newest first, without their content; for the person alone."""
    return OwnExport.objects.filter(user_id=person_id).defer("content").order_by("-id")


def own_export_file(*, person_id: int, export_id: UUID, now: datetime) -> bytes:
    """
    Return the file of a person's export.

    :raises OwnExportNotFound: if there is none, it is another person's, or not ready any more
    """
    found = OwnExport.objects.filter(
        pk=export_id, user_id=person_id, state=OwnExportState.READY, expires_at__gt=now
    ).first()
    if found is None or found.content is None:
        raise OwnExportNotFound
    return bytes(found.content)


def person_to_erase(named: str) -> User:
    """
    Return a person by number or e-mail address; asked for the market.

    :raises PersonToEraseUnknown: if there is none
    """
    wanted = named.strip().lower().removeprefix("#")
    rows = User.objects.filter(email=wanted)
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 19:
        rows = User.objects.filter(pk=int(wanted))
    found = rows.first()
    if found is None:
        raise PersonToEraseUnknown(field="person")
    return found


def own_erasure_requests(person_id: int) -> QuerySet[ErasureRequest]:
    """Return what a person asked of their erasure, the newest first; for the person alone."""
    return ErasureRequest.objects.filter(user_id=person_id).order_by("-id")


def erasure_requests() -> QuerySet[ErasureRequest]:
    """Return who asked to be erased, the newest first; the market alone reads it."""
    return ErasureRequest.objects.order_by("-id")


def waiting_erasure_requests() -> QuerySet[ErasureRequest]:
    """Return the requests that nobody answered, the oldest first; the market alone reads it."""
    waiting = ErasureRequest.objects.filter(state=ErasureRequestState.WAITING)
    return waiting.order_by("asked_at")


def erasures() -> QuerySet[Erasure]:
    """Return who was erased, the last first; the market alone reads it."""
    return Erasure.objects.order_by("-id")


def is_erased(person_id: int) -> bool:
    """Return whether a person was erased."""
    return Erasure.objects.filter(user_id=person_id).exists()


def is_person_held(person_id: int) -> bool:
    """Return whether a legal hold is on a person."""
    return holds_in_force(kind=HeldKind.PERSON, object_id=str(person_id)).exists()


def incidents() -> QuerySet[Incident]:
    """Return the incidents, the newest first; the market alone reads them."""
    return Incident.objects.order_by("-id")


def incident(incident_id: UUID) -> Incident:
    """
    Return one incident.

    :raises IncidentNotFound: if there is none
    """
    found = incidents().filter(pk=incident_id).first()
    if found is None:
        raise IncidentNotFound
    return found


def timeline(incident_id: UUID) -> QuerySet[TimelineEntry]:
    """Return what was done about an incident, in the order in which it happened."""
    return TimelineEntry.objects.filter(incident_id=incident_id).order_by("happened_at", "id")


def duties(found: Incident) -> list[Duty]:
    """Return who has to be told of an incident, by when, and who was."""
    rows: QuerySet[TimelineEntry, Any] = TimelineEntry.objects.filter(incident_id=found.pk)
    told = dict(rows.order_by().values_list("kind").annotate(Min("happened_at")))
    return duties_of(
        Severity(found.severity),
        version=found.duties,
        noticed_at=found.noticed_at,
        told=told,
    )


def published_incidents(*, now: datetime) -> int:
    """Return how many incidents of the last year were published; everybody reads it."""
    found = Incident.objects.filter(is_published=True, closed_at__gt=now - YEAR)
    return found.count()
