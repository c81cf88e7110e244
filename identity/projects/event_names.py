"""What the record of events calls what happens to projects."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class ProjectEvent(TextChoices):
    """What happens to projects."""

    OPENED = "projects.project.opened", _("Project opened")
    CHANGED = "projects.project.changed", _("Project changed")
