"""What the record of events calls what happens in this room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class AuditEvent(TextChoices):
    """What happens to exports."""

    EXPORT_REQUESTED = "audit.export.requested", _("Export requested")
    EXPORT_CANCELLED = "audit.export.cancelled", _("Export cancelled")
    EXPORT_BUILT = "audit.export.built", _("Export ready")
    EXPORT_RETRIED = "audit.export.retried", _("Export tried again")
    EXPORT_FAILED = "audit.export.failed", _("Export failed")
    EXPORT_EXPIRED = "audit.export.expired", _("Export expired")
