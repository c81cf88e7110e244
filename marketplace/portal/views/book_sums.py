"""What the market's books add up to: of a month, and as of any two moments."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock, moments
from common.errors import Refusal
from identity import selectors as identity_selectors
from ledger import selectors as ledger_selectors
from marketplace import accounts
from marketplace.accounts import AccountKind
from marketplace.portal import desk, figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.once import once
from marketplace.portal.views.books import WATCHERS
from marketplace.statements.contracts import BookGrouping, BookSum
from marketplace.statements.selectors import books as books_selectors

SUMS_SHOWN: Final = 200
MONTHS_SHOWN: Final = 3
CLASSES: Final = {
    "Assets": gettext_lazy("Assets"),
    "Liabilities": gettext_lazy("Liabilities"),
    "Equity": gettext_lazy("Equity"),
    "Revenue": gettext_lazy("Revenue"),
}
# Kinds of which the market has one account.
SINGLE: Final = {
    AccountKind.BANK: accounts.bank(),
    AccountKind.GATEWAY: accounts.gateway(),
    AccountKind.CLEARING_IN: accounts.clearing_in(),
    AccountKind.PLATFORM_FEE: accounts.platform_fee(),
}


class MomentsForm(OnceForm):
    """Two moments, of effect and of booking."""

    effective = forms.CharField(
        label=gettext_lazy("Took effect before"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("As in %(example)s; empty: now.")
        % {"example": "2026-11-01T00:00+08:00"},
    )
    recorded = forms.CharField(
        label=gettext_lazy("Was booked before"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("What was booked later is left out."),
    )

    def clean_effective(self) -> str:
        """Return the moment of effect as it was written."""
        return _checked(self.cleaned_data["effective"])

    def clean_recorded(self) -> str:
        """Return the moment of booking as it was written."""
        return _checked(self.cleaned_data["recorded"])


def _checked(text: str) -> str:
    try:
        if text:
            moments.parse_moment(text)
    except Refusal as refusal:
        raise forms.ValidationError(str(refusal), code=refusal.code) from None
    return text


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


def _whose(summed: BookSum, by: BookGrouping, owners: Mapping[UUID, Any]) -> str:
    if summed.called:
        return names.named(owners[UUID(summed.key)])
    return names.region(summed.key) if by == BookGrouping.REGION else summed.key


def _book_sums(month: date, by: BookGrouping) -> desk.Sheet:
    rows = books_selectors.sums(month, by, most=SUMS_SHOWN)
    owners = identity_selectors.organizations({UUID(each.key) for each in rows if each.called})
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
                desk.Cell(_whose(each, by, owners)),
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
            for each in rows
        ],
        empty=desk.Empty(_("Nothing was booked"), _("No transfer took effect in it."), "scale"),
    )


@page(*WATCHERS)
@require_http_methods(["GET", "POST"])
@once
def trial_as_of(request: PortalRequest) -> HttpResponse:
    """Show the trial balance as of a moment of effect and one of booking."""
    asked = desk.asked(request, "effective"), desk.asked(request, "recorded")
    form = MomentsForm(
        request.POST or None, initial=dict(zip(("effective", "recorded"), asked, strict=True))
    )
    if request.method == "POST" and form.is_valid():
        query = urlencode({name: form.cleaned_data[name] for name in ("effective", "recorded")})
        return redirect(f"{reverse('portal:trial-as-of')}?{query}")
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
    other = desk.FormBlock(form, _("Show it"), title=_("Other moments"), links=_month_ends())
    return desk.show(request, head, [*blocks, _trial(effect, booked), other])


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
                desk.Cell(
                    names.ACCOUNT_KINDS.get(each.kind, each.kind),
                    note=each.asset,
                    address=_lines_of(each.kind),
                ),
                desk.Cell(figures.money(each.debits)),
                desk.Cell(figures.money(each.credits)),
            ]
            for each in lines
        ],
        empty=desk.Empty(_("Nothing was booked"), _("No transfer took effect by then."), "scale"),
    )


def _lines_of(kind: str) -> str:
    """Return where the lines of a kind are: of the market's one account, or account by account."""
    if kind in SINGLE:
        return reverse("portal:ledger-statement", args=[SINGLE[AccountKind(kind)]])
    by = BookGrouping.PROGRAMME if kind.startswith("voucher") else BookGrouping.OWNER
    return f"{reverse('portal:book-sums')}?{urlencode({'by': by})}"
