"""Exports of one's own data: asked for by the person, prepared behind, gone in a week."""

import hashlib
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from common import tenancy
from identity.events import services as events
from identity.rights import gathering
from identity.rights.contracts import EXPORT_DAYS, EXPORTS_MAX, OwnExportState, OwnExportsToday
from identity.rights.event_names import RightsEvent
from identity.rights.models import OwnExport


@transaction.atomic
def ask_export(*, person_id: int, now: datetime) -> OwnExport:
    """
    Ask for everything that is kept about a person; one that waits is the same.

    :raises OwnExportsToday: if that was asked often enough today
    """
    with tenancy.acting_as_platform():
        mine = OwnExport.objects.filter(user_id=person_id)
        waiting = mine.filter(state=OwnExportState.WAITING).first()
        if waiting is not None:
            return waiting
        if mine.filter(asked_at__gt=now - timedelta(days=1)).count() >= EXPORTS_MAX:
            raise OwnExportsToday
        try:
            with transaction.atomic():
                made = OwnExport.objects.create(user_id=person_id, asked_at=now)
        except IntegrityError:  # Asked twice at once.
            return mine.get(state=OwnExportState.WAITING)
        _record(RightsEvent.EXPORT_ASKED, person_id)
    return made


@transaction.atomic
def prepare_next(*, now: datetime) -> bool:
    """Prepare the export that waits longest; return whether there was one."""
    with tenancy.acting_as_platform():
        waiting = OwnExport.objects.filter(state=OwnExportState.WAITING)
        export = (
            waiting.select_related("user")
            .order_by("asked_at")
            .select_for_update(of=("self",), no_key=True, skip_locked=True)
            .first()
        )
        if export is None:
            return False
        content = gathering.packed(export.user, now=now)
        export.content, export.digest = content, hashlib.sha256(content).hexdigest()
        export.state, export.ready_at = OwnExportState.READY, now
        export.expires_at = now + timedelta(days=EXPORT_DAYS)
        export.save()
        _record(RightsEvent.EXPORT_READY, export.user_id)
    return True


def expire_own_exports(*, now: datetime) -> int:
    """Remove the content of exports whose days are over; return how many."""
    with tenancy.acting_as_platform():
        due = OwnExport.objects.filter(state=OwnExportState.READY, expires_at__lte=now)
        return due.update(state=OwnExportState.EXPIRED, content=None)


def _record(name: RightsEvent, person_id: int) -> None:
    events.record([events.Event(name=name, object_kind="person", object_id=person_id)])
