"""The home of a buyer: what must be done today, what can still be spent, what runs."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common import moments
from identity import selectors as identity_selectors
from identity.contracts import Actor
from ledger import selectors as ledger_selectors
from ledger.contracts import Balance
from marketplace import accounts
from marketplace.orders import selectors as orders_selectors
from marketplace.orders.contracts import REFUSAL_SENTENCES, RefusalCode
from marketplace.portal import figures, names
from marketplace.portal.homes import days
from marketplace.portal.homes.parts import (
    FirstStep,
    HomeAct,
    HomeChart,
    HomeFace,
    HomeFigure,
    RunningSpan,
    Todo,
    WaitingCost,
)
from marketplace.portal.homes.shares import SHOWN_OF_A_KIND, SOON
from marketplace.settlement import selectors as settlement_selectors
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers.contracts import ApplicationState
from marketplace.vouchers.selectors import Wallet

REFUSED_DAYS: Final = timedelta(days=7)
SPANS_SHOWN: Final = 6
NOTHING: Final = Balance(0, 0, 0)


class Buyer:
    """What one buyer's home is made of; each figure is read once."""

    def __init__(self, actor: Actor, now: datetime) -> None:
        self.actor, self.now, self.id = actor, now, actor.organization_id
        code = accounts.buyer_cash(self.id)
        self.cash = ledger_selectors.balances([code]).get(code, NOTHING)
        self.wallet: Wallet = vouchers_selectors.wallet(holder_id=self.id, at=now)
        self.waiting = orders_selectors.orders_waiting_of(buyer_id=self.id)

    # --- What waits ------------------------------------------------------------------------
    def todos(self) -> Iterator[Todo]:
        """Yield what waits for a buyer."""
        yield from self._too_little()
        yield from self._refused()
        yield from self._expiring()
        yield from self._answers()
        yield from self._certificates()

    def _too_little(self) -> Iterator[Todo]:
        there = self.cash.available + self.wallet.available_minor
        if self.waiting.gross_minor <= there:
            return
        yield Todo(
            cost=WaitingCost.LOSING,
            icon="wallet",
            title=_("Pay in %(amount)s for what is ordered")
            % {"amount": figures.money(self.waiting.gross_minor - there)},
            means=ngettext(
                "%(count)s order waits to be cleared and is refused if cash and vouchers do not"
                " cover it.",
                "%(count)s orders wait to be cleared and are refused as far as cash and vouchers"
                " do not cover them.",
                self.waiting.orders,
            )
            % {"count": self.waiting.orders},
            act=_("Account"),
            address=self._account(),
        )

    def _refused(self) -> Iterator[Todo]:
        since = self.now - REFUSED_DAYS
        refused = orders_selectors.refused_lately(buyer_id=self.id, since=since)
        for order in refused[:SHOWN_OF_A_KIND]:
            lacks_money = order.refusal_code == RefusalCode.INSUFFICIENT_FUNDS
            yield Todo(
                cost=WaitingCost.OTHERS_WAIT,
                icon="circle-x",
                title=_("Order again: %(number)s was refused") % {"number": order.number},
                means=str(REFUSAL_SENTENCES.get(order.refusal_code, order.refusal_code)),
                act=_("Account") if lacks_money else _("Look"),
                address=self._account()
                if lacks_money
                else reverse("portal:order", args=[order.pk]),
                since=order.closed_at,
            )

    def _expiring(self) -> Iterator[Todo]:
        soon = [
            each
            for each in self.wallet.usable
            if each.balance.available_minor and each.expires_at <= self.now + SOON
        ]
        for voucher in soon[:SHOWN_OF_A_KIND]:
            yield Todo(
                cost=WaitingCost.WILL_LOSE,
                icon="ticket",
                title=_("Use %(amount)s of vouchers")
                % {"amount": figures.money(voucher.balance.available_minor)},
                means=_("%(programme)s: what is left on %(number)s returns to the programme.")
                % {
                    "programme": names.named(voucher, "programme_name"),
                    "number": voucher.number,
                },
                act=_("Find capacity"),
                address=f"{reverse('portal:market')}?vouchers=1",
                due_at=voucher.expires_at,
                is_voucher=True,
            )

    def _answers(self) -> Iterator[Todo]:
        since = self.now - REFUSED_DAYS
        rejected = vouchers_selectors.applications(applicant_id=self.id).filter(
            state=ApplicationState.REJECTED, decided_at__gte=since
        )
        for application in rejected[:SHOWN_OF_A_KIND]:
            yield Todo(
                cost=WaitingCost.GOOD_TO_DO,
                icon="ticket",
                title=_("Read why %(number)s was rejected") % {"number": application.number},
                means=application.note or _("The issuer gave no reason. You may apply again."),
                act=_("Read"),
                address=reverse("portal:vouchers"),
                since=application.decided_at,
            )

    def _certificates(self) -> Iterator[Todo]:
        today = moments.market_date(self.now)
        found = identity_selectors.certificates_for(self.actor).filter(
            organization_id=self.id, revoked_at=None, valid_to__gt=today, valid_to__lte=today + SOON
        )
        for certificate in found[:SHOWN_OF_A_KIND]:
            yield Todo(
                cost=WaitingCost.WILL_LOSE,
                icon="file-text",
                title=_("Renew the SME certificate %(number)s") % {"number": certificate.number},
                means=_("From %(day)s on, programmes for small enterprises pay nothing more.")
                % {"day": f"{certificate.valid_to:%Y-%m-%d}"},
                act=_("Enterprise certificates"),
                address=reverse("portal:sme-certificates"),
            )

    @staticmethod
    def _running(running: settlement_selectors.RunningTotals) -> str:
        """Return where what runs is listed: orders by the clock have no delivery."""
        if running.with_delivery < running.contracts:
            return f"{reverse('portal:orders')}?state=CLEARED"
        return f"{reverse('portal:deliveries')}?state=RUNNING"

    # --- What there is ---------------------------------------------------------------------
    def face(self) -> HomeFace:
        """Return what can be spent, what runs, and what was spent."""
        since = days.month_start(self.now)
        charged = settlement_selectors.charges_by_day(since=since, buyer_id=self.id)
        running = settlement_selectors.running_totals(buyer_id=self.id)
        spent = sum(day.gross_minor for day in charged)
        by_voucher = sum(day.voucher_minor for day in charged)
        band = [
            HomeFigure(
                label=_("Available cash"),
                value=figures.money(self.cash.available),
                note=_("%(amount)s held for orders") % {"amount": figures.money(self.cash.pending)},
                address=self._account(),
                act=_("Account"),
            ),
            HomeFigure(
                label=_("Running"),
                value=figures.grouped(running.contracts),
                unit=ngettext("order", "orders", running.contracts),
                note=_("%(amount)s charged so far")
                % {"amount": figures.money(running.gross_minor)},
                address=self._running(running),
                act=_("Running resources"),
            ),
            HomeFigure(
                label=_("Spent this month"),
                value=figures.money(spent),
                note=ngettext(
                    "%(count)s order waits to be cleared",
                    "%(count)s orders wait to be cleared",
                    self.waiting.orders,
                )
                % {"count": figures.grouped(self.waiting.orders)},
            ),
            HomeFigure(
                label=_("Vouchers"),
                value=figures.money(self.wallet.available_minor),
                note=_("%(amount)s used this month") % {"amount": figures.money(by_voucher)},
                is_voucher=True,
            ),
        ]
        charts = [
            days.chart(_("Spent a day"), charged, since=since, now=self.now),
            self._timeline(running.contracts),
        ]
        acts = [
            HomeAct(_("My orders"), "receipt", reverse("portal:orders")),
            HomeAct(_("Find capacity"), "search", reverse("portal:market"), is_primary=True),
        ]
        has_ordered = bool(charged or running.contracts or self.waiting.orders)
        return HomeFace(band=band, charts=charts, acts=acts, steps=self._steps(has_ordered))

    def _timeline(self, count: int) -> HomeChart:
        contracts = settlement_selectors.running_of(buyer_id=self.id)[:SPANS_SHOWN]
        return timeline(list(contracts) if count else [], count, now=self.now)

    def _account(self) -> str:
        return reverse("portal:ledger-statement", args=[accounts.buyer_cash(self.id)])

    def _steps(self, has_ordered: bool) -> list[FirstStep]:
        has_paid = bool(self.cash.posted or self.wallet.vouchers)
        if has_ordered and has_paid:
            return []
        if not has_ordered:
            found = orders_selectors.orders(buyer_id=self.id).exists()
            has_ordered, has_paid = found, has_paid or found
        return [
            FirstStep(
                _("Pay in, or apply for a voucher"),
                _("Orders are paid from a balance. The account page says what you have."),
                reverse("portal:vouchers"),
                has_paid,
            ),
            FirstStep(
                _("Find capacity"),
                _("Filter by class, place, chip and price; up to four can be compared."),
                reverse("portal:market"),
                has_ordered,
            ),
            FirstStep(
                _("Place your first order"),
                _("You see the price before you agree, and who pays how much of it."),
                reverse("portal:help-topic", args=["place-an-order"]),
                has_ordered,
            ),
        ]


