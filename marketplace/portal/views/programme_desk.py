"""One programme at the desk of its issuer, and as its payer and its auditor read it."""

from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from common import clock, tenancy
from identity.contracts import Role
from marketplace.claims import selectors as claims_selectors
from marketplace.policy import selectors as policy_selectors
from marketplace.policy.selectors import BudgetBurn
from marketplace.portal import desk, drawing, figures, names, policy_words, programme_words
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.homes import days as home_days
from marketplace.portal.lists.claims import CLAIMS
from marketplace.portal.tables import Queried
from marketplace.portal.views.performance import READERS, whose
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers.contracts import VoucherState

ROWS_MAX: Final = 20


@page(*READERS)
def programme(request: PortalRequest, programme_id: UUID) -> HttpResponse:
    """Show versions, budget with burn and forecast, vouchers, claims, runs and the report."""
    now = clock.now()
    owner = whose(request.actor)
    row = vouchers_selectors.programmes().filter(pk=programme_id).first()
    listed = vouchers_selectors.summaries([row], at=now) if row else []
    if row is None or not listed:
        raise Http404
    if owner not in (None, row.issuer_id):  # Of others' programmes everybody reads as much.
        return redirect("portal:public-programme", row.code)
    with tenancy.acting_as_platform():
        (summary,) = vouchers_selectors.with_captured(listed)
        burn = policy_selectors.burn(summary, asset=row.asset, now=now)
        vouchers = _vouchers(row.pk)
        budget = _budget(row.pk, summary)
    is_own = row.issuer_id == request.actor.organization_id
    head = desk.Head(
        names.named(row),
        _sentence(summary, burn),
        crumbs=[(_("Programmes"), reverse("portal:programmes"))],
        links=_acts(row, is_own=is_own and request.actor.has_role(Role.ISSUER)),
    )
    main: list[Any] = [
        desk.KeyFigures(_figures(summary)),
        desk.Charted(_("Issued and used by month"), _burn(burn), told=_forecast(burn)),
        *budget,
        _versions(row),
        vouchers,
        _claims(request, row),
    ]
    return desk.show(request, head, main, [_rules(summary), _runs(row)])


def _sentence(summary: Any, burn: BudgetBurn) -> str:
    told = _("%(left)s of %(funded)s can still be issued.") % {
        "left": figures.money(summary.pool_minor),
        "funded": figures.money(summary.funded_minor),
    }
    return f"{summary.code} v{summary.version} · {told} {_forecast(burn)}"


def _forecast(burn: BudgetBurn) -> str:
    if burn.empty_on is None:
        return _("Nothing was issued in 90 days, or the pool lasts for years.")
    return _("If it goes on as in the last 90 days, the pool is empty on %(day)s.") % {
        "day": f"{burn.empty_on:%Y-%m-%d}"
    }


def _acts(row: Any, *, is_own: bool) -> list[desk.Link]:
    report = desk.Link(
        _("Performance"), reverse("portal:programme-performance", args=[row.pk]), "chart-bar"
    )
    public = desk.Link(
        _("Public page"), reverse("portal:public-programme", args=[row.code]), "file-text"
    )
    if not is_own:
        return [report, public]
    query = urlencode({"source": f"in-force:{row.code}"})
    bench = f"{reverse('portal:workbench-new')}?{query}"
    return [
        desk.Link(_("Fund"), reverse("portal:programme-fund", args=[row.pk]), "cash"),
        desk.Link(_("Issued vouchers"), reverse("portal:issued-vouchers"), "ticket"),
        desk.Link(_("Who pays"), reverse("portal:programme-payers", args=[row.pk]), "user"),
        report,
        public,
        desk.Link(_("Try a change"), bench, "calculator", "primary"),
    ]


def _figures(summary: Any) -> list[desk.KeyFigure]:
    return [
        desk.KeyFigure(
            _("Left in the pool"), figures.money(summary.pool_minor), _("can still be issued")
        ),
        desk.KeyFigure(
            _("Issued"), figures.money(summary.issued_minor), _("to beneficiaries, not returned")
        ),
        desk.KeyFigure(_("Used"), figures.money(summary.captured_minor), _("charged to vouchers")),
        desk.KeyFigure(
            _("On vouchers"), figures.money(summary.committed_minor), _("issued, not used yet")
        ),
    ]


