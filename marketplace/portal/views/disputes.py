"""Disputes: the list with its clocks, opening one, and one with what each side may do now."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
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
from common.errors import Refusal
from common.tabular.columns import Column, ColumnType
from common.tabular.texts import money_text
from common.tabular.writing import csv_text
from identity.approvals import selectors as approvals
from identity.approvals.contracts import Person
from identity.contracts import Role
from marketplace import accounts
from marketplace.assurance import dispute_selectors
from marketplace.assurance import services as assurance_services
from marketplace.assurance.dispute_contracts import (
    CLAIM_MAX,
    DISPUTE_KIND,
    DISPUTE_STEPS,
    ENDED,
    RELIED_ON_BY,
    DisputeState,
    DisputeStep,
)
from marketplace.assurance.dispute_selectors import DisputeMonth
from marketplace.portal import desk, figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.brought import file_link, kept_file
from marketplace.portal.delivered_rule_words import rule_cell
from marketplace.portal.forms import MoneyField, OnceForm
from marketplace.portal.lists.disputes import DISPUTES, dispute_state
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from marketplace.portal.templatetags.portal import when
from marketplace.portal.views.dispute_opening import FILE_HELP, settlement_note

WATCHING: Final = (Role.OPERATOR, Role.AUDITOR, Role.FINANCE)
MONTH_COLUMNS: Final = (
    Column("month"),
    *(Column(each, ColumnType.INTEGER) for each in ("opened", "lapsed", "won", "appealed")),
    *(Column(each, ColumnType.MONEY) for each in ("claimed", "awarded")),
    *(Column(each, ColumnType.MONEY) for each in ("claimed_of_vouchers", "awarded_of_vouchers")),
    Column("hours_to_answer", ColumnType.INTEGER),
)


def _text(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=CLAIM_MAX, widget=forms.Textarea(attrs={"rows": 4})
    )


def _file() -> forms.FileField:
    return forms.FileField(
        label=gettext_lazy("Evidence"),
        required=False,
        help_text=FILE_HELP,
    )


class AnswerDisputeForm(OnceForm):
    """What the provider says."""

    text = _text(gettext_lazy("Answer"))
    file = _file()


class AppealForm(OnceForm):
    """Why a side appeals."""

    text = _text(gettext_lazy("Why you appeal"))


class DecideDisputeForm(OnceForm):
    """What the buyer gets back, and why."""

    awarded_minor = MoneyField(label=gettext_lazy("The buyer gets back"), takes_zero=True)
    decision = _text(gettext_lazy("Reasons"))


@page(Role.BUYER, Role.PROVIDER, *WATCHING)
@require_http_methods(["GET"])
def disputes(request: PortalRequest) -> HttpResponseBase:
    """Show disputes; a party its own."""
    found = dispute_selectors.disputes(**_scope(request))
    links = [desk.Link(_("By month"), reverse("portal:dispute-months"))]
    head = desk.Head(
        _("Disputes"),
        _("Under way: %(count)s. What is claimed is frozen until it is decided.")
        % {"count": found.exclude(state__in=ENDED).count()},
        links=links,
    )
    empty = desk.Empty(
        _("No dispute"), _("A buyer opens one from the page of an order."), "shield-check"
    )
    return desk.show(request, head, [desk.Listed(DISPUTES.read(request, Queried(found)), empty)])


@page(Role.BUYER, Role.PROVIDER, *WATCHING)
@require_http_methods(["GET"])
def dispute_months(request: PortalRequest) -> HttpResponse:
    """Show by month what was opened, and what became of it; a party its own. Also as a file."""
    until = _until(request)
    found = dispute_selectors.by_month(until=until, **_scope(request))
    if request.GET.get("file") == "csv":
        return _months_file(found, until)
    earlier = dispute_selectors.months_before(until, dispute_selectors.MONTHS_SHOWN)
    address = reverse("portal:dispute-months")
    head = desk.Head(
        _("Disputes by month"),
        _("Two years until %(month)s: months in which disputes were opened, of the market's time.")
        % {"month": f"{until:%Y-%m}"},
        crumbs=[(_("Disputes"), reverse("portal:disputes"))],
        links=[
            desk.Link(_("Earlier months"), f"{address}?until={earlier:%Y-%m}", "chevron-left"),
            desk.Link("CSV", f"{address}?until={until:%Y-%m}&file=csv", "download"),
        ],
    )
    sheet = desk.Sheet(
        _("Months"),
        [
            desk.Column(_("Month")),
            desk.Column(_("Disputes opened"), "number"),
            desk.Column(_("Lost for want of an answer"), "number"),
            desk.Column(_("With an award"), "number"),
            desk.Column(_("Appealed against"), "number"),
            desk.Column(_("Amount in dispute"), "number"),
            desk.Column(_("Awarded"), "number"),
            desk.Column(_("Hours to an answer"), "number"),
        ],
        [
            [
                desk.Cell(each.month),
                *(desk.Cell(str(n)) for n in (each.opened, each.lapsed, each.won, each.appealed)),
                _sum(each.claimed_minor, each.claimed_cover_minor),
                _sum(each.awarded_minor, each.awarded_cover_minor),
                desk.Cell("—" if each.hours_to_answer is None else str(each.hours_to_answer)),
            ]
            for each in found
        ],
        desk.Empty(_("No dispute"), _("Nothing was disputed in these two years.")),
    )
    return desk.show(request, head, [sheet])


def _months_file(found: Sequence[DisputeMonth], until: date) -> HttpResponse:
    """Return months as CSV, amounts in yuan."""
    rows = [
        [
            each.month,
            *(str(n) for n in (each.opened, each.lapsed, each.won, each.appealed)),
            *(money_text(n) for n in (each.claimed_minor, each.awarded_minor)),
            *(money_text(n) for n in (each.claimed_cover_minor, each.awarded_cover_minor)),
            "" if each.hours_to_answer is None else str(each.hours_to_answer),
        ]
        for each in found
    ]
    answer = HttpResponse(csv_text(MONTH_COLUMNS, rows), content_type="text/csv; charset=utf-8")
    name = f"disputes-{until:%Y-%m}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _until(request: PortalRequest) -> date:
    """Return the month that an address names as the last; this one, where it names none."""
    this = moments.market_date(clock.now()).replace(day=1)
    with suppress(Refusal):
        return min(moments.parse_month(request.GET.get("until", "")), this)
    return this


def _sum(money_minor: int, cover_minor: int) -> desk.Cell:
    told = _("of vouchers %(amount)s") % {"amount": figures.money(cover_minor)}
    return desk.Cell(figures.money(money_minor), told if cover_minor else "")


@page(Role.BUYER, Role.PROVIDER, *WATCHING)
@require_http_methods(["GET"])
def dispute(request: PortalRequest, dispute_id: UUID) -> HttpResponse:
    """Show a dispute, and what the reader may do now."""
    return _shown(request, dispute_id, "", None)


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def answer_dispute(request: PortalRequest, dispute_id: UUID) -> HttpResponse:
    """Answer as the provider."""
    form = AnswerDisputeForm(request.POST, request.FILES)
    return _acted(request, dispute_id, "answer", form, _("Answered; the buyer is told."))


@page(Role.BUYER, Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def appeal(request: PortalRequest, dispute_id: UUID) -> HttpResponse:
    """Appeal against the decision."""
    form = AppealForm(request.POST)
    return _acted(request, dispute_id, "appeal", form, _("Your appeal is on the record."))


@page(Role.BUYER)
@require_http_methods(["GET", "POST"])
@once
def withdraw_dispute(request: PortalRequest, dispute_id: UUID) -> HttpResponse:
    """Withdraw one's own dispute."""
    form = OnceForm(request.POST)
    return _acted(request, dispute_id, "withdraw", form, _("Withdrawn; nothing is frozen."))


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def decide_dispute(request: PortalRequest, dispute_id: UUID) -> HttpResponse:
    """Propose what the buyer gets back."""
    form = DecideDisputeForm(request.POST)
    told = _("The decision waits until another operator approves it.")
    return _acted(request, dispute_id, "decide", form, told)


