"""Forms that are asked of every organisation: to answer, and what was answered."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from common import clock
from common.errors import Refusal
from identity.forms import selectors as forms_selectors
from identity.forms import services as forms_services
from identity.forms.contracts import FormPurpose
from identity.forms.definitions import Form, in_words
from marketplace.portal import desk, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.asked_forms import AskedForm, answers_told
from marketplace.portal.forms import show_refusal
from marketplace.portal.lists.answered import FORM_SUBMISSIONS
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from marketplace.portal.templatetags.portal import when

QUESTIONS = "portal/parts/questions.html"
KEEP = "keep"


@page()
def asked_of_us(request: PortalRequest) -> HttpResponseBase:
    """Show the forms that are asked of every organisation, and what was answered."""
    rows = [_row(request, form) for form in forms_selectors.current(FormPurpose.STANDING)]
    sheet = desk.Sheet(
        _("Asked of every organisation"),
        [
            desk.Column(pgettext("to fill in", "Form")),
            desk.Column(_("State")),
            desk.Column(_("Answer"), "act"),
        ],
        rows,
        desk.Empty(_("No forms"), _("The operator of the market publishes forms.")),
    )
    found = forms_selectors.submissions(request.actor)
    table = FORM_SUBMISSIONS.read(request, Queried(found))
    empty = desk.Empty(_("Nothing answered yet"), _("What was answered stays here as it was."))
    head = desk.Head(_("Forms"), _("What is answered is kept with the version that asked it."))
    return desk.show(
        request, head, [sheet, desk.Listed(table, empty, pgettext("to a form", "Answers"))]
    )


def _row(request: PortalRequest, form: Form) -> list[desk.Cell]:
    own = request.actor.organization_id
    address = reverse("portal:form-answer", args=[form.code])
    link = desk.Link(_("Answer"), address, about=in_words(form.title))
    return [
        desk.Cell(in_words(form.title), f"{form.code} v{form.version}"),
        _state(form, own),
        desk.Cell(links=[link]),
    ]


def _state(form: Form, organization_id: UUID) -> desk.Cell:
    """Return whether a form is answered, and whether its consent is asked anew."""
    last = forms_selectors.last(form.code, organization_id=organization_id)
    if last is None:
        begun = forms_selectors.draft(organization_id=organization_id, code=form.code)
        return desk.Cell(_("Begun"), tone="brand") if begun else desk.Cell(_("Open"), tone="warn")
    if form.consent and forms_selectors.agreed(form, organization_id=organization_id) is None:
        return desk.Cell(_("Your consent is asked anew"), tone="warn")
    return desk.Cell(_("Answered"), when(last.submitted_at), tone="ok", symbol="check")


@page()
@require_http_methods(["GET", "POST"])
@once
def answer_form(request: PortalRequest, code: str) -> HttpResponse:
    """Ask a form; what is begun can be kept for later."""
    asked = forms_selectors.standing(code)
    form = AskedForm(asked, request)
    if request.htmx:
        return render(request, QUESTIONS, {"form": form})
    if request.method == "POST" and (kept := kept_for_later(request, form)) is not None:
        return kept
    if request.method == "POST" and form.is_valid() and _is_submitted(request, form):
        messages.success(request, _("Your answers are kept."))
        return redirect("portal:forms")
    context = {"form": form, "asked": asked, "title": in_words(asked.title)}
    status = 422 if form.errors else 200
    return render(request, "portal/form_answer.html", context, status=status)


def kept_for_later(
    request: PortalRequest, form: AskedForm, *, about: str = ""
) -> HttpResponse | None:
    """Keep what fits so far where that is asked for; what is missing is no matter."""
    if request.POST.get("act") != KEEP:
        return None
    form.is_valid()
    forms_services.keep_draft(
        form.asked,
        form.answers,
        organization_id=request.actor.organization_id,
        person_id=request.actor.person_id,
        now=clock.now(),
        about=about,
    )
    messages.success(request, _("What you answered so far is kept for later."))
    return redirect(request.get_full_path())


def _is_submitted(request: PortalRequest, form: AskedForm) -> bool:
    try:
        forms_services.submit(
            form.asked,
            form.answers,
            organization_id=request.actor.organization_id,
            person_id=request.actor.person_id,
            consents=form.consents,
            now=clock.now(),
        )
    except Refusal as refusal:
        show_refusal(form, refusal)
        return False
    return True


@page()
def submission(request: PortalRequest, submission_id: UUID) -> HttpResponse:
    """Show what was answered, as it was asked."""
    found = forms_selectors.submission(request.actor, submission_id)
    form = forms_selectors.definition(found.code, found.version)
    facts: list[tuple[Any, desk.Cell]] = [
        (_("Organisation"), desk.Cell(names.named(found.organization))),
        (_("Version"), desk.Cell(str(found))),
        (_("Answered"), desk.Cell(when(found.submitted_at))),
        (_("Agreed to"), desk.Cell(in_words(form.consent) or "—")),
    ]
    head = desk.Head(
        in_words(form.title),
        _("It stays as it was answered."),
        crumbs=[(_("Forms"), reverse("portal:forms"))],
    )
    return desk.show(request, head, [answers_told(form, found)], [desk.Facts(_("Record"), facts)])
