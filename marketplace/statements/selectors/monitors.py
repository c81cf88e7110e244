"""Monitors of accounts, of whoever made them."""

from uuid import UUID

from django.db.models import QuerySet

from identity.contracts import Actor
from marketplace.statements.contracts import MonitorNotFound
from marketplace.statements.models import AccountMonitor
from marketplace.statements.selectors.statements import READERS_OF_ALL


def monitors_of(actor: Actor) -> QuerySet[AccountMonitor]:
    """Return the monitors that an actor sees: all by duty, else its organisation's."""
    found = AccountMonitor.objects.select_related("organization", "made_by")
    if not actor.has_role(*READERS_OF_ALL):
        found = found.filter(organization_id=actor.organization_id)
    return found.order_by("-id")


def monitor(monitor_id: UUID, actor: Actor) -> AccountMonitor:
    """
    Return a monitor.

    :raises MonitorNotFound: if it does not exist or is somebody else's (the two look alike)
    """
    found = monitors_of(actor).filter(pk=monitor_id).first()
    if found is None:
        raise MonitorNotFound
    return found
