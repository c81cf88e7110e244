"""What ends a delivery before its time, on its page: notice of its provider, stop by operators."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import clock, moments
from identity.approvals import selectors as approvals_selectors
from identity.approvals.contracts import Person
from identity.contracts import Role
from marketplace.fulfilment import rules as fulfilment_rules
from marketplace.fulfilment import selectors as fulfilment_selectors
from marketplace.fulfilment import services as fulfilment_services
from marketplace.fulfilment.ending_contracts import (
    PREEMPTION_NOTE_LENGTH_MAX,
    STOP_EVIDENCE_LENGTH_MAX,
    STOP_KIND,
    STOP_REASON_LENGTH_MAX,
    DeliveryIsOver,
    PreemptionNoticed,
)
from marketplace.portal import desk
from marketplace.portal.access import PortalRequest
from marketplace.portal.forms import MomentFormField, OnceForm


class PreemptionForm(OnceForm):
    """When a provider takes a delivery back."""

    takes_back_at = MomentFormField(
        label=gettext_lazy("Moment"),
        required=False,
        help_text=gettext_lazy("Time of the market. Empty: as soon as the notice lets."),
    )
    note = forms.CharField(
        label=gettext_lazy("Explanation"),
        required=False,
        max_length=PREEMPTION_NOTE_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("The buyer reads it."),
    )


class StopForm(OnceForm):
    """Why a delivery is to be stopped at once."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=STOP_REASON_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Provider and buyer read it."),
    )
    evidence = forms.CharField(
        label=gettext_lazy("Evidence"),
        max_length=STOP_EVIDENCE_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("What shows it, and where that is kept."),
    )


def preemption_block(request: PortalRequest, found: Any, blocks: list[Any]) -> HttpResponse | None:
    """Add the form of a provider's notice; give it where it was sent."""
    is_own = found.provider_id == request.actor.organization_id
    if not (is_own and request.actor.has_role(Role.PROVIDER)):
        return None
    if "takes_back_at" in request.POST and _is_too_late(request, found):
        return redirect("portal:delivery", found.pk)
    is_noticed = fulfilment_selectors.preemption_of(found.pk) is not None
    if not found.preemption_minutes or found.state in fulfilment_rules.OVER or is_noticed:
        return None
    form = PreemptionForm(request.POST if "takes_back_at" in request.POST else None)
    if (
        form.is_bound
        and form.is_valid()
        and desk.is_done(form, partial(_give_notice, request, found, form))
    ):
        messages.success(request, _("Notice is given, and the buyer is told."))
        return redirect("portal:delivery", found.pk)
    told = _(
        "The listing promised %(minutes)s minutes of notice. Until then it runs and is charged;"
        " a notice is never taken back."
    ) % {"minutes": found.preemption_minutes}
    blocks.append(
        desk.FormBlock(
            form,
            _("Give notice"),
            title=_("Take back with notice"),
            told=told,
            symbol="alert-triangle",
        )
    )
    return None


def _is_too_late(request: PortalRequest, found: Any) -> bool:
    """Say so where what a form asks for was done meanwhile, or cannot be done any more."""
    notice = fulfilment_selectors.preemption_of(found.pk)
    if notice is not None:
        at = moments.written(notice.takes_back_at)
        messages.warning(request, str(PreemptionNoticed(moment=at)))
    elif found.state in fulfilment_rules.OVER:
        messages.warning(request, str(DeliveryIsOver()))
    else:
        return False
    return True


def stop_block(request: PortalRequest, found: Any, blocks: list[Any]) -> HttpResponse | None:
    """Add the form of an operator's emergency stop; propose it where it was sent."""
    if not request.actor.has_role(Role.OPERATOR) or found.state in fulfilment_rules.OVER:
        return None
    waiting = approvals_selectors.visible_waiting(request.actor, at=clock.now())
    proposed = waiting.filter(kind=STOP_KIND, reference=str(found.pk)).first()
    if "evidence" not in request.POST and proposed is not None:
        told = _("A stop is proposed. It stops at once when another operator approves it.")
        until = _("It waits for a day; then it has to be proposed anew.")
        blocks.append(desk.Note(f"{told} {until}", "warning"))
        address = reverse("portal:approval", args=[proposed.pk])
        decided = desk.Cell(_("Look at it, and decide"), address=address)
        blocks.append(desk.Facts(_("Emergency stop"), [(_("Proposal"), decided)]))
        return None
    form = StopForm(request.POST if "evidence" in request.POST else None)
    if (
        form.is_bound
        and form.is_valid()
        and desk.is_done(form, partial(_propose_stop, request, found, form))
    ):
        messages.info(request, _("It stops at once when another operator approves it."))
        return redirect("portal:delivery", found.pk)
    told = _(
        "For danger, crime or damage. Another operator decides; then it stops, is charged no"
        " further, and both parties are told the reason."
    )
    blocks.append(
        desk.FormBlock(
            form,
            _("Propose the stop"),
            title=_("Emergency stop"),
            told=told,
            symbol="alert-triangle",
        )
    )
    return None


def _give_notice(request: PortalRequest, found: Any, form: PreemptionForm) -> object:
    return fulfilment_services.give_preemption_notice(
        delivery_id=found.pk,
        provider_id=request.actor.organization_id,
        by_id=request.actor.person_id,
        now=clock.now(),
        **form.values(),
    )


def _propose_stop(request: PortalRequest, found: Any, form: StopForm) -> object:
    return fulfilment_services.propose_stop(
        delivery_id=found.pk,
        by=Person(request.actor.person_id, request.actor.organization_id),
        now=clock.now(),
        **form.values(),
    )
