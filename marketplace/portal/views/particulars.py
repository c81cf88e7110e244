"""What an organisation was called, and where it is: addresses and branches by date."""

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
from identity.particulars import selectors as particulars_selectors
from identity.particulars import services as particulars_services
from identity.particulars.contracts import NAME_MAX, TEXT_MAX, PlaceKind
from marketplace.portal import desk, figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import DayFormField, OnceForm, RegionField
from marketplace.portal.once import once
from marketplace.portal.views.members import KEEPERS, may_keep

SHOWN_MAX = 100


class PlaceForm(OnceForm):
    """An address, or a branch, from a day on."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind of place"), choices=PlaceKind.choices)
    name = forms.CharField(
        label=gettext_lazy("Name of the branch"), max_length=NAME_MAX, required=False
    )
    name_en = forms.CharField(
        label=gettext_lazy("Name in English"), max_length=NAME_MAX, required=False
    )
    address = forms.CharField(label=gettext_lazy("Address in Chinese"), max_length=TEXT_MAX)
    address_en = forms.CharField(
        label=gettext_lazy("Address in English"), max_length=TEXT_MAX, required=False
    )
    region = RegionField(label=gettext_lazy("Region"), required=False)
    valid_from = DayFormField(label=gettext_lazy("From"))


class PlaceEndForm(OnceForm):
    """The first day on which it is none any more."""

    valid_to = DayFormField(label=gettext_lazy("Ends on (first day without it)"))


@page()
@require_http_methods(["GET", "POST"])
@once
def particulars(request: PortalRequest, organization_id: UUID) -> HttpResponse:
    """Show names and places of an organisation; its keepers record further places."""
    found = identity_selectors.organization_for(request.actor, organization_id)
    form = PlaceForm(request.POST or None)
    keeps = may_keep(request.actor, found.pk) and found.closed_at is None

    def record() -> None:
        identity_selectors.require_kept_by(request.actor, found.pk)
        said = form.values()
        particulars_services.record_place(
            organization_id=found.pk,
            person_id=request.actor.person_id,
            now=clock.now(),
            **said | {"kind": PlaceKind(said["kind"])},
        )

    if request.method == "POST" and keeps and form.is_valid() and desk.is_done(form, record):
        messages.success(request, _("It is recorded."))
        return redirect(request.path)
    entry = reverse("portal:organization", args=[found.pk])
    head = desk.Head(
        _("Names and places"),
        _("What was recorded stays; an address ends on a day, and the next one begins."),
        crumbs=[(names.named(found), entry)],
    )
    shown = [_places(request, found, keeps=keeps), _names(request, found)]
    side = [desk.FormBlock(form, _("Record it"), title=_("Add an address or a branch"))]
    return desk.show(request, head, shown, side if keeps else [])


def _places(request: PortalRequest, found: Any, *, keeps: bool) -> desk.Sheet:
    rows = particulars_selectors.places_for(request.actor, found.pk)[:SHOWN_MAX]
    return desk.Sheet(
        title=_("Addresses and branches"),
        columns=[
            desk.Column(_("Kind of place")),
            desk.Column(_("Address")),
            desk.Column(_("From")),
            desk.Column(_("Until")),
        ],
        rows=[
            [
                desk.Cell(PlaceKind(each.kind).label, note=each.name),
                desk.Cell(each.address, note=each.address_en),
                desk.Cell(each.valid_from.isoformat()),
                _until(found, each, keeps=keeps),
            ]
            for each in rows
        ],
        empty=desk.Empty(_("No places yet"), _("Record the registered office first."), "building"),
    )


def _until(found: Any, row: Any, *, keeps: bool) -> desk.Cell:
    if row.valid_to is not None:
        return desk.Cell(row.valid_to.isoformat())
    if not keeps:
        return desk.Cell(_("to this day"))
    return desk.Cell(_("End it"), address=reverse("portal:place-end", args=[found.pk, row.pk]))


def _names(request: PortalRequest, found: Any) -> desk.Sheet:
    rows = particulars_selectors.names_for(request.actor, found.pk)[:SHOWN_MAX]
    return desk.Sheet(
        title=_("Names over time"),
        columns=[
            desk.Column(_("Name in Chinese")),
            desk.Column(_("Name in English")),
            desk.Column(_("Since")),
        ],
        rows=[
            [
                desk.Cell(each.name),
                desk.Cell(each.name_en or "—"),
                desk.Cell(figures.moment(each.since)),
            ]
            for each in rows
        ],
        empty=desk.Empty(_("Nothing yet"), ""),
    )


@page(*KEEPERS)
@require_http_methods(["GET", "POST"])
@once
def end_place(request: PortalRequest, organization_id: UUID, place_id: UUID) -> HttpResponse:
    """Give an address or a branch its end."""
    identity_selectors.require_kept_by(request.actor, organization_id)
    found = identity_selectors.organization(organization_id)
    form = PlaceEndForm(request.POST or None)
    back = reverse("portal:particulars", args=[found.pk])

    def end() -> None:
        particulars_services.end_place(
            organization_id=found.pk,
            place_id=place_id,
            valid_to=form.cleaned_data["valid_to"],
            person_id=request.actor.person_id,
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, end):
        messages.success(request, _("It is recorded."))
        return redirect(back)
    crumbs = [(names.named(found), reverse("portal:organization", args=[found.pk]))]
    head = desk.Head(
        _("End an address or a branch"), "", crumbs=[*crumbs, (_("Names and places"), back)]
    )
    return desk.show(request, head, [desk.FormBlock(form, _("End it"), back)])
