"""What a buyer spends, drawn: by project as a ranking, by day as bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from identity.projects import selectors as projects_selectors
from marketplace.portal import drawing, figures
from marketplace.settlement import selectors as settlement_selectors
from marketplace.settlement.selectors.spending import SpentOnDay, SpentOnProject

DAYS: int = 30


@dataclass(frozen=True, slots=True)
class Spending:
    """What was spent in the last days."""

    gross_minor: int
    cash_minor: int
    voucher_minor: int
    by_project: drawing.Ranked
    by_day: drawing.Chart
    days: Sequence[SpentOnDay]


def spending_of(buyer_id: UUID, *, today: date) -> Spending:
    """Return what a buyer spent in the last thirty days of the market, today included."""
    since, until = today - timedelta(days=DAYS - 1), today + timedelta(days=1)
    projects = settlement_selectors.spent_by_project(buyer_id, since=since, until=until)
    days = settlement_selectors.spent_by_day(buyer_id, since=since, until=until)
    return Spending(
        gross_minor=sum(each.gross_minor for each in projects),
        cash_minor=sum(each.cash_minor for each in projects),
        voucher_minor=sum(each.voucher_minor for each in projects),
        by_project=_ranked(projects),
        by_day=by_day(days),
        days=days,
    )


def _ranked(projects: Sequence[SpentOnProject]) -> drawing.Ranked:
    named = projects_selectors.by_ids([each.project_id for each in projects if each.project_id])
    return drawing.Ranked(
        [
            drawing.Row(
                named[each.project_id].name if each.project_id else _("No project"),
                [("1", each.cash_minor), ("voucher", each.voucher_minor)],
                figures.money(each.gross_minor),
                reverse("portal:project", args=[each.project_id]) if each.project_id else "",
            )
            for each in projects
        ]
    )


def by_day(days: Sequence[SpentOnDay]) -> drawing.Chart:
    """Return what was spent on each day, in yuan."""
    vouchers = [_yuan(each.voucher_minor) for each in days]
    return drawing.Chart(
        title=_("Spent by day, in yuan"),
        head=_("Day"),
        categories=[each.day.isoformat() for each in days],
        short=[f"{each.day:%m-%d}" for each in days],
        series=[
            drawing.Series(_("In cash"), [_yuan(each.cash_minor) for each in days], "1"),
            drawing.Series(_("In vouchers"), vouchers, "voucher"),
        ],
        kind=drawing.Kind.STACKED,
        digits=2,
        name="spent",
    )


def _yuan(minor: int) -> Decimal:
    return Decimal(minor).scaleb(-2)
