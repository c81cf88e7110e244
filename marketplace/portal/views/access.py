"""Asking for access: the form for strangers, and the pages on which an operator answers."""

from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from common import clock
from common.errors import Refusal
from identity import access_requests, turns
from identity.approvals.contracts import REASON_LENGTH_MAX, Person
from identity.contracts import ACCESS_MESSAGE_MAX, ROLES_ASKED_FOR, AccessState, Role
from identity.uscc import InvalidUscc, is_uscc
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm, PlainForm, show_refusal
from marketplace.portal.lists.answering import ACCESS_REQUESTS
from marketplace.portal.once import once
from marketplace.portal.tables import Queried

WAITING_MAX: Final = 1_000  # counted
ACCEPT, DECLINE = "ACCEPT", "DECLINE"
ANSWERS: Final = (
    (ACCEPT, gettext_lazy("Accept: enter the organisation and propose the role")),
    (DECLINE, gettext_lazy("Decline")),
)


class AccessForm(PlainForm):
    """Who asks, for which organisation, to be what."""

    uscc = forms.CharField(
        label=gettext_lazy("Unified social credit code"),
        max_length=40,
        help_text=gettext_lazy("18 characters; the last one checks the others."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    organization_name = forms.CharField(label=gettext_lazy("Organisation"), max_length=120)
    person_name = forms.CharField(label=gettext_lazy("Your name"), max_length=80)
    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)
    role = forms.ChoiceField(
        label=gettext_lazy("You want to be"),
        choices=[(role.value, role.label) for role in ROLES_ASKED_FOR],
    )
    message = forms.CharField(
        label=gettext_lazy("What for"),
        max_length=ACCESS_MESSAGE_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("What you need or have, in a few sentences."),
    )

    def clean_uscc(self) -> str:
        """Return the code as the register writes it."""
        code: str = self.cleaned_data["uscc"].strip().upper()
        if not is_uscc(code):
            raise forms.ValidationError(str(InvalidUscc.sentence), code=InvalidUscc.code)
        return code


class AnswerForm(OnceForm):
    """What an operator answers, and why."""

    answer = forms.ChoiceField(
        label=gettext_lazy("Answer"), choices=ANSWERS, widget=forms.RadioSelect
    )
    words = forms.CharField(
        label=gettext_lazy("Words to the applicant"),
        max_length=REASON_LENGTH_MAX,  # They are the reason of the role's proposal, too.
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Needed if you decline. They are sent by e-mail."),
    )


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Let somebody who is no member ask to be let in."""
    form = AccessForm(request.POST or None)
    status = HTTPStatus.OK
    if request.method == "POST" and form.is_valid():
        turn = turns.take(turns.buckets_for_asking(request))
        if turn is not None and turn.is_refused:
            refusal = access_requests.AccessClosedToday()
            show_refusal(form, refusal)
            status = HTTPStatus.TOO_MANY_REQUESTS
        elif _is_asked(form):
            return redirect("portal:access-asked")
    if form.errors and status == HTTPStatus.OK:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    return render(request, "public/ask_access.html", {"form": form}, status=status)


def _is_asked(form: AccessForm) -> bool:
    """Write down what was typed, or write beside its input why not."""
    facts: dict[str, Any] = dict(form.cleaned_data)
    facts["role"] = Role(facts["role"])
    try:
        access_requests.ask(
            **facts, language="en" if get_language() == "en" else "zh-hans", now=clock.now()
        )
    except Refusal as refusal:
        show_refusal(form, refusal)
        return False
    return True


@require_safe
def asked(request: HttpRequest) -> HttpResponse:
    """Say what happens now; the same whether it was asked before or not."""
    return render(request, "public/access_asked.html")


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
def requests(request: PortalRequest) -> HttpResponseBase:
    """Show who asked to be let in."""
    found = access_requests.requests()
    table = ACCESS_REQUESTS.read(request, Queried(found))
    waiting = found.filter(state=AccessState.WAITING)[:WAITING_MAX].count()
    return table.answer("portal/access_requests.html", {"waiting": waiting})


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def answer(request: PortalRequest, access_request_id: UUID) -> HttpResponse:
    """Show one request, and answer it."""
    found = access_requests.request_of(access_request_id)
    form = AnswerForm(request.POST or None, initial={"answer": ACCEPT})
    if (
        request.method == "POST"
        and form.is_valid()
        and _is_answered(request, access_request_id, form)
    ):
        return redirect("portal:access-requests")
    context = {
        "asked": found,
        "form": form,
        "known": access_requests.organization_of(found),
        "is_open": found.state == AccessState.WAITING,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "portal/access_request.html", context, status=status)


def _is_answered(request: PortalRequest, request_id: UUID, form: AnswerForm) -> bool:
    """Answer, or write beside its input why not."""
    by = Person(request.actor.person_id, request.actor.organization_id)
    act = (
        access_requests.accept if form.cleaned_data["answer"] == ACCEPT else access_requests.decline
    )
    try:
        told = act(request_id=request_id, by=by, now=clock.now(), answer=form.cleaned_data["words"])
    except Refusal as refusal:
        refusal.field = "words" if refusal.field == "answer" else refusal.field
        show_refusal(form, refusal)
        return False
    if told.state == AccessState.ACCEPTED:
        messages.success(request, _("Accepted. Another operator approves the role."))
    else:
        messages.success(request, _("Declined. The applicant is told."))
    return True
