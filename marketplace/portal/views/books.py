"""The market's books: a month's checklist and its closing, and the trial balance as it was."""

from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

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
from identity.contracts import Role
from ledger import selectors as ledger_selectors
from marketplace.portal import desk, figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.once import once
from marketplace.statements import services as statements_services
from marketplace.statements.contracts import BookGrouping, CheckName, ClosingState
from marketplace.statements.selectors import books as books_selectors

WATCHERS: Final = (Role.FINANCE, Role.OPERATOR, Role.AUDITOR)
CLOSINGS_MAX: Final = 120
SUMS_SHOWN: Final = 200
MONTHS_SHOWN: Final = 3
EXAMPLE: Final = "?effective=2026-11-01T00:00&recorded=2026-11-02T00:00"
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
CLASSES: Final = {
    "Assets": gettext_lazy("Assets"),
    "Liabilities": gettext_lazy("Liabilities"),
    "Equity": gettext_lazy("Equity"),
    "Revenue": gettext_lazy("Revenue"),
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
    blocks: list[Any] = [_checklist(last)]
    if is_clerk:
        blocks.append(desk.FormBlock(form, _("Propose to close it")))
    added = desk.Link(_("Added up"), reverse("portal:book-sums"), symbol="calculator")
    head = desk.Head(_("Books"), told, links=[link, added, watch])
    return desk.show(request, head, [*blocks, _closings()])


def _last_month() -> date:
    first = moments.market_date(clock.now()).replace(day=1)
    return (first - timedelta(days=1)).replace(day=1)


def _checklist(month: date) -> desk.Sheet:
    rows = []
    for each in books_selectors.checklist(month):
        lead = LEADS.get(each.name)
        rows.append(
            [
                desk.Cell(each.name.label, note=each.detail),
                desk.Cell(str(each.open), address=reverse(f"portal:{lead}") if lead else ""),
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


@page(*WATCHERS)
def book_sums(request: PortalRequest) -> HttpResponse:
    """Show what a month moved, by owner, programme or region."""
    by = BookGrouping(desk.asked(request, "by", among=BookGrouping.values) or BookGrouping.OWNER)
    month, wrong = moments.market_date(clock.now()).replace(day=1), ""
    try:
        month = moments.parse_month(desk.asked(request, "month") or f"{month:%Y-%m}")
    except Refusal as refusal:
        wrong = str(refusal)
    told = _("What took effect in %(month)s, credits and debits.") % {"month": f"{month:%Y-%m}"}
    head = desk.Head(
        _("Books, added up"), told, crumbs=[(_("Books"), reverse("portal:ledger-books"))]
    )
    page = reverse("portal:book-sums")
    before = (month - timedelta(days=1)).replace(day=1)
    links = [
        desk.Link(each.label, f"{page}?{urlencode({'by': each, 'month': f'{month:%Y-%m}'})}")
        for each in BookGrouping
        if each != by
    ]
    links.append(
        desk.Link(
            _("%(month)s, the month before") % {"month": f"{before:%Y-%m}"},
            f"{page}?{urlencode({'by': by, 'month': f'{before:%Y-%m}'})}",
        )
    )
    aside = desk.Facts(_("Added up"), [(_("Now"), desk.Cell(by.label))], links=links)
    blocks: list[Any] = [desk.Note(wrong, "warning")] if wrong else []
    return desk.show(request, head, [*blocks, _book_sums(month, by)], [aside])


def _book_sums(month: date, by: BookGrouping) -> desk.Sheet:
    return desk.Sheet(
        title=by.label,
        columns=[
            desk.Column(_("Whose")),
            desk.Column(_("Account")),
            desk.Column(_("Debits"), "number"),
            desk.Column(_("Credits"), "number"),
            desk.Column(_("Net"), "number"),
        ],
        rows=[
            [
                desk.Cell(each.called or (names.region(each.key) if by == "region" else each.key)),
                desk.Cell(
                    names.ACCOUNT_KINDS.get(each.kind, each.kind),
                    note=each.asset,
                    address=reverse("portal:ledger-statement", args=[each.account])
                    if each.account
                    else "",
                ),
                desk.Cell(figures.money(each.debits_minor)),
                desk.Cell(figures.money(each.credits_minor)),
                desk.Cell(figures.money(each.net_minor)),
            ]
            for each in books_selectors.sums(month, by, most=SUMS_SHOWN)
        ],
        empty=desk.Empty(_("Nothing was booked"), _("No transfer took effect in it."), "scale"),
    )


@page(*WATCHERS)
def trial_as_of(request: PortalRequest) -> HttpResponse:
    """Show the trial balance as of a moment of effect and one of booking."""
    asked = desk.asked(request, "effective"), desk.asked(request, "recorded")
    effect, booked, wrong = clock.now(), None, ""
    try:
        effect = moments.parse_moment(asked[0]) if asked[0] else effect
        booked = moments.parse_moment(asked[1]) if asked[1] else None
    except Refusal as refusal:
        wrong = str(refusal)
    told = _("With effect before %(effect)s, as far as it was booked before %(booked)s.") % {
        "effect": figures.moment(effect),
        "booked": figures.moment(booked) if booked else _("now"),
    }
    head = desk.Head(
        _("Trial balance as of"), told, crumbs=[(_("Books"), reverse("portal:ledger-books"))]
    )
    blocks: list[Any] = [desk.Note(wrong, "warning")] if wrong else []
    blocks += [
        desk.Facts(
            _("Other moments"),
            [
                (
                    _("In the address"),
                    desk.Cell("?effective=2026-11-01T00:00&recorded=2026-11-02T00:00"),
                )
            ],
            links=_month_ends(),
        )
    ]
    return desk.show(request, head, [*blocks, _trial(effect, booked)])


def _month_ends() -> list[desk.Link]:
    """Return the ends of the last months, each a moment of effect."""
    page, links, day = reverse("portal:trial-as-of"), [], moments.market_date(clock.now())
    for _number in range(MONTHS_SHOWN):
        day = day.replace(day=1) - timedelta(days=1)
        ends_at = moments.month_period(day).ends_at
        query = urlencode({"effective": ends_at.isoformat()})
        links.append(
            desk.Link(_("End of %(month)s") % {"month": f"{day:%Y-%m}"}, f"{page}?{query}")
        )
    return links


def _trial(effect: datetime, booked: datetime | None) -> desk.Sheet:
    lines = ledger_selectors.trial_balance_as_of(effect_before=effect, booked_before=booked)
    return desk.Sheet(
        title=_("Trial balance"),
        columns=[
            desk.Column(_("Class")),
            desk.Column(_("Account")),
            desk.Column(_("Debits"), "number"),
            desk.Column(_("Credits"), "number"),
        ],
        rows=[
            [
                desk.Cell(CLASSES[each.root]),
                desk.Cell(names.ACCOUNT_KINDS.get(each.kind, each.kind), note=each.asset),
                desk.Cell(figures.money(each.debits)),
                desk.Cell(figures.money(each.credits)),
            ]
            for each in lines
        ],
        empty=desk.Empty(_("Nothing was booked"), _("No transfer took effect by then."), "scale"),
    )
