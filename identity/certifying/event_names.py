"""What the record of events calls what happens to requests of certificates."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class CertifyingEvent(TextChoices):
    """What happens to a request of a certificate."""

    ASKED = "certifying.request.made", _("Certificate asked for")
    VERIFIED = "certifying.request.verified", _("Certificate verified")
    REFUSED = "certifying.request.refused", _("Certificate refused")
    WITHDRAWN = "certifying.request.withdrawn", _("Request of a certificate withdrawn")
