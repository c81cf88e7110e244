"""What the record of events calls what happens in this room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class AssuranceEvent(TextChoices):
    """What happens to cases and surveillance rules; the market alone reads it."""

    CASE_OPENED = "assurance.case.opened", _("Case opened")
    CASE_GREW = "assurance.case.grew", _("Case has more evidence")
    CASE_TAKEN = "assurance.case.taken", _("Case taken")
    CASE_NOTED = "assurance.case.noted", _("Note on a case")
    CASE_CLOSED = "assurance.case.closed", _("Case closed")
    RULE_PUBLISHED = "assurance.rule.published", _("Surveillance rule published")
