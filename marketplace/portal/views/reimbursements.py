"""A buyer asks to be reimbursed; two persons of the programme decide; payers see their parts."""

from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock, tenancy
from identity.approvals.contracts import Person
from identity.contracts import Role
from marketplace.claims import services as claims_services
from marketplace.claims.reimbursement_contracts import (
    KNOWN_HERE,
    UNDECIDED,
    ReimbursementState,
    ReimbursementStep,
    ReimbursementWish,
)
from marketplace.claims.selectors import reimbursements as selectors
from marketplace.portal import desk, figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import DayFormField, OnceForm, OrganizationField
from marketplace.portal.lists.reimbursements import (
    REIMBURSEMENT_LINES,
    REIMBURSEMENTS,
    SHARES,
    of_reimbursement,
    why_granted,
)
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from marketplace.portal.templatetags.portal import when
from marketplace.portal.views.applications import DecisionForm, ObjectionForm, RevocationForm
from marketplace.portal.views.applications import kept as kept_file
from marketplace.portal.views.claw_backs import ClawBackForm
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers.contracts import Decision
from marketplace.vouchers.terms import ClawBackGround, EvidenceKind

S = ReimbursementState
READERS: Final = (Role.BUYER, Role.ISSUER, Role.AUDITOR, Role.FINANCE)
NEXT: Final = {
    S.SUBMITTED: gettext_lazy("A person of the issuer reviews it."),
    S.REVIEWED: gettext_lazy("Another person of the issuer checks the review."),
    S.PUBLISHED: gettext_lazy("Everybody may object until then."),
    S.APPROVED: gettext_lazy("It is granted, and waits for its payers."),
    S.PAID: gettext_lazy("It is in the buyer's account."),
    S.RETURNED: gettext_lazy("It was given back; its trades can be asked for anew."),
    S.REJECTED: gettext_lazy("It was rejected; its trades can be asked for anew."),
    S.WITHDRAWN: gettext_lazy("It was withdrawn; its trades can be asked for anew."),
}
FILED: Final = tuple(each for each in EvidenceKind if each.value not in KNOWN_HERE)


