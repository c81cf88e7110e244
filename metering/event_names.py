"""What the record of events calls what happens in this room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class MeteringEvent(TextChoices):
    """What happens to meters and their readings. A batch of readings or windows is one event."""

    METER_REGISTERED = "metering.meter.registered", _("Meter registered")
    METER_BOUND = "metering.meter.bound", _("Agent of a meter replaced")
    CHAIN_BROKEN = "metering.chain.broken", _("Batches of an agent do not follow")
    READINGS_TAKEN = "metering.readings.taken", _("Readings taken")
    READINGS_REMOVED = "metering.readings.removed", _("Raw readings of a month removed")
    USAGE_RECORDED = "metering.usage.recorded", _("Usage recorded")
    WINDOW_SET_ASIDE = "metering.window.set_aside", _("Window set aside")
    WINDOW_RETRIED = "metering.window.retried", _("Window measured again")
    WINDOW_DECIDED = "metering.window.decided", _("Window decided")
    CERTIFICATE_ISSUED = "metering.certificate.issued", _("Capacity certified")
    RULE_PUBLISHED = "metering.rule.published", _("Measurement rule published")
    TABLE_PUBLISHED = "metering.table.published", _("Conversion table published")