def timeline(contracts: Sequence[Any], count: int, *, now: datetime) -> HomeChart:
    """Draw contracts that run, each as a part of the time they all take."""
    day = timedelta(days=1)
    start = min((each.starts_at for each in contracts), default=now)
    end = max((each.ends_at for each in contracts), default=now + day)
    within = (max(start, now - 3 * day), min(max(end, now + day), now + 7 * day))
    return HomeChart(
        title=_("Running orders"),
        unit=f"{figures.local(within[0]):%m-%d} – {figures.local(within[1]):%m-%d}",
        address=reverse("portal:orders"),
        act=_("All %(count)s") % {"count": figures.grouped(count)},
        spans=[_span(each, within, now) for each in contracts],
        empty=_("Nothing runs. What you order shows here from its start to its end."),
    )


def _span(contract: Any, within: tuple[datetime, datetime], now: datetime) -> RunningSpan:
    left, right = (_share(at, within) for at in (contract.starts_at, contract.ends_at))
    here = _share(now, within)
    done = min(max(here, left), right)
    told = {
        "moment": figures.moment(contract.ends_at),
        "amount": figures.money(contract.gross_minor),
    }
    return RunningSpan(
        label=names.named(contract.listing, "title"),
        note=_("until %(moment)s · %(amount)s charged") % told,
        address=reverse("portal:order", args=[contract.order_id]),
        x=f"{left:.2f}",
        width=f"{right - left:.2f}",
        done=f"{done - left:.2f}",
        now=f"{here:.2f}",
    )


def _share(moment: datetime, within: tuple[datetime, datetime]) -> Decimal:
    """Return how far a moment is within a time, in per cent, and never outside of it."""
    start, end = within
    part = Decimal((moment - start).total_seconds()) * 100
    return min(max(part / Decimal((end - start).total_seconds()), Decimal(0)), Decimal(100))
