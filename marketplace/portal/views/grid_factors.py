"""Factors of grids: what is published by place and year, and publishing another."""

from decimal import Decimal
from typing import Any, Final

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
from marketplace.portal import desk
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import ExactField, OnceForm, WholeField
from marketplace.portal.lists.energy import GRID_FACTORS, grids
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from marketplace.portal.views.energy import READERS
from metering.energy import selectors as energy_selectors
from metering.energy import services as energy_services
from metering.energy.contracts import TEXT_LENGTH_MAX

YEAR_MIN: Final = 2000


class GridFactorForm(OnceForm):
    """A factor as somebody published it."""

    province = forms.ChoiceField(label=gettext_lazy("Grid"))
    year = WholeField(
        label=gettext_lazy("Year"),
        min_value=YEAR_MIN,
        help_text=gettext_lazy("That the factor was measured in."),
    )
    value = ExactField(
        label=gettext_lazy("kg CO₂ a kWh"),
        min_value=0,
        max_value=Decimal("9.9999"),
        max_digits=5,
        decimal_places=4,
    )
    source = forms.CharField(
        label=gettext_lazy("Source"),
        max_length=TEXT_LENGTH_MAX,
        help_text=gettext_lazy("The announcement that says so, its number and its day."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        province: Any = self.fields["province"]
        province.choices = grids()


@page(*READERS)
def grid_factors(request: PortalRequest) -> HttpResponseBase:
    """Show every factor that was published, every version."""
    is_operator = request.actor.has_role(Role.OPERATOR)
    add = desk.Link(_("Add a factor"), reverse("portal:grid-factor-new"), "plus", "primary")
    head = desk.Head(
        _("Grid factors"),
        _("Use counts by the factor of its year, else of the newest year before it."),
        crumbs=[(_("Energy and carbon"), reverse("portal:energy"))],
        links=[add] if is_operator else [],
    )
    table = GRID_FACTORS.read(request, Queried(energy_selectors.grid_factors()))
    empty = desk.Empty(_("No factor is published"), _("Carbon is not known without one."), "sun")
    return desk.show(request, head, [desk.Listed(table, empty)])


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def new_grid_factor(request: PortalRequest) -> HttpResponse:
    """Publish the factor of a grid and year; all that counts by it follows."""
    form = GridFactorForm(request.POST or None)

    def act() -> None:
        energy_services.publish_factor(
            person_id=request.actor.person_id, now=clock.now(), **form.values()
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, act):
        messages.success(request, _("The factor is published; figures that rest on it follow."))
        return redirect("portal:grid-factors")
    head = desk.Head(
        _("Add a factor"),
        _("Another figure of the same grid and year is its next version; both stay."),
        crumbs=[
            (_("Energy and carbon"), reverse("portal:energy")),
            (_("Grid factors"), reverse("portal:grid-factors")),
        ],
    )
    note = desk.Note(
        _(
            "It counts from now on for use of that year, and of later years until theirs are"
            " published: carbon that was shown before changes, money does not."
        )
    )
    block = desk.FormBlock(form, _("Publish it"), back=reverse("portal:grid-factors"))
    return desk.show(request, head, [note, block])
