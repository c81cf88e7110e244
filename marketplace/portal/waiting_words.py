"""What is said to who proposes something: it waits, or it waits already."""

from datetime import datetime

from django.utils.translation import gettext as _

from identity.approvals.contracts import Proposed
from marketplace.portal import figures


def waiting_told(made: Proposed, told: str, *, since: datetime) -> str:
    """Return what was told, or that the very same waited before the request that asks it came."""
    if made.proposed_at >= since:
        return told
    same = _("The very same waits since %(moment)s; nothing new was proposed.")
    return same % {"moment": figures.moment(made.proposed_at)}
