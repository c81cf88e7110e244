"""What the record of events calls what happens between peers."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class PeerEvent(TextChoices):
    """What happens to peers, to the directory, and to what is pushed."""

    ADMITTED = "peering.peer.admitted", _("Peer admitted")
    SUSPENDED = "peering.peer.suspended", _("Peer suspended")
    EPOCH_RAISED = "peering.epoch.raised", _("Epoch raised")
    EPOCH_SUPERSEDED = "peering.epoch.superseded", _("A later copy of this node took over")
    DIRECTORY_SIGNED = "peering.directory.signed", _("Directory signed")
    DIRECTORY_TAKEN = "peering.directory.taken", _("Directory taken")
    DIFFERENCE_FOUND = "peering.difference.found", _("Difference found in what was pushed")
    CONFORMANCE_RUN = "peering.conformance.run", _("Conformance suite run")
    CHECK_CONFIRMED = "peering.check.confirmed", _("Item of the admission checklist confirmed")
