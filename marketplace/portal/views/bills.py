"""Statements: what was booked in a month, whose it is, its files, its fapiao and its proof."""

from datetime import date
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock, moments
from common.errors import Refusal
from identity import selectors as identity_selectors
from identity.contracts import Role
from marketplace.portal import desk, figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.lists.statements import LINES, STATEMENTS, of_statement, whose
from marketplace.portal.once import once
from marketplace.portal.papers.statement import statement_paper
from marketplace.portal.tables import Queried
from marketplace.statements import selectors as statements_selectors
from marketplace.statements import services as statements_services
from marketplace.statements.api.views import answered
from marketplace.statements.contracts import (
    REASON_LENGTH_MAX,
    TITLE_LENGTH_MAX,
    BillSide,
    FapiaoKind,
    FapiaoWish,
    Grouping,
    OpenMonth,
    Summed,
)

READERS: Final = (
    Role.BUYER,
    Role.PROVIDER,
    Role.ISSUER,
    Role.FINANCE,
    Role.OPERATOR,
    Role.AUDITOR,
)
FORMS: Final = ("pdf", "csv", "xlsx", "json")
SUMS_MAX: Final = 200


class FapiaoForm(OnceForm):
    """Which fapiao, and to whom."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=FapiaoKind.choices)
    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=TITLE_LENGTH_MAX,
        help_text=gettext_lazy("The name that stands on the fapiao."),
    )
    taxpayer_code = forms.CharField(label=gettext_lazy("Taxpayer code"), max_length=18)
    email = forms.EmailField(
        label=gettext_lazy("Sent to"),
        required=False,
        help_text=gettext_lazy("An address for the electronic fapiao, if you like."),
    )


class CancelForm(OnceForm):
    """Why a statement is cancelled."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=REASON_LENGTH_MAX)


@page(*READERS)
def bills(request: PortalRequest) -> HttpResponseBase:
    """Show statements, and the months that run."""
    table = STATEMENTS.read(
        request, Queried(statements_selectors.statements_of(request.actor), tie="sequence")
    )
    now = clock.now()
    today = moments.market_date(now)
    running = [
        statements_selectors.open_month(subject, today, now=now)
        for subject in statements_selectors.subjects_of(request.actor)
    ]
    told = _("Each month is issued once, with a number and a hash; what is late comes on the next.")
    empty = desk.Empty(
        _("No statements yet"),
        _("The first is issued when a month is over in which something was booked."),
        symbol="file-text",
    )
    blocks: list[Any] = [_running(running, today)] if running else []
    return desk.show(
        request, desk.Head(_("Statements"), told), [*blocks, desk.Listed(table, empty)]
    )


def _running(running: list[OpenMonth], today: date) -> desk.Sheet:
    return desk.Sheet(
        title=_("This month so far, %(month)s") % {"month": f"{today:%Y-%m}"},
        columns=[
            desk.Column(_("Whose")),
            desk.Column(_("Opening"), "number"),
            desk.Column(_("Came"), "number"),
            desk.Column(_("Went"), "number"),
            desk.Column(_("Closing"), "number"),
            desk.Column(_("Issued from")),
            desk.Column(_("State"), "state"),
        ],
        rows=[
            [
                desk.Cell(
                    BillSide(each.subject.side).label,
                    note=each.subject.key if each.subject.side == BillSide.PROGRAMME else "",
                ),
                desk.Cell(figures.money(each.opening_minor)),
                desk.Cell(figures.money(each.added_minor)),
                desk.Cell(figures.money(each.taken_minor)),
                desk.Cell(figures.money(each.closing_minor)),
                desk.Cell(figures.moment(each.issued_from)),
                desk.Cell(each.stage.label, tone="brand"),
            ]
            for each in running
        ],
        empty=desk.Empty("", ""),
    )


@page(*READERS)
def bill(request: PortalRequest, statement_id: UUID) -> HttpResponseBase:
    """Show a statement: sums, accounts, lines added up and one by one, files and proof."""
    found = statements_selectors.statement(statement_id, request.actor)
    by = Grouping(desk.asked(request, "by", among=Grouping.values) or Grouping.ORDER)
    table = LINES.read(request, Queried(statements_selectors.lines(found.pk), tie="position"))
    tag = of_statement(found)
    told = _("%(opening)s + %(added)s − %(taken)s = %(closing)s") % {
        "opening": figures.money(found.opening_minor),
        "added": figures.money(found.added_minor),
        "taken": figures.money(-found.taken_minor),
        "closing": figures.money(found.closing_minor),
    }
    head = desk.Head(
        found.number,
        told,
        crumbs=[(_("Statements"), reverse("portal:bills"))],
        links=_acts(request, found),
        tags=[desk.Cell(tag.label, tone=tag.tone)],
    )
    none = desk.Empty(_("No lines"), _("Nothing was booked."))
    main: list[Any] = [
        _balances(request, found),
        _added_up(found, statements_selectors.summed(found.pk, by), by),
        desk.Listed(table, none, title=_("Lines")),
    ]
    return desk.show(request, head, main, [_facts(found), _groupings(found, by)])


