"""Call rounds: the list, one round, scheduling one, and taking part."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common import clock
from common.errors import Refusal
from identity.contracts import Role
from marketplace import rounds as rounds_room
from marketplace.portal import round_page, round_words
from marketplace.portal.access import PortalRequest, form_only, page
from marketplace.portal.forms import show_refusal
from marketplace.portal.lists.rounds import ROUNDS
from marketplace.portal.round_form import CallOffForm, RoundForm, RoundOrderForm
from marketplace.portal.tables import Queried
from marketplace.rounds import selectors as rounds_selectors
from marketplace.rounds import services as rounds_services
from marketplace.rounds import terms as round_terms
from marketplace.rounds.contracts import OrderTerms, RoundOrderNotFound

VERIFIER: Final = Path(rounds_room.__file__).with_name("verify_round.py")


@page()
@require_http_methods(["GET", "POST"])
def call_rounds(request: PortalRequest) -> HttpResponseBase:
    """Show the call rounds, the latest first."""
    table = ROUNDS.read(request, Queried(rounds_selectors.rounds()))
    live = rounds_selectors.live_round(at=clock.now())
    return table.answer(
        "portal/rounds.html",
        {"live": live, "operates": request.actor.has_role(Role.OPERATOR)},
    )


@page()
def call_round(request: PortalRequest, call_round_id: UUID) -> HttpResponse:
    """Show one round: its phases, what came of it, and one's own orders in it."""
    now = clock.now()
    found = rounds_selectors.call_round(call_round_id)
    buyer_id = request.actor.organization_id if request.actor.has_role(Role.BUYER) else None
    context = round_page.context(found, own_of=buyer_id, at=now)
    context["call_off"] = CallOffForm()
    context["operates"] = request.actor.has_role(Role.OPERATOR)
    context["buys"] = buyer_id is not None
    context["next"] = rounds_selectors.live_round(at=now)
    template = "portal/parts/round_live.html" if request.htmx else "portal/round.html"
    return render(request, template, context)


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
def new_round(request: PortalRequest) -> HttpResponse:
    """Schedule a round."""
    now = clock.now()
    form = RoundForm(request.POST or None, now=now)
    if request.method == "POST" and form.is_valid():
        try:
            made = rounds_services.schedule_round(
                terms=form.terms(), now=now, scheduled_by_id=request.actor.person_id
            )
        except Refusal as refusal:
            show_refusal(form, _at_field(refusal))
        else:
            messages.success(request, _("The round is scheduled; the hash of its seed is told."))
            return redirect("portal:round", made.pk)
    status = 422 if form.errors else 200
    return render(request, "portal/round_new.html", {"form": form}, status=status)


@page(Role.OPERATOR)
@form_only
def call_off_round(request: PortalRequest, call_round_id: UUID) -> HttpResponse:
    """Call a round off."""
    rounds_services.call_off_round(
        round_id=call_round_id, reason=request.POST.get("reason", ""), now=clock.now()
    )
    messages.success(request, _("The round is called off. Nobody pays."))
    return redirect("portal:round", call_round_id)


@page(Role.BUYER)
@require_http_methods(["GET", "POST"])
def enter_round(request: PortalRequest, call_round_id: UUID) -> HttpResponse:
    """Enter an order in a round."""
    row = rounds_selectors.call_round(call_round_id)
    form = RoundOrderForm(request.POST or None, row=row, like=_like(request, row))
    if request.method == "POST" and form.is_valid():
        try:
            rounds_services.place_order(
                round_id=row.pk,
                buyer_id=request.actor.organization_id,
                key=str(form.cleaned_data["key"]),
                terms=form.terms(),
                now=clock.now(),
                placed_by_id=request.actor.person_id,
            )
        except Refusal as refusal:
            show_refusal(form, form.at_its_field(refusal))
        else:
            messages.success(request, _("Your order stands in the round. It holds no money yet."))
            return redirect("portal:round", row.pk)
    return _order_form(request, form, row)


