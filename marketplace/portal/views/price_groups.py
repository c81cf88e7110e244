"""Price groups: a provider enters buyers, dated and with notice; a buyer reads its own."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock, moments, notice
from identity.contracts import Role
from marketplace.portal import desk, figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import DayFormField, OnceForm
from marketplace.portal.lists.price_groups import GROUP_ENTRIES, OWN_GROUPS, dated_entries
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from pricing import group_selectors
from pricing import services as pricing_services
from pricing.group_contracts import PROJECT_CODE_MAX, REASON_MAX, PriceGroup

FIELDS = {"starts_at": "first_day", "ends_at": "last_day"}


class GroupForm(OnceForm):
    """A buyer to enter into a group."""

    uscc = forms.CharField(
        label=gettext_lazy("Unified social credit code"),
        max_length=18,
        required=False,
        help_text=gettext_lazy("Of the buyer. Empty: whoever is related to us when it orders."),
    )
    project_code = forms.CharField(
        label=gettext_lazy("Project"),
        max_length=PROJECT_CODE_MAX,
        required=False,
        help_text=gettext_lazy("The buyer's own code of a project. Empty: all that it orders."),
    )
    group = forms.ChoiceField(label=gettext_lazy("Price group"), choices=PriceGroup.choices)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_MAX,
        help_text=gettext_lazy("The buyer reads it, and so does the market. Others don't."),
    )
    first_day = DayFormField(
        label=gettext_lazy("Holds from"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Empty: at once."),
    )
    last_day = DayFormField(
        label=gettext_lazy("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Empty: until it is ended, with seven days' notice."),
    )


@page(Role.PROVIDER)
def price_groups(request: PortalRequest) -> HttpResponse:
    """Show whom a provider entered into its price groups."""
    entering = desk.Link(_("Enter a buyer"), reverse("portal:price-group-new"), "plus", "primary")
    head = desk.Head(
        _("Price groups"),
        _("Who is in a group pays what a plan says for it, never more than others."),
        crumbs=[(_("Rate plans"), reverse("portal:plans"))],
        links=[entering],
    )
    empty = desk.Empty(
        _("Nobody is in a group"),
        _("Everybody pays list price. A plan says what the price of each group is."),
        "user",
        entering,
    )
    found = Queried(group_selectors.entries_of_provider(request.actor.organization_id))
    table = GROUP_ENTRIES.read(request, found, dress=dated_entries)
    return desk.show(request, head, [desk.Listed(table, empty)])


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def new_price_group(request: PortalRequest) -> HttpResponse:
    """Enter a buyer into a group."""
    form = GroupForm(request.POST or None)

    def enter() -> None:
        values = form.values()
        first, last = values.pop("first_day"), values.pop("last_day")
        pricing_services.enter_price_group(
            provider_id=request.actor.organization_id,
            now=clock.now(),
            starts_at=first and moments.day_period(first).starts_at,
            ends_at=last and moments.day_period(last).ends_at,
            recorded_by_id=request.actor.person_id,
            **values,
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, enter, FIELDS):
        messages.success(request, _("It is entered, and the buyer is told."))
        return redirect("portal:price-groups")
    back = reverse("portal:price-groups")
    head = desk.Head(
        _("Enter a buyer into a price group"),
        _("It holds for what is ordered from then on; orders keep the group of their moment."),
        crumbs=[(_("Rate plans"), reverse("portal:plans")), (_("Price groups"), back)],
    )
    return desk.show(request, head, [desk.FormBlock(form, _("Enter it"), back, symbol="plus")])


class GroupEndForm(OnceForm):
    """When a buyer leaves a group."""

    last_day = DayFormField(
        label=gettext_lazy("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Empty: as early as it may."),
    )


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def end_price_group(request: PortalRequest, price_group_id: UUID) -> HttpResponse:
    """Ask when a buyer shall leave a group."""
    own, now = request.actor.organization_id, clock.now()
    entry = group_selectors.group_entry(price_group_id, provider_id=own)
    form = GroupEndForm(request.POST or None)

    def end() -> None:
        last = form.cleaned_data["last_day"]
        pricing_services.leave_price_group(
            provider_id=own,
            entry_id=entry.pk,
            now=now,
            ends_at=last and moments.day_period(last).ends_at,
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, end, FIELDS):
        messages.success(request, _("Its end is announced, and the buyer is told."))
        return redirect("portal:price-groups")
    back = reverse("portal:price-groups")
    whom = names.named(entry.buyer) if entry.buyer else _("Whoever is related to us")
    told = _("%(whom)s, %(group)s: its buyer will pay more, so it ends at the earliest %(moment)s.")
    head = desk.Head(
        _("End a price group"),
        told
        % {
            "whom": whom,
            "group": PriceGroup(entry.price_group).label,
            "moment": figures.moment(now + notice.NOTICE),
        },
        crumbs=[(_("Rate plans"), reverse("portal:plans")), (_("Price groups"), back)],
    )
    block = desk.FormBlock(form, _("Announce its end"), back, symbol="check", tone="danger")
    return desk.show(request, head, [block])


@page(Role.BUYER)
def own_price_groups(request: PortalRequest) -> HttpResponse:
    """Show a buyer the price groups that it is in."""
    head = desk.Head(
        _("My price groups"),
        _("Orders clear and are held at list price; use is charged at the price of the group."),
        crumbs=[(_("Prices and index"), reverse("portal:prices"))],
    )
    empty = desk.Empty(
        _("You are in no group"), _("Providers enter their own people and partners."), "user"
    )
    found = Queried(group_selectors.entries_about(request.actor.organization_id))
    table = OWN_GROUPS.read(request, found, dress=dated_entries)
    return desk.show(request, head, [desk.Listed(table, empty)])
