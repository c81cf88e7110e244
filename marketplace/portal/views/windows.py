"""Windows whose readings cannot all be true: which wait, and what was decided."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from identity.contracts import Role
from marketplace.portal import desk
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.lists.metering import DECIDED_WINDOWS, WINDOWS, WindowLine
from marketplace.portal.tables import Queried
from metering import selectors as metering_selectors
from metering.contracts import WindowState


@page(Role.OPERATOR, Role.AUDITOR, Role.PROVIDER)
def windows(request: PortalRequest) -> HttpResponse:
    """Show the windows that wait for a decision, and what was decided lately."""
    decides = request.actor.has_role(Role.OPERATOR)
    found = metering_selectors.windows_for(request.actor).filter(state=WindowState.SET_ASIDE)

    def lines(page: Sequence[Any]) -> list[WindowLine]:
        return [WindowLine(each, decides) for each in page]

    whole = found.select_related("meter__resource__provider")
    waiting = WINDOWS.read(request, Queried(whole), dress=lines)
    told = _("Nothing waits: all readings could be measured.")
    if waiting.rows:
        told = _("Their readings cannot all be true. Until somebody decides, nobody is charged.")
    head = desk.Head(_("Windows to decide"), told)
    nothing = desk.Empty(
        _("Nothing is waiting"), _("What cannot be measured appears here."), "circle-check"
    )
    decided = DECIDED_WINDOWS.read(
        request, Queried(metering_selectors.recent_decisions(request.actor))
    )
    none = desk.Empty(_("Nothing decided yet"), _("Decisions stay here with their reasons."))
    lists = [desk.Listed(waiting, nothing), desk.Listed(decided, none, _("Decided"))]
    return desk.show(request, head, lists)
