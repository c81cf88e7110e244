"""The home of an operator: is anything stuck, since when, and whose turn is it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from identity import access_requests, pool_requests
from identity.appeals import selectors as appeals_selectors
from identity.contracts import Actor
from ledger import selectors as ledger_selectors
from marketplace.fulfilment import selectors as fulfilment_selectors
from marketplace.orders import selectors as orders_selectors
from marketplace.orders.selectors import ClearedHour
from marketplace.portal import drawing, figures, names, reviews
from marketplace.portal.homes.auditor import imbalance
from marketplace.portal.homes.parts import (
    HomeAct,
    HomeChart,
    HomeFace,
    HomeFigure,
    Todo,
    WaitingCost,
)
from marketplace.settlement import selectors as settlement_selectors

HOURS: Final = 24
MINUTES: Final = 60


class Operator:
    """What the operator's home is made of."""

    def __init__(self, _actor: Actor, now: datetime) -> None:
        self.now = now
        self.aside = reviews.counts()

    # --- What waits ------------------------------------------------------------------------
    def todos(self) -> Iterator[Todo]:
        """Yield what waits for an operator."""
        for kind, count, oldest in self.aside:
            yield Todo(
                cost=WaitingCost.LOSING,
                icon="alert-triangle",
                title=ngettext(
                    "Look into %(count)s that was set aside: %(kind)s",
                    "Look into %(count)s that were set aside: %(kind)s",
                    count,
                )
                % {"count": figures.grouped(count), "kind": kind.label},
                means=_("It failed, stays as it is and holds nobody else up until you decide."),
                act=_("Open"),
                address=f"{_system()}#{kind.name}",
                since=oldest,
            )
        asked = access_requests.waiting_sums()
        if asked["count"]:
            yield Todo(
                cost=WaitingCost.OTHERS_WAIT,
                icon="user",
                title=ngettext(
                    "Answer %(count)s request for access",
                    "Answer %(count)s requests for access",
                    asked["count"],
                )
                % {"count": figures.grouped(asked["count"])},
                means=_("Somebody wants to be let in and waits for a letter."),
                act=_("Open"),
                address=reverse("portal:access-requests"),
                since=asked["oldest"],
            )
        pools = pool_requests.waiting_pools()
        if pools["count"]:
            yield Todo(
                cost=WaitingCost.OTHERS_WAIT,
                icon="table",
                title=ngettext(
                    "Answer %(count)s request for a pool of codes",
                    "Answer %(count)s requests for pools of codes",
                    pools["count"],
                )
                % {"count": figures.grouped(pools["count"])},
                means=_("A provider cannot register in a pool before two operators allot it."),
                act=_("Open"),
                address=reverse("portal:pool-requests"),
                since=pools["oldest"],
            )
        for appeal in appeals_selectors.waiting_appeals()[:3]:
            yield Todo(
                cost=WaitingCost.OTHERS_WAIT,
                icon="scale",
                title=_("Answer the appeal of %(name)s")
                % {"name": names.named(appeal.organization)},
                means=_("It is suspended until two operators lift it, and appealed."),
                act=_("Open"),
                address=reverse("portal:suspension-appeal", args=[appeal.pk]),
                since=appeal.made_at,
            )
        for run in orders_selectors.unfinished_imports()[:3]:
            yield Todo(
                cost=WaitingCost.OTHERS_WAIT,
                icon="loader-2",
                title=_("See to the import of %(file)s") % {"file": run.file_name},
                means=_("It is at work, or was killed at it; its orders are nobody else's."),
                act=_("Orders"),
                address=reverse("portal:orders"),
                since=run.started_at,
            )

        if not fulfilment_selectors.policies():
            yield Todo(
                cost=WaitingCost.GOOD_TO_DO,
                icon="server-2",
                title=_("Publish a delivery policy"),
                means=_("Until there is one, orders are charged by the clock, ready or not."),
                act=_("Delivery policy"),
                address=reverse("portal:delivery-policies"),
            )

    # --- What there is ---------------------------------------------------------------------
    def face(self) -> HomeFace:
        """Return how busy the market is, and whether its books are equal."""
        minute = self.now.replace(second=0, microsecond=0)
        placed = orders_selectors.placed_by_minute(
            since=minute - timedelta(minutes=MINUTES - 1), until=minute + timedelta(minutes=1)
        )
        hour = self.now.replace(minute=0, second=0, microsecond=0)
        cleared = orders_selectors.cleared_hours(since=hour - timedelta(hours=HOURS - 1))
        running = settlement_selectors.running_totals()
        difference = imbalance(ledger_selectors.trial_balance())
        head = ledger_selectors.head()
        whole = sum(each.cleared + each.refused for each in cleared)
        filled = sum(each.cleared for each in cleared)
        band = [
            HomeFigure(
                label=_("Orders in the last hour"),
                value=figures.grouped(sum(placed.values())),
                note=_("most in a minute: %(count)s")
                % {"count": figures.grouped(max(placed.values(), default=0))},
                address=reverse("portal:orders"),
                act=_("Orders"),
            ),
            HomeFigure(
                label=_("Cleared in 24 hours"),
                value=figures.grouped(filled),
                unit=_("of %(count)s") % {"count": figures.grouped(whole)},
                note=_("%(count)s refused with a reason")
                % {"count": figures.grouped(whole - filled)},
            ),
            HomeFigure(
                label=_("Running contracts"),
                value=figures.grouped(running.contracts),
                note=_("%(amount)s charged so far")
                % {"amount": figures.money(running.gross_minor)},
            ),
            HomeFigure(
                label=_("Debit − credit"),
                value=figures.money(difference),
                note=_("sealed to entry %(size)s") % {"size": figures.grouped(head.size)}
                if head
                else _("nothing is sealed yet"),
            ),
        ]
        acts = [
            HomeAct(_("Order books"), "list-details", reverse("portal:books")),
            HomeAct(_("System"), "gauge", _system(), is_primary=True),
        ]
        return HomeFace(
            band=band,
            charts=[_placed(placed, minute), _cleared(cleared, hour)],
            acts=acts,
            lamp=_system("watch:lamp"),
        )