def _acts(request: PortalRequest, found: Any) -> list[desk.Link]:
    links = [
        desk.Link(
            form.upper(),
            reverse("portal:bill-file", args=[found.pk, form]),
            symbol="file-export",
            tone="primary" if form == "pdf" else "",
        )
        for form in FORMS
    ]
    is_own = request.actor.organization_id == found.organization_id
    is_asked_for = is_own and found.side == BillSide.BUYER and request.actor.has_role(Role.BUYER)
    if is_asked_for and found.is_live and found.charged_minor > 0:
        address = reverse("portal:bill-fapiao", args=[found.pk])
        links.append(desk.Link(_("Ask for a fapiao"), address))
    if request.actor.has_role(Role.FINANCE) and found.is_live:
        address = reverse("portal:bill-cancel", args=[found.pk])
        links.append(desk.Link(_("Cancel it"), address, tone="danger"))
    return links


def _facts(found: Any) -> desk.Facts:
    proof = reverse("portal:statement-proof", args=[found.number])
    pairs = [
        (_("Whose"), desk.Cell(found.get_side_display(), note=whose(found))),
        (_("From"), desk.Cell(f"{found.starts_on:%Y-%m-%d}")),
        (_("Until"), desk.Cell(f"{found.ends_on:%Y-%m-%d}")),
        (_("Issued"), desk.Cell(figures.moment(found.issued_at))),
        (_("Charged"), desk.Cell(figures.money(found.charged_minor))),
        (_("Paid by vouchers"), desk.Cell(figures.money(found.voucher_minor))),
        (_("Tax within"), desk.Cell(figures.money(found.tax_minor))),
        (
            _("Hash"),
            desk.Cell(found.content_hash[:16] + "…", is_code=True, copied=found.content_hash),
        ),
    ]
    if found.reason:
        pairs.append((_("Reason"), desk.Cell(found.reason)))
    link = desk.Link(_("Proof"), f"{proof}?hash={found.content_hash}", symbol="shield-check")
    return desk.Facts(_("In all"), pairs, links=[link])


def _groupings(found: Any, chosen: Grouping) -> desk.Facts:
    page = reverse("portal:bill", args=[found.pk])
    links = [
        desk.Link(each.label, f"{page}?by={each.value}") for each in Grouping if each != chosen
    ]
    return desk.Facts(_("Added up"), [(_("Now"), desk.Cell(chosen.label))], links=links)


def _balances(request: PortalRequest, found: Any) -> desk.Sheet:
    may = request.actor.has_role(*(set(READERS) - {Role.ISSUER}))
    return desk.Sheet(
        title=_("Accounts"),
        columns=[
            desk.Column(_("Account")),
            desk.Column(_("Opening"), "number"),
            desk.Column(_("Came"), "number"),
            desk.Column(_("Went"), "number"),
            desk.Column(_("Closing"), "number"),
        ],
        rows=[
            [
                desk.Cell(
                    names.ACCOUNT_KINDS.get(each.kind, each.kind),
                    note=each.asset,
                    address=reverse("portal:ledger-statement", args=[each.account]) if may else "",
                ),
                desk.Cell(figures.money(each.opening_minor)),
                desk.Cell(figures.money(each.added_minor)),
                desk.Cell(figures.money(each.taken_minor)),
                desk.Cell(figures.money(each.closing_minor)),
            ]
            for each in found.balances.order_by("account")[:SUMS_MAX]
        ],
        empty=desk.Empty(_("No accounts"), _("Nothing was booked.")),
    )


def _added_up(found: Any, sums: list[Summed], by: Grouping) -> desk.Sheet:
    page = reverse("portal:bill", args=[found.pk])
    return desk.Sheet(
        title=by.label,
        columns=[
            desk.Column(_("What")),
            desk.Column(_("Lines"), "number"),
            desk.Column(_("Standard hours"), "number"),
            desk.Column(_("Came"), "number"),
            desk.Column(_("Went"), "number"),
        ],
        rows=[
            [
                desk.Cell(
                    _called(each, by),
                    note=each.label if by in (Grouping.ORDER, Grouping.PROJECT) else "",
                    # Its own lines, below.
                    address=f"{page}?{urlencode({'by': by, by: each.key})}" if each.key else "",
                ),
                desk.Cell(str(each.lines)),
                desk.Cell(figures.grouped(each.standard_hours, 3) if each.standard_hours else "—"),
                desk.Cell(figures.money(each.added_minor)),
                desk.Cell(figures.money(each.taken_minor)),
            ]
            for each in sums[:SUMS_MAX]
        ],
        empty=desk.Empty(_("No lines"), _("Nothing was booked.")),
    )


