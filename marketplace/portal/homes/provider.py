"""The home of a provider: who waits for a machine, what is earned, how full it is."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from identity import selectors as identity_selectors
from identity.contracts import Actor
from marketplace.assurance import desk_selectors as assurance_desk
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.contracts import ListingState
from marketplace.orders import selectors as orders_selectors
from marketplace.portal import drawing, figures, names
from marketplace.portal.homes import days
from marketplace.portal.homes.parts import (
    FirstStep,
    HomeAct,
    HomeChart,
    HomeFace,
    HomeFigure,
    Todo,
    WaitingCost,
)
from marketplace.portal.homes.shares import SHOWN_OF_A_KIND, SOON
from marketplace.settlement import selectors as settlement_selectors
from metering import selectors as metering_selectors
from metering.contracts import HeatCell, MeterState

STARTS_SOON: Final = timedelta(hours=24)
ENDS_SOON: Final = timedelta(days=7)
HEAT_DAYS: Final = 28
METERS_MAX: Final = 200


class Provider:
    """What one provider's home is made of."""

    def __init__(self, actor: Actor, now: datetime) -> None:
        self.actor, self.now, self.id = actor, now, actor.organization_id

    # --- What waits ------------------------------------------------------------------------
    def todos(self) -> Iterator[Todo]:
        """Yield what waits for a provider."""
        yield from self._meters()
        yield from self._desk()
        yield from self._starting()
        yield from self._listings()
        yield from self._certificates()

    def _meters(self) -> Iterator[Todo]:
        health = metering_selectors.meter_health(
            provider_id=self.id, now=self.now, lookback=timedelta(days=1), limit=METERS_MAX
        )
        ill = [each for each in health if each.state != MeterState.LIVE]
        shown = ill[:SHOWN_OF_A_KIND]
        measured = identity_selectors.resources({meter.resource_id for meter in shown})
        for meter in shown:
            is_aside = meter.state == MeterState.SET_ASIDE
            yield Todo(
                cost=WaitingCost.LOSING,
                icon="gauge",
                title=_("See to the meter %(name)s of %(resource)s: %(state)s")
                % {
                    "name": meter.name,
                    "resource": names.named(measured.get(meter.resource_id)),
                    "state": meter.state.label,
                },
                means=_("Its readings wait for a decision; their time is not charged until then.")
                if is_aside
                else _("Time without readings is not charged."),
                act=_("Look"),
                address=f"{reverse('portal:metering')}#health",
                since=meter.last_reading_at,
            )

    def _desk(self) -> Iterator[Todo]:
        waiting = assurance_desk.desk_count(self.id, now=self.now)
        if waiting:
            yield Todo(
                cost=WaitingCost.WILL_LOSE,
                icon="list-details",
                title=ngettext(
                    "%(count)s thing waits on your desk",
                    "%(count)s things wait on your desk",
                    waiting,
                )
                % {"count": figures.grouped(waiting)},
                means=_("Each has its clock; what is late costs credits or a dispute."),
                act=_("Desk"),
                address=reverse("portal:due-desk"),
            )

    def _starting(self) -> Iterator[Todo]:
        starting = orders_selectors.starting(
            provider_id=self.id, now=self.now, until=self.now + STARTS_SOON
        )
        for order in starting[:SHOWN_OF_A_KIND]:
            units = figures.grouped(Decimal(order.units_milli).scaleb(-3))
            yield Todo(
                cost=WaitingCost.WILL_LOSE,
                icon="server-2",
                title=_("Have %(units)s × %(title)s ready for %(number)s")
                % {
                    "units": units,
                    "title": names.named(order.listing, "title"),
                    "number": order.number,
                },
                means=_("%(buyer)s pays for what is measured from then on.")
                % {"buyer": names.named(order.buyer)},
                act=_("Order"),
                address=reverse("portal:order", args=[order.pk]),
                due_at=order.starts_at,
            )

    def _listings(self) -> Iterator[Todo]:
        own = catalog_selectors.listings_of(self.id)
        ending = own.filter(
            state=ListingState.OPEN,
            available_until__gt=self.now,
            available_until__lte=self.now + ENDS_SOON,
        )
        for listing in ending.order_by("available_until")[:SHOWN_OF_A_KIND]:
            yield Todo(
                cost=WaitingCost.GOOD_TO_DO,
                icon="list-details",
                title=_("List “%(title)s” anew") % {"title": names.named(listing, "title")},
                means=_("From then on nobody can order it."),
                act=_("Listings"),
                address=reverse("portal:listings"),
                due_at=listing.available_until,
            )

    def _certificates(self) -> Iterator[Todo]:
        ending = metering_selectors.certificates_ending(
            provider_id=self.id, now=self.now, until=self.now + SOON
        )
        for certificate in ending[:SHOWN_OF_A_KIND]:
            yield Todo(
                cost=WaitingCost.WILL_LOSE,
                icon="shield-check",
                title=_("Have %(name)s measured again")
                % {"name": names.named(certificate.resource)},
                means=_("Without a certificate it counts in no standard hours."),
                act=_("Capacity certificates"),
                address=reverse("portal:capacity-certificates"),
                due_at=certificate.valid_to,
            )

    # --- What there is ---------------------------------------------------------------------
    def face(self) -> HomeFace:
        """Return what is earned, what runs, and how full the capacity was."""
        since = days.month_start(self.now)
        charged = settlement_selectors.charges_by_day(since=since, provider_id=self.id)
        overview = settlement_selectors.provider_overview(provider_id=self.id)
        cells = self._cells()
        net = sum(day.gross_minor - day.fee_minor for day in charged)
        shares = [cell.utilisation for cell in cells]
        full = sum(shares, Decimal(0)) / len(shares) if shares else None
        band = [
            HomeFigure(
                label=_("Owed to you in cash"),
                value=figures.money(overview.payable_minor),
                note=_("%(amount)s charged, not settled yet")
                % {"amount": figures.money(overview.accrued_minor)},
                address=reverse("portal:settlement"),
                act=_("Settlement"),
            ),
            HomeFigure(
                label=_("Earned this month, net"),
                value=figures.money(net),
                note=_("fees deducted"),
            ),
            HomeFigure(
                label=_("Running"),
                value=figures.grouped(overview.active_contracts),
                unit=ngettext("contract", "contracts", overview.active_contracts),
                note=ngettext(
                    "%(count)s trade settled",
                    "%(count)s trades settled",
                    overview.settled_contracts,
                )
                % {"count": figures.grouped(overview.settled_contracts)},
            ),
            HomeFigure(
                label=_("Utilisation"),
                value="—" if full is None else f"{figures.grouped(full * 100, 1)}%",
                note=_("of metered capacity, in %(count)s days") % {"count": HEAT_DAYS},
            ),
        ]
        charts = [
            days.chart(
                _("Earned a day, net"),
                charged,
                since=since,
                now=self.now,
                worth=lambda day: day.gross_minor - day.fee_minor,
            ),
            _heat(cells, now=self.now),
        ]
        acts = [
            HomeAct(_("Metering"), "gauge", reverse("portal:metering")),
            HomeAct(_("New listing"), "plus", reverse("portal:listing-new"), is_primary=True),
        ]
        is_new = not (overview.active_contracts or overview.settled_contracts)
        steps = self._steps(has_readings=any(shares)) if is_new else []
        return HomeFace(band=band, charts=charts, acts=acts, steps=steps)

    def _cells(self) -> list[HeatCell]:
        since = figures.today(self.now) - timedelta(days=HEAT_DAYS)
        return metering_selectors.utilisation_by_hour(
            provider_id=self.id, since=since, until=self.now, zone=settings.DISPLAY_TIME_ZONE
        )

    def _steps(self, *, has_readings: bool) -> list[FirstStep]:
        own = identity_selectors.registered_resources().filter(provider_id=self.id)
        meters = metering_selectors.meters_for(self.actor).filter(provider_id=self.id)
        return [
            FirstStep(
                _("Register a resource"),
                _("It gets its compute identifier, by which everybody names it."),
                reverse("portal:resources"),
                own.exists(),
            ),
            FirstStep(
                _("List it with a price"),
                _("Open listings are found on the market at once."),
                reverse("portal:listing-new"),
                catalog_selectors.listings_of(self.id).exists(),
            ),
            FirstStep(
                _("Set up a meter"),
                _("Its readings are what is charged."),
                reverse("portal:meters"),
                meters.exists(),
            ),
            FirstStep(
                _("Send the first readings"),
                _("They show on the page Metering when their window has closed."),
                reverse("portal:help-topic", args=["send-readings"]),
                has_readings,
            ),
        ]


def _heat(cells: list[HeatCell], *, now: datetime) -> HomeChart:
    by_day: dict[int, list[Decimal]] = {}
    for cell in cells:
        by_day.setdefault(cell.weekday, []).append(cell.utilisation * 100)
    heat = drawing.Heat(
        title=_("Utilisation by hour of the week"),
        head=_("Hour"),
        columns=[f"{hour:02d}" for hour in range(24)],
        rows=[(names.WEEKDAYS[day - 1], shares) for day, shares in sorted(by_day.items())],
        most=max((cell.utilisation * 100 for cell in cells), default=Decimal(100)),
        unit="%",
        digits=1,
    )
    return HomeChart(
        title=str(heat.title),
        unit=figures.zone_name(now),
        address=reverse("portal:metering"),
        act=_("Metering"),
        heat=heat if any(cell.utilisation for cell in cells) else None,
        empty=_("No window has closed in this time span."),
    )
