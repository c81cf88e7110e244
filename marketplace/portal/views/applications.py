"""Applications on pages: the applicant's, the officer's, and what everybody may object to."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock, tenancy
from common.errors import Refusal
from common.moments import market_date
from identity import relations
from identity.contracts import Role
from identity.files import services as files_services
from identity.forms import selectors as forms_selectors
from marketplace.claims.selectors.reimbursements import published_reimbursements
from marketplace.portal import application_words as words
from marketplace.portal import control_words, desk
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.asked_forms import answers_told
from marketplace.portal.forms import DayFormField, MoneyField, OnceForm
from marketplace.portal.once import once
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers import services as vouchers_services
from marketplace.vouchers.contracts import ApplicationState, Decision
from marketplace.vouchers.control_contracts import CONTRACT_NUMBER_MAX
from marketplace.vouchers.life import OF_APPLICANT, WITHDRAWABLE

S = ApplicationState
PURPOSE: Final = "vouchers.evidence"
PUBLISHED_MAX: Final = 200
DECISIONS: Final = (
    (Decision.APPROVE.value, gettext_lazy("For it")),
    (Decision.SEND_BACK.value, gettext_lazy("More evidence is needed, or another review")),
    (Decision.REJECT.value, gettext_lazy("Reject")),
)


def _note(label: Any, **options: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, max_length=500, widget=widget, **options)


class DecisionForm(OnceForm):
    """What an officer decides, and why."""

    decision = forms.ChoiceField(
        label=gettext_lazy("Decision"), choices=DECISIONS, widget=forms.RadioSelect
    )
    note = _note(gettext_lazy("Reason, shown to the applicant"), required=False)


class RevocationForm(OnceForm):
    """Why something is done."""

    note = _note(gettext_lazy("Reason"))


class AddedEvidenceForm(OnceForm):
    """What an applicant answers, with a file if it has one."""

    note = _note(gettext_lazy("Answer"))
    file = forms.FileField(
        label=gettext_lazy("File"), required=False, help_text=gettext_lazy("PDF, picture or table.")
    )


class ObjectionForm(OnceForm):
    """Why somebody objects."""

    note = _note(gettext_lazy("Why do you object?"))


class ObjectionAnswerForm(OnceForm):
    """What becomes of an objection, and why."""

    is_upheld = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=(
            ("no", gettext_lazy("The objection is dismissed")),
            ("yes", gettext_lazy("The objection is upheld: the application is rejected")),
        ),
        widget=forms.RadioSelect,
    )
    note = _note(gettext_lazy("Answer"))


class ContractForm(OnceForm):
    """A contract that an application is for."""

    seller_uscc = forms.CharField(
        label=gettext_lazy("Seller's unified social credit code"), max_length=18
    )
    number = forms.CharField(
        label=gettext_lazy("Number of the contract"), max_length=CONTRACT_NUMBER_MAX
    )
    signed_on = DayFormField(
        label=gettext_lazy("Signed on"), widget=forms.DateInput(attrs={"type": "date"})
    )
    amount = MoneyField(label=gettext_lazy("Amount of the contract"))

    def named(self) -> dict[str, Any]:
        """Return the contract as the service takes it."""
        values = self.values()
        return {
            "seller_uscc": values["seller_uscc"],
            "number": values["number"],
            "signed_on": values["signed_on"],
            "amount_minor": values["amount"],
        }


CONTRACT_TOLD: Final = gettext_lazy(
    "A contract is supported once: name those that this application is for."
)
FIELDS: Final = {"reason": "note", "answer": "note", "amount_minor": "amount"}


@page(Role.BUYER)
@require_http_methods(["GET", "POST"])
@once
def own(request: PortalRequest, application_id: UUID) -> HttpResponse:
    """Show an applicant where its application stands, and let it take its own next step."""
    found = vouchers_selectors.application(
        application_id=application_id, applicant_id=request.actor.organization_id
    )
    act = request.POST.get("act", "") if request.method == "POST" else ""
    step = _own_form(request, found, act)
    if step is not None and act and step.is_valid():
        taken = desk.is_done(step, lambda: _take(request, found, act, step), FIELDS)
        if taken:
            messages.success(request, _("It is done."))
            return redirect("portal:application", found.pk)
    main: list[Any] = [
        words.checks(found),
        *answers_of(found),
        control_words.contracts(vouchers_selectors.contracts_of(found.pk)),
        words.history(vouchers_selectors.told_steps(found.pk)),
    ]
    head = words.head(found, (_("Vouchers"), reverse("portal:vouchers")))
    return desk.show(
        request,
        head,
        [*_own_acts(found, step, act), *main],
        [words.facts(found), words.evidence(found)],
    )


def answers_of(found: Any) -> list[desk.Facts]:
    """Return what was answered to the programme's form, if it was asked."""
    submission = found.submission
    if submission is None:
        return []
    asked = forms_selectors.definition(submission.code, submission.version)
    return [answers_told(asked, submission)]