def _called(each: Summed, by: Grouping) -> str:
    if not each.key:
        return _("Of no project") if by == Grouping.PROJECT else _("Not of an order")
    if by == Grouping.REASON:
        return str(names.REASONS.get(each.key, each.key))
    return names.region(each.key) if by == Grouping.REGION else each.key


@page(*READERS)
def bill_file(request: PortalRequest, statement_id: UUID, form: str) -> HttpResponseBase:
    """Answer with a statement as a file."""
    found = statements_selectors.statement(statement_id, request.actor)
    if form not in FORMS:
        raise Http404
    if form != "pdf":
        return answered(found, form)
    address = request.build_absolute_uri(reverse("portal:statement-proof", args=[found.number]))
    paper = statement_paper(
        found,
        sums=statements_selectors.summed(found.pk, Grouping.ORDER),
        balances=list(found.balances.order_by("account")[:SUMS_MAX]),
        proof_address=f"{address}?hash={found.content_hash}",
        at=found.issued_at,
    )
    response = HttpResponse(paper, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{found.number}.pdf"'
    response["Cache-Control"] = "no-store"
    return response


@page(Role.BUYER)
@require_http_methods(["GET", "POST"])
@once
def bill_fapiao(request: PortalRequest, statement_id: UUID) -> HttpResponse:
    """Ask for the fapiao of what a statement charged."""
    found = statements_selectors.statement(statement_id, request.actor)
    owner = identity_selectors.organization(request.actor.organization_id)
    first = {"title": owner.name, "taxpayer_code": owner.uscc}
    form = FapiaoForm(request.POST or None, initial=first)
    back = reverse("portal:bill", args=[found.pk])

    def ask() -> object:
        wanted = form.cleaned_data
        return statements_services.request_fapiao(
            statement_id=found.pk,
            organization_id=request.actor.organization_id,
            wish=FapiaoWish(
                kind=FapiaoKind(wanted["kind"]),
                title=wanted["title"],
                taxpayer_code=wanted["taxpayer_code"],
                email=wanted["email"],
            ),
            by_id=request.actor.person_id,
            now=clock.now(),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, ask):
        messages.success(request, _("Finance hands the request to the tax system."))
        return redirect(back)
    told = _("%(amount)s, of which %(tax)s is tax.") % {
        "amount": figures.money(found.charged_minor),
        "tax": figures.money(found.tax_minor),
    }
    head = desk.Head(_("Ask for a fapiao"), told, crumbs=[(found.number, back)])
    return desk.show(request, head, [desk.FormBlock(form, _("Ask for it"), back)])


@page(Role.FINANCE)
@require_http_methods(["GET", "POST"])
@once
def bill_cancel(request: PortalRequest, statement_id: UUID) -> HttpResponse:
    """Cancel a statement by one that mirrors it."""
    found = statements_selectors.statement(statement_id, request.actor)
    form = CancelForm(request.POST or None)
    back = reverse("portal:bill", args=[found.pk])
    made: list[Any] = []

    def cancel() -> object:
        made.append(
            statements_services.cancel_statement(
                statement_id=found.pk,
                reason=form.cleaned_data["reason"],
                by_id=request.actor.person_id,
                now=clock.now(),
            )
        )
        return made[0]

    if request.method == "POST" and form.is_valid() and desk.is_done(form, cancel):
        messages.success(request, _("The statement is cancelled; its month may be issued anew."))
        return redirect("portal:bill", made[0].pk)
    told = _("Another statement with a number of its own takes every line back; both stay.")
    head = desk.Head(
        _("Cancel %(number)s") % {"number": found.number}, told, crumbs=[(found.number, back)]
    )
    block = desk.FormBlock(form, _("Cancel it"), back, tone="danger")
    return desk.show(request, head, [block])


def statement_proof(request: HttpRequest, number: str) -> HttpResponse:
    """Tell anybody who has a paper whether it is a statement of the market; no amount."""
    digest = str(request.GET.get("hash", "")).strip()[:64]
    try:
        told = statements_selectors.proof(number[:24], digest)
    except Refusal:
        told = None
    context = {"number": number[:24], "told": told, "hash": digest}
    status = 200 if told else 404
    return render(request, "public/statement_proof.html", context, status=status)
