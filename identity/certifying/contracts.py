"""What other rooms see of requests of certificates, and what is refused about them."""

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal

FORM: Final = "certificate-request"
NOTE_MAX: Final = 500


class RequestState(TextChoices):
    """How far a request of a certificate has come."""

    WAITING = "WAITING", _("Waiting")
    VERIFIED = "VERIFIED", _("Verified")
    REFUSED = "REFUSED", _("Refused")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")


class CertificateRequestNotFound(NotFound):
    """No such request, or someone else's."""


class AlreadyAsked(Refusal):
    """One request of a kind waits at a time."""

    code = "certificate_asked_already"
    sentence = _("A request for this kind of certificate is waiting already.")


class RequestDecided(Refusal):
    """It was decided or withdrawn before."""

    code = "certificate_request_decided"
    sentence = _("This request is no longer waiting.")


class RefusalReasonMissing(InvalidInput):
    """Who is refused is told why."""

    code = "refusal_reason_missing"
    sentence = _("Say why, in 1 to 500 characters.")