def _burn(burn: BudgetBurn) -> drawing.Chart:
    return drawing.Chart(
        title=_("Issued and used by month"),
        head=_("Month"),
        categories=[each.month for each in burn.months],
        series=[
            drawing.Series(
                _("Issued"), [home_days.yuan(each.issued_minor) for each in burn.months], "muted"
            ),
            drawing.Series(
                _("Used"), [home_days.yuan(each.used_minor) for each in burn.months], "voucher"
            ),
        ],
        kind=drawing.Kind.BARS,
        digits=2,
        name="burn",
    )


def _budget(programme_id: UUID, summary: Any) -> list[desk.Sheet]:
    found = vouchers_selectors.budget_periods(programme_id=programme_id, rules=summary.rules)
    rows = [
        [
            desk.Cell(programme_words.period_name(each.year, each.quarter)),
            desk.Cell(f"{each.opens_on:%Y-%m-%d}"),
            desk.Cell(figures.money(each.amount_minor)),
            desk.Cell(figures.money(each.granted_minor)),
            desk.Cell(figures.money(each.left_minor)),
        ]
        for each in found
    ]
    columns = [
        desk.Column(_("Period")),
        desk.Column(_("Opens on")),
        desk.Column(_("Budget"), "number"),
        desk.Column(_("Granted"), "number"),
        desk.Column(_("Left"), "number"),
    ]
    title = _("Budget by year and quarter")
    return [desk.Sheet(title, columns, rows, desk.Empty("", ""))] if rows else []


def _versions(row: Any) -> desk.Sheet:
    versions = list(row.versions.all())
    runs = {
        each.rules_hash: each for each in policy_selectors.published_runs(code=row.code)[:ROWS_MAX]
    }
    rows = []
    for each in versions[:ROWS_MAX]:
        run = runs.get(each.content_hash)
        tried = desk.Cell("—")
        if run is not None:
            address = reverse("portal:workbench-run", args=[run.pk])
            tried = desk.Cell(run.number, address=address)
        rows.append(
            [
                desk.Cell(f"v{each.version}"),
                desk.Cell(figures.moment(each.valid_from)),
                desk.Cell(figures.moment(each.published_at)),
                desk.Cell(f"{each.content_hash[:12]}…", is_code=True, copied=each.content_hash),
                tried,
            ]
        )
    return desk.Sheet(
        title=_("Versions"),
        columns=[
            desk.Column(_("Version")),
            desk.Column(_("Holds from")),
            desk.Column(_("Published")),
            desk.Column(_("Hash")),
            desk.Column(_("Run")),
        ],
        rows=rows,
        empty=desk.Empty("", ""),
    )


def _vouchers(programme_id: UUID) -> desk.Sheet:
    """Return how many vouchers are in which state, and what they are worth."""
    found = vouchers_selectors.vouchers().filter(programme_version__programme_id=programme_id)
    sums = vouchers_selectors.by_state(found)
    rows = [
        [
            desk.Cell(VoucherState(state).label),
            desk.Cell(figures.grouped(count)),
            desk.Cell(figures.money(face)),
            desk.Cell(figures.money(returned)),
        ]
        for state, count, face, returned in sums
    ]
    return desk.Sheet(
        title=_("Vouchers"),
        columns=[
            desk.Column(_("State")),
            desk.Column(_("How many"), "number"),
            desk.Column(_("Face value"), "number"),
            desk.Column(_("Returned"), "number"),
        ],
        rows=rows,
        empty=desk.Empty(_("No vouchers issued"), _("An application that is approved makes one.")),
    )


def _claims(request: PortalRequest, row: Any) -> desk.Listed:
    found = claims_selectors.claims_of(request.actor).filter(programme_id=row.pk)
    empty = desk.Empty(_("No claims yet"), _("Providers claim what vouchers paid."), "receipt")
    return desk.Listed(CLAIMS.read(request, Queried(found)), empty, _("Voucher claims"))


def _rules(summary: Any) -> desk.Facts:
    words = programme_words.rule_words(summary.rules)
    return desk.Facts(
        _("Rules in force"), [(label, desk.Cell(text)) for label, text in words.items()]
    )


def _runs(row: Any) -> desk.Sheet:
    runs = policy_selectors.published_runs(code=row.code)[:ROWS_MAX]
    rows = [
        [
            desk.Cell(run.number, address=reverse("portal:workbench-run", args=[run.pk])),
            desk.Cell(run.title),
            desk.Cell(policy_words.tag_of_run(run).label),
        ]
        for run in runs
    ]
    told = _("A run that is published stands here with its hash.")
    return desk.Sheet(
        title=_("Published runs"),
        columns=[desk.Column(_("Run")), desk.Column(_("Name")), desk.Column(_("State"))],
        rows=rows,
        empty=desk.Empty(_("No run was published"), told, "calculator"),
    )
