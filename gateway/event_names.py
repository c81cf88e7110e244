"""What the record of events calls what happens at the gateway."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class NodeEvent(TextChoices):
    """What happens to the node's keys, and to whom it knows."""

    KEYSET_PUBLISHED = "gateway.keyset.published", _("Set of keys published")
    NODE_ADMITTED = "gateway.node.admitted", _("Node admitted")
    OWNER_KEY_ADDED = "gateway.owner_key.added", _("Owner's key added")
    OWNER_KEY_ENDED = "gateway.owner_key.ended", _("Owner's key ended")
