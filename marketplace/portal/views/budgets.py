"""Budgets: what an organisation, a project or a member may spend, and what is used of it."""

from collections.abc import Sequence
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
from common.moments import market_date
from identity.contracts import Actor, Role
from identity.projects import selectors as projects_selectors
from marketplace.budgets import selectors as budgets_selectors
from marketplace.budgets import services as budgets_services
from marketplace.budgets import words
from marketplace.budgets.contracts import CapPeriod, CapScope
from marketplace.portal import desk, figures
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import MoneyField, OnceForm
from marketplace.portal.lists.budgets import BUDGETS, CapLine, budget_state, cap_lines
from marketplace.portal.once import once
from marketplace.portal.tables import Queried

READERS: Final = (Role.BUYER, Role.AUDITOR, Role.OPERATOR, Role.FINANCE)
WHOLE: Final = "organization"
# The inputs that the room's refusals are about.
FIELDS: Final = {"project_id": "subject", "person_id": "subject"}


class BudgetForm(OnceForm):
    """Whom it bounds, for how long, and how much."""

    subject = forms.ChoiceField(label=gettext_lazy("Bounds"))
    period = forms.ChoiceField(label=gettext_lazy("Period"), choices=CapPeriod.choices)
    amount_minor = MoneyField(
        label=gettext_lazy("Amount"),
        help_text=gettext_lazy("In yuan. It counts cash that is held or spent from now on."),
    )
    approve_from_minor = MoneyField(
        label=gettext_lazy("Second person from"),
        required=False,
        help_text=gettext_lazy("An order from this on waits for another buyer. Empty: none does."),
    )

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        owner = actor.organization_id
        open_ones = projects_selectors.projects_for(actor).filter(
            organization_id=owner, state="OPEN"
        )
        buyers = projects_selectors.buyers_of(owner)
        field: Any = self.fields["subject"]
        field.choices = [
            (WHOLE, _("The whole organisation")),
            *((f"project:{each.pk}", each.name) for each in open_ones),
            *((f"person:{key}", address) for key, address in sorted(buyers.items())),
        ]

    def values(self) -> dict[str, Any]:
        """Return what is set, with whom it bounds."""
        said = super().values()
        kind, _colon, key = said.pop("subject").partition(":")
        said["scope"] = CapScope.ORGANIZATION
        if kind == "project":
            said |= {"scope": CapScope.PROJECT, "project_id": UUID(key)}
        if kind == "person":
            said |= {"scope": CapScope.MEMBER, "person_id": int(key)}
        return said


@page(*READERS)
@require_http_methods(["GET", "POST"])
@once
def budgets(request: PortalRequest) -> HttpResponseBase:
    """Show what may be spent and what is used of it, and set a budget."""
    actor = request.actor
    side: list[desk.FormBlock] = []
    if actor.has_role(Role.BUYER):
        form = BudgetForm(request.POST if "key" in request.POST else None, actor=actor)
        if (
            form.is_bound
            and form.is_valid()
            and desk.is_done(form, partial(_set, request, form), FIELDS)
        ):
            messages.success(request, _("The budget is set and bounds every order from now on."))
            return redirect("portal:budgets")
        told = _("One of the same subject and period gets the new amounts.")
        side = [desk.FormBlock(form, _("Set the budget"), title=_("New budget"), told=told)]
    head = desk.Head(
        _("Budgets"),
        _("An order that needs more than a budget leaves is refused, to the cent and at once."),
    )
    table = BUDGETS.read(request, Queried(budgets_selectors.caps_for(actor)), dress=_lines)
    empty = desk.Empty(
        _("No budgets yet"), _("Without one only the balance bounds what is ordered."), "calculator"
    )
    return desk.show(request, head, [desk.Listed(table, empty)], side)


def _set(request: PortalRequest, form: BudgetForm) -> None:
    budgets_services.set_cap(
        organization_id=request.actor.organization_id,
        by_id=request.actor.person_id,
        now=clock.now(),
        **form.values(),
    )


def _lines(found: Sequence[Any]) -> list[CapLine]:
    today = market_date(clock.now())
    rooms = budgets_selectors.rooms_of_rows(found, on=today)
    return cap_lines(found, rooms, words.names_of(list(rooms.values())), on=today)


@page(*READERS)
@require_http_methods(["GET", "POST"])
@once
def budget(request: PortalRequest, cap_id: UUID) -> HttpResponse:
    """Show one budget with its figures, and end it."""
    actor = request.actor
    own = None if actor.spans_tenants else actor.organization_id
    found = budgets_selectors.cap(cap_id, organization_id=own)
    (line,) = _lines([found])
    side: list[desk.FormBlock] = []
    if actor.has_role(Role.BUYER) and found.ended_at is None:
        form = OnceForm(request.POST or None)
        if (
            request.method == "POST"
            and form.is_valid()
            and desk.is_done(form, partial(_end, request, found.pk))
        ):
            messages.success(request, _("The budget is ended; what was counted stays."))
            return redirect("portal:budgets")
        told = _("From the next order on it bounds nothing. Orders that wait are not bound either.")
        side = [
            desk.FormBlock(form, _("End it"), title=_("End the budget"), told=told, tone="danger")
        ]
    head = desk.Head(line.name, line.told, crumbs=[(_("Budgets"), reverse("portal:budgets"))])
    return desk.show(request, head, [_facts(line)], side)


def _end(request: PortalRequest, cap_id: UUID) -> None:
    budgets_services.end_cap(
        cap_id=cap_id,
        organization_id=request.actor.organization_id,
        by_id=request.actor.person_id,
        now=clock.now(),
    )


def _facts(line: CapLine) -> desk.Facts:
    room, tag = line.room, budget_state(line)
    second = room.approve_from_minor
    if room.is_of_each_order:
        return _facts_of_each_order(line)
    ends = _("no end") if room.ends_on is None else room.ends_on.isoformat()
    foreseen = room.forecast_minor(line.on)
    return desk.Facts(
        _("This period"),
        [
            (_("State"), desk.Cell(tag.label, tone=tag.tone)),
            (_("Allowed"), desk.Cell(figures.money(room.amount_minor))),
            (_("Used"), desk.Cell(figures.money(room.used_minor), f"{line.percent} %")),
            (_("Left"), desk.Cell(figures.money(room.left_minor))),
            (
                _("Foreseen"),
                desk.Cell("—") if foreseen is None else desk.Cell(figures.money(foreseen)),
            ),
            (_("Second person from"), desk.Cell(figures.money(second) if second else "—")),
            (_("Begins anew"), desk.Cell(ends)),
        ],
    )


def _facts_of_each_order(line: CapLine) -> desk.Facts:
    """Return what bounds each order by itself: nothing of it is used up."""
    second = line.room.approve_from_minor
    return desk.Facts(
        _("Each order"),
        [
            (_("State"), desk.Cell(budget_state(line).label, tone=budget_state(line).tone)),
            (_("Allowed"), desk.Cell(figures.money(line.room.amount_minor))),
            (_("Second person from"), desk.Cell(figures.money(second) if second else "—")),
        ],
    )
