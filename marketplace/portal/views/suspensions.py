"""Suspending an organisation and reinstating it, and what its entry says of it."""

from collections.abc import Mapping
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

from common import clock
from identity import selectors as identity_selectors
from identity import suspensions
from identity.appeals import selectors as appeals_selectors
from identity.appeals.contracts import AppealState
from identity.approvals import selectors as approvals_selectors
from identity.approvals.contracts import Person
from identity.contracts import (
    REINSTATEMENT_KIND,
    SUSPENSION_KIND,
    SUSPENSION_REASON_MAX,
    Actor,
    Role,
)
from marketplace.portal import desk, figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.once import once

SHOWN_MAX = 20


class StandingForm(OnceForm):
    """Why an organisation is suspended, or reinstated."""

    reason = forms.CharField(
        label=gettext_lazy("Reason that the organisation reads"),
        max_length=SUSPENSION_REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def suspend_organization(request: PortalRequest, organization_id: UUID) -> HttpResponse:
    """Propose to suspend an organisation, after it was read what that stops."""
    stops = desk.Steps(
        _("What happens once another operator approves"),
        [
            _("Its orders that no round has cleared are cancelled; they hold nothing."),
            _("Its open listings are paused, and it can open none."),
            _("It places no orders, applies for no vouchers and gets none."),
            _("Its API keys, tokens and agents are answered 403; nothing is sent to its webhooks."),
            _("What is delivered by or to it is interrupted, and costs nothing from then on."),
            _("What is not restored within its time has failed; capacity and holds return."),
            _("Its members see one page with the reason, and may take their own data along."),
        ],
    )
    return _asked(
        request,
        organization_id,
        act=suspensions.propose_suspension,
        title=_("Suspend an organisation"),
        button=_("Propose to suspend it"),
        told=_("The suspension waits until another operator approves it."),
        stops=stops,
    )


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def reinstate_organization(request: PortalRequest, organization_id: UUID) -> HttpResponse:
    """Propose to reinstate an organisation."""
    stops = desk.Steps(
        _("What happens once another operator approves"),
        [
            _("Listings that were paused for it are on sale again, at the prices of now."),
            _("It may order, offer, apply for vouchers and use its API keys at once."),
            _("What was interrupted goes on once its provider says that it is ready."),
            _("Orders that were cancelled stay so, and so do deliveries that failed meanwhile."),
        ],
    )
    return _asked(
        request,
        organization_id,
        act=suspensions.propose_reinstatement,
        title=_("Reinstate an organisation"),
        button=_("Propose to reinstate it"),
        told=_("The reinstatement waits until another operator approves it."),
        stops=stops,
    )


def _asked(
    request: PortalRequest,
    organization_id: UUID,
    *,
    act: Any,
    title: str,
    button: str,
    told: str,
    stops: desk.Steps,
) -> HttpResponse:
    found = identity_selectors.organization_for(request.actor, organization_id)
    form = StandingForm(request.POST or None)
    back = reverse("portal:organization", args=[found.pk])

    def propose() -> None:
        act(
            organization_id=found.pk,
            reason=form.cleaned_data["reason"],
            by=Person(request.actor.person_id, request.actor.organization_id),
            now=clock.now(),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, propose):
        messages.info(request, told)
        return redirect(back)
    head = desk.Head(
        title,
        names.named(found),
        crumbs=[(_("Organisations"), reverse("portal:organizations")), (names.named(found), back)],
    )
    return desk.show(request, head, [desk.FormBlock(form, button, back)], [stops])


def link(actor: Actor, found: Any) -> list[desk.Link]:
    """Return what an operator may do about an organisation's standing."""
    is_judge = actor.has_role(Role.OPERATOR) and found.pk != actor.organization_id
    if not is_judge or found.closed_at:
        return []
    if found.suspended_at:
        address = reverse("portal:organization-reinstate", args=[found.pk])
        return [desk.Link(_("Reinstate"), address, "check")]
    address = reverse("portal:organization-suspend", args=[found.pk])
    return [desk.Link(_("Suspend"), address, "x", "danger")]


def tags(found: Any) -> list[desk.Cell]:
    """Return the mark of an organisation that is suspended, or closed."""
    if found.closed_at:
        return [desk.Cell(_("Closed"), tone="neutral")]
    if not found.suspended_at:
        return []
    return [desk.Cell(_("Suspended"), tone="bad")]


def blocks(actor: Actor, found: Any) -> list[desk.Note | desk.Sheet]:
    """Return what is said of an organisation's standing: now, what waits, and before."""
    past = list(suspensions.suspensions_for(actor, found.pk)[:SHOWN_MAX])
    result: list[desk.Note | desk.Sheet] = []
    if past and past[0].ended_at is None:
        since, reason = figures.moment(past[0].since), past[0].reason
        sentence = _("Suspended since %(since)s: %(reason)s") % {"since": since, "reason": reason}
        result.append(desk.Note(sentence, "warning"))
    if actor.has_role(Role.OPERATOR) and _waits(found):
        result.append(desk.Note(_("A proposal about its standing waits for another operator.")))
    if past:
        appeals = appeals_selectors.appeals_of(found.pk)
        result.append(_history(past, appeals, reads=actor.has_role(*appeals_selectors.READERS)))
    return result


def _waits(found: Any) -> bool:
    return any(
        approvals_selectors.waiting(kind=kind).filter(reference=str(found.pk)).exists()
        for kind in (SUSPENSION_KIND, REINSTATEMENT_KIND)
    )


def _history(past: list[Any], appeals: Mapping[UUID, Any], *, reads: bool) -> desk.Sheet:
    return desk.Sheet(
        title=_("Suspensions"),
        columns=[
            desk.Column(_("Since")),
            desk.Column(_("Reason")),
            desk.Column(_("Until")),
            desk.Column(_("Appeal")),
        ],
        rows=[
            [
                desk.Cell(figures.moment(each.since)),
                desk.Cell(each.reason),
                desk.Cell(figures.moment(each.ended_at), note=each.end_reason)
                if each.ended_at
                else desk.Cell(_("still"), tone="bad"),
                _appeal(appeals.get(each.pk), reads=reads),
            ]
            for each in past
        ],
        empty=desk.Empty(_("Never suspended"), ""),
    )


def _appeal(made: Any, *, reads: bool) -> desk.Cell:
    """Return what became of the appeal against a suspension; who answers finds it behind it."""
    if made is None:
        return desk.Cell("—")
    address = reverse("portal:suspension-appeal", args=[made.pk]) if reads else ""
    note = made.answer if made.state == AppealState.KEPT else figures.moment(made.made_at)
    return desk.Cell(AppealState(made.state).label, note, address=address)