@page(Role.BUYER)
@require_http_methods(["GET", "POST"])
def change_round_order(request: PortalRequest, round_order_id: UUID) -> HttpResponse:
    """Change an order of a round, or raise its limit."""
    buyer_id = request.actor.organization_id
    order = rounds_selectors.order_of(round_order_id=round_order_id, buyer_id=buyer_id)
    before = round_terms.order_terms(order.terms)
    form = RoundOrderForm(
        request.POST or None,
        row=order.round,
        like=before,
        initial={"revision": order.revision},
    )
    if request.method == "POST" and form.is_valid():
        try:
            rounds_services.amend_order(
                round_order_id=order.pk,
                buyer_id=buyer_id,
                revision=form.cleaned_data["revision"] or 0,
                terms=form.terms(),
                now=clock.now(),
            )
        except Refusal as refusal:
            show_refusal(form, form.at_its_field(refusal))
        else:
            messages.success(request, _("The order is changed."))
            return redirect("portal:round", order.round_id)
    return _order_form(request, form, order.round, order)


@page(Role.BUYER)
@form_only
def withdraw_round_order(request: PortalRequest, round_order_id: UUID) -> HttpResponse:
    """Withdraw an order from an open round."""
    order = rounds_services.withdraw_order(
        round_order_id=round_order_id,
        buyer_id=request.actor.organization_id,
        now=clock.now(),
    )
    messages.success(request, _("The order is withdrawn. It held nothing and costs nothing."))
    return redirect("portal:round", order.round_id)


@page()
def round_document(request: PortalRequest, call_round_id: UUID) -> HttpResponse:  # noqa: ARG001 - Django's form
    """Give a published round as the file that the script checks."""
    found = rounds_selectors.result(call_round_id)
    text = json.dumps(found.document, ensure_ascii=False, sort_keys=True, indent=1)
    return _file(text, "application/json", f"{found.document['number']}.json")


@page()
def round_verifier(request: PortalRequest) -> HttpResponse:  # noqa: ARG001 - Django's form
    """Give the script that checks a round and needs nothing else."""
    return _file(VERIFIER.read_text(encoding="utf-8"), "text/x-python", VERIFIER.name)


@page(Role.BUYER)
def round_order_proof(request: PortalRequest, round_order_id: UUID) -> HttpResponse:
    """Give the proof that an order was in its round."""
    order = rounds_selectors.order_of(
        round_order_id=round_order_id, buyer_id=request.actor.organization_id
    )
    text = json.dumps(rounds_selectors.proof_of(order), ensure_ascii=False, indent=1)
    return _file(text, "application/json", f"{order.round.number}-{order.tag}.json")


def _file(text: str, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(text, content_type=f"{kind}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _order_form(
    request: PortalRequest, form: RoundOrderForm, row: Any, order: Any = None
) -> HttpResponse:
    context = {
        "form": form,
        "round": row,
        "order": order,
        "product": round_words.product(row),
        "unit": round_words.unit_of(row),
        "may_only_raise": row.state == "NO_CANCEL",
    }
    status = 422 if form.errors else 200
    return render(request, "portal/round_order.html", context, status=status)


def _like(request: PortalRequest, row: Any) -> OrderTerms | None:
    """Return one's earlier order with the change that the address names, moved into this round."""
    try:
        order = rounds_selectors.order_of(
            round_order_id=UUID(request.GET.get("like", "")),
            buyer_id=request.actor.organization_id,
        )
    except (ValueError, RoundOrderNotFound):
        return None
    asked = round_terms.order_terms(order.terms)
    number = request.GET.get("change", "")
    change = order.changes[int(number)] if number in map(str, range(len(order.changes))) else {}
    first, moved = asked.options[0], row.delivers_from - order.round.delivers_from
    starts_at = first.starts_at + moved
    if change.get("slot") is not None:
        starts_at = row.delivers_from + timedelta(hours=change["slot"])
    latest = first.latest_start_at
    option = replace(
        first,
        starts_at=starts_at,
        latest_start_at=None if latest is None or change.get("slot") else latest + moved,
        units_milli=change.get("units_milli") or first.units_milli,
    )
    return replace(
        asked, options=(option,), limit_minor=change.get("limit_minor") or asked.limit_minor
    )


def _at_field(refusal: Refusal) -> Refusal:
    if refusal.field == "delivers_until":
        refusal.field = "delivers_hours"
    return refusal
