"""
What keeps an organisation from being closed, and what ends with it.

Rooms above register what they know (`config.onboarding`): this room asks nobody above it.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from common import tenancy
from identity import selectors
from identity.contracts import ResourceStatus
from identity.onboarding.contracts import LeftOver

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


def end_all(organization_id: UUID, *, now: datetime) -> None:
    """End what rooms above keep of an organisation that is closed: offers, and what is told it."""
    with tenancy.acting_as_platform():
        for each in _ends:
            each(organization_id, now)


def _resources(organization_id: UUID) -> LeftOver:
    """Return how many resources are in the register and not withdrawn from it."""
    found = selectors.registered_resources().filter(provider=organization_id)
    count = found.exclude(status=ResourceStatus.WITHDRAWN).count()
    return LeftOver("resources", _("Resources that are not withdrawn"), count)
