"""Scores of resources and providers with all they were made from; listings that a rule stopped."""

from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from common.canonical import canonical_json
from identity.contracts import Role
from marketplace.assurance import score_selectors
from marketplace.portal import desk, drawing, figures, names, score_words
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.delivered_rule_words import rule_cell
from marketplace.portal.lists.scores import LISTING_STOPS
from marketplace.portal.tables import Queried

SCRIPT: Final = Path(__file__).parents[2] / "assurance" / "verify_scores.py"
SCORE_RULES: Final = "/api/v1/score-rules"
UNLIST_RULES: Final = "/api/v1/unlisting-rules"
WATCHERS: Final = (Role.PROVIDER, Role.OPERATOR, Role.AUDITOR)


def resource_score(request: PortalRequest, scored_resource_id: UUID) -> HttpResponse:
    """Show the latest scores of a resource, what they were made from, and their course."""
    found = score_selectors.score_of(scored_resource_id)
    head = desk.Head(
        _("Credibility and stability"),
        _("Of %(code)s, in the 30 days until %(day)s.")
        % {"code": found.resource.identifier, "day": f"{found.day:%Y-%m-%d}"},
        crumbs=[(_("Compute market"), reverse("portal:market"))],
        links=[
            desk.Link(
                names.named(found.provider),
                reverse("portal:provider-score", args=[found.provider_id]),
                "building",
            ),
            desk.Link(_("The formula as data"), SCORE_RULES, "api"),
        ],
    )
    facts: list[tuple[Any, desk.Cell]] = [
        (_("Credibility"), desk.Cell(score_words.score_text(found.credibility))),
        (_("Stability"), desk.Cell(score_words.score_text(found.stability))),
        *score_words.input_pairs(found.inputs),
        (
            _("Used in"),
            desk.Cell(
                _("filters and the sort by stability; of one price the steadier stand first")
            ),
        ),
        (_("Rule"), rule_cell(found.rule)),
        (_("Content hash"), desk.Cell(found.content_hash, is_code=True)),
    ]
    blocks: list[Any] = [
        desk.Facts(_("What it was made from"), facts),
        score_words.parts_sheet(_("Credibility"), found.parts["credibility"]),
        score_words.parts_sheet(_("Stability"), found.parts["stability"]),
    ]
    history = [
        each
        for each in score_selectors.score_history(scored_resource_id)
        if each.credibility is not None and each.stability is not None
    ]
    if len(history) > 1:
        blocks.append(desk.Charted(_("By day"), _course(history)))
    return desk.show(request, head, blocks)


def _course(history: list[Any]) -> drawing.Chart:
    return drawing.Chart(
        title=_("By day"),
        head=_("Day"),
        categories=[f"{each.day:%m-%d}" for each in history],
        series=[
            drawing.Series(
                _("Credibility"), [Decimal(each.credibility) / 10 for each in history], "1"
            ),
            drawing.Series(_("Stability"), [Decimal(each.stability) / 10 for each in history], "2"),
        ],
        kind=drawing.Kind.LINES,
        digits=1,
        name="scores-by-day",
    )


def provider_score(request: PortalRequest, scored_provider_id: UUID) -> HttpResponse:
    """Show the scores of a provider: the mean of those of its resources."""
    export = score_selectors.provider_export(scored_provider_id)
    found = score_selectors.provider_scores(scored_provider_id)
    head = desk.Head(
        _("Scores of %(provider)s") % {"provider": names.named(found[0].provider)},
        _("The mean of its resources that have a record, on %(day)s.") % {"day": export["day"]},
        crumbs=[(_("Compute market"), reverse("portal:market"))],
        links=[
            desk.Link(
                _("Export"),
                reverse("portal:provider-score-export", args=[scored_provider_id]),
                "download",
            ),
            desk.Link(_("The formula as data"), SCORE_RULES, "api"),
            desk.Link(_("Script that makes it anew"), reverse("portal:score-script"), "download"),
        ],
    )
    columns = [
        desk.Column(_("Resource")),
        desk.Column(_("Credibility"), desk.NUMBER),
        desk.Column(_("Stability"), desk.NUMBER),
    ]
    rows = [
        [
            desk.Cell(
                each.resource.identifier,
                address=reverse("portal:resource-score", args=[each.resource_id]),
            ),
            desk.Cell(score_words.score_text(each.credibility)),
            desk.Cell(score_words.score_text(each.stability)),
        ]
        for each in found
    ]
    facts: list[tuple[Any, desk.Cell]] = [
        (_("Credibility"), desk.Cell(score_words.score_text(export["credibility"]))),
        (_("Stability"), desk.Cell(score_words.score_text(export["stability"]))),
        (_("Resources"), desk.Cell(figures.grouped(len(found)))),
    ]
    sheet = desk.Sheet(_("Resources"), columns, rows, desk.Empty(_("no record yet"), "", "gauge"))
    return desk.show(request, head, [desk.Facts(_("Scores"), facts), sheet])


def provider_score_export(request: PortalRequest, scored_provider_id: UUID) -> HttpResponse:  # noqa: ARG001 - Django's form
    """Give the scores of a provider with all inputs, as the script reads them."""
    body = canonical_json(score_selectors.provider_export(scored_provider_id))
    answer = HttpResponse(body, content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="scores.json"'
    return answer


def score_script(request: PortalRequest) -> HttpResponse:  # noqa: ARG001 - Django's form
    """Give the script that makes scores anew."""
    text = SCRIPT.read_text(encoding="utf-8")
    answer = HttpResponse(text, content_type="text/x-python; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{SCRIPT.name}"'
    return answer


@page(*WATCHERS)
def listing_stops(request: PortalRequest) -> HttpResponseBase:
    """Show the listings below 98 % of 30 days: one's own, or all to those who watch over them."""
    head = desk.Head(
        _("Listings below their availability"),
        _(
            "Below 98%, over 30 days, a listing is warned of, leaves the market a day later,"
            " and is back once it is above."
        ),
        crumbs=[(_("Service levels"), reverse("portal:level-evaluations"))],
        links=[desk.Link(_("The rule as data"), UNLIST_RULES, "api")],
    )
    table = LISTING_STOPS.read(request, Queried(score_selectors.stops_seen_by(request.actor)))
    empty = desk.Empty(_("No listing is below"), _("All were available enough."), "check")
    return desk.show(request, head, [desk.Listed(table, empty)])
