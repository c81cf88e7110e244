"""What the record of events calls what happens to appeals."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class AppealEvent(TextChoices):
    """What happens to an appeal; a suspension that is lifted is an event of the organisation."""

    MADE = "appeals.appeal.made", _("Appeal against a suspension")
    KEPT = "appeals.appeal.kept", _("Appeal answered: the suspension stays")
