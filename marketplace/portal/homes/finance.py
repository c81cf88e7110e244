"""The home of the finance desk: what does not match, what waits, what came in."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from django.db.models import Sum
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils.translation import gettext as _

from common import moments
from identity.approvals import selectors as approvals
from identity.contracts import Actor
from ledger import selectors as ledger_selectors
from marketplace.accounts import AccountKind
from marketplace.payments import selectors as payments_selectors
from marketplace.portal import figures
from marketplace.portal.homes import days
from marketplace.portal.homes.auditor import imbalance
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

HELD_KINDS: Final = (AccountKind.BUYER_CASH, AccountKind.PROVIDER_PAYABLE, AccountKind.PLATFORM_FEE)


class Finance:
    """What the finance desk's home is made of."""

    def __init__(self, actor: Actor, now: datetime) -> None:
        self.actor, self.now = actor, now
        self.since = days.month_start(now)
        self.trial = ledger_selectors.trial_balance()

    # --- What waits ------------------------------------------------------------------------
    def todos(self) -> Iterator[Todo]:
        """Yield what waits for the finance desk."""
        if difference := imbalance(self.trial):
            yield Todo(
                cost=WaitingCost.LOSING,
                icon="scale",
                title=_("Find %(amount)s that do not balance")
                % {"amount": figures.money(difference)},
                means=_("No month can be closed while debits and credits differ."),
                act=_("Ledger"),
                address=reverse("portal:ledger"),
            )
        mine = approvals.visible_waiting(self.actor, at=self.now).filter(
            proposed_by=self.actor.person_id
        )
        for proposal in mine[:SHOWN_OF_A_KIND]:
            yield Todo(
                cost=WaitingCost.WILL_LOSE,
                icon="shield-check",
                title=_("Ask a colleague to decide “%(label)s”") % {"label": proposal.label},
                means=_("You proposed it, so it takes somebody else; then it expires."),
                act=_("Look"),
                address=reverse("portal:approval", args=[proposal.pk]),
                due_at=proposal.expires_at,
            )

    # --- What there is ---------------------------------------------------------------------
    def face(self) -> HomeFace:
        """Return what the market holds for others, and what came in."""
        held = {
            kind: sum(each.credits - each.debits for each in self.trial if each.kind == kind)
            for kind in HELD_KINDS
        }
        paid_in = self._paid_in()
        charged = settlement_selectors.charges_by_day(since=self.since)
        fees = sum(day.fee_minor for day in charged)
        today = figures.local(self.now).date()
        band = [
            HomeFigure(
                label=_("Held for buyers"),
                value=figures.money(held[AccountKind.BUYER_CASH]),
                note=_("prepaid cash, what is on hold included"),
                address=reverse("portal:deposits"),
                act=_("Deposits"),
            ),
            HomeFigure(
                label=_("Owed to providers"),
                value=figures.money(held[AccountKind.PROVIDER_PAYABLE]),
                note=_("fees deducted"),
            ),
            HomeFigure(
                label=_("Fees this month"),
                value=figures.money(fees),
                note=_("%(amount)s ever")
                % {"amount": figures.money(held[AccountKind.PLATFORM_FEE])},
            ),
            HomeFigure(
                label=_("Paid in today"),
                value=figures.money(dict(paid_in).get(today, 0)),
                note=_("%(amount)s this month")
                % {"amount": figures.money(sum(amount for _day, amount in paid_in))},
            ),
        ]
        acts = [
            HomeAct(_("Ledger"), "scale", reverse("portal:ledger")),
            HomeAct(_("Book a deposit"), "cash", reverse("portal:deposits"), is_primary=True),
        ]
        charts = [
            days.money_chart(
                _("Paid in a day"), paid_in, empty=_("Nothing was paid in in this time.")
            ),
            self._fees(charged),
        ]
        return HomeFace(band=band, charts=charts, acts=acts)

    def _paid_in(self) -> list[tuple[date, int]]:
        rows = (
            payments_selectors.deposits()
            .filter(recorded_at__gte=self.since)
            .annotate(day=TruncDate("recorded_at", tzinfo=moments.market_zone()))
            .order_by("day")
            .values_list("day")
            .annotate(Sum("amount_minor"))
        )
        found = dict(rows)
        return [(day, found.get(day, 0)) for day in days.span(self.since, self.now)]

    def _fees(self, charged: list[settlement_selectors.ClassDay]) -> HomeChart:
        return days.chart(
            _("Fees a day"),
            charged,
            since=self.since,
            now=self.now,
            worth=lambda day: day.fee_minor,
        )