def _acted(
    request: PortalRequest, dispute_id: UUID, name: str, form: OnceForm, told: str
) -> HttpResponse:
    if request.method == "GET":  # Who reads again what was refused begins anew.
        return _shown(request, dispute_id, "", None)
    if form.is_valid() and desk.is_done(form, _act(request, dispute_id, name, form)):
        messages.success(request, told)
        return redirect("portal:dispute", dispute_id)
    return _shown(request, dispute_id, name, form)


def _act(
    request: PortalRequest, dispute_id: UUID, name: str, form: OnceForm
) -> Callable[[], object]:
    calls: dict[str, Callable[..., object]] = {
        "answer": assurance_services.answer_dispute,
        "appeal": assurance_services.appeal,
        "withdraw": assurance_services.withdraw_dispute,
        "decide": assurance_services.propose_decision,
    }

    def act() -> object:
        said = {each: value for each, value in form.values().items() if each != "file"}
        if name == "answer":
            said["file_ids"] = kept_file(request, form, purpose=RELIED_ON_BY)
        call = partial(calls[name], dispute_id=dispute_id, by=_by(request), now=clock.now())
        return call(**said)

    return act


def _shown(
    request: PortalRequest, dispute_id: UUID, name: str, form: OnceForm | None
) -> HttpResponse:
    found = dispute_selectors.dispute(dispute_id, **_scope(request))
    tag = dispute_state(found)
    head = desk.Head(
        found.number,
        _("%(buyer)s wants %(amount)s back from %(provider)s.")
        % {
            "buyer": names.named(found.buyer),
            "amount": figures.money(found.claimed_minor),
            "provider": names.named(found.provider),
        },
        crumbs=[(_("Disputes"), reverse("portal:disputes"))],
        tags=[desk.Cell(tag.label, tone=tag.tone, symbol=tag.icon)],
    )
    main: list[Any] = [_claim(request, found), _course(request, found)]
    if dispute_selectors.waits_for_settlement(found):
        main = [*settlement_note(found.contract), *main]
    if request.actor.has_role(Role.OPERATOR) and _is_waiting(found):
        main.insert(0, desk.Note(_("A decision waits for another operator's approval.")))
    side = [
        _block(found, act, form if act == name and form is not None else made())
        for act, made in _open_acts(request, found)
    ]
    return desk.show(request, head, main, side)


