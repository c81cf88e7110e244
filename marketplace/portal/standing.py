"""How a resource stands: the worst of its own state, its owner's and of the grants above it."""

from typing import Any

from django.utils.translation import gettext as _

from identity import allotments
from identity.contracts import ResourceStatus


def counted_standing(found: Any) -> tuple[ResourceStatus, str]:
    """Return the state that counts for everybody, and in words whose it is if not its own."""
    status = ResourceStatus(found.status)
    if status != ResourceStatus.ACTIVE:
        return status, ""
    if found.provider.suspended_at is not None:
        return ResourceStatus.SUSPENDED, _("Its owner is suspended.")
    halted = allotments.halted_above(found.identifier)
    if halted:
        return ResourceStatus.SUSPENDED, _("The grant %(prefix)s does not hold: %(reason)s") % {
            "prefix": halted[0].prefix,
            "reason": _("its time is over") if halted[0].reason == "expired" else halted[0].reason,
        }
    return status, ""
