"""What the record of events calls what happens in this room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class SenderEvent(TextChoices):
    """What happens to mappings, and what senders bring that nobody reads."""

    MAPPING_PUBLISHED = "senders.mapping.published", _("Mapping of series published")
    MAPPING_ENDED = "senders.mapping.ended", _("Mapping of series ended")
    SERIES_UNMAPPED = "senders.series.unmapped", _("Series come that no mapping reads")
