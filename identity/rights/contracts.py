"""What other rooms see of people's rights to their data and of incidents, and what is refused."""

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal

ERASURE_KIND: Final = "rights.erasure"
INCIDENT_KIND: Final = "rights.incident"
REASON_MAX: Final = 500
TEXT_MAX: Final = 4_000
TITLE_MAX: Final = 120
EXPORT_DAYS: Final = 7
EXPORTS_MAX: Final = 3  # of a person within a day


class OwnExportState(TextChoices):
    """Where an export of one's own data stands."""

    WAITING = "WAITING", _("Being prepared")
    READY = "READY", _("Ready")
    EXPIRED = "EXPIRED", _("Expired")


ASKED_AGAIN_DAYS: Final = 30  # after a refusal


class ErasureRequestState(TextChoices):
    """Where it stands that a person asked to be erased."""

    WAITING = "WAITING", _("Waits for the operator")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")
    REFUSED = "REFUSED", _("Refused")
    DONE = "DONE", _("Erased")


class Severity(TextChoices):
    """How bad an incident is."""

    LOW = "LOW", _("Low")
    MEDIUM = "MEDIUM", _("Medium")
    HIGH = "HIGH", _("High")
    CRITICAL = "CRITICAL", _("Critical")


class IncidentNature(TextChoices):
    """What happened to data."""

    LEAK = "LEAK", _("Data was seen by somebody it was not for")
    LOSS = "LOSS", _("Data was lost")
    CHANGE = "CHANGE", _("Data was changed without right")
    OUTAGE = "OUTAGE", _("Data could not be reached")
    OTHER = "OTHER", _("Something else")


class TimelineKind(TextChoices):
    """What an entry of the timeline says."""

    NOTED = "NOTED", _("Noted")
    CONTAINED = "CONTAINED", _("Contained")
    CAUSE = "CAUSE", _("Cause found")
    MENDED = "MENDED", _("Mended")
    TOLD_AUTHORITY = "TOLD_AUTHORITY", _("Authority told")
    TOLD_ORGANIZATIONS = "TOLD_ORGANIZATIONS", _("Organisations told")
    TOLD_PEOPLE = "TOLD_PEOPLE", _("People told")
    RATED = "RATED", _("Severity changed")


class OwnExportNotFound(NotFound):
    """No such export, or another person's, or it expired."""


class OwnExportsToday(Refusal):
    """Exports are prepared a few times a day."""

    code = "own_exports_today"
    status = 429
    sentence = _("Your data was exported often enough today. Come again tomorrow.")


class ErasureRefused(Refusal):
    """A person cannot be erased now."""

    code = "erasure_refused"
    sentence = _("This person cannot be erased: %(because)s.")


class ErasureRequestNotFound(NotFound):
    """No such request, or nothing waits."""


class ErasureRequestOver(Refusal):
    """A request is answered once."""

    code = "erasure_request_over"
    sentence = _("This request was answered or withdrawn.")


class ErasureAskedAgain(Refusal):
    """After a refusal a person asks again after a while, or in another way."""

    code = "erasure_asked_again"
    status = 429
    sentence = _("A request of yours was refused less than %(days)s days ago.")


class PersonErased(Refusal):
    """A person is erased once."""

    code = "person_erased"
    sentence = _("This person was erased already.")


class PersonToEraseUnknown(InvalidInput):
    """There is no such person."""

    code = "person_to_erase_unknown"
    sentence = _("There is no person of this number or address.")


class RightsReasonMissing(InvalidInput):
    """Whoever proposes says why."""

    code = "rights_reason_missing"
    sentence = _("Say why, in 1 to %(most)s characters.")


class IncidentNotFound(NotFound):
    """No such incident, or not for whoever asks."""


class IncidentClosed(Refusal):
    """A closed incident gets no more entries."""

    code = "incident_closed"
    sentence = _("This incident was closed.")


class IncidentDutiesOpen(Refusal):
    """Who has to be told is told before an incident is closed."""

    code = "incident_duties_open"
    sentence = _("Before it is closed: %(left)s.")


class InvalidIncident(InvalidInput):
    """What was said of an incident is wrong."""

    code = "invalid_incident"
    sentence = _("Say what happened, and when: not in the future.")
