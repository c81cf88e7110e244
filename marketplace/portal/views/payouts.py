"""The finance desk's payouts: runs planned, proposed, approved by another, sent and answered."""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock, moments
from common.errors import Refusal
from identity import selectors as identity_selectors
from identity.approvals.contracts import Person
from identity.contracts import Role
from marketplace.payouts import answers, bank_files
from marketplace.payouts import selectors as payouts_selectors
from marketplace.payouts import services as payouts_services
from marketplace.payouts.contracts import (
    Answered,
    BadAnswer,
    BankAnswer,
    PayoutChannel,
    Plan,
    RunState,
    Skipped,
)
from marketplace.portal import desk, figures, names
from marketplace.portal.access import PortalRequest, form_only, page
from marketplace.portal.forms import DayFormField, MoneyField, OnceForm, show_refusal
from marketplace.portal.lists.payouts import LINES, RUNS, of_run
from marketplace.portal.once import once
from marketplace.portal.tables import Queried

WATCHERS: Final = (Role.FINANCE, Role.OPERATOR, Role.AUDITOR)
FILE_BYTES_MAX: Final = 10_000_000
PREVIEWED_MAX: Final = 50


class RunForm(OnceForm):
    """A run to propose: until when, and from which amount on."""

    until = DayFormField(
        label=gettext_lazy("Earned before"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("The first day that is not paid for."),
    )
    threshold_minor = MoneyField(
        label=gettext_lazy("From"), help_text=gettext_lazy("Who is owed less waits, in yuan.")
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("Way"),
        choices=PayoutChannel.choices,
        initial=PayoutChannel.BANK,
        required=False,
        help_text=gettext_lazy("By the gateway, providers with an account there are paid."),
    )
    suffixes: Final = {"threshold_minor": "¥"}

    def clean_channel(self) -> PayoutChannel:
        """Return the way; the bank's, unless another is chosen."""
        return PayoutChannel(self.cleaned_data["channel"] or PayoutChannel.BANK)


class BankAnswerForm(OnceForm):
    """The bank's answer."""

    file = forms.FileField(
        label=gettext_lazy("The bank's answer"),
        help_text=gettext_lazy(
            "CSV with reference, amount and result (paid or returned), and a reason."
        ),
    )


@page(*WATCHERS)
def payout_runs(request: PortalRequest) -> HttpResponseBase:
    """Show the runs, newest first."""
    table = RUNS.read(request, Queried(payouts_selectors.runs(), tie="sequence"))
    context = {"may_propose": request.actor.has_role(Role.FINANCE)}
    return table.answer("portal/payout_runs.html", context)


@page(Role.FINANCE)
@require_http_methods(["GET", "POST"])
@once
def new_payout_run(request: PortalRequest) -> HttpResponse:
    """Show what a run would pay, and propose it."""
    today = moments.market_date(clock.now())
    first = {"until": today, "threshold_minor": bank_files.yuan(settings.PAYOUTS_THRESHOLD_MINOR)}
    form = RunForm(request.POST or None, initial=first)
    back = reverse("portal:payout-runs")

    def propose() -> object:
        return payouts_services.propose_run(
            until=form.cleaned_data["until"],
            threshold_minor=form.cleaned_data["threshold_minor"],
            channel=form.cleaned_data["channel"],
            by=Person(request.actor.person_id, request.actor.organization_id),
            now=clock.now(),
        )

    outcome = desk.attempt(request, form, propose)
    if outcome and outcome.counts:
        run, _proposed = outcome.made
        messages.info(request, _("The run waits until another person approves it."))
        return redirect("portal:payout-run", run.pk)
    told = _("Providers are paid what they earned before a day, less what they owe.")
    head = desk.Head(_("New payout run"), told, crumbs=[(_("Payout runs"), back)])
    block = desk.FormBlock(
        form,
        _("Propose this run") if outcome else _("Show what it pays"),
        back,
        symbol="check" if outcome else "search",
        seen=desk.seen_mark(request) if outcome else "",
    )
    return desk.show(request, head, [*(_preview(form) if outcome else []), block])


def _preview(form: RunForm) -> list[desk.Sheet | desk.Facts]:
    until: date = form.cleaned_data["until"]
    plan = payouts_selectors.plan(
        until=until,
        threshold_minor=form.cleaned_data["threshold_minor"],
        channel=form.cleaned_data["channel"],
        now=clock.now(),
    )
    sums = desk.Facts(
        _("In all"),
        [
            (_("Payouts"), desk.Cell(str(len(plan.paid)))),
            (_("Amount"), desk.Cell(figures.money(plan.amount_minor))),
            (_("Netted"), desk.Cell(figures.money(plan.netted_minor))),
            (_("Tax withheld"), desk.Cell(figures.money(plan.tax_minor))),
            (_("Not paid now"), desk.Cell(str(len(plan.lines) - len(plan.paid)))),
        ],
    )
    return [sums, _planned(plan)]


def _planned(plan: Plan) -> desk.Sheet:
    shown = sorted(plan.lines, key=lambda each: -each.amount_minor)[:PREVIEWED_MAX]
    called = identity_selectors.organizations_by_id([each.provider_id for each in shown])
    return desk.Sheet(
        title=_("What it pays"),
        columns=[
            desk.Column(_("Provider")),
            desk.Column(_("Owed to it"), "number"),
            desk.Column(_("Netted"), "number"),
            desk.Column(_("Frozen"), "number"),
            desk.Column(_("Tax withheld"), "number"),
            desk.Column(_("Paid out"), "number"),
            desk.Column(_("State"), "state"),
        ],
        rows=[
            [
                desk.Cell(names.named(called[each.provider_id])),
                desk.Cell(figures.money(each.payable_minor)),
                desk.Cell(figures.money(each.netted_minor)),
                desk.Cell(figures.money(each.frozen_minor)),
                desk.Cell(figures.money(each.tax_minor)),
                desk.Cell(figures.money(each.amount_minor)),
                desk.Cell(
                    Skipped(each.skipped).label if each.skipped else _("Planned"),
                    tone="warn" if each.skipped else "ok",
                ),
            ]
            for each in shown
        ],
        empty=desk.Empty(_("Nobody is paid"), _("Nobody is owed anything until that day.")),
    )


@page(*WATCHERS)
@require_http_methods(["GET", "POST"])
@once
def payout_run(request: PortalRequest, payout_run_id: UUID) -> HttpResponseBase:
    """Show a run with its lines and files; take the bank's answer."""
    run = payouts_selectors.run(payout_run_id)
    form = BankAnswerForm(request.POST or None, request.FILES or None)
    is_clerk = request.actor.has_role(Role.FINANCE)
    by_bank = is_clerk and run.channel == PayoutChannel.BANK  # The gateway answers by itself.
    told: Answered | None = None
    if request.method == "POST" and is_clerk and form.is_valid():
        told = _take(run.pk, form)
        if told is not None and not told.bad:
            _tell(request, told)
            return redirect("portal:payout-run", run.pk)
        run = payouts_selectors.run(payout_run_id)
    table = LINES.read(request, Queried(payouts_selectors.lines(run_id=run.pk)))
    context = {
        "run": run,
        "tag": of_run(run),
        "form": form if by_bank and run.state in (RunState.SENT, RunState.DONE) else None,
        "told": told,
        "may_send": by_bank and run.state == RunState.APPROVED,
        "has_files": by_bank and run.state != RunState.PROPOSED,
        "forms": list(bank_files.TYPES),
    }
    status = 422 if form.errors or (told and told.bad) else 200
    return table.answer("portal/payout_run.html", context, status=status)


@page(Role.FINANCE)
@form_only
def send_payout_run(request: PortalRequest, payout_run_id: UUID) -> HttpResponse:
    """Note that the file of a run is with the bank."""
    payouts_services.send_run(run_id=payout_run_id, now=clock.now())
    messages.success(request, _("The run is with the bank; its answer is taken here."))
    return redirect("portal:payout-run", payout_run_id)


@page(Role.FINANCE)
def payout_file(
    request: PortalRequest,  # noqa: ARG001 - a page's
    payout_run_id: UUID,
    form: str,
) -> HttpResponse:
    """Answer with the file that the bank takes; a run that nobody approved has none."""
    run = payouts_selectors.run(payout_run_id)
    is_bank = run.channel == PayoutChannel.BANK
    if not is_bank or form not in bank_files.TYPES or run.state == RunState.PROPOSED:
        raise Http404
    lines = payouts_selectors.lines(run_id=run.pk).filter(movement__isnull=False).order_by("id")
    content = bank_files.written(run, list(lines), form)
    response = HttpResponse(content, content_type=bank_files.TYPES[form])
    response["Content-Disposition"] = f'attachment; filename="{run.number}.{form}"'
    response["Cache-Control"] = "no-store"
    return response


def _take(run_id: UUID, form: BankAnswerForm) -> Answered | None:
    try:
        with TemporaryDirectory(prefix="answer-") as folder:
            path = Path(folder) / "answer"
            path.write_bytes(form.cleaned_data["file"].read(FILE_BYTES_MAX))
            read = list(answers.read(path))
        good = [each for each in read if isinstance(each, BankAnswer)]
        taken = payouts_services.take_answers(run_id=run_id, answers=good, now=clock.now())
    except Refusal as refusal:
        refusal.field = "file"
        show_refusal(form, refusal)
        return None
    bad = [each for each in read if isinstance(each, BadAnswer)]
    return Answered(taken.paid, taken.returned, taken.known, (*bad, *taken.bad))


def _tell(request: PortalRequest, told: Answered) -> None:
    said = _("%(paid)s paid, %(returned)s returned, %(known)s known before.")
    counts: dict[str, Any] = {
        "paid": told.paid,
        "returned": told.returned,
        "known": told.known,
    }
    messages.success(request, said % counts)
