"""What the record of events calls what happens at the ways in."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class EntryEvent(TextChoices):
    """What happens to invitations, addresses, connections and lost factors."""

    INVITED = "entry.invitation.made", _("Invitation made")
    RESENT = "entry.invitation.resent", _("Invitation sent again")
    WITHDRAWN = "entry.invitation.withdrawn", _("Invitation withdrawn")
    EXPIRED = "entry.invitation.expired", _("Invitation expired")
    ADDRESS_CHANGED = "entry.address.changed", _("E-mail address changed")
    RECOVERED = "entry.person.recovered", _("Second factor taken away")
    SSO_CONNECTED = "entry.sso.connected", _("Sign-in of an organisation connected")
    SSO_ENDED = "entry.sso.ended", _("Sign-in of an organisation ended")
