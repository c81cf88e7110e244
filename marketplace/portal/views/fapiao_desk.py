"""The fapiao desk: requests of buyers, exported for the tax system, its answer taken."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from identity.contracts import Role
from marketplace.portal import desk
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.lists.statements import FAPIAO
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from marketplace.statements import selectors as statements_selectors
from marketplace.statements import services as statements_services
from marketplace.statements import tax_files
from marketplace.statements.contracts import BadTaxAnswer, TaxAnswer, TaxAnswered

READERS: Final = (Role.BUYER, Role.FINANCE, Role.OPERATOR, Role.AUDITOR)
FILE_BYTES_MAX: Final = 10_000_000
BAD_MAX: Final = 100


class TaxAnswerForm(OnceForm):
    """The tax system's answer."""

    file = forms.FileField(
        label=gettext_lazy("The tax system's answer"),
        help_text=gettext_lazy(
            "CSV with reference, result (issued, refused or reversed), fapiao_number and reason."
        ),
    )


@page(*READERS)
@require_http_methods(["GET", "POST"])
@once
def fapiao(request: PortalRequest) -> HttpResponseBase:
    """Show requests; finance exports them, and takes the tax system's answer after a preview."""
    table = FAPIAO.read(
        request, Queried(statements_selectors.fapiao_of(request.actor), tie="sequence")
    )
    is_clerk = request.actor.has_role(Role.FINANCE)
    form = TaxAnswerForm(request.POST or None, request.FILES or None)
    outcome = desk.attempt(request, form, lambda: _taken(form)) if is_clerk else None
    if outcome and outcome.counts and not outcome.made.bad:
        _tell(request, outcome.made)
        return redirect("portal:fapiao")
    told = _("Requests for fapiao of what statements charged, and what the tax system said.")
    blocks: list[Any] = []
    if outcome:
        blocks += _report(outcome.made, counts=outcome.counts)
    if is_clerk:
        blocks.append(_form(request, form, bool(outcome and not outcome.counts)))
    empty = desk.Empty(
        _("No requests"), _("A buyer asks for a fapiao on the page of a statement."), "file-text"
    )
    return desk.show(request, desk.Head(_("Fapiao"), told), [*blocks, desk.Listed(table, empty)])


def _form(request: PortalRequest, form: TaxAnswerForm, is_shown: bool) -> desk.FormBlock:
    return desk.FormBlock(
        form,
        _("Take it") if is_shown else _("Show what it says"),
        symbol="check" if is_shown else "search",
        title=_("The tax system"),
        seen=desk.seen_mark(request) if is_shown else "",
        links=[desk.Link(_("Export requests"), reverse("portal:fapiao-export"), "file-export")],
    )


@page(Role.FINANCE)
@require_http_methods(["GET", "POST"])
@once
def fapiao_export(request: PortalRequest) -> HttpResponse:
    """Ask before requests are handed over; then answer with their table."""
    form = OnceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        found = statements_services.export_fapiao(now=clock.now())
        answer = HttpResponse(tax_files.exported(found), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="fapiao.csv"'
        answer["Cache-Control"] = "no-store"
        return answer
    back = reverse("portal:fapiao")
    told = _("New requests cannot be withdrawn any more; those without an answer come again.")
    head = desk.Head(_("Export requests"), told, crumbs=[(_("Fapiao"), back)])
    return desk.show(request, head, [desk.FormBlock(form, _("Export them"), back)])


def _taken(form: TaxAnswerForm) -> TaxAnswered:
    with TemporaryDirectory(prefix="fapiao-") as folder:
        path = Path(folder) / "answer"
        path.write_bytes(form.cleaned_data["file"].read(FILE_BYTES_MAX))
        form.cleaned_data["file"].seek(0)
        read = list(tax_files.read(path))
    good = [each for each in read if isinstance(each, TaxAnswer)]
    told = statements_services.take_tax_answers(answers=good, now=clock.now())
    bad = [each for each in read if isinstance(each, BadTaxAnswer)]
    return TaxAnswered(told.taken, told.known, (*bad, *told.bad))


def _report(told: TaxAnswered, *, counts: bool) -> list[Any]:
    said = _said(told) if counts else _("It would be so: %(said)s") % {"said": _said(told)}
    rows = [
        [desk.Cell(str(each.line)), desk.Cell(each.reference), desk.Cell(each.code, each.detail)]
        for each in told.bad[:BAD_MAX]
    ]
    note = desk.Note(said, "warning" if told.bad else "info")
    if not rows:
        return [note]
    columns = [desk.Column(_("Line")), desk.Column(_("Request")), desk.Column(_("Not taken"))]
    return [note, desk.Sheet(_("Lines not taken"), columns, rows, desk.Empty("", ""))]


def _said(told: TaxAnswered) -> str:
    return _("%(taken)s taken, %(known)s known before, %(bad)s not taken.") % {
        "taken": told.taken,
        "known": told.known,
        "bad": len(told.bad),
    }


def _tell(request: PortalRequest, told: TaxAnswered) -> None:
    messages.success(request, _said(told))