def _own_form(request: PortalRequest, found: Any, act: str) -> Any:
    if found.state == S.EVIDENCE_ASKED and act in ("", "answer"):
        return AddedEvidenceForm(request.POST or None, request.FILES or None)
    if act == "contract":
        return ContractForm(request.POST, auto_id="contract_%s")
    return OnceForm(request.POST if act else None, auto_id=False)


def _own_acts(found: Any, step: Any, act: str) -> Sequence[Any]:
    """Return the forms of what the applicant may do now."""
    acts: list[Any] = []
    if found.state == S.DRAFT:
        form = step if act == "submit" else OnceForm(auto_id=False)
        acts.append(_act(form, "submit", _("Hand it in"), "check"))
    if found.state == S.EVIDENCE_ASKED:
        form = step if act in ("", "answer") else AddedEvidenceForm()
        acts.append(_act(form, "answer", _("Send the answer"), "check", told=found.note))
    if found.state in OF_APPLICANT:
        form = step if act == "contract" else ContractForm(auto_id="contract_%s")
        acts.append(
            _act(form, "contract", _("Name a contract"), "plus", tone="", told=str(CONTRACT_TOLD))
        )
    if found.state in WITHDRAWABLE:
        form = step if act == "withdraw" else OnceForm(auto_id=False)
        acts.append(_act(form, "withdraw", _("Withdraw the application"), "x", tone=""))
    return acts


def _act(
    form: Any, act: str, label: str, symbol: str, *, tone: str = "primary", told: str = ""
) -> desk.FormBlock:
    form.fields["act"] = forms.CharField(initial=act, widget=forms.HiddenInput, required=False)
    return desk.FormBlock(form, label, symbol=symbol, tone=tone or "quiet", told=told)


def _take(request: PortalRequest, found: Any, act: str, form: Any) -> object:
    """Take the step that a form asks for."""
    facts: dict[str, Any] = {
        "application_id": found.pk,
        "applicant_id": request.actor.organization_id,
        "person_id": request.actor.person_id,
        "now": clock.now(),
    }
    if act == "answer":
        note = form.cleaned_data["note"]
        return vouchers_services.add_evidence(note=note, file_ids=kept(request, form), **facts)
    if act == "contract":
        return vouchers_services.name_contract(**facts, **form.named())
    if act == "withdraw":
        return vouchers_services.withdraw_application(**facts)
    return vouchers_services.submit_application(**facts)


def kept(request: PortalRequest, form: Any) -> list[UUID]:
    """Keep the file that came with a form, if one did."""
    uploaded = form.cleaned_data.get("file")
    if not uploaded:
        return []
    try:
        file = files_services.store(
            organization_id=request.actor.organization_id,
            person_id=request.actor.person_id,
            name=uploaded.name,
            content=uploaded.read(),
            purpose=PURPOSE,
            now=clock.now(),
        )
    except Refusal as refusal:
        refusal.field = "file"
        raise
    return [file.pk]


@page(Role.ISSUER)
@require_http_methods(["GET", "POST"])
@once
def decide(request: PortalRequest, application_id: UUID) -> HttpResponse:
    """Show an officer the evidence and the check, and take what is to be decided now."""
    issuer_id = request.actor.organization_id
    found = vouchers_selectors.application(application_id=application_id, issuer_id=issuer_id)
    form = _officer_form(request, found)
    is_sent = request.method == "POST" and form is not None and form.is_valid()
    if is_sent and desk.is_done(form, lambda: _judge(request, found, form), FIELDS):
        messages.success(
            request, _("Application %(number)s is decided.") % {"number": found.number}
        )
        return redirect(_next(issuer_id, found))
    acts = [] if form is None else [_officer_act(found, form)]
    main: list[Any] = [
        *acts,
        words.checks(found),
        control_words.panel(
            vouchers_selectors.control_findings(issuer_id=issuer_id).filter(application=found)
        ),
        control_words.contracts(vouchers_selectors.contracts_of(found.pk)),
        *answers_of(found),
        words.evidence(found),
        control_words.former(list(vouchers_selectors.formerly(found)[: control_words.SHOWN_MAX])),
        control_words.related(
            found.applicant_id, relations.ties_of(found.applicant_id, on=market_date(clock.now()))
        ),
    ]
    if found.state == S.PUBLISHED:
        main.append(words.objections(vouchers_selectors.objections_to(found.pk), _answering))
    head = words.head(found, (_("Programmes"), reverse("portal:programmes")))
    side: list[Any] = [words.facts(found), words.history(vouchers_selectors.steps_of(found.pk))]
    return desk.show(request, head, main, side)


def _officer_form(request: PortalRequest, found: Any) -> Any:
    if found.state in (S.APPLIED, S.REVIEWED):
        return DecisionForm(request.POST or None)
    return OnceForm(request.POST or None) if found.state == S.APPROVED else None


