"""What the record of events calls what happens to files."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class FileEvent(TextChoices):
    """What happens to files."""

    STORED = "files.file.stored", _("File stored")
    SHARED = "files.file.shared", _("File shown to others")
    RELIED_ON = "files.file.relied_on", _("File became part of a record")
    REMOVED = "files.file.removed", _("File removed")
