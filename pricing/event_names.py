"""What the record of events calls what happens in this room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class PricingEvent(TextChoices):
    """What happens to rate plans and quotes."""

    PLAN_CREATED = "pricing.plan.created", _("Rate plan opened")
    PATHS_PUBLISHED = "pricing.paths.published", _("Paths between hubs published")
    VERSION_PUBLISHED = "pricing.version.published", _("Rate plan version published")
    GROUP_ENTERED = "pricing.group.entered", _("Buyer entered into a price group")
    GROUP_ENDS = "pricing.group.ends", _("Price group of a buyer ends")
    QUOTE_SHARED = "pricing.quote.shared", _("Link to a quote made")
    QUOTE_LINK_REVOKED = "pricing.quote.link_revoked", _("Link to a quote revoked")
