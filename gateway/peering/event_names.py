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
    MOVE_ASKED = "peering.move.asked", _("Move to another node asked for")
    MOVE_WITHDRAWN = "peering.move.withdrawn", _("Move to another node withdrawn")
    MOVE_REFUSED = "peering.move.refused", _("The other node did not sign a move")
    MOVE_DONE = "peering.move.done", _("Code moved to another node")
    MOVE_EXPECTED = "peering.move.expected", _("Code of another node expected")
    EXPECTED_WITHDRAWN = (
        "peering.move.expectation_withdrawn",
        _("Code of another node not expected"),
    )
    MOVE_COUNTERSIGNED = (
        "peering.move.countersigned",
        _("Move of another node's code countersigned"),
    )
