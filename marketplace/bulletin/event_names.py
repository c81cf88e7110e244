"""What the record of events calls what happens in this room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class BulletinEvent(TextChoices):
    """What is made public about the market."""

    INDEX_PUBLISHED = "bulletin.index.published", _("Price index published")
    WALL_LINK_ISSUED = "bulletin.wall_link.issued", _("Link to the big screen issued")
    WALL_LINK_REVOKED = "bulletin.wall_link.revoked", _("Link to the big screen revoked")
