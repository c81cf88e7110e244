"""What the nodes below say of their days: figures, how fresh they are, and what does not fit."""

from decimal import Decimal

from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from common import clock, moments
from gateway.contracts import NODE_CODE_LENGTH
from gateway.peering import selectors as peering_selectors
from gateway.peering.selectors import NodeDays
from identity.contracts import Role
from marketplace.portal import desk, figures
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.lists.day_totals import DAY_TOTALS
from marketplace.portal.tables import Queried

MISSING_SHOWN = 5


@page(Role.OPERATOR, Role.AUDITOR)
@require_http_methods(["GET", "POST"])
def gateway_totals(request: PortalRequest) -> HttpResponseBase:
    """Show how each node reports, and its figures by day and class."""
    table = DAY_TOTALS.read(request, Queried(peering_selectors.day_totals()))
    after = request.GET.get("behind", "")[:NODE_CODE_LENGTH]
    nodes = peering_selectors.totals_below(today=moments.market_date(clock.now()), after=after)
    head = desk.Head(
        _("Figures of nodes"),
        _("What nodes sign of each day comes upward with a receipt, and is compared each night."),
        crumbs=[
            (_("Ledger"), reverse("portal:ledger")),
            (_("Gateway"), reverse("portal:gateway-node")),
        ],
        links=[*_more(nodes, after), desk.Link(_("As JSON"), "/api/gateway/v1/totals", "api")],
    )
    listed = desk.Listed(
        table,
        desk.Empty(
            _("No day was told yet"),
            _("A node signs a day once it is over; a market by itself tells nobody."),
            "chart-bar",
        ),
        _("Figures of nodes by day"),
    )
    told = _(
        "Trades and prices that fewer than three providers stand behind are withheld by the node"
        " itself, and so is the green share of fewer than three owners."
    )
    return desk.show(request, head, [_nodes(nodes), listed, desk.Note(told)])


def _more(nodes: list[NodeDays], after: str) -> list[desk.Link]:
    """Return the way to further nodes, and back to the first."""
    here = reverse("portal:gateway-totals")
    found = [desk.Link(_("First nodes"), here)] if after else []
    if len(nodes) == peering_selectors.NODES_MAX:
        found.append(desk.Link(_("Further nodes"), f"{here}?behind={nodes[-1].node}"))
    return found


def _nodes(nodes: list[NodeDays]) -> desk.Sheet:
    return desk.Sheet(
        title=_("How nodes report"),
        columns=[
            desk.Column(_("Node code")),
            desk.Column(_("Last day")),
            desk.Column(_("Came")),
            desk.Column(_("Says that it has"), "number"),
            desk.Column(_("In its records"), "number"),
            desk.Column(_("State"), "state"),
        ],
        rows=[
            [
                desk.Cell(
                    each.node, is_code=True, address=reverse("portal:node", args=[each.node])
                ),
                desk.Cell(each.last_day.isoformat() if each.last_day else _("none yet")),
                desk.Cell(figures.moment(each.kept_at) if each.kept_at else "—"),
                desk.Cell(_units(each.said_milli)),
                desk.Cell(_units(each.recorded_milli)),
                _state(each),
            ]
            for each in nodes
        ],
        empty=desk.Empty(_("No node stands below"), _("Nodes that are admitted show here.")),
    )


def _units(milli: int | None) -> str:
    return "—" if milli is None else figures.grouped(Decimal(milli).scaleb(-3))


def _state(each: NodeDays) -> desk.Cell:
    if each.has_said_two:
        return desk.Cell(_("said two things of one day"), tone="bad")
    if each.missing:
        days = ", ".join(day.isoformat() for day in each.missing[-MISSING_SHOWN:])
        count = len(each.missing)
        told = ngettext("%(count)s day is missing", "%(count)s days are missing", count)
        return desk.Cell(told % {"count": count}, note=days, tone="bad")
    if each.differs:
        return desk.Cell(_("differs from its records"), tone="warning")
    if each.last_day is None:
        return desk.Cell(_("has not reported"))
    return desk.Cell(_("reports"), tone="ok")