class ReimbursementForm(OnceForm):
    """The programme, the days on which trades ended, and files that prove them."""

    programme_id = forms.TypedChoiceField(label=gettext_lazy("Programme"), coerce=UUID)
    since = DayFormField(
        label=gettext_lazy("Trades that ended from"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    until = DayFormField(
        label=gettext_lazy("Until"), widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, programmes: list[Any], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["programme_id"]
        field.choices = [
            (str(each.id), f"{each.code} · {names.named(each)}") for each in programmes
        ]
        for kind in FILED:
            self.fields[f"file_{kind.value.lower()}"] = forms.FileField(
                label=kind.label,
                required=False,
                help_text=_("Where the programme's rules ask for it."),
            )


class PayerForm(OnceForm):
    """Who pays for a source of a programme's money."""

    source = forms.ChoiceField(label=gettext_lazy("Source"), required=False)
    payer = OrganizationField(label=gettext_lazy("Unified social credit code of the payer"))

    def __init__(self, *args: Any, sources: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["source"]
        field.choices = [(each, each or _("Issuer")) for each in sources]


@page(*READERS)
def reimbursement_list(request: PortalRequest) -> HttpResponseBase:
    """Show the requests of a buyer, or to an issuer; all to those with a duty."""
    found = selectors.reimbursements_of(request.actor)
    links = []
    if request.actor.has_role(Role.ISSUER):
        links.append(desk.Link(_("To be paid"), reverse("portal:claim-shares")))
    if request.actor.has_role(Role.BUYER):
        address = reverse("portal:reimbursement-new")
        links.append(desk.Link(_("Ask to be reimbursed"), address, "plus", "primary"))
    waiting = found.filter(state__in=UNDECIDED).count()
    told = _("What buyers paid themselves and programmes pay back; being decided: %(count)s.")
    head = desk.Head(_("Reimbursements"), told % {"count": waiting}, links=links)
    empty = desk.Empty(
        _("No requests"),
        _("Once a trade is settled, its buyer asks a programme that reimburses for its part."),
        "receipt",
    )
    table = REIMBURSEMENTS.read(request, Queried(found))
    return desk.show(request, head, [desk.Listed(table, empty)])


@page(Role.BUYER)
@require_http_methods(["GET", "POST"])
@once
def new_reimbursement(request: PortalRequest) -> HttpResponse:
    """Show trade by trade what a request would come to, and submit it."""
    back = reverse("portal:reimbursements")
    programmes = selectors.reimbursing_programmes(at=clock.now())
    form = ReimbursementForm(request.POST or None, request.FILES or None, programmes=programmes)

    def submit() -> Any:
        made = claims_services.submit_reimbursement(
            applicant_id=request.actor.organization_id,
            person_id=request.actor.person_id,
            wish=_wish(request, form),
            now=clock.now(),
        )
        lines = selectors.reimbursement_lines(made.pk)
        return made, [(each, each.trade_record.number) for each in lines]

    outcome = desk.attempt(request, form, submit)
    if outcome and outcome.counts:
        messages.success(request, _("The request is with the programme's people."))
        return redirect("portal:reimbursement", outcome.made[0].pk)
    told = _("The rule that decides orders decides each trade that you paid yourself.")
    head = desk.Head(_("Ask to be reimbursed"), told, crumbs=[(_("Reimbursements"), back)])
    if not programmes and not form.is_bound:
        note = _("No programme takes requests now.")
        return desk.show(request, head, [desk.Note(note)])
    block = desk.FormBlock(
        form,
        _("Submit this request") if outcome else _("Show what it comes to"),
        back,
        symbol="check" if outcome else "search",
        seen=desk.seen_mark(request) if outcome else "",
    )
    return desk.show(request, head, [*([_preview(*outcome.made)] if outcome else []), block])


def _wish(request: PortalRequest, form: Any) -> ReimbursementWish:
    told = form.cleaned_data
    files = {}
    for kind in FILED:
        uploaded = told.get(f"file_{kind.value.lower()}")
        if uploaded:
            uploaded.seek(0)
            files[kind.value] = kept_file(request, _Uploaded(uploaded))[0]
    return ReimbursementWish(told["programme_id"], told["since"], told["until"], files)


class _Uploaded:
    """A form of one file, as those who keep files take it."""

    def __init__(self, uploaded: Any) -> None:
        self.cleaned_data = {"file": uploaded}


def _preview(made: Any, lines: list[Any]) -> desk.Sheet:
    return desk.Sheet(
        _("It comes to %(amount)s") % {"amount": figures.money(made.amount_minor)},
        [
            desk.Column(_("Trade record")),
            desk.Column(_("Own money")),
            desk.Column(_("Granted")),
            desk.Column(_("Why")),
        ],
        [
            [
                desk.Cell(number),
                desk.Cell(figures.money(each.base_minor)),
                desk.Cell(figures.money(each.amount_minor)),
                desk.Cell(why_granted(each)),
            ]
            for each, number in lines[:200]
        ],
        desk.Empty(_("No trades"), ""),
    )


@page(*READERS)
@require_http_methods(["GET", "POST"])
@once
def reimbursement(request: PortalRequest, reimbursement_id: UUID) -> HttpResponseBase:
    """Show a request trade by trade, its history, and what is to be decided now."""
    row = selectors.reimbursement(reimbursement_id, request.actor)
    is_officer = (
        request.actor.has_role(Role.ISSUER) and row.issuer_id == request.actor.organization_id
    )
    is_asked = is_officer and row.state in (S.SUBMITTED, S.REVIEWED)
    form = DecisionForm(request.POST or None) if is_asked else None

    def decide() -> object:
        assert form is not None
        return claims_services.decide_reimbursement(
            reimbursement_id=row.pk,
            decision=Decision(form.cleaned_data["decision"]),
            note=form.cleaned_data["note"],
            by=_person(request),
            now=clock.now(),
        )

    is_sent = request.method == "POST" and form is not None and form.is_valid()
    if form is not None and is_sent and desk.is_done(form, decide):
        messages.success(request, _("%(number)s is decided.") % {"number": row.number})
        return redirect("portal:reimbursements")
    main: list[Any] = []
    if form is not None:
        title = _("Check of the review") if row.state == S.REVIEWED else _("Review")
        back = reverse("portal:reimbursements")
        main.append(desk.FormBlock(form, _("Record the decision"), back, title=title))
    table = REIMBURSEMENT_LINES.read(request, Queried(selectors.reimbursement_lines(row.pk)))
    empty = desk.Empty(_("No lines"), _("No line of this request has this number."))
    main.append(desk.Listed(table, empty, _("Trade by trade")))
    if row.state == S.PUBLISHED:
        main.append(_objections(row, is_officer=is_officer))
    head = _head(row, _acts(request, row, is_officer=is_officer))
    return desk.show(request, head, main, [_facts(row), _history(row)])


def _head(row: Any, links: list[desk.Link]) -> desk.Head:
    tag = of_reimbursement(row)
    until = ""
    if row.state == S.PUBLISHED and row.publicity_until:
        until = _("Until %(when)s.") % {"when": when(row.publicity_until)}
    return desk.Head(
        row.number,
        f"{NEXT[S(row.state)]} {until}".strip(),
        crumbs=[(_("Reimbursements"), reverse("portal:reimbursements"))],
        links=links,
        tags=[desk.Cell(tag.label, tone=tag.tone, symbol=tag.icon)],
    )


def _acts(request: PortalRequest, row: Any, *, is_officer: bool) -> list[desk.Link]:
    own, wanted = request.actor.organization_id, []
    if row.claim_id is not None:
        wanted.append(
            desk.Link(_("Its claim"), reverse("portal:voucher-claim", args=[row.claim_id]))
        )
    if row.applicant_id == own and request.actor.has_role(Role.BUYER) and row.state in UNDECIDED:
        path = reverse("portal:reimbursement-withdraw", args=[row.pk])
        wanted.append(desk.Link(_("Withdraw"), path, tone="danger"))
    if is_officer and row.state == S.PUBLISHED:
        path = reverse("portal:reimbursement-reject", args=[row.pk])
        wanted.append(desk.Link(_("Reject"), path, tone="danger"))
    if is_officer and row.state in (S.APPROVED, S.PAID):
        path = reverse("portal:reimbursement-claw-back", args=[row.pk])
        wanted.append(desk.Link(_("Take it back"), path, tone="danger"))
    return wanted


def _facts(row: Any) -> desk.Facts:
    kinds = [str(EvidenceKind(each).label) for each in row.files]
    return desk.Facts(
        _("Request"),
        [
            (_("Programme"), desk.Cell(names.named(row.programme), row.programme.code)),
            (_("Applicant"), desk.Cell(names.named(row.applicant))),
            (_("Amount"), desk.Cell(figures.money(row.amount_minor))),
            (_("Counts as"), desk.Cell(row.beneficiary, _("By evidence"))),
            (_("Trades that ended"), desk.Cell(f"{row.since:%Y-%m-%d} – {row.until:%Y-%m-%d}")),
            (_("Files"), desk.Cell(", ".join(kinds) or "—")),
            (_("Asked"), desk.Cell(when(row.asked_at))),
            *([(_("Reason"), desk.Cell(row.note))] if row.note else []),
        ],
    )


def _history(row: Any) -> desk.Sheet:
    return desk.Sheet(
        _("History"),
        [desk.Column(_("Step")), desk.Column(_("When")), desk.Column(_("Reason"))],
        [
            [
                desk.Cell(ReimbursementStep(each.step).label),
                desk.Cell(when(each.at)),
                desk.Cell(each.note),
            ]
            for each in selectors.reimbursement_moves(row.pk)
        ],
        desk.Empty(_("Nothing happened yet"), ""),
    )


def _objections(row: Any, *, is_officer: bool) -> desk.Sheet:
    def answered(each: Any) -> desk.Cell:
        if each.answered_at or not is_officer:
            return desk.Cell(each.answer or _("Open"))
        path = reverse("portal:reimbursement-answer", args=[row.pk, each.organization_id])
        return desk.Cell(_("Answer"), address=path)

    return desk.Sheet(
        _("Objections"),
        [desk.Column(_("Objection")), desk.Column(_("Who")), desk.Column(_("Answer"))],
        [
            [desk.Cell(each.reason), desk.Cell(names.named(each.organization)), answered(each)]
            for each in selectors.reimbursement_objections(row.pk)
        ],
        desk.Empty(_("No objections"), _("Everybody may object while it is public.")),
    )


@page(Role.BUYER)
@require_http_methods(["GET", "POST"])
@once
def withdraw(request: PortalRequest, reimbursement_id: UUID) -> HttpResponse:
    """Take a request back before it is granted."""
    row = selectors.reimbursement(reimbursement_id, request.actor)

    def act() -> object:
        return claims_services.withdraw_reimbursement(
            reimbursement_id=row.pk,
            applicant_id=request.actor.organization_id,
            person_id=request.actor.person_id,
            now=clock.now(),
        )

    return _asked(request, row, OnceForm(request.POST or None), act, _("Withdraw"), "danger")


@page(Role.ISSUER)
@require_http_methods(["GET", "POST"])
@once
def reject(request: PortalRequest, reimbursement_id: UUID) -> HttpResponse:
    """Reject a request that is public, for a reason."""
    row, form = _own(request, reimbursement_id), RevocationForm(request.POST or None)

    def act() -> object:
        return claims_services.reject_reimbursement(
            reimbursement_id=row.pk,
            by=_person(request),
            note=form.cleaned_data["note"],
            now=clock.now(),
        )

    return _asked(request, row, form, act, _("Reject"), "danger")


@page(Role.ISSUER)
@require_http_methods(["GET", "POST"])
@once
def answer(request: PortalRequest, reimbursement_id: UUID, organization_id: UUID) -> HttpResponse:
    """Dismiss an objection with an answer."""
    row, form = _own(request, reimbursement_id), RevocationForm(request.POST or None)
    form.fields["note"].label = _("Answer")

    def act() -> object:
        return claims_services.answer_reimbursement_objection(
            reimbursement_id=row.pk,
            organization_id=organization_id,
            by=_person(request),
            answer=form.cleaned_data["note"],
            now=clock.now(),
        )

    return _asked(request, row, form, act, _("Dismiss the objection"))


@page(Role.ISSUER)
@require_http_methods(["GET", "POST"])
@once
def take_back_reimbursement(request: PortalRequest, reimbursement_id: UUID) -> HttpResponse:
    """Propose that a reimbursement is taken back; another person decides."""
    row, form = _own(request, reimbursement_id), ClawBackForm(request.POST or None)

    def act() -> object:
        return claims_services.propose_reimbursement_claw_back(
            reimbursement_id=row.pk,
            ground=ClawBackGround(form.cleaned_data["ground"]),
            reason=form.cleaned_data["reason"],
            evidence=form.cleaned_data["evidence"],
            by=_person(request),
            now=clock.now(),
        )

    return _asked(request, row, form, act, _("Propose to take it back"), "danger")


@page()
@require_http_methods(["GET", "POST"])
@once
def object_to_reimbursement(request: PortalRequest, reimbursement_id: UUID) -> HttpResponse:
    """Let somebody object to a request that is public."""
    with tenancy.acting_as_platform():
        found = selectors.published_reimbursements(at=clock.now()).filter(pk=reimbursement_id)
        row = found.first()
    if row is None:
        raise Http404
    form, back = ObjectionForm(request.POST or None), reverse("portal:publicity")

    def act() -> object:
        return claims_services.object_to_reimbursement(
            reimbursement_id=row.pk,
            by=_person(request),
            reason=form.cleaned_data["note"],
            now=clock.now(),
        )

    fields = {"reason": "note"}
    if request.method == "POST" and form.is_valid() and desk.is_done(form, act, fields):
        messages.success(request, _("The issuer answers your objection."))
        return redirect(back)
    head = desk.Head(
        _("Object to %(number)s") % {"number": row.number},
        _("The issuer reads your name and your reason, and answers both."),
        crumbs=[(_("Open to objections"), back)],
    )
    return desk.show(request, head, [desk.FormBlock(form, _("Object"), back)])


@page(Role.ISSUER)
def claim_shares(request: PortalRequest) -> HttpResponseBase:
    """Show a payer the parts of claims that it pays, with those that are due in front."""
    own = request.actor.organization_id
    found = selectors.shares_of(request.actor).filter(payer_id=own)
    waiting = found.filter(paid_at=None).count()
    told = _("Your organisation's part of each claim; to be paid: %(count)s.")
    head = desk.Head(
        _("To be paid by your organisation"),
        told % {"count": waiting},
        crumbs=[(_("Voucher claims"), reverse("portal:voucher-claims"))],
        links=[desk.Link(_("Batches of the payer"), reverse("portal:claim-batches"))],
    )
    empty = desk.Empty(
        _("Nothing to pay"), _("Parts of accepted claims that your organisation funds are here.")
    )
    table = SHARES.read(request, Queried(found))
    return desk.show(request, head, [desk.Listed(table, empty)])


@page(Role.ISSUER)
@require_http_methods(["GET", "POST"])
@once
def programme_payers(request: PortalRequest, programme_id: UUID) -> HttpResponse:
    """Show who pays for the sources of a programme's money, and name somebody else."""
    found = vouchers_selectors.programme(
        programme_id=programme_id, issuer_id=request.actor.organization_id
    )
    sources = claims_services.sources_of(found.pk)
    form = PayerForm(request.POST or None, sources=sources)

    def act() -> object:
        return claims_services.set_payer(
            programme_id=found.pk,
            source=form.cleaned_data["source"],
            payer_id=form.cleaned_data["payer"].pk,
            by=_person(request),
            now=clock.now(),
        )

    path = reverse("portal:programme-payers", args=[found.pk])
    if request.method == "POST" and form.is_valid() and desk.is_done(form, act):
        messages.success(request, _("From now on it pays for this source."))
        return redirect(path)
    named = selectors.payers_of(found.pk)
    sheet = desk.Sheet(
        _("Who pays"),
        [desk.Column(_("Source")), desk.Column(_("Payer"))],
        [
            [
                desk.Cell(each or _("Issuer")),
                desk.Cell(names.named(named[each].payer) if each in named else _("Issuer")),
            ]
            for each in sources
        ],
        desk.Empty(_("No sources"), ""),
    )
    head = desk.Head(
        _("Payers of %(code)s") % {"code": found.code},
        _("Each claim is divided over the sources that the rules name; each payer pays its part."),
        crumbs=[(_("Programmes"), reverse("portal:programmes"))],
    )
    block = desk.FormBlock(form, _("Name this payer"), reverse("portal:programmes"))
    return desk.show(request, head, [sheet, block])


def _asked(
    request: PortalRequest, row: Any, form: Any, act: Any, label: str, tone: str = "primary"
) -> HttpResponse:
    """Ask for what an act needs, carry it out, and go back to the request."""
    back = reverse("portal:reimbursement", args=[row.pk])
    fields = {"reason": "note", "answer": "note"} if "note" in form.fields else {}
    if request.method == "POST" and form.is_valid() and desk.is_done(form, act, fields):
        messages.success(request, _("Noted."))
        return redirect(back)
    crumbs = [(_("Reimbursements"), reverse("portal:reimbursements")), (row.number, back)]
    told = f"{names.named(row.applicant)} · {figures.money(row.amount_minor)}"
    head = desk.Head(label, told, crumbs=crumbs)
    return desk.show(request, head, [desk.FormBlock(form, label, back, tone=tone)])


def _own(request: PortalRequest, reimbursement_id: UUID) -> Any:
    row = selectors.reimbursement(reimbursement_id, request.actor)
    if row.issuer_id != request.actor.organization_id:
        raise Http404
    return row


def _person(request: PortalRequest) -> Person:
    return Person(request.actor.person_id, request.actor.organization_id)
