"""Certificates that their holders ask for: asking, the queue, verifying and refusing."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from common.errors import Refusal
from common.moments import market_date
from identity.certifying import selectors as certifying_selectors
from identity.certifying import services as certifying_services
from identity.certifying.contracts import FORM, NOTE_MAX, RequestState
from identity.contracts import CertificateKind, Role
from identity.forms import selectors as forms_selectors
from identity.services import CertificateFigures
from marketplace.portal import desk, names
from marketplace.portal.access import PortalRequest, address_if_open, page
from marketplace.portal.asked_forms import AskedForm, answers_told
from marketplace.portal.forms import OnceForm, show_refusal
from marketplace.portal.lists.certifying import CERTIFICATE_REQUESTS, state_of_request
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from marketplace.portal.templatetags.portal import when
from marketplace.portal.views.asking import QUESTIONS, kept_for_later
from marketplace.portal.views.certificates import DAY, FIGURES, SME_SECTIONS, SmeForm

FIELDS: Final = {"valid_from": "first_day", "valid_to": "last_day"}
# What an applicant said, offered to whoever looks at it.
SAID: Final = {
    "number": "number",
    "staff_count": "staff_count",
    "established_on": "established_on",
    "valid_to": "last_day",
}


class CertificateAskForm(AskedForm):
    """Which certificate is asked for, and the figures and evidence for it."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Attests"), choices=[("", "—"), *CertificateKind.choices]
    )


class VerificationForm(SmeForm):
    """The certificate as it is issued; its holder and kind are those that were asked for."""

    holder = None  # type: ignore[assignment]
    kind = None  # type: ignore[assignment]


class RequestRefusalForm(OnceForm):
    """Why a request is refused."""

    note = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=NOTE_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Shown to who asked."),
    )


@page()
def certificate_requests(request: PortalRequest) -> HttpResponseBase:
    """Show what was asked for: one's own, or the queue of those who attest."""
    actor = request.actor
    attests = actor.has_role(*certifying_selectors.ATTESTORS)
    found = certifying_selectors.requests_for(actor)
    waiting = found.filter(state=RequestState.WAITING).count()
    may_ask = address_if_open(actor, "certificate-ask")
    ask = desk.Link(_("Ask for a certificate"), may_ask, "plus", "primary")
    head = desk.Head(
        _("Certificates asked for"),
        _("%(count)s waiting for an attestor.") % {"count": waiting},
        crumbs=[(_("Enterprise certificates"), reverse("portal:sme-certificates"))],
        links=[ask] if may_ask and not attests else [],
    )
    empty = desk.Empty(
        _("Nothing was asked for"),
        _("Who holds a certificate, or wants one, asks here with evidence."),
        "shield-check",
        None if attests else ask,
    )
    table = CERTIFICATE_REQUESTS.read(request, Queried(found))
    return desk.show(request, head, [desk.Listed(table, empty)])


