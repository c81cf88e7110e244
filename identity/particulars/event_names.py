"""What the record of events calls what happens in this room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class ParticularsEvent(TextChoices):
    """What happens to addresses and branches."""

    RECORDED = "particulars.place.recorded", _("Address or branch recorded")
    ENDED = "particulars.place.ended", _("Address or branch ended")
