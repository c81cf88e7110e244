"""What the record of events calls what happens while an organisation is onboarded."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class OnboardingEvent(TextChoices):
    """What happens to an organisation before it trades, and once it trades no more."""

    OPENED = "onboarding.case.opened", _("Onboarding begun")
    CONFIRMED = "onboarding.line.confirmed", _("Line of the checklist confirmed")
    ACTIVATED = "onboarding.case.activated", _("Organisation activated")
    CLOSED = "onboarding.organization.closed", _("Organisation closed")
