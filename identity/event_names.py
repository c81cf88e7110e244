"""What the record of events calls what happens in this room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class IdentityEvent(TextChoices):
    """What happens to organisations, people, keys and resources."""

    MEMBER_INVITED = "identity.member.invited", _("Member invited")
    MEMBER_REMOVED = "identity.member.removed", _("Member removed")