def _is_waiting(found: Any) -> bool:
    return approvals.waiting(kind=DISPUTE_KIND).filter(reference=found.number).exists()


def _open_acts(request: PortalRequest, found: Any) -> list[tuple[str, type[OnceForm]]]:
    """Return what the reader may do now, the next step in front."""
    actor = request.actor
    acts: list[tuple[str, type[OnceForm]]] = []
    is_buyer = actor.organization_id == found.buyer_id and actor.has_role(Role.BUYER)
    is_provider = actor.organization_id == found.provider_id and actor.has_role(Role.PROVIDER)
    if is_provider and found.state == DisputeState.OPEN:
        acts.append(("answer", AnswerDisputeForm))
    if actor.has_role(Role.OPERATOR) and found.state in DISPUTE_STEPS[DisputeStep.DECIDE][0]:
        acts.append(("decide", DecideDisputeForm))
    was_heard = (is_buyer and found.buyer_appealed_at) or (
        is_provider and found.provider_appealed_at
    )
    if found.state == DisputeState.DECIDED and (is_buyer or is_provider) and not was_heard:
        acts.append(("appeal", AppealForm))
    if is_buyer and found.state in DISPUTE_STEPS[DisputeStep.WITHDRAW][0]:
        acts.append(("withdraw", OnceForm))
    return acts


def _block(found: Any, name: str, form: OnceForm) -> desk.FormBlock:
    titles = {
        "answer": (_("Answer"), _("Send the answer")),
        "decide": (_("Decide"), _("Propose the decision")),
        "appeal": (_("Appeal"), _("Appeal against it")),
        "withdraw": (_("Withdraw"), _("Withdraw the dispute")),
    }
    told = {
        "answer": _("Until %(moment)s, once.") % {"moment": when(found.answer_due_at)},
        "decide": _("From nothing to all that is claimed; another operator approves it."),
    }
    title, act = titles[name]
    return desk.FormBlock(
        form,
        act,
        title=title,
        told=told.get(name, ""),
        tone="danger" if name == "withdraw" else "primary",
        action=reverse(f"portal:dispute-{name}", args=[found.pk]),
    )


