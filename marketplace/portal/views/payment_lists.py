"""Everything that moved and everything that differed, for those with a duty across the market."""

from django.http import HttpResponseBase

from identity.contracts import Role
from marketplace.payments import selectors as payments_selectors
from marketplace.portal import ages
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.lists.payments import ALL_DIFFERENCES, ALL_MOVEMENTS
from marketplace.portal.tables import Queried

WATCHERS = (Role.FINANCE, Role.OPERATOR, Role.AUDITOR)


@page(*WATCHERS)
def all_movements(request: PortalRequest) -> HttpResponseBase:
    """Show every movement of money, newest first."""
    table = ALL_MOVEMENTS.read(request, Queried(payments_selectors.movements()))
    return table.answer("portal/all_movements.html")


@page(*WATCHERS)
def all_differences(request: PortalRequest) -> HttpResponseBase:
    """Show every difference, settled ones among them, newest first."""
    table = ALL_DIFFERENCES.read(
        request, Queried(payments_selectors.differences()), dress=ages.seen_now
    )
    is_clerk = request.actor.has_role(Role.FINANCE)
    return table.answer("portal/all_differences.html", {"is_clerk": is_clerk})
