"""The market's books: a month's checklist and its closing."""

from datetime import date, timedelta
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock, moments
from common.errors import Refusal
from identity.approvals.contracts import Person
from identity.contracts import Actor, Role
from marketplace.portal import desk, figures
from marketplace.portal.access import PortalRequest, address_if_open, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.once import once
from marketplace.statements import services as statements_services
from marketplace.statements.contracts import CheckName, ClosingState
from marketplace.statements.selectors import books as books_selectors

WATCHERS: Final = (Role.FINANCE, Role.OPERATOR, Role.AUDITOR)
CLOSINGS_MAX: Final = 120
# Where what is open of a line of the checklist is seen to.
LEADS: Final = {
    CheckName.STATEMENTS: "bills",
    CheckName.MOVEMENTS: "payments-desk",
    CheckName.BANK_LINES: "payments-desk",
    CheckName.DIFFERENCES: "payments-desk",
    CheckName.PAYOUTS: "payout-runs",
    CheckName.CLEARING: "ledger",
    CheckName.BALANCED: "ledger",
}


class MonthForm(OnceForm):
    """A month to close."""

    month = forms.CharField(
        label=gettext_lazy("Month"), max_length=7, help_text=gettext_lazy("As in 2026-10.")
    )

    def clean_month(self) -> date:
        """Return the first day of the month."""
        try:
            return moments.parse_month(self.cleaned_data["month"])
        except Refusal as refusal:
            raise forms.ValidationError(str(refusal), code=refusal.code) from None


@page(*WATCHERS)
@require_http_methods(["GET", "POST"])
@once
def books(request: PortalRequest) -> HttpResponse:
    """Show what is open of the last month, and propose to close one."""
    last = _last_month()
    is_clerk = request.actor.has_role(Role.FINANCE)
    form = MonthForm(request.POST or None, initial={"month": f"{last:%Y-%m}"})
    by = Person(request.actor.person_id, request.actor.organization_id)

    def propose() -> object:
        return statements_services.propose_closing(
            month=form.cleaned_data["month"], by=by, now=clock.now()
        )

    if request.method == "POST" and is_clerk and form.is_valid() and desk.is_done(form, propose):
        messages.success(request, _("The month is closed once another person approves it."))
        return redirect("portal:ledger-books")
    told = _("A closed month takes no transfer any more; what is late counts in a later one.")
    link = desk.Link(_("Trial balance as of"), reverse("portal:trial-as-of"), symbol="scale")
    watch = desk.Link(_("Account monitors"), reverse("portal:account-monitors"), symbol="bell")
    blocks: list[Any] = [_checklist(last, request.actor)]
    if is_clerk:
        blocks.append(desk.FormBlock(form, _("Propose to close it")))
    added = desk.Link(_("Added up"), reverse("portal:book-sums"), symbol="calculator")
    head = desk.Head(_("Books"), told, links=[link, added, watch])
    return desk.show(request, head, [*blocks, _closings()])


def _last_month() -> date:
    first = moments.market_date(clock.now()).replace(day=1)
    return (first - timedelta(days=1)).replace(day=1)


def _checklist(month: date, actor: Actor) -> desk.Sheet:
    rows = []
    for each in books_selectors.checklist(month):
        lead = LEADS.get(each.name)
        rows.append(
            [
                desk.Cell(each.name.label, note=each.detail),
                desk.Cell(str(each.open), address=address_if_open(actor, lead) if lead else ""),
                desk.Cell(
                    _("Open") if each.open else _("Done"), tone="warn" if each.open else "ok"
                ),
            ]
        )
    return desk.Sheet(
        title=_("Before %(month)s is closed") % {"month": f"{month:%Y-%m}"},
        columns=[
            desk.Column(_("What")),
            desk.Column(_("Still open"), "number"),
            desk.Column(_("State"), "state"),
        ],
        rows=rows,
        empty=desk.Empty("", ""),
    )


def _closings() -> desk.Sheet:
    return desk.Sheet(
        title=_("Closed months"),
        columns=[
            desk.Column(_("Month")),
            desk.Column(_("Closed at")),
            desk.Column(_("Hash of its trial balance")),
            desk.Column(_("State"), "state"),
        ],
        rows=[
            [
                desk.Cell(f"{each.month:%Y-%m}"),
                desk.Cell(figures.moment(each.closed_at) if each.closed_at else "—"),
                desk.Cell(f"{each.trial_hash[:16]}…", is_code=True, copied=each.trial_hash),
                desk.Cell(
                    each.get_state_display(),
                    tone="ok" if each.state == ClosingState.CLOSED else "warn",
                ),
            ]
            for each in books_selectors.closings()[:CLOSINGS_MAX]
        ],
        empty=desk.Empty(_("No month is closed"), _("Two people of finance close one."), "book"),
    )
