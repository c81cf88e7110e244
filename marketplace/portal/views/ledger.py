"""The ledger as accountants read it: trial balance, accounts, statements, general ledger."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import moments, paging
from common.errors import NotFound
from common.period import Period
from identity import selectors as identity_selectors
from identity.contracts import Actor, Role
from identity.rows import OrganizationRow
from ledger import journals, reports, statement_pages
from ledger import selectors as ledger_selectors
from ledger.contracts import AccountBalance
from marketplace.accounts import KINDS
from marketplace.portal import figures
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import DayFormField
from marketplace.portal.lists.ledger import (
    BALANCED_ASSETS,
    JOURNAL,
    JOURNAL_TOTALS,
    STATEMENT,
    TRIAL_BALANCE,
    AssetTotals,
    BookedLine,
)
from marketplace.portal.lists.oversight import ACCOUNTS, AccountLine
from marketplace.portal.pager import cursor_of, page_scope_of
from marketplace.portal.tables import Given, answer_lists

ACCOUNTS_SHOWN: Final = 25
LINES_SHOWN: Final = 20
DAYS_SHOWN: Final = 30
OVERSEERS: Final = (Role.AUDITOR, Role.OPERATOR, Role.FINANCE)
# What an account without a floor may still give is no figure.
FLOORED: Final = frozenset(kind.value for kind, kept in KINDS.items() if kept.rule != "N")
FILES: Final = (("csv", "CSV"), ("hledger", "hledger"), ("beancount", "beancount"))
DATE: Final = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
DAYS: Final = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2100, 12, 31))]


class PeriodForm(forms.Form):
    """Days on the clock of the market, the last included."""

    starts_on = DayFormField(label=gettext_lazy("From day"), widget=DATE, validators=DAYS)
    ends_on = DayFormField(label=gettext_lazy("To day"), widget=DATE, validators=DAYS)

    def clean(self) -> dict[str, Any]:
        """Check that the days are in order."""
        values = super().clean() or {}
        first, last = values.get("starts_on"), values.get("ends_on")
        if first and last and last < first:
            error = ValidationError(_("The last day lies before the first."), code="order")
            self.add_error("ends_on", error)
        return values


@dataclass(frozen=True, slots=True)
class Days:
    """What the reader chose, and the form that says so."""

    form: PeriodForm
    starts_on: date
    ends_on: date

    @property
    def period(self) -> Period:
        """Return the days as moments."""
        return moments.days_period(self.starts_on, self.ends_on)

    @property
    def is_sound(self) -> bool:
        """Return whether these are the days that the address names, if it names any."""
        return not self.form.is_bound or self.form.is_valid()

    @property
    def query(self) -> str:
        """Return the days as part of an address."""
        return urlencode({"starts_on": self.starts_on, "ends_on": self.ends_on})


def _days(request: PortalRequest) -> Days:
    """Read the period from the address; the last days where it names none that can be read."""
    today = figures.today().date()
    usual = {"starts_on": today - timedelta(days=DAYS_SHOWN - 1), "ends_on": today}
    is_chosen = "starts_on" in request.GET or "ends_on" in request.GET
    form = PeriodForm(request.GET if is_chosen else None, initial=usual)
    return Days(form, **(form.cleaned_data if is_chosen and form.is_valid() else usual))


def _oversees(actor: Actor) -> bool:
    return actor.has_role(*OVERSEERS)


def _account(request: PortalRequest, code: str) -> AccountBalance:
    """
    Return an account that the reader may open.

    :raises NotFound: if it does not exist or is someone else's (the two look alike)
    """
    found = ledger_selectors.account(code.replace("\0", ""))
    if found is None or found.code != code:
        raise NotFound
    if not _oversees(request.actor) and found.owner_id != request.actor.organization_id:
        raise NotFound
    return found


def _owners(accounts: list[AccountBalance]) -> dict[UUID, OrganizationRow]:
    return dict(
        identity_selectors.organizations({one.owner_id for one in accounts if one.owner_id})
    )


def _file(text: str, *, form: str, days: Days, name: str) -> HttpResponse:
    name = re.sub(r"[^\w.-]+", "-", f"{name}-{days.starts_on}-{days.ends_on}", flags=re.ASCII)
    response = HttpResponse(text, content_type=f"{journals.MEDIA_TYPES[form]}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.{journals.ENDINGS[form]}"'
    return response


def _file_form(request: PortalRequest) -> str:
    form = request.GET.get("form", "csv")
    if form not in journals.MEDIA_TYPES:
        raise Http404
    return form


@page(*OVERSEERS)
def trial_balance(request: PortalRequest) -> HttpResponseBase:
    """Show the trial balance by asset and kind of account."""
    assets: dict[str, AssetTotals] = {}
    for line in ledger_selectors.trial_balance():
        assets.setdefault(line.asset, AssetTotals(line.asset)).lines.append(line)
    found = list(assets.values())
    lines = TRIAL_BALANCE.read(request, Given([line for each in found for line in each.lines]))
    totals = BALANCED_ASSETS.read(request, Given(found))
    context = {
        "is_balanced": all(each.difference == 0 for each in found),
        "oversees": True,
    }
    return answer_lists(request, "portal/ledger.html", lines, totals, context=context)


@page(Role.BUYER, Role.PROVIDER, *OVERSEERS)
def accounts(request: PortalRequest) -> HttpResponseBase:
    """Show accounts with what they hold: an organisation's own, or everybody's."""
    oversees, scope = _oversees(request.actor), page_scope_of(request)
    position = paging.position_of(cursor_of(request), scope=scope)
    found = paging.sliced(
        ledger_selectors.accounts(
            owner_id=None if oversees else request.actor.organization_id,
            position=position,
            limit=ACCOUNTS_SHOWN + 1,
        ),
        size=ACCOUNTS_SHOWN,
        position=position,
        key=lambda account: (account.code,),
        scope=scope,
    )
    owners = _owners(found.rows) if oversees else {}
    rows = [
        AccountLine(each, each.owner_id and owners.get(each.owner_id), each.kind in FLOORED)
        for each in found.rows
    ]
    table = ACCOUNTS.read(request, Given(rows, found.next, found.previous))
    return table.answer("portal/ledger_accounts.html", {"oversees": oversees})


@page(Role.BUYER, Role.PROVIDER, *OVERSEERS)
def statement(request: PortalRequest, code: str) -> HttpResponseBase:
    """Show what was booked on an account in a period, with the balances around it."""
    account = _account(request, code)
    days = _days(request)
    found, beside = statement_pages.period_page(
        account=code,
        period=days.period,
        cursor=cursor_of(request),
        scope=page_scope_of(request),
        limit=LINES_SHOWN,
    )
    context = _period_context(
        days, file_address=reverse("portal:ledger-statement-file", args=[code])
    )
    context |= {
        "account": account,
        "owner": _owners([account]).get(account.owner_id) if account.owner_id else None,
        "statement": found,
        "oversees": _oversees(request.actor),
    }
    rows = [BookedLine(line, code) for line in found.lines]
    table = STATEMENT.read(request, Given(rows, beside.next, beside.previous))
    return table.answer("portal/ledger_statement.html", context)


@page(Role.BUYER, Role.PROVIDER, *OVERSEERS)
def statement_file(request: PortalRequest, code: str) -> HttpResponse:
    """Answer with a statement of a period as CSV, hledger or beancount."""
    form = _file_form(request)
    _account(request, code)
    days = _days(request)
    if not days.is_sound:
        return _asked_again(request, reverse("portal:ledger-statement", args=[code]))
    found = reports.whole_period_statement(account=code, period=days.period)
    text = journals.written_statement(found, period=days.period, form=form)
    return _file(text, form=form, days=days, name=f"statement-{code}")


@page(*OVERSEERS)
def journal(request: PortalRequest) -> HttpResponseBase:
    """Show everything posted with effect in a period, with its totals by asset."""
    days = _days(request)
    scope = page_scope_of(request)
    position = paging.position_of(cursor_of(request), scope=scope)
    found = paging.sliced(
        ledger_selectors.posted_within(
            period=days.period, limit=LINES_SHOWN + 1, position=position
        ),
        size=LINES_SHOWN,
        position=position,
        key=lambda transfer: (transfer.effective_at, transfer.id),
        scope=scope,
    )
    context = _period_context(days, file_address=reverse("portal:ledger-journal-file"))
    totals = ledger_selectors.posted_totals(period=days.period)
    context |= {"totals": totals, "oversees": True}
    table = JOURNAL.read(request, Given(found.rows, found.next, found.previous))
    sums = JOURNAL_TOTALS.read(request, Given(totals))
    return answer_lists(request, "portal/ledger_journal.html", table, sums, context=context)


@page(*OVERSEERS)
def journal_file(request: PortalRequest) -> HttpResponse:
    """Answer with the general ledger of a period as CSV, hledger or beancount."""
    form = _file_form(request)
    days = _days(request)
    if not days.is_sound:
        return _asked_again(request, reverse("portal:ledger-journal"))
    found = reports.journal(period=days.period)
    return _file(journals.written(found, form=form), form=form, days=days, name="journal")


def _asked_again(request: PortalRequest, page_address: str) -> HttpResponse:
    """Lead to the page, which says beside the field what is wrong, instead of to a file."""
    return redirect(f"{page_address}?{request.GET.urlencode()}")


def _period_context(days: Days, *, file_address: str) -> dict[str, Any]:
    return {
        "form": days.form,
        "period": days.period,
        "period_query": days.query,
        "files": FILES,
        "file_address": file_address,
    }
