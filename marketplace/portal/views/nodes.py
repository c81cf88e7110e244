"""Nodes, for everybody: what each is, its keys, whom it talks with, and who watches it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common import clock
from common.errors import NotFound
from common.moments import parse_moment
from gateway.contracts import KeyPurpose, NodeKind, NodeState, own_code
from gateway.peering import describing
from gateway.peering.contracts import PeerState, PushDataset
from gateway.standards.contracts import SupportKind
from marketplace.portal import desk, figures

TONES = {NodeState.OWN: "ok", NodeState.ADMITTED: "ok", NodeState.SUSPENDED: "bad"}


@require_safe
def nodes(request: HttpRequest) -> HttpResponse:
    """Show the nodes that this one knows, itself too."""
    head = desk.Head(
        _("Nodes"),
        _("This market is one of these: each gives codes, answers for them, and is watched."),
        links=[desk.Link(_("As JSON"), reverse("gateway-nodes"), "api")],
    )
    sheet = desk.Sheet(
        title=_("Known nodes"),
        columns=[
            desk.Column(_("Node code")),
            desk.Column(_("Name")),
            desk.Column(_("Role")),
            desk.Column(_("Stands below")),
            desk.Column(_("State"), "state"),
        ],
        rows=[
            [
                desk.Cell(
                    each.code, is_code=True, address=reverse("portal:node", args=[each.code])
                ),
                desk.Cell(_name(each.name, each.name_en)),
                desk.Cell(_role(each.kind)),
                desk.Cell(each.above or "—", is_code=bool(each.above)),
                _state(each.state),
            ]
            for each in describing.known_nodes()
        ],
        empty=desk.Empty(
            _("No node is known yet"), _("A worker enters this one as soon as it has keys.")
        ),
    )
    return desk.show(request, head, [sheet])  # type: ignore[arg-type] # nobody need be signed in


@require_safe
def node(request: HttpRequest, node_code: str) -> HttpResponse:
    """Show one node."""
    try:
        found = describing.describe(node_code, now=clock.now())
    except NotFound as missing:
        raise Http404 from missing
    is_own = node_code == own_code()
    head = desk.Head(
        _name(found["name"], found["name_en"]),
        _("This node signs what it says under these keys.")
        if is_own
        else _("What this node knows of another one."),
        crumbs=[(_("Nodes"), reverse("portal:nodes"))],
        links=[
            desk.Link(_("As JSON"), reverse("gateway-node-detail", args=[node_code]), "api"),
            *([desk.Link(_("Its own site"), found["url"])] if found["url"] and not is_own else []),
        ],
        tags=[desk.Cell(node_code, is_code=True, copied=node_code), _state(found["state"])],
    )
    blocks: list[Any] = [_facts(found), _keys(found), _prefixes(found)]
    if is_own:
        blocks += [_peers(found), _pushed(found), _watched(found), _standards(found)]
    return desk.show(request, head, blocks)  # type: ignore[arg-type]


def _name(name: str, name_en: str) -> str:
    is_english = (get_language() or "").startswith("en")
    return (name_en if is_english else name) or name


def _role(kind: str) -> str:
    return str(NodeKind(kind).label) if kind else _("a market by itself")


def _state(state: str) -> desk.Cell:
    known = NodeState(state)
    return desk.Cell(known.label, tone=TONES.get(known, ""))


def _moment(value: Any) -> str:
    if not value:
        return "—"
    return figures.moment(value if isinstance(value, datetime) else parse_moment(str(value)))


def _facts(found: Mapping[str, Any]) -> desk.Facts:
    root, run = found["root"], found["conformance"]
    pairs: list[tuple[Any, desk.Cell]] = [
        (_("Role"), desk.Cell(_role(found["kind"]))),
        (
            _("Stands below"),
            desk.Cell(
                found["above"] or "—",
                address=reverse("portal:node", args=[found["above"]]) if found["above"] else "",
            ),
        ),
        (_("Address"), desk.Cell(found["url"] or "—")),
    ]
    if root:
        shown = desk.Cell(root["fingerprint"], is_code=True, copied=root["public_key"])
        pairs.append((_("Fingerprint of the root"), shown))
    pairs.append(
        (
            _("Conformance suite"),
            desk.Cell(
                _("%(passed)s passed, %(failed)s failed")
                % {"passed": run["passed"], "failed": run["failed"]},
                note=_moment(run["run_at"]),
                tone="bad" if run["failed"] else "ok",
            )
            if run
            else desk.Cell(_("no run is kept here")),
        )
    )
    if found["is_this_node"]:
        pairs += [
            (_("Codes known"), desk.Cell(figures.grouped(found["codes"]))),
            (_("Epoch"), desk.Cell(str(found["epoch"]))),
            (_("Directory"), desk.Cell(str(found["directory"] or "—"))),
            (_("Formats"), desk.Cell(" · ".join(found["formats"]))),
        ]
    else:
        pairs.append((_("Heard last"), desk.Cell(_moment(found.get("last_heard")))))
    return desk.Facts(_("What it is"), pairs)


def _keys(found: Mapping[str, Any]) -> desk.Sheet:
    return desk.Sheet(
        title=_("Keys"),
        columns=[
            desk.Column(_("Key")),
            desk.Column(_("Signs")),
            desk.Column(_("Fingerprint")),
            desk.Column(_("Valid from")),
            desk.Column(_("Valid until")),
        ],
        rows=[
            [
                desk.Cell(each["name"], note=each["hash"], is_code=True, copied=each["public_key"]),
                desk.Cell(KeyPurpose(each["purpose"]).label),
                desk.Cell(each["fingerprint"][:39] + "…", is_code=True, copied=each["fingerprint"]),
                desk.Cell(_moment(each["not_before"])),
                desk.Cell(_("taken back"), note=_moment(each["revoked_from"]), tone="bad")
                if each["revoked_from"]
                else desk.Cell(_moment(each["not_after"])),
            ]
            for each in found["keys"]
        ],
        empty=desk.Empty(_("No set of keys yet"), _("It is fetched when the node is asked first.")),
    )


def _prefixes(found: Mapping[str, Any]) -> desk.Sheet:
    return desk.Sheet(
        title=_("Answers for"),
        columns=[
            desk.Column(_("Prefix")),
            desk.Column(_("Granted by")),
            desk.Column(_("Valid until")),
            desk.Column(_("Proof")),
        ],
        rows=[
            [
                desk.Cell(each["prefix"], is_code=True),
                desk.Cell(each["issuer"], is_code=True),
                desk.Cell(
                    _moment(each["not_after"]),
                    note="" if each["state"] == "active" else each["state"],
                ),
                desk.Cell(
                    _("signed"),
                    address=reverse(
                        "gateway-statement", args=[each["statement"].removeprefix("sha256:")]
                    ),
                ),
            ]
            for each in found["prefixes"]
        ],
        empty=desk.Empty(_("No prefix was granted"), _("Grants of this node show here.")),
    )


def _peers(found: Mapping[str, Any]) -> desk.Sheet:
    return desk.Sheet(
        title=_("Peers"),
        columns=[
            desk.Column(_("Node code")),
            desk.Column(_("Heard last")),
            desk.Column(_("State"), "state"),
        ],
        rows=[
            [
                desk.Cell(
                    each["code"], is_code=True, address=reverse("portal:node", args=[each["code"]])
                ),
                desk.Cell(_moment(each["heard_at"])),
                desk.Cell(PeerState(each["state"]).label),
            ]
            for each in found["peers"]
        ],
        empty=desk.Empty(_("No peers"), _("Two people agree on whom a node talks with.")),
    )


def _pushed(found: Mapping[str, Any]) -> desk.Sheet:
    return desk.Sheet(
        title=_("Pushed upward"),
        columns=[
            desk.Column(_("To")),
            desk.Column(_("What")),
            desk.Column(_("Taken"), "number"),
            desk.Column(_("Waits"), "number"),
            desk.Column(_("Last receipt")),
        ],
        rows=[
            [
                desk.Cell(each["to"], is_code=True),
                desk.Cell(PushDataset(each["dataset"]).label),
                desk.Cell(figures.grouped(each["taken"])),
                desk.Cell(figures.grouped(each["waits"])),
                desk.Cell(_moment(each["last_receipt_at"])),
            ]
            for each in found["pushed"]
        ],
        empty=desk.Empty(_("Nothing is pushed"), _("No node above takes statements of this one.")),
    )


def _watched(found: Mapping[str, Any]) -> desk.Facts:
    head = found["checkpoint"]
    pairs: list[tuple[Any, desk.Cell]] = [
        (_("Checkpoint of the ledger"), desk.Cell(_("not cosigned yet")))
        if head is None
        else (
            _("Checkpoint of the ledger"),
            desk.Cell(figures.grouped(head["size"]), note=_moment(head["signed_at"])),
        ),
        (_("Cosigned by"), desk.Cell(" · ".join(head["witnesses"]) if head else "—")),
        (
            _("Watches"),
            desk.Cell(" · ".join(each["origin"] for each in found["cosigns"]) or "—"),
        ),
    ]
    links = [desk.Link(_("Checkpoint"), "/api/gateway/v1/checkpoint?witnessed=1", "download")]
    return desk.Facts(_("Witnesses"), pairs, links)


def _standards(found: Mapping[str, Any]) -> desk.Sheet:
    return desk.Sheet(
        title=_("Standards"),
        columns=[
            desk.Column(_("Code")),
            desk.Column(_("Version")),
            desk.Column(_("State"), "state"),
        ],
        rows=[
            [
                desk.Cell(each["code"]),
                desk.Cell(each["version"]),
                desk.Cell(SupportKind(each["support"]).label),
            ]
            for each in found["standards"]
        ],
        empty=desk.Empty(_("No standard is named"), _("The directory names them.")),
    )
