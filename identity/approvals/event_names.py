"""What is recorded of proposals."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events.registry import register


@register
class ProposalEvent(TextChoices):
    """What became of a proposal."""

    MADE = "approvals.proposal.made", _("An act was proposed to a second person")
    APPROVED = "approvals.proposal.approved", _("A second person approved an act")
    REFUSED = "approvals.proposal.refused", _("A second person refused an act")
    WITHDRAWN = "approvals.proposal.withdrawn", _("A proposal was withdrawn")
    EXPIRED = "approvals.proposal.expired", _("A proposal expired")
    VOIDED = "approvals.proposal.voided", _("A proposal fell away: what it was about is over")


@register
class LimitEvent(TextChoices):
    """What became of limits."""

    CHANGED = "approvals.limit.changed", _("Another amount takes two people")
