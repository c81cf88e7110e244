"""Whom this node talks with: peers, the directory, what was pushed and how it compares."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from common import clock, tenancy
from common.errors import NotFound
from gateway import selectors as gateway_selectors
from gateway.contracts import NODE_CODE
from gateway.peering import checklist
from gateway.peering import selectors as peering_selectors
from gateway.peering import services as peering_services
from gateway.peering.rules import admission
from identity.contracts import Role
from marketplace.portal import desk, figures
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.once import once

SHOWN: Final = 200
RUNS_SHOWN: Final = 20


@page(Role.OPERATOR, Role.AUDITOR)
@require_safe
def gateway_peers(request: PortalRequest) -> HttpResponse:
    """Show peers and their links, the directory, pushes, and differences."""
    with tenancy.acting_as_platform():
        main: list[desk.Sheet] = [
            _peers(),
            _pushed(),
            _received(),
            _differences(),
            _directory(),
            _runs(""),
        ]
    crumbs = [
        (_("Ledger"), reverse("portal:ledger")),
        (_("Gateway"), reverse("portal:gateway-node")),
    ]
    admit = desk.Link(_("Admit a peer"), reverse("portal:gateway-peer-new"), "plus", "primary")
    links = [
        *([admit] if request.actor.has_role(Role.OPERATOR) else []),
        desk.Link(_("Directory as others take it"), "/api/gateway/v1/directory"),
    ]
    told = _("Requests between nodes are signed; what is pushed upward is receipted and compared.")
    return desk.show(request, desk.Head(_("Peers"), told, crumbs, links), main)


def _peers() -> desk.Sheet:
    links = peering_selectors.links()
    return desk.Sheet(
        title=_("Peers"),
        columns=[
            desk.Column(_("Node code")),
            desk.Column(_("Address")),
            desk.Column(_("May ask")),
            desk.Column(_("Last heard")),
            desk.Column(_("State"), "state"),
        ],
        rows=[
            [
                desk.Cell(peer.node, _("takes our pushes") if peer.pushes else "", is_code=True),
                desk.Cell(peer.url, ", ".join(peer.networks)),
                desk.Cell(", ".join(peer.scopes), _("%(rate)s a second") % {"rate": peer.rate}),
                desk.Cell(_moment(links.get(peer.node), "heard_at")),
                _state(peer, links.get(peer.node)),
            ]
            for peer in peering_selectors.peers()[:SHOWN]
        ],
        empty=desk.Empty(_("No peer yet"), _("One operator proposes a peer, another agrees.")),
    )


def _moment(row: Any, name: str) -> str:
    at = getattr(row, name, None)
    return figures.moment(at) if at else "—"


def _state(peer: Any, link: Any) -> desk.Cell:
    if peer.state != "ADMITTED":
        return desk.Cell(peer.get_state_display(), tone="bad")
    if link is not None and link.refusal:
        return desk.Cell(_("does not take pushes"), link.refusal, tone="warn")
    return desk.Cell(peer.get_state_display(), tone="ok")


def _pushed() -> desk.Sheet:
    return desk.Sheet(
        title=_("Pushed upward"),
        columns=[
            desk.Column(_("To")),
            desk.Column(_("What")),
            desk.Column(_("Waits"), "number"),
            desk.Column(_("Taken"), "number"),
            desk.Column(_("Refused"), "number"),
            desk.Column(_("Last taken")),
        ],
        rows=[
            [
                desk.Cell(row["peer"], is_code=True),
                desk.Cell(_dataset(row["dataset"])),
                desk.Cell(figures.grouped(row["waits"])),
                desk.Cell(figures.grouped(row["told"])),
                desk.Cell(figures.grouped(row["refused"])),
                desk.Cell(figures.moment(row["last"]) if row["last"] else "—"),
            ]
            for row in peering_selectors.push_counts()
        ],
        empty=desk.Empty(
            _("Nothing is pushed"), _("What this node signs goes to the peers above it.")
        ),
    )


def _received() -> desk.Sheet:
    return desk.Sheet(
        title=_("Came from below"),
        columns=[
            desk.Column(_("From")),
            desk.Column(_("What")),
            desk.Column(_("Came"), "number"),
            desk.Column(_("Refused"), "number"),
            desk.Column(_("Last number"), "number"),
            desk.Column(_("Last came")),
        ],
        rows=[
            [
                desk.Cell(row["peer"], is_code=True),
                desk.Cell(_dataset(row["dataset"])),
                desk.Cell(figures.grouped(row["came"])),
                desk.Cell(figures.grouped(row["refused"])),
                desk.Cell(figures.grouped(row["last"])),
                desk.Cell(figures.moment(row["at"])),
            ]
            for row in peering_selectors.received_counts()
        ],
        empty=desk.Empty(_("Nothing came"), _("Peers below push what they sign.")),
    )


def _dataset(name: str) -> str:
    return _("Register") if name == "register" else _("Totals")


def _differences() -> desk.Sheet:
    return desk.Sheet(
        title=_("Difference lists"),
        columns=[
            desk.Column(_("Compared")),
            desk.Column(_("With")),
            desk.Column(_("Items"), "number"),
            desk.Column(_("Missing above"), "number"),
            desk.Column(_("Missing here"), "number"),
            desk.Column(_("Repaired"), "number"),
        ],
        rows=[
            [
                desk.Cell(figures.moment(row.found_at)),
                desk.Cell(row.peer, _dataset(row.dataset), is_code=True, copied=row.statement),
                desk.Cell(figures.grouped(row.items)),
                desk.Cell(figures.grouped(len(row.missing_above))),
                desk.Cell(figures.grouped(len(row.missing_below))),
                desk.Cell(figures.grouped(row.repaired)),
            ]
            for row in peering_selectors.differences()[:SHOWN]
        ],
        empty=desk.Empty(
            _("Nothing was compared yet"),
            _("Once a day, what a peer took is compared with what it holds."),
        ),
    )


def _directory() -> desk.Sheet:
    return desk.Sheet(
        title=_("Directory"),
        columns=[
            desk.Column(_("Node code")),
            desk.Column(_("Name")),
            desk.Column(_("Stands below")),
            desk.Column(_("Address")),
            desk.Column(_("State"), "state"),
        ],
        rows=[
            [
                desk.Cell(node.code, is_code=True, address=_checklist(node.code)),
                desk.Cell(node.name),
                desk.Cell(node.parent or "—", is_code=True),
                desk.Cell(node.url or "—"),
                desk.Cell(node.state, tone="ok" if node.state in ("ADMITTED", "OWN") else "bad"),
            ]
            for node in _nodes()
        ],
        empty=desk.Empty(
            _("No directory yet"), _("The national node signs it; every other fetches it.")
        ),
    )


def _nodes() -> list[Any]:
    """Return what the directory lists; at the national node, which signs it, whom it admitted."""
    listed = list(peering_selectors.listed()[:SHOWN])
    return listed or list(gateway_selectors.nodes()[:SHOWN])


def _checklist(code: str) -> str:
    return reverse("portal:gateway-checklist", args=[code])


def _runs(node: str) -> desk.Sheet:
    return desk.Sheet(
        title=_("Runs of the conformance suite"),
        columns=[
            desk.Column(_("Run")),
            desk.Column(_("Node code")),
            desk.Column(_("Address")),
            desk.Column(_("Passed"), "number"),
            desk.Column(_("Failed"), "number"),
        ],
        rows=[
            [
                desk.Cell(figures.moment(run.run_at)),
                desk.Cell(run.node, is_code=True, address=_checklist(run.node)),
                desk.Cell(run.url, _failed(run.report)),
                desk.Cell(figures.grouped(run.passed)),
                desk.Cell(figures.grouped(run.failed), tone="bad" if run.failed else ""),
            ]
            for run in peering_selectors.conformance_runs(node)[:RUNS_SHOWN]
        ],
        empty=desk.Empty(
            _("The suite was not run yet"),
            _("bin/manage conformance runs it against a node's address."),
        ),
    )


def _failed(report: Mapping[str, Any]) -> str:
    failed = [case["id"] for case in report.get("cases", ()) if not case["ok"]]
    return ", ".join(failed[:20])


class AdmissionForm(OnceForm):
    """An item of the checklist, and by what it was shown."""

    item = forms.ChoiceField(
        label=gettext_lazy("Item"),
        choices=[
            (each.key, each.label) for each in checklist.ITEMS if each.key != checklist.CONFORMANCE
        ],
    )
    evidence = forms.CharField(label=gettext_lazy("Shown by"), max_length=400)


@page(Role.OPERATOR, Role.AUDITOR)
@require_http_methods(["GET", "POST"])
@once
def gateway_checklist(request: PortalRequest, node_code: str) -> HttpResponseBase:
    """Show what a node showed before it is admitted, and let an operator confirm an item."""
    if not NODE_CODE.fullmatch(node_code):
        raise NotFound
    may = request.actor.has_role(Role.OPERATOR)
    form = AdmissionForm(request.POST or None)
    if request.method == "POST" and may and form.is_valid():
        data = form.cleaned_data

        def act() -> None:
            peering_services.confirm_check(
                node=node_code,
                item=data["item"],
                evidence=data["evidence"],
                person_id=int(request.actor.person_id or 0),
                now=clock.now(),
            )

        if desk.is_done(form, act):
            messages.success(request, _("Confirmed."))
            return redirect("portal:gateway-checklist", node_code)
    with tenancy.acting_as_platform():
        main: list[Any] = [_items(node_code), _runs(node_code)]
    if may:
        main.append(desk.FormBlock(form, _("Confirm"), title=_("Confirm an item")))
    crumbs = [
        (_("Gateway"), reverse("portal:gateway-node")),
        (_("Peers"), reverse("portal:gateway-peers")),
    ]
    told = _("What a node shows before two operators admit it.")
    title = _("Admission checklist of %(node)s") % {"node": node_code}
    return desk.show(request, desk.Head(title, told, crumbs), main)


def _items(code: str) -> desk.Sheet:
    run = peering_selectors.conformance_runs(code).first()
    confirmed = peering_selectors.confirmed_checks(code)
    is_run_good = admission.is_good_run(run, now=clock.now())
    rows = []
    for item in checklist.ITEMS:
        if item.key == checklist.CONFORMANCE:
            shown = figures.moment(run.run_at) if run else "—"
            is_met = is_run_good
        else:
            check = confirmed.get(item.key)
            shown, is_met = (check.evidence, True) if check else ("—", False)
        rows.append(
            [
                desk.Cell(str(item.label), str(item.evidence)),
                desk.Cell(shown),
                desk.Cell(_("shown"), tone="ok") if is_met else desk.Cell(_("open"), tone="warn"),
            ]
        )
    return desk.Sheet(
        title=_("Checklist"),
        columns=[
            desk.Column(_("Item")),
            desk.Column(_("Shown by")),
            desk.Column(_("State"), "state"),
        ],
        rows=rows,
        empty=desk.Empty(_("No items"), ""),
    )
