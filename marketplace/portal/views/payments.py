"""The finance desk of payments: bank statements, lines to match, differences, reconciliation."""

from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from common.errors import Refusal
from identity.approvals import selectors as approvals
from identity.approvals.contracts import Person
from identity.contracts import Role
from marketplace import accounts
from marketplace.payments import selectors as payments_selectors
from marketplace.payments import services as payments_services
from marketplace.payments.contracts import (
    MATCH_KIND,
    NOTE_LENGTH_MAX,
    REFUND_KIND,
    RESOLUTION_LENGTH_MAX,
    STATEMENT_BYTES_MAX,
    PayChannel,
    StatementRefused,
)
from marketplace.portal import ages, figures
from marketplace.portal.access import PortalRequest, form_only, page
from marketplace.portal.forms import OnceForm, OrganizationField, show_refusal
from marketplace.portal.lists.payments import BANK_LINES, DIFFERENCES
from marketplace.portal.once import once
from marketplace.portal.tables import Queried, answer_lists

CLEARING: Final = {
    accounts.clearing_in(): gettext_lazy("Arrived, to match"),
    accounts.clearing_out(PayChannel.BANK): gettext_lazy("Leaving by bank"),
    accounts.clearing_out(PayChannel.STRIPE): gettext_lazy("Leaving by card"),
}


class StatementForm(OnceForm):
    """A file of the bank."""

    file = forms.FileField(
        label=gettext_lazy("Bank statement"),
        help_text=gettext_lazy(
            "CSV with the columns date, amount, reference, text, party, party_account, or CAMT.053."
        ),
    )


class MatchForm(OnceForm):
    """Whose money a line is."""

    uscc = OrganizationField(label=gettext_lazy("Buyer's unified social credit code"))


class TakeForm(OnceForm):
    """That somebody sees to a difference, and how far it is."""

    note = forms.CharField(
        label=gettext_lazy("Note"),
        help_text=gettext_lazy("What you found out, or are waiting for."),
        max_length=NOTE_LENGTH_MAX,
        required=False,
    )


class SettleForm(OnceForm):
    """How a difference ended."""

    resolution = forms.CharField(
        label=gettext_lazy("How it ended"), max_length=RESOLUTION_LENGTH_MAX
    )


@page(Role.FINANCE)
@require_http_methods(["GET", "POST"])
@once
def payments_desk(request: PortalRequest) -> HttpResponseBase:
    """Show what does not match and what waits, and take a statement of the bank."""
    form = StatementForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and _take(request, form):
        return redirect("portal:payments-desk")
    lines = BANK_LINES.read(request, Queried(payments_selectors.unmatched_lines()))
    differences = DIFFERENCES.read(
        request, Queried(payments_selectors.differences(is_open=True)), dress=ages.seen_now
    )
    count, total = payments_selectors.unmatched_sum()
    context: dict[str, Any] = {
        "form": form,
        "count": count,
        "total": total,
        "waiting": payments_selectors.unmatched_by_age(now=clock.now()),
        "open": payments_selectors.differences(is_open=True).count(),
        "refunds": approvals.waiting(kind=REFUND_KIND).count(),
        "matches": approvals.waiting(kind=MATCH_KIND).count(),
        "clearing": [_clearing(each) for each in payments_selectors.clearing()],
        "is_test": bool(settings.STRIPE_API_BASE),
        "run": payments_selectors.latest_reconciliation(),
        "lines": lines,
        "differences": differences,
    }
    return answer_lists(
        request,
        "portal/payments_desk.html",
        lines,
        differences,
        context=context,
        status=422 if form.errors else 200,
    )


def _clearing(found: Any) -> tuple[Any, str, Any]:
    """Return a clearing account's name, where its lines are, and what it holds."""
    channel = found.account.partition(":")[2]
    if found.account == accounts.clearing_in():
        return CLEARING[found.account], "#lines", found
    asked = [("channel", channel), *(("state", each) for each in ("APPROVED", "SENT"))]
    return CLEARING[found.account], f"{reverse('portal:all-movements')}?{urlencode(asked)}", found


def _take(request: PortalRequest, form: StatementForm) -> bool:
    file = form.cleaned_data["file"]
    try:
        if file.size > STATEMENT_BYTES_MAX:
            told = f"{STATEMENT_BYTES_MAX // 1024 // 1024} MB"
            raise StatementRefused(field="file", problem=f"> {told}")
        made = payments_services.import_statement(
            raw=file.read(),
            file_name=file.name,
            by=Person(request.actor.person_id, request.actor.organization_id),
            now=clock.now(),
        )
    except Refusal as refusal:
        show_refusal(form, refusal)
        return False
    told = _("Lines read: %(lines)s; new: %(new)s; matched by themselves: %(matched)s.")
    counts = {"lines": made.lines_count, "new": made.new_count, "matched": made.matched_count}
    messages.success(request, told % counts)
    return True


