"""Monitors of accounts: what is looked out for, and what was seen."""

from decimal import Decimal
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
from ledger import selectors as ledger_selectors
from marketplace.portal import desk, figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import ExactField, OnceForm, WholeField
from marketplace.portal.lists.statements import MONITORS, looked_for, of_monitor
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from marketplace.statements import selectors as statements_selectors
from marketplace.statements import services as statements_services
from marketplace.statements.contracts import UNCLEARED_DAYS_MAX, MonitorKind, MonitorWish

WATCHERS: Final = (Role.BUYER, Role.PROVIDER, Role.FINANCE)
READERS: Final = (*WATCHERS, Role.OPERATOR, Role.AUDITOR)
OWN_SHOWN: Final = 20


class MonitorForm(OnceForm):
    """An account, and what to be told of it."""

    account = forms.CharField(
        label=gettext_lazy("Account"),
        max_length=200,
        help_text=gettext_lazy("As the ledger calls it, like %(example)s.")
        % {"example": "platform_fee:CNY"},
    )
    kind = forms.ChoiceField(label=gettext_lazy("Tell me when it"), choices=MonitorKind.choices)
    below = ExactField(
        label=gettext_lazy("Amount in yuan"),
        required=False,
        max_digits=15,
        decimal_places=2,
        help_text=gettext_lazy("To fall below."),
    )
    days = WholeField(
        label=gettext_lazy("Days"),
        required=False,
        min_value=1,
        max_value=UNCLEARED_DAYS_MAX,
        help_text=gettext_lazy("Not at zero for as long."),
    )

    def wish(self) -> MonitorWish:
        """Return what is asked for."""
        below: Decimal | None = self.cleaned_data["below"]
        return MonitorWish(
            account=self.cleaned_data["account"],
            kind=MonitorKind(self.cleaned_data["kind"]),
            below_minor=None if below is None else int(below.scaleb(2)),
            days=self.cleaned_data["days"],
        )


@page(*READERS)
@require_http_methods(["GET", "POST"])
@once
def monitors(request: PortalRequest) -> HttpResponseBase:
    """Show monitors, and add one."""
    table = MONITORS.read(
        request, Queried(statements_selectors.monitors_of(request.actor), tie="id")
    )
    may = request.actor.has_role(*WATCHERS)
    form = MonitorForm(request.POST or None, initial={"account": desk.asked(request, "account")})

    def add() -> object:
        return statements_services.add_monitor(wish=form.wish(), by=request.actor, now=clock.now())

    fields = {"below_minor": "below"}
    is_sent = request.method == "POST" and may and form.is_valid()
    if is_sent and desk.is_done(form, add, fields):
        messages.success(request, _("You are told once each time that it becomes so."))
        return redirect("portal:account-monitors")
    told = _("Accounts are looked at every minute; a notice comes once each time it becomes so.")
    how = (
        _("Write below which account, and what to be told.")
        if may
        else _("What is watched is listed here, and when it was last told of.")
    )
    empty = desk.Empty(_("No account is watched"), how, "bell")
    blocks: list[Any] = [desk.Listed(table, empty)]
    if may:
        title = _("Watch an account")
        blocks.append(desk.FormBlock(form, _("Watch it"), title=title, links=_own(request)))
    return desk.show(request, desk.Head(_("Account monitors"), told), blocks)


def _own(request: PortalRequest) -> list[desk.Link]:
    """Return the reader's own accounts: one click writes them into the form."""
    own = ledger_selectors.accounts(owner_id=request.actor.organization_id, limit=OWN_SHOWN)
    here = reverse("portal:account-monitors")
    return [
        desk.Link(
            names.ACCOUNT_KINDS.get(each.kind, each.kind),
            f"{here}?account={each.code}",
            about=each.code,
        )
        for each in own
    ]


@page(*READERS)
@require_http_methods(["GET", "POST"])
@once
def monitor(request: PortalRequest, monitor_id: UUID) -> HttpResponse:
    """Show a monitor, and end it."""
    found = statements_selectors.monitor(monitor_id, request.actor)
    form = OnceForm(request.POST or None)
    own = found.organization_id == request.actor.organization_id

    def end() -> object:
        return statements_services.end_monitor(
            monitor_id=found.pk, organization_id=request.actor.organization_id, now=clock.now()
        )

    if request.method == "POST" and form.is_valid() and own and desk.is_done(form, end):
        messages.success(request, _("The account is watched no more."))
        return redirect("portal:account-monitors")
    back = reverse("portal:account-monitors")
    tag = of_monitor(found)
    head = desk.Head(
        names.ACCOUNT_KINDS.get(found.account.split(":")[0], found.account),
        looked_for(found),
        crumbs=[(_("Account monitors"), back)],
        tags=[desk.Cell(tag.label, tone=tag.tone)],
    )
    blocks: list[Any] = [_seen(found)]
    if own and not found.ended_at:
        blocks.append(desk.FormBlock(form, _("Watch it no more"), back, tone="danger"))
    return desk.show(request, head, blocks)


def _seen(found: Any) -> desk.Facts:
    account = reverse("portal:ledger-statement", args=[found.account])
    balance = "—" if found.balance_minor is None else figures.money(found.balance_minor)
    return desk.Facts(
        _("What was seen"),
        [
            (_("Account"), desk.Cell(found.account, address=account)),
            (_("Balance as it was seen last"), desk.Cell(balance)),
            (
                _("So since"),
                desk.Cell(figures.moment(found.raised_at) if found.raised_at else "—"),
            ),
            (_("Looked at next"), desk.Cell(figures.moment(found.due_at))),
        ],
    )