def _claim(request: PortalRequest, found: Any) -> desk.Facts:
    return desk.Facts(
        _("What is disputed"),
        [
            (_("Contract"), desk.Cell(found.contract.number, found.contract.order_number)),
            (_("About"), desk.Cell(found.get_subject_display(), found.subject_reference)),
            (_("Amount in dispute"), desk.Cell(figures.money(found.claimed_minor), _asset(found))),
            (_("Frozen of it"), desk.Cell(figures.money(found.frozen_minor), _who_pays(found))),
            (_("What is wrong"), desk.Cell(found.claim)),
            (_("Evidence"), _files(request, found, found.files)),
        ],
    )


def _who_pays(found: Any) -> str:
    """Return where an award comes from."""
    if found.asset != accounts.CNY:
        return _("the programme pays the provider less")
    return _("the provider pays from what it is owed; what that does not cover, it owes")


def _asset(found: Any) -> str:
    """Return what a claim is in, where it is not money."""
    if found.asset == accounts.CNY:
        return ""
    told = _("in vouchers of %(programme)s: it goes back to the voucher, never to cash")
    return told % {"programme": accounts.programme_of(found.asset)}


def _course(request: PortalRequest, found: Any) -> desk.Facts:
    pairs: list[tuple[Any, desk.Cell]] = [
        (_("Opened"), desk.Cell(when(found.opened_at))),
        (_("Rule"), rule_cell(found.rule)),
        (_("Answer until"), desk.Cell(when(found.answer_due_at))),
    ]
    if found.answered_at:
        pairs.append((_("Answer"), desk.Cell(found.answer, when(found.answered_at))))
        pairs.append((_("Evidence for the answer"), _files(request, found, found.answer_files)))
    said = [
        (_("Appeal of the buyer"), found.buyer_appeal, found.buyer_appealed_at),
        (_("Appeal of the provider"), found.provider_appeal, found.provider_appealed_at),
    ]
    said += [
        (
            _("Earlier decision: %(amount)s") % {"amount": figures.money(each.awarded_minor)},
            each.decision,
            each.decided_at,
        )
        for each in dispute_selectors.earlier_decisions(found)
    ]
    in_order = sorted((each for each in said if each[2]), key=lambda each: each[2])
    pairs += [(label, desk.Cell(text, when(at))) for label, text, at in in_order]
    if found.decided_at:
        pairs.append((_("Awarded"), desk.Cell(figures.money(found.awarded_minor))))
        pairs.append((_("Reasons"), desk.Cell(found.decision, when(found.decided_at))))
        pairs.append((_("Appeal until"), desk.Cell(when(found.appeal_until))))
    if found.adjustment:
        link = desk.Link(
            found.adjustment.number, reverse("portal:adjustment", args=[found.adjustment_id])
        )
        pairs.append((_("Adjustment"), desk.Cell(links=[link])))
    return desk.Facts(_("How it went on"), pairs)


def _files(request: PortalRequest, found: Any, listed: list[dict[str, Any]]) -> desk.Cell:
    """Return files, to be opened by both sides and operators; auditors and finance see names."""
    is_party = request.actor.organization_id in (found.buyer_id, found.provider_id)
    if listed and (is_party or request.actor.has_role(Role.OPERATOR)):
        return desk.Cell(links=[file_link(each) for each in listed])
    return desk.Cell(", ".join(each["name"] for each in listed) or "—")


def _by(request: PortalRequest) -> Person:
    return Person(request.actor.person_id, request.actor.organization_id)


def _scope(request: PortalRequest) -> dict[str, UUID]:
    """Return whose disputes the reader sees; nothing to narrow for those who watch."""
    is_watching = request.actor.has_role(*WATCHING)
    return {} if is_watching else {"party_id": request.actor.organization_id}