@page(Role.FINANCE)
@require_http_methods(["GET", "POST"])
@once
def bank_line(request: PortalRequest, line_id: UUID) -> HttpResponseBase:
    """Show a line, and say whose money it is; another person decides."""
    line = payments_selectors.bank_line(line_id)
    form = MatchForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            payments_services.propose_match(
                line_id=line_id,
                organization_id=form.cleaned_data["uscc"].pk,
                by=Person(request.actor.person_id, request.actor.organization_id),
                now=clock.now(),
            )
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.info(request, _("The line waits until somebody else approves it."))
            return redirect("portal:payments-desk")
    facts = [
        (_("Amount"), figures.money(line.amount_minor)),
        (_("Paid by"), line.party or "—"),
        (_("Account"), line.party_account or "—"),
        (_("Text of the transfer"), line.text or "—"),
        (_("Bank reference"), line.reference or "—"),
        (_("State"), line.get_state_display()),
    ]
    context = {
        "form": form,
        "title": _("Whose money is it?"),
        "facts": facts,
        "act": _("Propose"),
        "fields": [form["uscc"]],
        "is_over": line.state != "UNMATCHED",
    }
    return render(request, "portal/payment_task.html", context, status=422 if form.errors else 200)


@page(Role.FINANCE)
@require_http_methods(["GET", "POST"])
@once
def difference(request: PortalRequest, difference_id: UUID) -> HttpResponseBase:
    """Show a difference; whoever settles it says how it ended."""
    found = payments_selectors.difference(difference_id)
    form = SettleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            payments_services.settle_difference(
                difference_id=difference_id,
                resolution=form.cleaned_data["resolution"],
                person_id=request.actor.person_id,
                now=clock.now(),
            )
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("The difference is settled."))
            return redirect("portal:payments-desk")
    return _difference_page(request, found, TakeForm(initial={"note": found.note}), form)


@page(Role.FINANCE)
@require_http_methods(["GET", "POST"])
@once
def difference_take(request: PortalRequest, difference_id: UUID) -> HttpResponseBase:
    """Let whoever asks see to a difference, and note how far it is."""
    found = payments_selectors.difference(difference_id)
    form = TakeForm(request.POST or None, initial={"note": found.note})
    if request.method == "POST" and form.is_valid():
        try:
            payments_services.take_difference(
                difference_id=difference_id,
                person_id=request.actor.person_id,
                now=clock.now(),
                note=form.cleaned_data["note"],
            )
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("You see to this difference now."))
            return redirect("portal:difference", difference_id)
    return _difference_page(request, found, form, SettleForm())


def _difference_page(
    request: PortalRequest, found: Any, taking: TakeForm, settling: SettleForm
) -> HttpResponseBase:
    owner = found.owner.called if found.owner else _("Nobody yet")
    if found.owner and found.taken_at:
        owner += " · " + figures.moment(found.taken_at)
    amounts = ((_("Ours"), found.ours_minor), (_("Theirs"), found.theirs_minor))
    facts = [
        (_("Difference"), found.get_kind_display()),
        (_("Way"), found.get_channel_display()),
        (_("Reference"), found.reference or "—"),
        *((label, "—" if it is None else figures.money(it)) for label, it in amounts),
        (_("Found"), figures.moment(found.found_at)),
        (_("Seen to by"), owner),
        (_("Note"), found.note or "—"),
        (_("How it ended"), found.resolution or "—"),
    ]
    context = {
        "found": found,
        "age": ages.age(found.found_at, found.settled_at or clock.now()),
        "facts": facts,
        "taking": taking,
        "settling": settling,
        "is_mine": found.owner_id == request.actor.person_id,
    }
    is_wrong = taking.errors or settling.errors
    return render(request, "portal/difference.html", context, status=422 if is_wrong else 200)


@page(Role.FINANCE)
@form_only
def reconcile(request: PortalRequest) -> HttpResponseBase:
    """Let our books be compared with the gateway's now."""
    payments_services.ask_reconciliation(
        since=None, person_id=request.actor.person_id, now=clock.now()
    )
    messages.info(request, _("The books are being compared; look again in a minute."))
    return redirect("portal:payments-desk")
