"""This node among others: its keys, the nodes that two people admitted, and what was signed."""

from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common import clock
from common.moments import parse_moment
from gateway import selectors as gateway_selectors
from gateway.contracts import own_code
from identity.contracts import Role
from marketplace.portal import desk, figures
from marketplace.portal.access import PortalRequest, page

STATEMENTS_SHOWN: Final = 50
NODES_SHOWN: Final = 200


@page(Role.OPERATOR, Role.AUDITOR)
@require_safe
def gateway_node(request: PortalRequest) -> HttpResponse:
    """Show the node's keys, the nodes that it knows, and what it signed last."""
    keyset = gateway_selectors.own_keyset_body()
    waiting = gateway_selectors.due_signings(clock.now()).count()
    main: list[desk.KeyFigures | desk.Sheet] = [
        _figures(keyset, waiting=waiting),
        _keys(keyset),
        _nodes(),
        _statements(),
    ]
    links = [
        *(
            [desk.Link(_("Admit a node"), reverse("portal:gateway-node-new"), "plus")]
            if request.actor.has_role(Role.OPERATOR)
            else []
        ),
        desk.Link(_("Peers"), reverse("portal:gateway-peers")),
        desk.Link(_("Figures of nodes"), reverse("portal:gateway-totals"), "chart-bar"),
        desk.Link(_("As everybody sees it"), reverse("portal:node", args=[own_code()])),
        desk.Link(_("Granted prefixes"), reverse("portal:grants"), "table"),
        desk.Link(_("Keys as others take them"), "/api/gateway/v1/keys"),
        desk.Link(_("Search"), "/api/gateway/v1/search"),
        desk.Link(_("Directory of standards"), reverse("portal:directory"), "book"),
    ]
    crumbs = [(_("Ledger"), reverse("portal:ledger"))]
    told = _("What this node signs is checked by anybody who took its root key.")
    return desk.show(request, desk.Head(_("Gateway"), told, crumbs, links), main)


def _figures(keyset: Mapping[str, Any] | None, *, waiting: int) -> desk.KeyFigures:
    return desk.KeyFigures(
        [
            desk.KeyFigure(_("Node code"), own_code()),
            desk.KeyFigure(_("Codes known"), figures.grouped(gateway_selectors.entry_count())),
            desk.KeyFigure(
                _("Wait for a signature"),
                figures.grouped(waiting),
                _("set of keys %(number)s") % {"number": keyset["sequence"]} if keyset else "",
            ),
        ]
    )


def _keys(keyset: Mapping[str, Any] | None) -> desk.Sheet:
    return desk.Sheet(
        title=_("Keys"),
        columns=[
            desk.Column(_("Key")),
            desk.Column(_("Valid from")),
            desk.Column(_("Valid until")),
        ],
        rows=[
            [
                desk.Cell(each["name"], is_code=True, copied=each["public_key"]),
                desk.Cell(figures.moment(parse_moment(each["not_before"]))),
                desk.Cell(figures.moment(parse_moment(each["not_after"]))),
            ]
            for each in (keyset or {"keys": []})["keys"]
        ],
        empty=desk.Empty(
            _("No set of keys yet"), _("A worker publishes it as soon as the node has keys.")
        ),
    )


def _nodes() -> desk.Sheet:
    return desk.Sheet(
        title=_("Nodes"),
        columns=[
            desk.Column(_("Node code")),
            desk.Column(_("Name")),
            desk.Column(_("Address")),
            desk.Column(_("State"), "state"),
        ],
        rows=[
            [
                desk.Cell(node.code, is_code=True),
                desk.Cell(node.name),
                desk.Cell(node.url or "—"),
                desk.Cell(node.get_state_display()),
            ]
            for node in gateway_selectors.nodes()[:NODES_SHOWN]
        ],
        empty=desk.Empty(
            _("No other node is known"),
            _("Two operators admit a node: bin/manage gateway admit."),
        ),
    )


def _statements() -> desk.Sheet:
    return desk.Sheet(
        title=_("Signed last"),
        columns=[
            desk.Column(_("Kind")),
            desk.Column(_("About")),
            desk.Column(_("By")),
            desk.Column(_("Kept")),
            desk.Column(_("State"), "state"),
        ],
        rows=[
            [
                desk.Cell(row.type),
                desk.Cell(row.subject, is_code=True, copied=row.digest),
                desk.Cell(row.issuer, is_code=True),
                desk.Cell(figures.moment(row.kept_at)),
                desk.Cell(_("contradicts another"), tone="bad")
                if row.is_second
                else desk.Cell(_("kept"), tone="ok"),
            ]
            for row in gateway_selectors.statements()[:STATEMENTS_SHOWN]
        ],
        empty=desk.Empty(
            _("Nothing was signed yet"), _("Records are signed as resources are registered.")
        ),
    )
