"""Maintenance: what a provider announced, an announcement with its preview, and its course."""

from collections.abc import Sequence
from datetime import datetime
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

from common import clock, moments
from common.errors import Forbidden, Refusal
from identity.contracts import Role
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.contracts import ListingState
from marketplace.fulfilment import maintenance_rules as fulfilment_maintenance_rules
from marketplace.fulfilment import maintenance_selectors as fulfilment_maintenance
from marketplace.fulfilment import services as fulfilment_services
from marketplace.fulfilment.contracts import FulfilmentState
from marketplace.fulfilment.maintenance_contracts import (
    MAINTENANCE_NOTE_LENGTH_MAX,
    AnnouncedWork,
    ConcernedOrder,
    MaintenanceImpact,
    MaintenanceMove,
)
from marketplace.portal import desk, figures, maintenance_words, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm, TimeOfDayField
from marketplace.portal.lists.maintenance import MAINTENANCE_LIST
from marketplace.portal.once import once
from marketplace.portal.order_form import LOCAL
from marketplace.portal.tables import Queried

PLANNERS: Final = (Role.PROVIDER, Role.OPERATOR, Role.AUDITOR)
OFFERED_MAX: Final = 500
# The inputs that refusals are about.
INPUTS: Final = {"listing_ids": "listings"}


