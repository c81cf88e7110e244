"""A person asks to be erased, and reads what became of it; an operator says why not."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock, tenancy
from identity.contracts import Role
from identity.rights import selectors as rights_selectors
from identity.rights import services as rights_services
from identity.rights.contracts import REASON_MAX, ErasureRequestState
from marketplace.portal import desk, figures
from marketplace.portal.access import PortalRequest, own_page, page, person_of
from marketplace.portal.forms import OnceForm
from marketplace.portal.once import once
from marketplace.portal.views.privacy import crumbs

SHOWN_MAX = 20


class AskErasureForm(OnceForm):
    """What a person wants to say with it."""

    words = forms.CharField(
        label=gettext_lazy("What you want to say with it"),
        max_length=REASON_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Nothing is needed. The words go with you."),
    )


class RefuseErasureForm(OnceForm):
    """Why a person is not erased."""

    reason = forms.CharField(
        label=gettext_lazy("Reason that the person reads"),
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@own_page
@require_http_methods(["GET", "POST"])
@once
def own_erasure(request: PortalRequest) -> HttpResponse:
    """Ask to be erased, or take it back while it waits."""
    person = person_of(request)
    with tenancy.acting_as_platform():
        rows = list(rights_selectors.own_erasure_requests(person)[:SHOWN_MAX])
    waits = bool(rows) and rows[0].state == ErasureRequestState.WAITING
    form: Any = (OnceForm if waits else AskErasureForm)(request.POST or None)

    def act() -> None:
        if waits:
            rights_services.withdraw_erasure(person_id=person, now=clock.now())
            return
        words = form.cleaned_data["words"]
        rights_services.ask_erasure(person_id=person, words=words, now=clock.now())

    if request.method == "POST" and form.is_valid() and desk.is_done(form, act):
        told = _("You took it back.") if waits else _("Operators read it, and answer here.")
        messages.info(request, told)
        return redirect("portal:own-erasure")
    head = desk.Head(
        _("Ask to be erased"),
        _("Two operators agree on it. It cannot be undone."),
        crumbs=[
            (_("Profile"), reverse("portal:profile")),
            (_("My data"), reverse("portal:own-data")),
        ],
    )
    block = desk.FormBlock(
        form,
        _("Take the request back") if waits else _("Ask to be erased"),
        reverse("portal:own-data"),
        tone="primary" if waits else "danger",
    )
    return desk.show(request, head, [_sheet(rows)], [block, _stays()])


def _stays() -> desk.Steps:
    return desk.Steps(
        _("What stays when you leave"),
        [
            _("Name and address go; roles, keys, sessions, notices and lists end."),
            _("Trade records, books and decisions stay, and name you by number alone."),
            _("Under a legal hold nobody is erased before two people lift it."),
        ],
    )


def _sheet(rows: list[Any]) -> desk.Sheet:
    return desk.Sheet(
        title=_("What you asked"),
        columns=[desk.Column(_("Asked for")), desk.Column(_("State")), desk.Column(_("Answer"))],
        rows=[
            [
                desk.Cell(figures.moment(each.asked_at)),
                desk.Cell(ErasureRequestState(each.state).label),
                desk.Cell(each.answer or "—"),
            ]
            for each in rows
        ],
        empty=desk.Empty(
            _("You asked for nothing yet"), _("What becomes of a request stands here."), "user"
        ),
    )


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def refuse_erasure(request: PortalRequest, erasure_request_id: UUID) -> HttpResponse:
    """Say why a person is not erased."""
    form = RefuseErasureForm(request.POST or None)

    def refuse() -> None:
        rights_services.refuse_erasure(
            request_id=erasure_request_id,
            reason=form.cleaned_data["reason"],
            person_id=request.actor.person_id,
            now=clock.now(),
        )

    back = reverse("portal:erasures")
    if request.method == "POST" and form.is_valid() and desk.is_done(form, refuse):
        messages.info(request, _("The person reads why."))
        return redirect(back)
    head = desk.Head(
        _("Refuse an erasure"),
        _("The person reads the reason, and may ask again after 30 days."),
        crumbs=[*crumbs(), (_("Erased persons"), back)],
    )
    return desk.show(request, head, [desk.FormBlock(form, _("Refuse it"), back, tone="danger")])


def waiting_requests(*, may_answer: bool) -> desk.Sheet:
    """Return who asked to be erased and waits, each with what an operator may do."""
    rows = []
    for each in rights_selectors.waiting_erasure_requests()[:SHOWN_MAX]:
        person = f"#{each.user_id}"
        propose = f"{reverse('portal:erasures')}?person={each.user_id}"
        refuse = reverse("portal:erasure-refuse", args=[each.pk])
        rows.append(
            [
                desk.Cell(person),
                desk.Cell(figures.moment(each.asked_at)),
                desk.Cell(each.words or "—"),
                desk.Cell(_("Propose to erase"), address=propose) if may_answer else desk.Cell("—"),
                desk.Cell(_("Refuse"), address=refuse) if may_answer else desk.Cell("—"),
            ]
        )
    return desk.Sheet(
        title=_("Asked by the persons themselves"),
        columns=[
            desk.Column(_("Person")),
            desk.Column(_("Asked for")),
            desk.Column(_("What they say")),
            desk.Column(_("Act")),
            desk.Column(_("Or")),
        ],
        rows=rows,
        empty=desk.Empty(_("Nobody waits"), _("Requests of persons stand here."), "user"),
    )
