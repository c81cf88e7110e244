"""Which organisations are related: the operator records it, the auditor reads it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from common.errors import Refusal
from identity import relations
from identity import services as identity_services
from identity.contracts import Role, TieKind
from marketplace.portal import figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import (
    DayFormField,
    ExactField,
    OnceForm,
    OrganizationField,
    show_refusal,
)
from marketplace.portal.lists.oversight import TIES
from marketplace.portal.once import once
from marketplace.portal.tables import Queried

DAY: Final = timedelta(days=1)
# The inputs that the rooms' refusals are about.
FIELDS: Final = {
    "holder_id": "holder",
    "held_id": "held",
    "share": "percent",
    "valid_from": "first_day",
    "valid_to": "last_day",
}


def _day_field(label: Any, **options: Any) -> DayFormField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return DayFormField(label=label, widget=widget, **options)


class TieForm(OnceForm):
    """That one organisation controls another or holds a share of it, since when, and the source."""

    holder = OrganizationField(
        label=gettext_lazy("Who controls or holds"),
        help_text=gettext_lazy("Unified social credit code."),
    )
    held = OrganizationField(
        label=gettext_lazy("Who is controlled or held"),
        help_text=gettext_lazy("Unified social credit code."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind of tie"), choices=TieKind.choices)
    percent = ExactField(
        label=gettext_lazy("Share in percent"),
        required=False,
        min_value=Decimal("0.000001"),
        max_value=100,
        decimal_places=6,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text=gettext_lazy("For a shareholding. More than half counts as control."),
    )
    first_day = _day_field(gettext_lazy("First day"))
    last_day = _day_field(
        gettext_lazy("Last day"), required=False, help_text=gettext_lazy("Empty: it lasts.")
    )
    source = forms.CharField(
        label=gettext_lazy("Source"),
        max_length=200,
        help_text=gettext_lazy("Where it is known from, for example a register and its date."),
    )

    def clean(self) -> dict[str, Any]:
        """Check what the fields say together."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        holder, held = cleaned.get("holder"), cleaned.get("held")
        if holder is not None and holder == held:
            self.add_error("held", _("Name another organisation than above."))
        is_share = cleaned.get("kind") == TieKind.SHARE
        if is_share and cleaned.get("percent") is None and "percent" not in self.errors:
            self.add_error("percent", _("Say how large the share is."))
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("It ends before it begins."))
        return cleaned

    def facts(self) -> dict[str, Any]:
        """Return what was typed as what the register takes."""
        cleaned = self.cleaned_data
        percent: Decimal | None = cleaned["percent"]
        last: date | None = cleaned["last_day"]
        return {
            "holder_id": cleaned["holder"].pk,
            "held_id": cleaned["held"].pk,
            "kind": TieKind(cleaned["kind"]),
            "share": None if percent is None else percent.scaleb(-2),
            "valid_from": cleaned["first_day"],
            "valid_to": last and last + DAY,
            "source": cleaned["source"],
        }


class EndForm(OnceForm):
    """The last day of a tie."""

    last_day = _day_field(
        gettext_lazy("Last day"),
        help_text=gettext_lazy("Trades that clear after it are no longer flagged by this tie."),
    )


@page(Role.OPERATOR, Role.AUDITOR)
def ties(request: PortalRequest) -> HttpResponseBase:
    """Show the ties between organisations, newest first."""
    table = TIES.read(request, Queried(relations.ties_for(request.actor)))
    return table.answer("portal/ties.html", {"may_record": request.actor.has_role(Role.OPERATOR)})


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def record(request: PortalRequest) -> HttpResponse:
    """Record a tie between two organisations."""
    form = TieForm(request.POST or None, initial={"first_day": _today()})
    if request.method == "POST" and form.is_valid() and _is_recorded(request, form):
        return redirect("portal:ties")
    return render(
        request, "portal/tie_new.html", {"form": form}, status=422 if form.errors else 200
    )


def _is_recorded(request: PortalRequest, form: TieForm) -> bool:
    """Record what was typed, or write beside its input why not."""
    facts = form.facts()
    try:
        identity_services.record_tie(
            recorded_by_id=request.actor.person_id, now=clock.now(), **facts
        )
    except Refusal as refusal:
        _show(form, refusal)
        return False
    told = _("The tie of %(holder)s to %(held)s is recorded.")
    both = {name: names.named(form.cleaned_data[name]) for name in ("holder", "held")}
    messages.success(request, told % both)
    return True


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def end(request: PortalRequest, tie_id: UUID) -> HttpResponse:
    """Ask whether a tie is over, and since when; what was recorded stays."""
    tie = relations.open_tie_for(request.actor, tie_id)
    form = EndForm(request.POST or None, initial={"last_day": max(_today(), tie.valid_from)})
    if request.method == "POST" and form.is_valid():
        last: date = form.cleaned_data["last_day"]
        try:
            if last < tie.valid_from:
                form.add_error("last_day", _("It ends before it begins."))
            else:
                identity_services.end_tie(
                    tie_id=tie.pk, on=last + DAY, ended_by_id=request.actor.person_id
                )
        except Refusal as refusal:
            _show(form, refusal)
        if not form.errors:
            messages.success(request, _("The tie ends after %(day)s.") % {"day": last})
            return redirect("portal:ties")
    context = {"form": form, "tie": tie}
    return render(request, "portal/tie_end.html", context, status=422 if form.errors else 200)


def _show(form: forms.Form, refusal: Refusal) -> None:
    refusal.field = FIELDS.get(refusal.field or "", refusal.field)
    show_refusal(form, refusal)


def _today() -> date:
    """Return the day of the market."""
    return figures.local(clock.now()).date()
