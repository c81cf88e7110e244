"""What the record of events calls what happens in this room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class VerifyingEvent(TextChoices):
    """What happens to levels, certificates, assessments, challenges and cross-checks."""

    REPORT_REFUSED = "verifying.report.refused", _("Probe not accepted")
    CERTIFICATE_ISSUED = "verifying.certificate.issued", _("Certificate of capability issued")
    CERTIFICATE_ENDED = "verifying.certificate.ended", _("Certificate of capability ended")
    CERTIFICATE_ENDS_SOON = "verifying.certificate.ends_soon", _("Certificate ends soon")
    LEVEL_CHANGED = "verifying.level.changed", _("Verification level changed")
    ASSESSOR_NAMED = "verifying.assessor.named", _("Assessor named")
    ASSESSOR_ENDED = "verifying.assessor.ended", _("Accreditation of an assessor ended")
    ASSESSMENT_ASKED = "verifying.assessment.asked", _("Assessment asked for")
    ASSESSMENT_RECORDED = "verifying.assessment.recorded", _("Assessment recorded")
    ASSESSMENT_GRANTED = "verifying.assessment.granted", _("Assessment granted")
    ASSESSMENT_REFUSED = "verifying.assessment.refused", _("Assessment refused")
    ASSESSMENT_WITHDRAWN = "verifying.assessment.withdrawn", _("Assessment withdrawn")
    CHALLENGE_OPENED = "verifying.challenge.opened", _("Challenge waits for the agent")
    CHALLENGE_PASSED = "verifying.challenge.passed", _("Challenge passed")
    CHALLENGE_FAILED = "verifying.challenge.failed", _("Challenge missed or below")
    WATTS_FOUND = "verifying.watts.found", _("Use and power do not add up")
