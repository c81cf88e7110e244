"""What the record of events calls what happens in this room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class RightsEvent(TextChoices):
    """What people ask of their data, and what happens to data."""

    EXPORT_ASKED = "rights.export.asked", _("Export of one's own data asked for")
    EXPORT_READY = "rights.export.ready", _("Export of one's own data prepared")
    ERASURE_ASKED = "rights.erasure.asked", _("Erasure asked for by the person")
    ERASURE_WITHDRAWN = "rights.erasure.withdrawn", _("Request for erasure withdrawn")
    ERASURE_REFUSED = "rights.erasure.refused", _("Request for erasure refused")
    PERSON_ERASED = "rights.person.erased", _("Person erased")
    INCIDENT_REPORTED = "rights.incident.reported", _("Incident reported")
    INCIDENT_ENTERED = "rights.incident.entered", _("Entry in an incident's timeline")
    INCIDENT_CLOSED = "rights.incident.closed", _("Incident closed")