@page(Role.BUYER, Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def ask_certificate(request: PortalRequest) -> HttpResponse:
    """Ask for a certificate, or for one that is held already to be verified."""
    asked = forms_selectors.newest_form(FORM)
    form = CertificateAskForm(asked, request)
    if request.htmx:
        return render(request, QUESTIONS, {"form": form})
    if request.method == "POST":
        later = kept_for_later(request, form)
        if later is not None:
            return later
        made = _asked(request, form) if form.is_valid() else None
        if made is not None:
            messages.success(request, _("The request waits for an attestor."))
            return redirect("portal:certificate-request", made.pk)
    context = {"form": form, "asked": asked}
    status = 422 if form.errors else 200
    return render(request, "portal/certificate_ask.html", context, status=status)


def _asked(request: PortalRequest, form: CertificateAskForm) -> Any:
    try:
        return certifying_services.ask_certificate(
            organization_id=request.actor.organization_id,
            person_id=request.actor.person_id,
            kind=CertificateKind(form.cleaned_data["kind"]),
            version=form.asked.version,
            answers=form.answers,
            consents=form.consents,
            now=clock.now(),
        )
    except Refusal as refusal:
        show_refusal(form, refusal)
        return None


@page()
@require_http_methods(["GET", "POST"])
@once
def certificate_request(request: PortalRequest, certificate_request_id: UUID) -> HttpResponse:
    """Show a request; who attests verifies or refuses it, who asked may withdraw it."""
    actor = request.actor
    found = certifying_selectors.request_for(actor, certificate_request_id)
    is_own = found.organization_id == actor.organization_id
    acts: list[Any] = []
    if found.state == RequestState.WAITING:
        may_judge = not is_own and actor.has_role(*certifying_selectors.ATTESTORS)
        acts = _judging(request, found) if may_judge else []
        if is_own and actor.has_role(Role.BUYER, Role.PROVIDER):
            acts = [_withdrawing(request, found)]
    if any(act is DONE for act in acts):
        messages.success(request, _("It is done."))
        return redirect("portal:certificate-request", found.pk)
    asked = forms_selectors.definition(found.submission.code, found.submission.version)
    tag = state_of_request(found)
    head = desk.Head(
        str(CertificateKind(found.kind).label),
        _next_step(found),
        crumbs=[(_("Certificates asked for"), reverse("portal:certificate-requests"))],
        tags=[desk.Cell(tag.label, tone=tag.tone or "brand", symbol=tag.icon)],
    )
    side = [_facts(found)]
    return desk.show(request, head, [answers_told(asked, found.submission), *acts], side)


DONE: Final = object()


def _judging(request: PortalRequest, found: Any) -> list[Any]:
    """Return the forms of who attests; one of them done says so."""
    act = request.POST.get("act", "") if request.method == "POST" else ""
    yes = VerificationForm(request.POST if act == "verify" else None, initial=_offered(found))
    no = RequestRefusalForm(request.POST if act == "refuse" else None, auto_id="no_%s")
    facts = {
        "request_id": found.pk,
        "attestor_id": request.actor.organization_id,
        "person_id": request.actor.person_id,
        "now": clock.now(),
    }

    def verify() -> object:
        return certifying_services.verify_request(said=_attestation(yes.cleaned_data), **facts)

    def refuse() -> object:
        return certifying_services.refuse_request(note=no.cleaned_data["note"], **facts)

    if act == "verify" and yes.is_valid() and desk.is_done(yes, verify, FIELDS):
        return [DONE]
    if act == "refuse" and no.is_valid() and desk.is_done(no, refuse):
        return [DONE]
    sections = [
        desk.Section(gettext_lazy("Certificate"), ("number",)),
        *SME_SECTIONS[1:],
    ]
    return [
        _block(yes, "verify", _("Verify it: issue the certificate"), "shield-check", sections),
        _block(no, "refuse", _("Refuse it"), "x", tone="danger"),
    ]


def _block(
    form: Any, act: str, label: str, symbol: str, sections: Any = (), tone: str = "primary"
) -> desk.FormBlock:
    form.fields["act"] = forms.CharField(initial=act, widget=forms.HiddenInput, required=False)
    return desk.FormBlock(form, label, sections=sections, symbol=symbol, tone=tone)


def _withdrawing(request: PortalRequest, found: Any) -> Any:
    form = OnceForm(request.POST or None)

    def withdraw() -> object:
        return certifying_services.withdraw_request(
            request_id=found.pk,
            organization_id=request.actor.organization_id,
            person_id=request.actor.person_id,
            now=clock.now(),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, withdraw):
        return DONE
    return desk.FormBlock(form, _("Withdraw the request"), symbol="x", tone="quiet")


def _attestation(typed: dict[str, Any]) -> certifying_services.Attestation:
    figures = {name: typed[name] for name in (*FIGURES, "is_listed")}
    return certifying_services.Attestation(
        number=typed["number"],
        valid_from=typed["first_day"],
        valid_to=typed["last_day"] + DAY,
        figures=CertificateFigures(**figures),
    )


def _offered(found: Any) -> dict[str, Any]:
    """Return what who asked said, as what the attestor may confirm or correct."""
    said = found.submission.answers
    offered: dict[str, Any] = {"first_day": market_date(clock.now())}
    offered |= {field: said[name] for name, field in SAID.items() if name in said}
    for name in ("revenue", "assets"):
        if name in said:
            offered[f"{name}_minor"] = f"{said[name] // 100}.{said[name] % 100:02d}"
    last = offered.get("last_day")
    if isinstance(last, str):
        offered["last_day"] = date.fromisoformat(last)
    return offered


def _next_step(found: Any) -> str:
    words = {
        RequestState.WAITING: _("An attestor looks at the evidence, and verifies or refuses it."),
        RequestState.VERIFIED: _("The certificate is issued; programmes count with it."),
        RequestState.REFUSED: _("It was refused: %(why)s You may ask again.") % {"why": found.note},
        RequestState.WITHDRAWN: _("It was withdrawn. You may ask again."),
    }
    return words[RequestState(found.state)]


def _facts(found: Any) -> desk.Facts:
    held = found.certificate
    files = [
        desk.Link(each["name"], reverse("file-content", args=[each["id"]]), "file-text")
        for each in found.submission.files.values()
    ]
    pairs: list[tuple[Any, desk.Cell]] = [
        (_("Asked by"), desk.Cell(names.named(found.organization), found.organization.uscc)),
        (_("Asked"), desk.Cell(when(found.asked_at))),
    ]
    if found.decided_at:
        pairs.append((_("Decided"), desk.Cell(when(found.decided_at))))
        pairs.append((_("Decided by"), desk.Cell(names.named(found.decided_for))))
    if held is not None:
        days = f"{held.valid_from} – {held.valid_to - DAY}"
        pairs.append((_("Certificate"), desk.Cell(held.number, days)))
    return desk.Facts(_("Request"), pairs, files)
