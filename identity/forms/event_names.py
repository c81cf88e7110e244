"""What the record of events calls what happens to forms."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class FormEvent(TextChoices):
    """What happens to forms."""

    PUBLISHED = "forms.version.published", _("Form published")
    ANSWERED = "forms.submission.made", _("Form answered")
