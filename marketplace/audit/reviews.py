"""The work of the audit room that can be set aside."""

from typing import Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from common import clock
from common.reviews import ReviewKind
from marketplace.audit import services
from marketplace.audit.contracts import ExportState
from marketplace.audit.models import Export


def _failed() -> QuerySet[Export]:
    return Export.objects.filter(state=ExportState.FAILED)


KINDS: Final = (
    ReviewKind(
        "export",
        _("Export"),
        _("The export is cancelled, and its requester reads your reason."),
        _failed,
        retry=lambda pk: services.retry_export(export_id=UUID(pk), queued_at=clock.now()),
        close=lambda pk, closing: services.close_export(export_id=UUID(pk), closing=closing),
        since="finished_at",
        code="state",
        detail="failure",
    ),
)