def _officer_act(found: Any, form: Any) -> desk.FormBlock:
    back = reverse("portal:programmes")
    if found.state == S.APPROVED:
        told = _("Its value moves from the pool to the voucher at once.")
        revoke = desk.Link(
            _("Revoke the approval"), reverse("portal:application-revoke", args=[found.pk]), "x"
        )
        return desk.FormBlock(
            form, _("Issue the voucher"), back, told=told, symbol="ticket", links=[revoke]
        )
    title = _("Check of the review") if found.state == S.REVIEWED else _("Review")
    return desk.FormBlock(form, _("Record the decision"), back, title=title)


def _judge(request: PortalRequest, found: Any, form: Any) -> object:
    facts: dict[str, Any] = {
        "application_id": found.pk,
        "issuer_id": request.actor.organization_id,
        "now": clock.now(),
    }
    if found.state == S.APPROVED:
        return vouchers_services.issue_voucher(issued_by_id=request.actor.person_id, **facts)
    return vouchers_services.decide(
        decision=Decision(form.cleaned_data["decision"]),
        note=form.cleaned_data["note"],
        decided_by_id=request.actor.person_id,
        **facts,
    )


def _next(issuer_id: UUID, found: Any) -> str:
    """Return the next application that waits as this one did, or the queue."""
    waiting = vouchers_selectors.applications(issuer_id=issuer_id).filter(state=found.state)
    following = waiting.exclude(pk=found.pk).order_by("id").first()
    if following is None:
        return reverse("portal:programmes")
    return reverse("portal:application-decide", args=[following.pk])


def _answering(objection: Any) -> desk.Link:
    address = reverse("portal:objection-answer", args=[objection.pk])
    return desk.Link(_("Answer"), address, about=objection.reason[:40])


@page(Role.ISSUER)
@require_http_methods(["GET", "POST"])
@once
def revoke(request: PortalRequest, application_id: UUID) -> HttpResponse:
    """Ask why an approval is revoked."""
    found = vouchers_selectors.application(
        application_id=application_id, issuer_id=request.actor.organization_id
    )
    back = reverse("portal:application-decide", args=[found.pk])
    form = RevocationForm(request.POST or None)

    def act() -> object:
        return vouchers_services.revoke_approval(
            application_id=found.pk,
            issuer_id=request.actor.organization_id,
            revoked_by_id=request.actor.person_id,
            note=form.cleaned_data["note"],
            now=clock.now(),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, act):
        messages.success(request, _("The approval is revoked."))
        return redirect(back)
    head = words.head(found, (_("Programmes"), reverse("portal:programmes")))
    block = desk.FormBlock(form, _("Revoke the approval"), back, symbol="x", tone="danger")
    return desk.show(request, head, [block], [words.facts(found)])


@page(Role.ISSUER)
@require_http_methods(["GET", "POST"])
@once
def answer(request: PortalRequest, objection_id: UUID) -> HttpResponse:
    """Answer an objection."""
    issuer_id = request.actor.organization_id
    found = vouchers_selectors.objection(objection_id=objection_id, issuer_id=issuer_id)
    back = reverse("portal:application-decide", args=[found.application_id])
    form = ObjectionAnswerForm(request.POST or None)

    def act() -> object:
        return vouchers_services.answer_objection(
            objection_id=found.pk,
            issuer_id=issuer_id,
            person_id=request.actor.person_id,
            is_upheld=form.cleaned_data["is_upheld"] == "yes",
            answer=form.cleaned_data["note"],
            now=clock.now(),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, act, FIELDS):
        messages.success(request, _("The objection is answered."))
        return redirect(back)
    head = words.head(found.application, (_("Programmes"), reverse("portal:programmes")))
    block = desk.FormBlock(form, _("Answer the objection"), back, told=found.reason)
    return desk.show(request, head, [block], [words.facts(found.application)])


def publicity(request: HttpRequest) -> HttpResponse:
    """Show everybody the applications that they may object to."""
    with tenancy.acting_as_platform():  # Who is to be granted what is public for these days.
        found = list(vouchers_selectors.open_to_objections(clock.now())[:PUBLISHED_MAX])
        asked = list(published_reimbursements(at=clock.now())[:PUBLISHED_MAX])
    shown = {"applications": found, "reimbursements": asked}
    return render(request, "public/publicity.html", shown)


@page()
@require_http_methods(["GET", "POST"])
@once
def object_to(request: PortalRequest, application_id: UUID) -> HttpResponse:
    """Let somebody object to an application that is open to it."""
    with tenancy.acting_as_platform():
        found = vouchers_selectors.published(application_id=application_id, at=clock.now())
    back = reverse("portal:publicity")
    form = ObjectionForm(request.POST or None)

    def act() -> object:
        return vouchers_services.object_to(
            application_id=application_id,
            person_id=request.actor.person_id,
            organization_id=request.actor.organization_id,
            reason=form.cleaned_data["note"],
            now=clock.now(),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, act, FIELDS):
        messages.success(request, _("The issuer answers your objection."))
        return redirect(back)
    head = desk.Head(
        _("Object to %(number)s") % {"number": found.number},
        _("The issuer reads your name and your reason, and answers both."),
        crumbs=[(_("Open to objections"), back)],
    )
    return desk.show(request, head, [desk.FormBlock(form, _("Object"), back)])
