"""What the record of events calls what happens in this room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class PolicyEvent(TextChoices):
    """What happens to runs of the workbench."""

    RUN_REQUESTED = "policy.run.requested", _("Workbench run requested")
    RUN_CANCELLED = "policy.run.cancelled", _("Workbench run cancelled")
    RUN_READY = "policy.run.ready", _("Workbench run ready")
    RUN_FAILED = "policy.run.failed", _("Workbench run failed")
    RUN_PUBLISHED = "policy.run.published", _("Workbench run published")