def _moment_field(label: Any) -> TimeOfDayField:
    return TimeOfDayField(
        label=label,
        input_formats=[LOCAL, "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format=LOCAL),
    )


def _typed_moment(at: datetime) -> datetime:
    try:
        return moments.local_moment(at.replace(tzinfo=None, microsecond=0))
    except Refusal as refusal:
        raise forms.ValidationError(str(refusal), code=refusal.code) from refusal


class MaintenanceForm(OnceForm):
    """Maintenance to announce."""

    listings = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Listings"), coerce=UUID, widget=forms.CheckboxSelectMultiple
    )
    starts_at = _moment_field(gettext_lazy("From"))
    ends_at = _moment_field(gettext_lazy("Until"))
    impact = forms.ChoiceField(
        label=gettext_lazy("Impact"),
        choices=MaintenanceImpact.choices,
        help_text=gettext_lazy("Down: what is free in that time is no longer sold."),
    )
    note = forms.CharField(
        label=gettext_lazy("Explanation"),
        required=False,
        max_length=MAINTENANCE_NOTE_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Everybody reads it beside the listing."),
    )
    interrupts = forms.BooleanField(
        label=gettext_lazy("It interrupts the orders that hold this time"), required=False
    )

    def __init__(self, *args: Any, offered: Sequence[Any], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["listings"]
        field.choices = [
            (each.pk, f"{each.number} · {names.named(each, 'title')}") for each in offered
        ]

    def clean_starts_at(self) -> datetime:
        """Return the moment that was typed, by the clock of the market."""
        return _typed_moment(self.cleaned_data["starts_at"])

    def clean_ends_at(self) -> datetime:
        """Return the moment that was typed, by the clock of the market."""
        return _typed_moment(self.cleaned_data["ends_at"])

    def work(self) -> AnnouncedWork:
        """Return what was typed."""
        said = self.values()
        return AnnouncedWork(
            listing_ids=tuple(said["listings"]),
            starts_at=said["starts_at"],
            ends_at=said["ends_at"],
            impact=MaintenanceImpact(said["impact"]),
            note=said["note"],
            interrupts=said["interrupts"],
        )


class MaintenanceMoveForm(OnceForm):
    """What happens to announced maintenance now."""

    move = forms.ChoiceField(label=gettext_lazy("What happens now"))

    def __init__(self, *args: Any, moves: Sequence[MaintenanceMove], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["move"]
        field.choices = [(move.value, move.label) for move in moves]


@page(*PLANNERS)
def maintenance(request: PortalRequest) -> HttpResponseBase:
    """Show what a provider announced; all of it to those with a duty."""
    links = []
    if request.actor.has_role(Role.PROVIDER):
        links.append(desk.Link(_("My listings"), reverse("portal:listings"), "server-2"))
        address = reverse("portal:maintenance-new")
        links.append(desk.Link(_("Announce maintenance"), address, "plus", "primary"))
    head = desk.Head(
        _("Maintenance"),
        _("Announced seven days ahead it does not count against availability; later it does."),
        links=links,
    )
    found = fulfilment_maintenance.maintenance_seen_by(request.actor)
    table = MAINTENANCE_LIST.read(request, Queried(found))
    empty = desk.Empty(
        _("No maintenance"),
        _("Work on what is sold is announced here, and shown beside its listings."),
        "adjustments-horizontal",
    )
    return desk.show(request, head, [desk.Listed(table, empty)])


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def new_maintenance(request: PortalRequest) -> HttpResponse:
    """Show whom an announcement concerns, and announce it."""
    provider_id, now = request.actor.organization_id, clock.now()
    back = reverse("portal:maintenance")
    own = catalog_selectors.listings_of(provider_id).exclude(state=ListingState.CLOSED)
    form = MaintenanceForm(request.POST or None, offered=list(own[:OFFERED_MAX]))

    def announce() -> Any:
        made = fulfilment_services.announce_maintenance(
            provider_id=provider_id, work=form.work(), by_id=request.actor.person_id, now=now
        )
        return made, fulfilment_maintenance.concerned_by_work(made)

    outcome = desk.attempt(request, form, announce, INPUTS)
    if outcome and outcome.counts:
        messages.success(request, _("Announced; the buyers concerned are told."))
        return redirect("portal:maintenance-work", outcome.made[0].pk)
    told = _("Whom it concerns is shown before it is announced.")
    head = desk.Head(_("Announce maintenance"), told, crumbs=[(_("Maintenance"), back)])
    block = desk.FormBlock(
        form,
        _("Announce it") if outcome else _("Show whom it concerns"),
        back,
        symbol="check" if outcome else "search",
        seen=desk.seen_mark(request) if outcome else "",
    )
    shown: list[Any] = []
    if outcome:
        made, concerned = outcome.made
        if made.is_late:
            late = _("This is less than seven days ahead: it is taken, and marked as late.")
            shown.append(desk.Note(late, "warning"))
        shown.append(_concerned(concerned))
    return desk.show(request, head, [*shown, block])


@page(*PLANNERS)
@require_http_methods(["GET", "POST"])
@once
def maintenance_course(request: PortalRequest, maintenance_id: UUID) -> HttpResponse:
    """Show one announcement; its provider begins, ends or withdraws it."""
    found = fulfilment_maintenance.maintenance_work(maintenance_id, actor=request.actor)
    blocks: list[Any] = []
    answer = _moving(request, found, blocks)
    if answer is not None:
        return answer
    state = maintenance_words.maintenance_tag(found)
    head = desk.Head(
        _("Maintenance from %(from)s") % {"from": figures.moment(found.starts_at)},
        maintenance_words.late_or_overrun(found),
        crumbs=[(_("Maintenance"), reverse("portal:maintenance"))],
        tags=[desk.Cell(state.label, tone=state.tone, symbol=state.icon)],
    )
    concerned = fulfilment_maintenance.concerned_by_work(found)
    return desk.show(request, head, [_work_facts(found), _concerned(concerned)], blocks)


def _moving(request: PortalRequest, found: Any, blocks: list[Any]) -> HttpResponse | None:
    """Add what its provider may do; carry it out where it was sent."""
    is_own = found.provider_id == request.actor.organization_id
    moves = fulfilment_maintenance_rules.moves_from(found.state)
    if not (is_own and request.actor.has_role(Role.PROVIDER)):
        if request.method == "POST":
            raise Forbidden
        return None
    if not moves and request.method != "POST":
        return None
    form = MaintenanceMoveForm(request.POST or None, moves=moves)
    if form.is_bound and form.is_valid() and desk.is_done(form, partial(_carry, found, form)):
        messages.success(request, _("Noted; the buyers concerned are told."))
        return redirect("portal:maintenance-work", found.pk)
    told = _("It counts from the moment at which the market hears it.")
    blocks.append(desk.FormBlock(form, _("Say so"), title=_("What happens now"), told=told))
    return None


def _carry(found: Any, form: MaintenanceMoveForm) -> object:
    return fulfilment_services.move_maintenance(
        work_id=found.pk,
        provider_id=found.provider_id,
        move=MaintenanceMove(form.cleaned_data["move"]),
        now=clock.now(),
    )


def _work_facts(found: Any) -> desk.Facts:
    pairs: list[tuple[Any, desk.Cell]] = [
        (_("Provider"), desk.Cell(names.named(found.provider))),
        (_("From"), desk.Cell(figures.moment(found.starts_at))),
        (_("Until"), desk.Cell(figures.moment(found.ends_at))),
        (_("Impact"), desk.Cell(found.get_impact_display())),
        (_("Announced at"), desk.Cell(figures.moment(found.announced_at))),
    ]
    optional = (
        (_("Began at"), found.began_at),
        (_("Ended at"), found.ended_at),
        (_("Withdrawn at"), found.withdrawn_at),
    )
    pairs += [(label, desk.Cell(figures.moment(at))) for label, at in optional if at is not None]
    if found.note:
        pairs.append((_("Explanation"), desk.Cell(found.note)))
    links = [
        desk.Link(each.listing_number, reverse("portal:listing", args=[each.listing_id]))
        for each in found.listings.all()
    ]
    pairs.append((_("Listings"), desk.Cell(links=links)))
    pairs.append((_("Rule"), desk.Cell(found.rule, is_code=True)))
    return desk.Facts(_("What was announced"), pairs)


def _concerned(concerned: Sequence[ConcernedOrder]) -> desk.Sheet:
    columns = [
        desk.Column(_("Order")),
        desk.Column(_("From")),
        desk.Column(_("Until")),
        desk.Column(_("Where its delivery stands")),
    ]
    rows = [
        [
            desk.Cell(each.number, address=reverse("portal:order", args=[each.order_id])),
            desk.Cell(figures.moment(each.starts_at)),
            desk.Cell(figures.moment(each.ends_at)),
            desk.Cell(
                FulfilmentState(each.delivery_state).label if each.delivery_state else "–",
                address=reverse("portal:delivery", args=[each.delivery_id])
                if each.delivery_id
                else "",
            ),
        ]
        for each in concerned
    ]
    empty = desk.Empty(
        _("It concerns no order"),
        _("Nobody holds capacity of these listings then."),
        "adjustments-horizontal",
    )
    return desk.Sheet(_("Orders that it concerns"), columns, rows, empty)
