"""Green certificates and direct supply: the list, registering, claiming, and the end."""

from functools import partial
from typing import Any, Final
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
from identity.contracts import Role
from marketplace.portal import desk, energy_words, figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import ExactField, OnceForm
from marketplace.portal.lists.energy import GREEN_SUPPLIES
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from marketplace.portal.views.energy import READERS, MonthFormField, ProvenForm
from metering.energy import selectors as energy_selectors
from metering.energy import services as energy_services
from metering.energy.contracts import (
    CERTIFICATE_KWH,
    DIRECT_LENGTH_MAX,
    TEXT_LENGTH_MAX,
    GreenKind,
    GreenState,
)
from metering.energy.services.green import NewGreenSupply

ENDS: Final = {
    "retire": energy_services.retire_supply,
    "cancel": energy_services.cancel_supply,
}


class SupplyForm(ProvenForm):
    """What is registered."""

    field_order = ("kind", "number", "month", "kwh", "evidence", "file")
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=GreenKind.choices)
    number = forms.CharField(
        label=gettext_lazy("Number"),
        max_length=2 * DIRECT_LENGTH_MAX,
        help_text=gettext_lazy(
            "Of a certificate its 32 characters; of a direct supply its contract."
        ),
    )
    month = MonthFormField(label=gettext_lazy("Month of generation"))
    kwh = ExactField(
        label="kWh",
        required=False,
        max_digits=18,
        decimal_places=6,
        help_text=gettext_lazy("Of a direct supply; a certificate is 1,000 kWh."),
    )


class SupplyClaimForm(OnceForm):
    """The centre that it counts for."""

    centre = forms.ChoiceField(label=gettext_lazy("Data centre"))


