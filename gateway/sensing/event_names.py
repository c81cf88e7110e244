"""What the record of events calls what happens to sources of state."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class SensingEvent(TextChoices):
    """What happens to what tells of resources."""

    SOURCE_SILENT = "sensing.source.silent", _("A source of state fell silent")
    WATCH_CHANGED = "sensing.watch.changed", _("Who tells of a resource was changed")
    SOURCE_BACK = "sensing.source.back", _("A source of state is heard again")
