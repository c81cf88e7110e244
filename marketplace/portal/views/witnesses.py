"""Who cosigns this node's ledger, which ledgers it cosigns, and what contradicts it."""

from typing import Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common import clock
from gateway.witness import selectors as witness_selectors
from gateway.witness.contracts import WitnessedHead
from gateway.witness.selectors import AskedWitness
from identity.contracts import Role
from ledger import selectors as ledger_selectors
from marketplace.portal import desk, figures
from marketplace.portal.access import PortalRequest, page

OVERSEERS: Final = (Role.AUDITOR, Role.OPERATOR, Role.FINANCE)
CONFLICTS_SHOWN: Final = 50
LOGS_SHOWN: Final = 200


@page(*OVERSEERS)
@require_safe
def witnesses(request: PortalRequest) -> HttpResponse:
    """Show both sides of witnessing, and the evidence."""
    now = clock.now()
    head = ledger_selectors.head()
    found = witness_selectors.witnessed_head(now=now)
    main: list[desk.KeyFigures | desk.Sheet] = [
        _figures(found, sealed=head.size if head else 0),
        _asked(witness_selectors.asked_witnesses(), sealed=head.size if head else 0),
        _conflicts(),
        _watched(),
    ]
    links = [
        desk.Link(_("Cosigned checkpoint"), "/api/gateway/v1/checkpoint?witnessed=1"),
        desk.Link(_("Policy to pin"), "/api/gateway/v1/witness-policy"),
        desk.Link(_("Script that verifies it"), "/api/witness/v1/verifier"),
    ]
    if request.actor.has_role(Role.OPERATOR, Role.AUDITOR):
        links.append(desk.Link(_("Gateway"), reverse("portal:gateway-node")))
    crumbs = [(_("Ledger"), reverse("portal:ledger"))]
    told = _("Other nodes sign what they have seen of this ledger: who rewrites it is found.")
    return desk.show(request, desk.Head(_("Witnesses"), told, crumbs, links), main)


def _figures(found: WitnessedHead | None, *, sealed: int) -> desk.KeyFigures:
    return desk.KeyFigures(
        [
            desk.KeyFigure(_("Sealed entries"), figures.grouped(sealed)),
            desk.KeyFigure(
                _("Cosigned entries"),
                figures.grouped(found.size) if found else "—",
                figures.moment(found.signed_at) if found and found.signed_at else "",
            ),
            desk.KeyFigure(
                _("Policy"),
                _("satisfied") if found and found.is_met else _("not satisfied"),
                ", ".join(found.witnesses) if found else "",
            ),
        ]
    )


def _asked(asked: list[AskedWitness], *, sealed: int) -> desk.Sheet:
    return desk.Sheet(
        title=_("Who cosigns this ledger"),
        columns=[
            desk.Column(_("Witness")),
            desk.Column(_("Group")),
            desk.Column(_("Cosigned entries"), "number"),
            desk.Column(_("Last cosigned")),
            desk.Column(_("State"), "state"),
        ],
        rows=[
            [
                desk.Cell(each.name, is_code=True, copied=each.key),
                desk.Cell(each.group),
                desk.Cell(figures.grouped(each.standing.size) if each.standing else "—"),
                desk.Cell(
                    figures.moment(each.standing.cosigned_at)
                    if each.standing and each.standing.cosigned_at
                    else "—"
                ),
                _state(each, sealed=sealed),
            ]
            for each in asked
        ],
        empty=desk.Empty(
            _("No witness is named"),
            _("An operator names witnesses in the file of WITNESS_POLICY_FILE."),
        ),
    )


def _state(each: AskedWitness, *, sealed: int) -> desk.Cell:
    standing = each.standing
    if standing is None:
        return desk.Cell(_("never asked"))
    if standing.refusal:
        tone = "bad" if standing.told > 1 or standing.refusal == "not_continued" else "warn"
        return desk.Cell(_("has not cosigned"), standing.refusal, tone=tone)
    if standing.size < sealed:
        return desk.Cell(_("follows"), tone="ok")
    return desk.Cell(_("up to date"), tone="ok")


def _conflicts() -> desk.Sheet:
    return desk.Sheet(
        title=_("What contradicts what this node cosigned"),
        columns=[
            desk.Column(_("Ledger")),
            desk.Column(_("Found")),
            desk.Column(_("Cosigned entries"), "number"),
            desk.Column(_("Offered entries"), "number"),
            desk.Column(_("State"), "state"),
        ],
        rows=[
            [
                desk.Cell(row.origin, row.get_kind_display(), is_code=True),
                desk.Cell(figures.moment(row.found_at)),
                desk.Cell(figures.grouped(row.held_size)),
                desk.Cell(figures.grouped(row.offered_size)),
                desk.Cell(_("shown after all"), tone="ok")
                if row.settled_at
                else desk.Cell(_("open"), tone="bad"),
            ]
            for row in witness_selectors.conflicts()[:CONFLICTS_SHOWN]
        ],
        empty=desk.Empty(
            _("Nothing contradicts it"),
            _("Each checkpoint that was offered continues the one before."),
            "shield-check",
        ),
    )


def _watched() -> desk.Sheet:
    return desk.Sheet(
        title=_("Ledgers that this node cosigns"),
        columns=[
            desk.Column(_("Ledger")),
            desk.Column(_("Cosigned entries"), "number"),
            desk.Column(_("Last cosigned")),
        ],
        rows=[
            [
                desk.Cell(row.origin, is_code=True),
                desk.Cell(figures.grouped(row.size)),
                desk.Cell(figures.moment(row.cosigned_at)),
            ]
            for row in witness_selectors.witnessed_logs()[:LOGS_SHOWN]
        ],
        empty=desk.Empty(
            _("No ledger is cosigned here"),
            _("A ledger whose key the policy names is cosigned when it asks."),
        ),
    )
