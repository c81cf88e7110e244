"""Taxes that payouts withhold: read by everybody whose matter they are, proposed by finance."""

from functools import partial
from typing import Final

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from identity.approvals.contracts import Person
from identity.contracts import Role
from marketplace.payouts import selectors as payouts_selectors
from marketplace.payouts import services as payouts_services
from marketplace.payouts.contracts import SOURCE_LENGTH_MAX, ProviderKind
from marketplace.portal import desk
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import DayFormField, ExactField, OnceForm
from marketplace.portal.lists.payouts import TAXES
from marketplace.portal.once import once
from marketplace.portal.tables import Queried

READERS: Final = (Role.PROVIDER, Role.FINANCE, Role.OPERATOR, Role.AUDITOR)


class TaxForm(OnceForm):
    """From which providers, how much, from when on, and by which law."""

    kind = forms.ChoiceField(label=gettext_lazy("Providers"), choices=ProviderKind.choices)
    percent = ExactField(
        label=gettext_lazy("Tax withheld"),
        min_value=0,
        max_value=99,
        max_digits=6,
        decimal_places=4,
        help_text=gettext_lazy("In per cent of what is paid out."),
    )
    starts_on = DayFormField(
        label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"})
    )
    ends_on = DayFormField(
        label=gettext_lazy("Until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("The first day without it. Empty: until another begins."),
    )
    source = forms.CharField(
        label=gettext_lazy("Source"),
        max_length=SOURCE_LENGTH_MAX,
        help_text=gettext_lazy("The law or notice that says so."),
    )


@page(*READERS)
@require_http_methods(["GET", "POST"])
@once
def taxes(request: PortalRequest) -> HttpResponseBase:
    """Show what payouts withhold, and let finance propose a tax."""
    side: list[desk.FormBlock] = []
    if request.actor.has_role(Role.FINANCE):
        form = TaxForm(request.POST if "key" in request.POST else None)
        is_sent = form.is_bound and form.is_valid()
        if is_sent and desk.is_done(form, partial(_propose, request, form), {"rate": "percent"}):
            messages.success(request, _("Another person of finance decides about it."))
            return redirect("portal:taxes")
        told = _("Two persons agree; every payout from that day on withholds it.")
        side = [desk.FormBlock(form, _("Propose it"), title=_("New tax"), told=told)]
    head = desk.Head(
        _("Taxes withheld"),
        _("What is withheld when a provider is paid, by its kind and by dated rules."),
    )
    table = TAXES.read(request, Queried(payouts_selectors.tax_rules()))
    empty = desk.Empty(
        _("Nothing is withheld"), _("Providers are paid in full until a tax is published."), "scale"
    )
    return desk.show(request, head, [desk.Listed(table, empty)], side)


def _propose(request: PortalRequest, form: TaxForm) -> None:
    said = form.values()
    payouts_services.propose_tax_rule(
        kind=ProviderKind(said["kind"]),
        rate=said["percent"] / 100,
        starts_on=said["starts_on"],
        ends_on=said["ends_on"],
        source=said["source"],
        by=Person(request.actor.person_id, request.actor.organization_id),
        now=clock.now(),
    )