class SupplyEndForm(OnceForm):
    """Whether it is retired or cancelled, and why."""

    act = forms.ChoiceField(
        label=gettext_lazy("What is done"),
        choices=[
            ("retire", gettext_lazy("Retire: it counts for good")),
            ("cancel", gettext_lazy("Cancel: it counts no more, and its number is free")),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=TEXT_LENGTH_MAX)


@page(*READERS)
@require_http_methods(["GET", "POST"])
def green_supplies(request: PortalRequest) -> HttpResponseBase:
    """Show green certificates and direct supply."""
    links = []
    if request.actor.has_role(Role.PROVIDER):
        links = [desk.Link(_("Register"), reverse("portal:green-new"), "plus", "primary")]
    head = desk.Head(
        _("Green electricity"),
        _("Each number counts once in the whole market, for the month of its generation."),
        crumbs=[(_("Energy and carbon"), reverse("portal:energy"))],
        links=links,
    )
    found = energy_selectors.supplies_for(request.actor)
    empty = desk.Empty(
        _("No green electricity yet"),
        _("A green certificate of 1,000 kWh, or a month of direct supply, is registered here."),
        "sun",
        links[0] if links else None,
    )
    table = GREEN_SUPPLIES.read(request, Queried(found))
    return desk.show(request, head, [desk.Listed(table, empty)])


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def new_supply(request: PortalRequest) -> HttpResponse:
    """Register green electricity."""
    form = SupplyForm(request.POST or None, request.FILES or None)
    made: list[Any] = []

    def act() -> None:
        said = form.cleaned_data
        kwh = said["kwh"] if said["kwh"] is not None else CERTIFICATE_KWH
        made.append(
            energy_services.register_supply(
                provider_id=request.actor.organization_id,
                person_id=request.actor.person_id,
                new=NewGreenSupply(
                    kind=GreenKind(said["kind"]),
                    number=said["number"],
                    month=said["month"],
                    evidence=said["evidence"],
                    kwh=kwh,
                    evidence_file=form.kept_file(request),
                ),
                now=clock.now(),
            )
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, act):
        messages.success(request, _("It is registered. Claim it for a data centre."))
        return redirect("portal:green-supply", made[0].pk)
    head = desk.Head(
        _("Register green electricity"),
        _("Registered, it waits to be claimed for the month of its generation."),
        crumbs=[(_("Green electricity"), reverse("portal:green-supplies"))],
    )
    block = desk.FormBlock(form, _("Register it"), back=reverse("portal:green-supplies"))
    return desk.show(request, head, [block])


@page(*READERS)
@require_http_methods(["GET", "POST"])
@once
def green_supply(request: PortalRequest, supply_id: UUID) -> HttpResponse:
    """Show one; its provider claims, retires or cancels it."""
    found = energy_selectors.supply_for(request.actor, supply_id)
    is_own = found.provider_id == request.actor.organization_id
    acts: list[desk.FormBlock] = []
    if is_own and request.actor.has_role(Role.PROVIDER):
        for form, block in _acts(request, found):
            is_sent = form.is_bound and form.is_valid()
            if is_sent and desk.is_done(form, partial(_do, request, found, form)):
                messages.success(request, _("It is done."))
                return redirect("portal:green-supply", found.pk)
            acts.append(block)
    tag = energy_words.green(found)
    head = desk.Head(
        found.number,
        f"{GreenKind(found.kind).label} · {energy_words.figure(found.kwh, 0)} kWh",
        crumbs=[(_("Green electricity"), reverse("portal:green-supplies"))],
        tags=[desk.Cell(tag.label, tone=tag.tone or "brand", symbol=tag.icon)],
    )
    return desk.show(request, head, [_facts(found)], acts)


def _acts(request: PortalRequest, found: Any) -> list[tuple[Any, desk.FormBlock]]:
    sent = request.POST if request.method == "POST" else None
    acts: list[tuple[Any, desk.FormBlock]] = []
    if found.state == GreenState.REGISTERED:
        claim = SupplyClaimForm(sent if sent and "centre" in sent else None)
        centres = energy_selectors.centres_for(request.actor)
        claim.fields["centre"].choices = [  # type: ignore[attr-defined]
            (str(each.pk), names.named(each)) for each in centres
        ]
        told = _("It counts for %(month)s, whole, and never beyond what was used.") % {
            "month": f"{found.month:%Y-%m}"
        }
        acts.append((claim, desk.FormBlock(claim, _("Claim it"), title=_("Claim"), told=told)))
    if found.state in (GreenState.REGISTERED, GreenState.CLAIMED):
        end = SupplyEndForm(sent if sent and "act" in sent else None)
        block = desk.FormBlock(
            end, _("End it"), title=_("Retire or cancel"), symbol="x", tone="danger"
        )
        acts.append((end, block))
    return acts


def _do(request: PortalRequest, found: Any, form: Any) -> None:
    facts: dict[str, Any] = {
        "provider_id": request.actor.organization_id,
        "supply_id": found.pk,
        "now": clock.now(),
    }
    if isinstance(form, SupplyClaimForm):
        energy_services.claim_supply(
            centre_id=UUID(form.cleaned_data["centre"]), month=found.month, **facts
        )
        return
    ENDS[form.cleaned_data["act"]](reason=form.cleaned_data["reason"], **facts)


def _facts(found: Any) -> desk.Facts:
    pairs = [
        (_("Number"), desk.Cell(found.number, is_code=True, copied=found.number)),
        (_("Month of generation"), desk.Cell(f"{found.month:%Y-%m}")),
        (_("Evidence"), desk.Cell(found.evidence)),
        (_("Registered"), desk.Cell(figures.moment(found.registered_at))),
    ]
    if found.centre is not None:
        address = reverse("portal:centre", args=[found.centre_id])
        claimed = figures.moment(found.claimed_at)
        pairs.append((_("Data centre"), desk.Cell(names.named(found.centre), claimed, address)))
    if found.ended_at is not None:
        ended = figures.moment(found.ended_at)
        pairs.append((_("Reason"), desk.Cell(found.end_reason, ended)))
    return desk.Facts("", pairs)