def _system(page: str = "watch:system") -> str:
    """Return the address of a page of the wiring; nothing where it is not there."""
    try:
        return reverse(page)
    except NoReverseMatch:
        return ""


def _placed(placed: dict[datetime, int], minute: datetime) -> HomeChart:
    minutes = [minute - timedelta(minutes=MINUTES - 1 - place) for place in range(MINUTES)]
    counts = [placed.get(each, 0) for each in minutes]
    clock = [f"{figures.local(each):%H:%M}" for each in minutes]
    plot = drawing.Chart(
        title=_("Orders a minute, past hour"),
        head=_("Minute"),
        categories=clock,
        series=[drawing.Series(_("Orders"), counts)],
        kind=drawing.Kind.AREA,
        digits=0,
        name="minutes",
    )
    return HomeChart(
        title=str(plot.title),
        unit=figures.zone_name(minute),
        plot=plot if any(counts) else None,
        empty=_("No order was placed in the past hour."),
    )


def _cleared(cleared: list[ClearedHour], hour: datetime) -> HomeChart:
    by_hour = {each.hour: (each.cleared, each.refused) for each in cleared}
    hours = [hour - timedelta(hours=HOURS - 1 - place) for place in range(HOURS)]
    filled, refused = zip(*(by_hour.get(each, (0, 0)) for each in hours), strict=True)
    plot = drawing.Chart(
        title=_("Cleared and refused, by hour"),
        head=_("Hour"),
        categories=[f"{figures.local(each):%m-%d %H:00}" for each in hours],
        short=[f"{figures.local(each):%H:00}" for each in hours],
        series=[
            drawing.Series(_("cleared"), filled),
            drawing.Series(_("refused"), refused, tone="bad"),
        ],
        kind=drawing.Kind.STACKED,
        digits=0,
        name="hours",
    )
    return HomeChart(
        title=str(plot.title),
        unit=figures.zone_name(hour),
        plot=plot if cleared else None,
        empty=_("No round cleared anything in 24 hours."),
    )
