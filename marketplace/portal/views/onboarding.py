"""How an organisation comes to trade: its checklist, and what operators do of it."""

from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from identity import selectors as identity_selectors
from identity.approvals.contracts import Person
from identity.contracts import Actor, Role
from identity.onboarding import closures, leaving
from identity.onboarding import selectors as onboarding_selectors
from identity.onboarding import services as onboarding_services
from identity.onboarding.contracts import NOTE_MAX, ChecklistLine, LeftOver, LineBy
from marketplace.portal import desk, figures, names, onboarding_words
from marketplace.portal.access import PortalRequest, address_if_open, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.once import once


class ConfirmationForm(OnceForm):
    """Which line was checked, and how."""

    line = forms.ChoiceField(label=gettext_lazy("Line"))
    note = forms.CharField(
        label=gettext_lazy("How it was checked"),
        max_length=NOTE_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, lines: list[ChecklistLine], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["line"]
        field.choices = [
            (each.code, each.label)
            for each in lines
            if each.by == LineBy.OPERATOR and not each.is_done
        ]


class ActivationForm(OnceForm):
    """Why the organisation may trade."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=NOTE_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ClosureForm(OnceForm):
    """Why an organisation is closed."""

    reason = forms.CharField(
        label=gettext_lazy("Reason that the organisation reads"),
        max_length=NOTE_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _lines(organization_id: UUID) -> list[ChecklistLine]:
    case = onboarding_selectors.case_of(organization_id)
    return onboarding_selectors.lines_of_case(case, now=clock.now()) if case else []


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def confirm_line(request: PortalRequest, organization_id: UUID) -> HttpResponse:
    """Confirm a line of the checklist that an operator does."""
    form = ConfirmationForm(request.POST or None, lines=_lines(organization_id))

    def act() -> None:
        onboarding_services.confirm_line(
            organization_id=organization_id,
            line=form.cleaned_data["line"],
            note=form.cleaned_data["note"],
            by=_person(request),
            now=clock.now(),
        )

    told = _("The line is confirmed.")
    return _asked(request, organization_id, form, act, _("Confirm a line"), told)


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def activate(request: PortalRequest, organization_id: UUID) -> HttpResponse:
    """Propose that an organisation trades from now on."""
    form = ActivationForm(request.POST or None)

    def act() -> None:
        onboarding_services.propose_activation(
            organization_id=organization_id,
            reason=form.cleaned_data["reason"],
            by=_person(request),
            now=clock.now(),
        )

    told = _("The activation waits until another operator approves it.")
    return _asked(request, organization_id, form, act, _("Propose to activate it"), told)


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def close_organization(request: PortalRequest, organization_id: UUID) -> HttpResponse:
    """Propose to close an organisation for good, after it was read what must be over before."""
    found = identity_selectors.organization_for(request.actor, organization_id)
    form = ClosureForm(request.POST or None)
    back = reverse("portal:organization", args=[found.pk])

    def act() -> None:
        closures.propose_closure(
            organization_id=found.pk,
            reason=form.cleaned_data["reason"],
            by=_person(request),
            now=clock.now(),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, act):
        messages.info(request, _("The closing waits until another operator approves it."))
        return redirect(back)
    crumbs = [(_("Organisations"), reverse("portal:organizations")), (names.named(found), back)]
    head = desk.Head(_("Close an organisation"), names.named(found), crumbs=crumbs)
    ends = desk.Steps(
        _("What happens once another operator approves"),
        [
            _("Its listings are closed, and webhooks to it send nothing more."),
            _("Its resources are withdrawn; everybody reads the reason in their history."),
            _("Its API keys, its members' tokens and its agents end."),
            _("Its members lose their roles; whoever belongs nowhere else is signed out."),
            _("Its records, papers and figures stay, for as long as they are kept."),
            _("It cannot be opened again."),
        ],
    )
    block = desk.FormBlock(form, _("Propose to close it"), back, tone="danger")
    return desk.show(request, head, [_left(request.actor, found.pk), block], [ends])


# Where an operator sees to what is in the way.
WAYS: Final = {
    "orders": "orders",
    "deliveries": "deliveries",
    "claims": "voucher-claims",
    "balances": "ledger-accounts",
}


def _left(actor: Actor, organization_id: UUID) -> desk.Sheet:
    return desk.Sheet(
        title=_("What must come to an end first"),
        columns=[desk.Column(_("What")), desk.Column(_("How many")), desk.Column(_("State"))],
        rows=[
            [
                desk.Cell(each.label, address=_way(actor, each)),
                desk.Cell(figures.grouped(each.count)),
                _standing_of(each),
            ]
            for each in leaving.left_of(organization_id, now=clock.now())
        ],
        empty=desk.Empty(_("Nothing left"), ""),
    )


def _way(actor: Actor, left: LeftOver) -> str:
    name = WAYS.get(left.code, "")
    return address_if_open(actor, name) if left.is_in_the_way and name else ""


def _standing_of(left: LeftOver) -> desk.Cell:
    if left.is_in_the_way:
        return desk.Cell(_("In the way"), tone="bad")
    if left.count:
        return desk.Cell(_("Ends with it"), tone="neutral")
    return desk.Cell(_("Nothing left"), tone="ok", symbol="check")


def _asked(
    request: PortalRequest, organization_id: UUID, form: OnceForm, act: Any, title: str, told: str
) -> HttpResponse:
    found = identity_selectors.organization_for(request.actor, organization_id)
    back = reverse("portal:organization", args=[found.pk])
    if request.method == "POST" and form.is_valid() and desk.is_done(form, act):
        messages.info(request, told)
        return redirect(back)
    crumbs = [(_("Organisations"), reverse("portal:organizations")), (names.named(found), back)]
    head = desk.Head(title, names.named(found), crumbs=crumbs)
    shown = [_sheet(_lines(found.pk)), onboarding_words.evidence(request.actor, found)]
    return desk.show(request, head, [desk.FormBlock(form, title, back)], shown)


def _person(request: PortalRequest) -> Person:
    return Person(request.actor.person_id, request.actor.organization_id)


def links(actor: Actor, found: Any) -> list[desk.Link]:
    """Return what an operator may do about an organisation that is being onboarded."""
    is_judge = actor.has_role(Role.OPERATOR) and found.pk != actor.organization_id
    if not is_judge or found.closed_at is not None:
        return []
    close = reverse("portal:organization-close", args=[found.pk])
    end = desk.Link(_("Close"), close, "x", "danger")
    if found.onboarding_since is None:
        return [end]
    confirm = reverse("portal:onboarding-confirm", args=[found.pk])
    activate = reverse("portal:onboarding-activate", args=[found.pk])
    return [
        desk.Link(_("Confirm a line"), confirm, "check"),
        desk.Link(_("Propose to activate it"), activate, "check", "primary"),
        end,
    ]


def blocks(actor: Actor, found: Any) -> list[desk.Note | desk.Sheet]:
    """
    Return the checklist of an organisation that does not trade yet, or how one was closed.

    Operators see what proves it, too.
    """
    closure = onboarding_selectors.closure_of(found.pk) if found.closed_at else None
    if closure is not None:
        since, reason = figures.moment(closure.closed_at), closure.reason
        said = {"since": since, "reason": reason}
        return [desk.Note(_("Closed since %(since)s: %(reason)s") % said, "warning")]
    if found.onboarding_since is None:
        return []
    told = _("Until two operators activate it, it orders and offers nothing and makes no API keys.")
    is_own = found.pk == actor.organization_id
    proof = [onboarding_words.evidence(actor, found)] if actor.has_role(Role.OPERATOR) else []
    return [desk.Note(told), _sheet(_lines(found.pk), found.pk if is_own else None), *proof]


def _sheet(lines: list[ChecklistLine], own_id: UUID | None = None) -> desk.Sheet:
    """Return a checklist; its lines lead to where they are done, for whom they wait (`own_id`)."""
    return desk.Sheet(
        title=_("Checklist"),
        columns=[desk.Column(_("Line")), desk.Column(_("By")), desk.Column(_("State"))],
        rows=[
            [
                desk.Cell(
                    each.label,
                    note=each.note,
                    address=onboarding_words.where(each, own_id)
                    if own_id and not each.is_done
                    else "",
                ),
                desk.Cell(each.by.label),
                desk.Cell(_("Done"), tone="ok", symbol="check")
                if each.is_done
                else desk.Cell(_("Waits"), tone="warn"),
            ]
            for each in lines
        ],
        empty=desk.Empty(_("Nothing to do"), ""),
    )
