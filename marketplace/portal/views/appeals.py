"""Appeals against suspensions, and what operators answer."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from identity.appeals import selectors as appeals_selectors
from identity.appeals import services as appeals_services
from identity.appeals.contracts import (
    ANSWER_MAX,
    APPEAL_KIND,
    AppealOutcome,
    AppealState,
)
from identity.approvals import selectors as approvals_selectors
from identity.approvals.contracts import Person
from identity.contracts import REINSTATEMENT_KIND, Role
from marketplace.portal import brought, desk, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.lists.appeals import APPEALS, state_of_appeal
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from marketplace.portal.templatetags.portal import when

READERS = (Role.OPERATOR, Role.AUDITOR)


class AppealAnswerForm(OnceForm):
    """What an appeal comes to, and why."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("Answer"), choices=AppealOutcome.choices, widget=forms.RadioSelect
    )
    answer = forms.CharField(
        label=gettext_lazy("Reason that the organisation reads"),
        max_length=ANSWER_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@page(*READERS)
def suspension_appeals(request: PortalRequest) -> HttpResponseBase:
    """Show appeals against suspensions, the newest first."""
    count = appeals_selectors.waiting_appeals().count()
    head = desk.Head(
        _("Appeals"),
        _("%(count)s waiting for an answer. Two operators answer each, once.") % {"count": count},
        crumbs=_crumbs(),
    )
    table = APPEALS.read(request, Queried(appeals_selectors.appeals_for(request.actor)))
    empty = desk.Empty(
        _("Nobody appealed"), _("A suspended organisation appeals once, on the page it sees.")
    )
    return desk.show(request, head, [desk.Listed(table, empty)])


@page(*READERS)
@require_http_methods(["GET", "POST"])
@once
def suspension_appeal(request: PortalRequest, appeal_id: UUID) -> HttpResponse:
    """Show an appeal; an operator proposes the answer."""
    found = appeals_selectors.appeal_for(request.actor, appeal_id)
    is_judge = (
        request.actor.has_role(Role.OPERATOR)
        and found.organization_id != request.actor.organization_id
        and found.state == AppealState.WAITING
        and found.organization.closed_at is None
    )
    form = AppealAnswerForm(request.POST or None) if is_judge else None

    def propose() -> None:
        assert form is not None
        appeals_services.propose_answer(
            appeal_id=found.pk,
            outcome=AppealOutcome(form.cleaned_data["outcome"]),
            answer=form.cleaned_data["answer"],
            by=Person(request.actor.person_id, request.actor.organization_id),
            now=clock.now(),
        )

    fields = {"reason": "answer"}
    is_sent = request.method == "POST" and form is not None and form.is_valid()
    if is_sent and form and desk.is_done(form, propose, fields):
        messages.info(request, _("The answer waits until another operator approves it."))
        return redirect("portal:suspension-appeal", found.pk)
    tag = state_of_appeal(found)
    head = desk.Head(
        _("Appeal of %(name)s") % {"name": names.named(found.organization)},
        crumbs=[*_crumbs(), (_("Appeals"), reverse("portal:suspension-appeals"))],
        tags=[desk.Cell(tag.label, tone=tag.tone, symbol=tag.icon)],
    )
    main: list[Any] = []
    if found.state == AppealState.WAITING and _is_proposed(found):
        main.append(desk.Note(_("An answer waits for another operator's approval.")))
    main.append(desk.Steps(_("What the organisation says"), found.text.splitlines()))
    if form:
        told = _("Another operator approves it. Lifting it reinstates the organisation.")
        main.append(desk.FormBlock(form, _("Propose the answer"), told=told, title=_("Answer")))
    return desk.show(request, head, main, [_appeal_facts(found)])


def _is_proposed(found: Any) -> bool:
    return any(
        approvals_selectors.waiting(kind=kind).filter(reference=str(reference)).exists()
        for kind, reference in (
            (APPEAL_KIND, found.pk),
            (REINSTATEMENT_KIND, found.organization_id),
        )
    )


def _appeal_facts(found: Any) -> desk.Facts:
    files = [brought.file_link(each) for each in found.files]
    pairs: list[tuple[Any, desk.Cell]] = [
        (
            _("Organisation"),
            desk.Cell(
                names.named(found.organization),
                address=reverse("portal:organization", args=[found.organization_id]),
            ),
        ),
        (_("Suspended because"), desk.Cell(found.suspension.reason)),
        (_("Since"), desk.Cell(when(found.suspension.since))),
        (_("Appealed"), desk.Cell(when(found.made_at))),
        (_("Evidence"), desk.Cell("" if files else "—", links=files)),
    ]
    if found.answered_at:
        pairs.append((_("Answer"), desk.Cell(found.answer, when(found.answered_at))))
    return desk.Facts(_("About"), pairs)


def _crumbs() -> list[tuple[Any, str]]:
    return [(_("Organisations"), reverse("portal:organizations"))]
