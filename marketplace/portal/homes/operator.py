"""The home of an operator: is anything stuck, since when, and whose turn is it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from identity.contracts import Actor
from ledger import selectors as ledger_selectors
from marketplace.orders import selectors as orders_selectors
from marketplace.orders.selectors import ClearedHour
from marketplace.portal import figures, reviews
from marketplace.portal.homes import drawing
from marketplace.portal.homes.auditor import imbalance
from marketplace.portal.homes.parts import Act, Chart, Cost, Face, Figure, Todo
from marketplace.settlement import selectors as settlement_selectors

HOURS: Final = 24
MINUTES: Final = 60
LABELS: Final = 7


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
                cost=Cost.LOSING,
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
        for run in orders_selectors.unfinished_imports()[:3]:
            yield Todo(
                cost=Cost.OTHERS_WAIT,
                icon="loader-2",
                title=_("See to the import of %(file)s") % {"file": run.file_name},
                means=_("It is at work, or was killed at it; its orders are nobody else's."),
                act=_("Orders"),
                address=reverse("portal:orders"),
                since=run.started_at,
            )

    # --- What there is ---------------------------------------------------------------------
    def face(self) -> Face:
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
            Figure(
                label=_("Orders in the last hour"),
                value=figures.grouped(sum(placed.values())),
                note=_("most in a minute: %(count)s")
                % {"count": figures.grouped(max(placed.values(), default=0))},
                address=reverse("portal:orders"),
                act=_("Orders"),
            ),
            Figure(
                label=_("Cleared in 24 hours"),
                value=figures.grouped(filled),
                unit=_("of %(count)s") % {"count": figures.grouped(whole)},
                note=_("%(count)s refused with a reason")
                % {"count": figures.grouped(whole - filled)},
            ),
            Figure(
                label=_("Running contracts"),
                value=figures.grouped(running.contracts),
                note=_("%(amount)s charged so far")
                % {"amount": figures.money(running.gross_minor)},
            ),
            Figure(
                label=_("Debit − credit"),
                value=figures.money(difference),
                note=_("sealed to entry %(size)s") % {"size": figures.grouped(head.size)}
                if head
                else _("nothing is sealed yet"),
            ),
        ]
        acts = [
            Act(_("Order books"), "list-details", reverse("portal:books")),
            Act(_("System"), "gauge", _system(), is_primary=True),
        ]
        return Face(
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


def _clock(moments: list[datetime]) -> list[str]:
    places = [place * (len(moments) - 1) // (LABELS - 1) for place in range(LABELS)]
    return [f"{figures.local(moments[place]):%H:%M}" for place in places]


def _placed(placed: dict[datetime, int], minute: datetime) -> Chart:
    minutes = [minute - timedelta(minutes=MINUTES - 1 - place) for place in range(MINUTES)]
    counts = [placed.get(each, 0) for each in minutes]
    told = [
        f"{figures.local(each):%H:%M} {count}" for each, count in zip(minutes, counts, strict=True)
    ]
    return Chart(
        title=_("Orders a minute, past hour"),
        kind="columns",
        drawing=drawing.columns([[count] for count in counts], told, _clock(minutes)),
        unit=figures.zone_name(minute),
        head=(_("Minute"), _("Orders")),
        rows=[
            (f"{figures.local(each):%H:%M}", str(count))
            for each, count in zip(minutes, counts, strict=True)
        ],
        summary=_("%(count)s orders in the past hour.") % {"count": sum(counts)},
        empty=_("No order was placed in the past hour."),
    )


def _cleared(cleared: list[ClearedHour], hour: datetime) -> Chart:
    by_hour = {each.hour: (each.cleared, each.refused) for each in cleared}
    hours = [hour - timedelta(hours=HOURS - 1 - place) for place in range(HOURS)]
    table = [by_hour.get(each, (0, 0)) for each in hours]
    told = [
        f"{figures.local(each):%m-%d %H:00} {filled} / {refused}"
        for each, (filled, refused) in zip(hours, table, strict=True)
    ]
    return Chart(
        title=_("Cleared and refused, by hour"),
        kind="columns",
        drawing=drawing.columns(table, told, _clock(hours)),
        unit=figures.zone_name(hour),
        legend=[(1, _("cleared")), (2, _("refused"))],
        head=(_("Hour"), _("cleared"), _("refused")),
        rows=[
            (f"{figures.local(each):%m-%d %H:00}", str(filled), str(refused))
            for each, (filled, refused) in zip(hours, table, strict=True)
        ],
        summary=_("Orders that rounds cleared and refused in 24 hours."),
        empty=_("No round cleared anything in 24 hours."),
    )
