"""Ending a running order early, after what it means was shown."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common import clock
from common.errors import Refusal
from identity.contracts import Role
from marketplace.orders import selectors as orders_selectors
from marketplace.orders.contracts import OrderNotFound, OrderState
from marketplace.portal import ending_words, figures
from marketplace.portal.access import PortalRequest, form_only, page
from marketplace.portal.forms import OnceForm, show_refusal
from marketplace.settlement import selectors as settlement_selectors
from marketplace.settlement import services as settlement_services
from marketplace.settlement.contracts import (
    EndsAnyway,
    InstalmentRefused,
    NotEndable,
    NothingToHold,
)
from marketplace.settlement.services.ending import end_moments, foreseen_end


@page(Role.BUYER)
@require_http_methods(["GET", "POST"])
def end(request: PortalRequest, order_id: UUID) -> HttpResponse:
    """Say what ending a running order early means and costs, and end it."""
    now, buyer_id = clock.now(), request.actor.organization_id
    order = orders_selectors.order(order_id=order_id, organization_id=buyer_id)
    contract = settlement_selectors.contract_of_order(order_id)
    if order.buyer_id != buyer_id:
        raise OrderNotFound
    if contract is None and order.state == OrderState.CLEARED:
        return _refused(request, order, _not_begun(order.starts_at))
    if contract is None:
        raise NotEndable
    form = OnceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            ended = settlement_services.end_early(
                contract_id=contract.pk,
                buyer_id=buyer_id,
                now=now,
                asked_by_id=request.actor.person_id,
            )
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            told = _("It ends at %(when)s; what is left of every hold returns then.")
            messages.success(request, told % {"when": figures.moment(ended.ends_at)})
            return redirect("portal:order", order_id)
    rule = settlement_selectors.ending_of(contract)
    moments = end_moments(contract, now=now)
    try:
        ends_at = foreseen_end(contract, now=now)
    except EndsAnyway:
        return _refused(request, order, ending_words.too_late_told(moments, contract.ends_at))
    context = {
        "order": order,
        "form": form,
        "cost": settlement_selectors.early_end_of(contract, now=now, ends_at=ends_at),
        "rule": rule,
        "asked": ending_words.asked_by(rule),
        "ends_at": ends_at,
        "when_told": ending_words.when_told(moments, ends_at),
        "ended_before": contract.ends_at,
        "charged_minor": contract.gross_minor,
        "held_minor": sum(each.remaining_minor for each in settlement_selectors.funds_of(contract)),
    }
    status = 422 if form.errors else 200
    return render(request, "portal/order_end.html", context, status=status)


def _refused(request: PortalRequest, order: Any, why: str) -> HttpResponse:
    """Say where the form would stand why an order is not to be ended early, and lead back."""
    context = {"order": order, "why_not": why}
    return render(request, "portal/order_end.html", context, status=409)


def _not_begun(starts_at: datetime) -> str:
    told = _("It has not begun: it begins at %(when)s. Only what runs can be ended early.")
    return told % {"when": figures.moment(starts_at)}


@page(Role.BUYER)
@form_only
def hold_next(request: PortalRequest, order_id: UUID) -> HttpResponse:
    """Hold the next instalment of a running order now."""
    contract = settlement_selectors.contract_of_order(order_id)
    if contract is None:
        raise OrderNotFound
    try:
        held = settlement_services.renew_now(
            contract_id=contract.pk, buyer_id=request.actor.organization_id, now=clock.now()
        )
    except (InstalmentRefused, NothingToHold) as refusal:
        messages.error(request, str(refusal))
    else:
        told = _("%(amount)s is held until %(until)s.")
        facts = {"amount": figures.money(held.amount_minor), "until": figures.moment(held.ends_at)}
        messages.success(request, told % facts)
    return redirect("portal:order", order_id)
