"""What the record of events calls what happens to the directory."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class StandardsEvent(TextChoices):
    """What happens to the directory."""

    ENTERED = "standards.entry.entered", _("Directory: an entry was made")
