"""Pure rules of the register."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from common.errors import Refusal
from identity.contracts import ResourceStatus

# Withdrawn is final: an identifier never comes back for something else.
STATUS_CHANGES: Final = {
    ResourceStatus.REGISTERED: {ResourceStatus.ACTIVE, ResourceStatus.WITHDRAWN},
    ResourceStatus.ACTIVE: {ResourceStatus.SUSPENDED, ResourceStatus.WITHDRAWN},
    ResourceStatus.SUSPENDED: {ResourceStatus.ACTIVE, ResourceStatus.WITHDRAWN},
    ResourceStatus.WITHDRAWN: set[ResourceStatus](),
    # A code is renamed by naming others (`rename_code`), by no other step.
    ResourceStatus.RENAMED: set[ResourceStatus](),
}


class StatusChangeRefused(Refusal):
    """The register knows no such step."""

    code = "status_change_refused"
    sentence = _("A resource that is %(before)s cannot become %(after)s.")


def require_status_change(before: ResourceStatus, after: ResourceStatus) -> None:
    """
    Check a step of a resource; staying as it is is none.

    :raises StatusChangeRefused: if the register knows no such step
    """
    if before != after and after not in STATUS_CHANGES[before]:
        raise StatusChangeRefused(field="status", before=before.label, after=after.label)
