"""How a resource stands: the worst of its own state, its owner's and of the grants above it."""

from typing import Any, Final

from django.utils.translation import gettext as _

from identity import standings
from identity.contracts import ResourceStatus

EXPIRED: Final = "expired"  # as the register writes it


def counted_standing(found: Any) -> tuple[ResourceStatus, str]:
    """Return the state that counts for everybody, and in words whose it is if not its own."""
    status, grant = standings.counted_status(found)
    if status == found.status:
        return status, ""
    if grant is None:
        return status, _("Its owner is suspended.")
    reason = _("its time is over") if grant.reason == EXPIRED else grant.reason
    said = {"prefix": grant.prefix, "reason": reason}
    return status, _("The grant %(prefix)s does not hold: %(reason)s") % said
