"""
What keeps an organisation from being closed, and what ends with it.

Rooms above register what they know (`config.onboarding`): this room asks nobody above it.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from common import tenancy
from identity import selectors
from identity.contracts import ResourceStatus
from identity.models import ComputeResource
from identity.onboarding.contracts import LeftOver
from identity.services import change_resource_status

Left = Callable[[UUID, datetime], LeftOver]
Ends = Callable[[UUID, datetime], object]
_left: list[Left] = []
_ends: list[Ends] = []


def install(left: Sequence[Left], ends: Sequence[Ends]) -> None:
    """Take what rooms above keep of an organisation, and what they end with it."""
    _left[:] = left
    _ends[:] = ends


def left_of(organization_id: UUID, *, now: datetime) -> list[LeftOver]:
    """Return what an organisation still has, one line a kind, at nought too."""
    with tenancy.acting_as_platform():
        return [*(each(organization_id, now) for each in _left), _resources(organization_id)]


def end_all(organization_id: UUID, *, reason: str, now: datetime) -> None:
    """
    End what an organisation that is closed still offers, and what is told it.

    Its resources are withdrawn, for `reason`, which everybody reads in their history.
    """
    with tenancy.acting_as_platform():
        for each in _ends:
            each(organization_id, now)
        for resource_id in list(_not_withdrawn(organization_id).values_list("pk", flat=True)):
            change_resource_status(
                resource_id=resource_id,
                provider_id=organization_id,
                status=ResourceStatus.WITHDRAWN,
                reason=reason,
            )


def _resources(organization_id: UUID) -> LeftOver:
    count = _not_withdrawn(organization_id).count()
    return LeftOver("resources", _("Resources that are not withdrawn"), count, ends_with_it=True)


def _not_withdrawn(organization_id: UUID) -> QuerySet[ComputeResource]:
    """Return what is in the register and could be withdrawn: a renamed one is over already."""
    found = selectors.registered_resources().filter(provider=organization_id)
    over = (ResourceStatus.WITHDRAWN, ResourceStatus.RENAMED)
    return found.exclude(status__in=over).order_by("pk")
