"""The home of an auditor: is everything recorded and sealed, and what is out of the ordinary."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from identity.contracts import Actor
from ledger import selectors as ledger_selectors
from ledger.contracts import TrialLine
from marketplace.audit import selectors as audit_selectors
from marketplace.audit.contracts import ExportState
from marketplace.portal import drawing, figures, names, reviews
from marketplace.portal.homes import days
from marketplace.portal.homes.parts import (
    HomeAct,
    HomeChart,
    HomeFace,
    HomeFigure,
    Todo,
    WaitingCost,
)
from marketplace.portal.homes.shares import SHOWN_OF_A_KIND
from marketplace.settlement import selectors as settlement_selectors
from marketplace.settlement.selectors import TradeDay

LATELY: Final = timedelta(days=7)


class Auditor:
    """What the auditor's home is made of."""

    def __init__(self, actor: Actor, now: datetime) -> None:
        self.now, self.id = now, actor.organization_id
        self.since = days.month_start(now)
        self.trial = ledger_selectors.trial_balance()
        self.traded = settlement_selectors.trades_by_day(since=self.since)

    # --- What waits ------------------------------------------------------------------------
    def todos(self) -> Iterator[Todo]:
        """Yield what waits for an auditor."""
        yield from _exports(self.id, self.now)
        windows = [each for each in reviews.counts() if each[0].name == "window"]
        for kind, count, oldest in windows:
            yield Todo(
                cost=WaitingCost.OTHERS_WAIT,
                icon="gauge",
                title=ngettext(
                    "%(count)s window of readings waits for an operator",
                    "%(count)s windows of readings wait for an operator",
                    count,
                )
                % {"count": figures.grouped(count)},
                means=_("What was measured in it is neither charged nor paid until then."),
                act=str(kind.label),
                address=reverse("portal:windows"),
                since=oldest,
            )
        if related := sum(day.related for day in self.traded):
            yield Todo(
                cost=WaitingCost.GOOD_TO_DO,
                icon="building",
                title=ngettext(
                    "Look at %(count)s trade between related parties",
                    "Look at %(count)s trades between related parties",
                    related,
                )
                % {"count": figures.grouped(related)},
                means=_("They count in no index; whether they are honest is yours to judge."),
                act=_("Ties"),
                address=reverse("portal:ties"),
            )

    # --- What there is ---------------------------------------------------------------------
    def face(self) -> HomeFace:
        """Return what was traded, and whether the ledger is equal and sealed."""
        head = ledger_selectors.head()
        difference = imbalance(self.trial)
        gross = sum(day.gross_minor for day in self.traded)
        trades = sum(day.trades for day in self.traded)
        by_voucher = sum(day.voucher_minor for day in self.traded)
        band = [
            HomeFigure(
                label=_("Sealed entries"),
                value=figures.grouped(head.size if head else 0),
                note=_("last sealed %(moment)s") % {"moment": figures.moment(head.sealed_at)}
                if head
                else _("nothing is sealed yet"),
                address=reverse("portal:ledger"),
                act=_("Ledger"),
            ),
            HomeFigure(
                label=_("Debit − credit"),
                value=figures.money(difference),
                note=_("over all assets"),
            ),
            HomeFigure(
                label=_("Traded this month"),
                value=figures.money(gross),
                note=ngettext("%(count)s trade", "%(count)s trades", trades)
                % {"count": figures.grouped(trades)},
            ),
            HomeFigure(
                label=_("Of it in vouchers"),
                value=figures.money(by_voucher),
                note=_("money of programmes"),
                is_voucher=True,
            ),
        ]
        acts = [
            HomeAct(_("Ledger"), "scale", reverse("portal:ledger")),
            HomeAct(
                _("Export trade records"),
                "file-export",
                reverse("portal:exports"),
                is_primary=True,
            ),
        ]
        return HomeFace(
            band=band,
            charts=[traded_chart(self.traded, self.since, self.now), kinds_chart(self.trial)],
            acts=acts,
        )


def _exports(organization_id: UUID, now: datetime) -> Iterator[Todo]:
    failed = audit_selectors.exports_of(organization_id).filter(
        state=ExportState.FAILED, queued_at__gte=now - LATELY
    )
    for export in failed[:SHOWN_OF_A_KIND]:
        yield Todo(
            cost=WaitingCost.GOOD_TO_DO,
            icon="file-export",
            title=_("Try the export of %(day)s again")
            % {"day": f"{figures.local(export.queued_at):%Y-%m-%d}"},
            means=_("It failed; there is no file of it."),
            act=_("Exports"),
            address=reverse("portal:exports"),
            since=export.finished_at or export.queued_at,
        )


def imbalance(trial: Sequence[TrialLine]) -> int:
    """Return by how much debits and credits differ, over all assets; it should be nothing."""
    sums: dict[str, int] = {}
    for line in trial:
        sums[line.asset] = sums.get(line.asset, 0) + line.debits - line.credits
    return sum(map(abs, sums.values()))


def traded_chart(traded: Sequence[TradeDay], since: datetime, now: datetime) -> HomeChart:
    """Draw what was traded each day, in cash and in vouchers."""
    found = {day.day: day for day in traded}
    span = days.span(since, now)
    nothing = TradeDay(since.date(), 0, 0, 0, 0, 0)
    each_day = [found.get(day, nothing) for day in span]
    cash = [days.yuan(max(day.gross_minor - day.voucher_minor, 0)) for day in each_day]
    vouchers = [days.yuan(max(day.voucher_minor, 0)) for day in each_day]
    series = [
        drawing.Series(_("in cash"), cash),
        drawing.Series(_("in vouchers"), vouchers, tone="voucher"),
    ]
    return days.by_day(_("Traded a day"), span, series, empty=_("Nothing was traded in this time."))


def kinds_chart(trial: Sequence[TrialLine]) -> HomeChart:
    """Draw what the accounts of each kind hold."""
    held: dict[str, int] = {}
    for line in trial:
        held[line.kind] = held.get(line.kind, 0) + abs(line.debits - line.credits)
    rows = [
        drawing.Row(
            names.ACCOUNT_KINDS.get(kind, kind), [("1", days.yuan(amount))], figures.money(amount)
        )
        for kind, amount in sorted(held.items(), key=lambda item: -item[1])
        if amount
    ]
    return HomeChart(
        title=_("What accounts hold, by kind"),
        unit=_("yuan"),
        address=reverse("portal:ledger"),
        act=_("Ledger"),
        ranked=drawing.Ranked(rows) if rows else None,
        empty=_("Nothing is booked yet."),
    )
