"""Batches of vouchers on pages: a list is brought, looked at, applied for, decided and issued."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from common import clock
from common.errors import NotFound
from identity.contracts import Role
from identity.files import services as files_services
from marketplace.portal import brought, desk, figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.lists.batches import BATCHES
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from marketplace.portal.templatetags.portal import when
from marketplace.portal.views.applications import DecisionForm
from marketplace.vouchers import batch_files
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers import services as vouchers_services
from marketplace.vouchers.batch_files import BatchFile
from marketplace.vouchers.contracts import ApplicationState, Decision
from marketplace.vouchers.life import S

PURPOSE: Final = "vouchers.batch"
KEPT_FOR: Final = timedelta(days=1)
SHOWN_MAX: Final = 200
MAKERS: Final = (Role.BUYER, Role.ISSUER)


class BatchForm(OnceForm):
    """A list of beneficiaries, and the programme that is applied to."""

    programme = forms.ChoiceField(label=gettext_lazy("Programme"))
    name = forms.CharField(
        label=gettext_lazy("Name of the batch"),
        max_length=80,
        help_text=gettext_lazy("A class and its year, for example."),
    )
    file = forms.FileField(
        label=gettext_lazy("List"),
        help_text=gettext_lazy("CSV or XLSX with the columns name, amount and, of others, uscc."),
    )

    def __init__(self, *args: Any, programmes: Any = (), **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(each.code, f"{names.named(each)} ({each.code})") for each in programmes]
        self.fields["programme"] = forms.ChoiceField(label=_("Programme"), choices=choices)


def _whose(request: PortalRequest) -> dict[str, UUID]:
    own = request.actor.organization_id
    return {"issuer_id": own} if request.actor.has_role(Role.ISSUER) else {"made_for": own}


def _programmes(request: PortalRequest) -> list[Any]:
    """Return what may be applied to: an issuer lists for its own programmes."""
    found = vouchers_selectors.summaries(vouchers_selectors.programmes(), at=clock.now())
    own = request.actor.organization_id
    is_issuer = request.actor.has_role(Role.ISSUER)
    return [
        each
        for each in found
        if each.takes_applications and (each.issuer_id == own or not is_issuer)
    ]


@page(*MAKERS)
def voucher_batches(request: PortalRequest) -> HttpResponseBase:
    """Show the batches that were made, or that an issuer decides."""
    table = BATCHES.read(request, Queried(vouchers_selectors.batches(**_whose(request))))
    new = desk.Link(_("New batch"), reverse("portal:voucher-batch-new"), "plus", "primary")
    head = desk.Head(
        _("Batches of vouchers"),
        _("Many vouchers from one list: decided by two persons, issued together or not at all."),
        links=[new],
    )
    empty = desk.Empty(
        _("No batches yet"), _("Bring a list of a class, or of enterprises."), "ticket", new
    )
    return desk.show(request, head, [desk.Listed(table, empty)])


@page(*MAKERS)
@require_http_methods(["GET", "POST"])
@once
def new_batch(request: PortalRequest) -> HttpResponse:
    """Take a list, and lead to what would come of it."""
    programmes = _programmes(request)
    form = BatchForm(request.POST or None, request.FILES or None, programmes=programmes)
    if request.method == "POST" and form.is_valid():
        file_id = brought.keep(
            request,
            form,
            purpose=PURPOSE,
            kept_for=KEPT_FOR,
            read=lambda file_id: _read(request, file_id),
        )
        if file_id:
            asked = {name: form.cleaned_data[name] for name in ("programme", "name")}
            address = reverse("portal:voucher-batch-file", args=[file_id])
            return redirect(f"{address}?{urlencode(asked)}")
    head = desk.Head(
        _("New batch"),
        _("Nothing is applied for before you have seen what the list says."),
        crumbs=[(_("Batches of vouchers"), reverse("portal:voucher-batches"))],
    )
    template = desk.Link(_("Empty list"), reverse("portal:voucher-batch-template"), "download")
    back = reverse("portal:voucher-batches")
    block = desk.FormBlock(form, _("Look at the list"), back, symbol="search", links=[template])
    return desk.show(request, head, [block])


@page(*MAKERS)
@require_safe
def batch_template(request: PortalRequest) -> HttpResponse:  # noqa: ARG001 - a page's
    """Give an empty list with its header."""
    response = HttpResponse(batch_files.TEMPLATE, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="batch.csv"'
    return response


def _read(request: PortalRequest, file_id: UUID) -> BatchFile:
    file, content = files_services.open_for(request.actor, file_id=file_id, now=clock.now())
    with content:
        return batch_files.read(content.read(), media_type=file.media_type)


@page(*MAKERS)
@require_http_methods(["GET", "POST"])
@once
def batch_in_file(request: PortalRequest, file_id: UUID) -> HttpResponse:
    """Show what a list says, and apply for all of it once that was read."""
    found = _read(request, file_id)
    code, name = desk.asked(request, "programme"), desk.asked(request, "name")[:80]
    programme = next((each for each in _programmes(request) if each.code == code), None)
    if programme is None or not name:
        raise NotFound
    form = OnceForm(request.POST or None)
    made: list[Any] = []

    def act() -> object:
        batch = vouchers_services.apply_batch(
            programme_id=programme.id,
            made_for=request.actor.organization_id,
            name=name,
            rows=found.rows,
            person_id=request.actor.person_id,
            now=clock.now(),
        )
        made.append(batch)
        return batch

    may = found.rows and not found.bad
    if request.method == "POST" and may and form.is_valid() and desk.is_done(form, act):
        messages.success(
            request, _("Batch %(number)s is with the issuer.") % {"number": made[0].number}
        )
        return redirect("portal:voucher-batch", made[0].pk)
    back = reverse("portal:voucher-batch-new")
    head = desk.Head(
        name,
        _("%(count)s rows, %(total)s; %(left)s is left in the pool.")
        % {
            "count": len(found.rows),
            "total": figures.money(found.total_minor),
            "left": figures.money(programme.pool_minor),
        },
        crumbs=[(_("Batches of vouchers"), reverse("portal:voucher-batches"))],
    )
    main: list[Any] = [_rows(found)]
    if found.bad:
        main.insert(0, _bad(found))
    else:
        act_label = _("Apply for all of it")
        main.insert(0, desk.FormBlock(form, act_label, back, symbol="check"))
    return desk.show(request, head, main)


def _bad(found: BatchFile) -> desk.Sheet:
    return desk.Sheet(
        _("Mend these rows and bring the list again"),
        [desk.Column(_("Row"), "number"), desk.Column(_("Column")), desk.Column(_("Problem"))],
        [
            [desk.Cell(str(each.row)), desk.Cell(each.column), desk.Cell(each.problem)]
            for each in found.bad[:SHOWN_MAX]
        ],
        desk.Empty(_("Nothing is wrong"), ""),
    )


def _rows(found: BatchFile) -> desk.Sheet:
    return desk.Sheet(
        _("What the list says"),
        [
            desk.Column(_("Row"), "number"),
            desk.Column(_("Beneficiary")),
            desk.Column(_("Organisation")),
            desk.Column(_("Amount"), "number"),
        ],
        [
            [
                desk.Cell(str(each.row)),
                desk.Cell(each.named),
                desk.Cell(each.uscc or _("your organisation")),
                desk.Cell(figures.money(each.amount_minor)),
            ]
            for each in found.rows[:SHOWN_MAX]
        ],
        desk.Empty(_("No row can be read"), _("Mend the rows above.")),
    )


@page(*MAKERS)
@require_http_methods(["GET", "POST"])
@once
def voucher_batch(request: PortalRequest, batch_id: UUID) -> HttpResponse:
    """Show a batch line by line; its issuer decides and issues it."""
    found = vouchers_selectors.batch(batch_id, **_whose(request))
    states = vouchers_selectors.batch_states(found.pk)
    acts: list[Any] = []
    if request.actor.has_role(Role.ISSUER):
        acts, is_done = _deciding(request, found, states)
        if is_done:
            return redirect("portal:voucher-batch", found.pk)
    told = ", ".join(
        f"{ApplicationState(state).label}: {count}" for state, count in sorted(states.items())
    )
    head = desk.Head(
        found.name, told, crumbs=[(_("Batches of vouchers"), reverse("portal:voucher-batches"))]
    )
    return desk.show(request, head, [*acts, _lines(found)], [_facts(found)])


def _deciding(request: PortalRequest, found: Any, states: Any) -> tuple[list[Any], bool]:
    """Return what the issuer does next, and whether it was done now."""
    facts = {
        "batch_id": found.pk,
        "issuer_id": request.actor.organization_id,
        "now": clock.now(),
    }
    sent = request.POST or None
    if states.get(S.APPLIED) or states.get(S.REVIEWED):
        form: Any = DecisionForm(sent)

        def decide() -> object:
            return vouchers_services.decide_batch(
                decision=Decision(form.cleaned_data["decision"]),
                note=form.cleaned_data["note"],
                decided_by_id=request.actor.person_id,
                **facts,
            )

        title = _("Review") if states.get(S.APPLIED) else _("Check of the review")
        block = desk.FormBlock(form, _("Record the decision"), title=title)
        return [block], _did(request, form, decide)
    if states.get(S.APPROVED):
        form = OnceForm(sent)

        def issue() -> object:
            return vouchers_services.issue_batch(issued_by_id=request.actor.person_id, **facts)

        count = states[S.APPROVED]
        label = ngettext("Issue %(count)d voucher", "Issue %(count)d vouchers", count)
        block = desk.FormBlock(form, label % {"count": count}, symbol="ticket")
        return [block], _did(request, form, issue)
    return [], False


def _did(request: PortalRequest, form: Any, act: Any) -> bool:
    fields = {"reason": "note"}
    if request.method == "POST" and form.is_valid() and desk.is_done(form, act, fields):
        messages.success(request, _("It is done."))
        return True
    return False


def _lines(found: Any) -> desk.Sheet:
    rows = []
    for each in vouchers_selectors.batch_lines(found.pk):
        voucher = getattr(each.application, "voucher", None)
        rows.append(
            [
                desk.Cell(each.named, names.named(each.holder)),
                desk.Cell(figures.money(each.application.amount_minor)),
                desk.Cell(ApplicationState(each.application.state).label),
                desk.Cell(voucher.number if voucher else "—", is_code=bool(voucher)),
            ]
        )
    return desk.Sheet(
        _("Beneficiaries"),
        [
            desk.Column(_("Beneficiary")),
            desk.Column(_("Amount"), "number"),
            desk.Column(_("State")),
            desk.Column(_("Voucher")),
        ],
        rows,
        desk.Empty(_("Nobody"), ""),
    )


def _facts(found: Any) -> desk.Facts:
    return desk.Facts(
        _("Batch"),
        [
            (_("Number"), desk.Cell(found.number)),
            (_("Programme"), desk.Cell(names.named(found.programme), found.programme.code)),
            (_("Asked by"), desk.Cell(names.named(found.made_for))),
            (_("Vouchers"), desk.Cell(str(found.count))),
            (_("Amount"), desk.Cell(figures.money(found.total_minor))),
            (_("Made"), desk.Cell(when(found.made_at))),
        ],
    )
