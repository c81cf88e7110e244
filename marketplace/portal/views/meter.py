"""One meter: how it is doing hour by hour, its readings, windows and revisions, and its chain."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from common import clock
from identity.contracts import Role
from marketplace.portal import desk, drawing, figures, names, unit_words
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.lists.energy_cells import usage_lines
from marketplace.portal.lists.measured import METER_READINGS, METER_USAGE, METER_WINDOWS
from marketplace.portal.tables import Queried
from metering import selectors as metering_selectors
from metering.contracts import MeterHealth, MeterState

LOOKBACK: Final = timedelta(days=30)
DAYS_BY_HOUR: Final = 7
GAPS_SHOWN: Final = 20
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
TONES: Final = {
    MeterState.LIVE: ("ok", "check"),
    MeterState.LATE: ("warn", "alert-triangle"),
    MeterState.SILENT: ("bad", "alert-triangle"),
    MeterState.SET_ASIDE: ("warn", "alert-triangle"),
}


@page(Role.PROVIDER)
def meter(request: PortalRequest, meter_id: UUID) -> HttpResponse:
    """Show a meter with all that it counted, and what became of it."""
    found, now = metering_selectors.meter_for(request.actor, meter_id), clock.now()
    (health,) = metering_selectors.meter_health(
        provider_id=found.provider_id, now=now, lookback=LOOKBACK, limit=1, meter_ids=[found.pk]
    )
    change = desk.Link(_("Change the agent"), reverse("portal:meter-agent", args=[found.pk]), "key")
    live = desk.Link(_("Going live"), reverse("portal:meter-live", args=[found.pk]), "check")
    tone, symbol = TONES[health.state]
    head = desk.Head(
        found.name,
        _sentence(health),
        crumbs=[(_("Meters"), reverse("portal:meters"))],
        tags=[
            desk.Cell(health.state.label, tone=tone, symbol=symbol),
            desk.Cell(names.named(found.resource)),
        ],
        links=[change, live],
    )
    main: list[Any] = [_by_hour(found, now), _by_day(found, now), *_lists(request, found)]
    return desk.show(request, head, main, [_facts(found, health), _chain(found), _gaps(found, now)])


def _sentence(health: MeterHealth) -> str:
    if health.last_reading_at is None:
        return _("No reading arrived yet.")
    said = {"when": figures.moment(health.last_reading_at), "covered": _covered(health)}
    return _("Its last reading ends at %(when)s; %(covered)s of 30 days have readings.") % said


def _facts(found: Any, health: MeterHealth) -> desk.Facts:
    rule = found.rule_version
    last = figures.moment(health.last_reading_at) if health.last_reading_at else _("none yet")
    return desk.Facts(
        _("Meter"),
        [
            (_("Identifier"), desk.Cell(str(found.pk), is_code=True, copied=str(found.pk))),
            (_("Measured by"), desk.Cell(f"{rule.rule_id} v{rule.version}")),
            (_("Counts in"), desk.Cell(unit_words.word(found.metric.unit), found.metric.unit)),
            (_("Signed for by"), _agent(found)),
            (_("Trial"), desk.Cell(_("Yes") if found.is_trial else _("No"))),
            (_("Registered"), desk.Cell(figures.moment(found.registered_at))),
            (_("Last reading"), desk.Cell(last)),
            (_("Covered in 30 days"), desk.Cell(_covered(health))),
        ],
    )


def _agent(meter: Any) -> desk.Cell:
    agent = meter.agent
    if agent is None:
        return desk.Cell(_("nobody: unsigned"))
    if agent.revoked_at is not None:
        return desk.Cell(_("Revoked"), tone="bad", note=agent.name)
    return desk.Cell(
        agent.name, note=agent.key_id, address=reverse("portal:agent", args=[agent.pk])
    )


def _covered(health: MeterHealth) -> str:
    return f"{figures.grouped(health.coverage * 100, 1)}%"


def _midnight(now: datetime, days: int) -> datetime:
    """Return when a day of the market began, some days ago."""
    today = figures.local(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - days * DAY


def _by_hour(found: Any, now: datetime) -> desk.Charted:
    since = _midnight(now, DAYS_BY_HOUR - 1)
    shares = metering_selectors.coverage_by_step(
        meter_ids=[found.pk], since=since, until=now, step=HOUR
    )[found.pk]

    def share(at: datetime) -> Decimal | None:
        if at >= now or at + HOUR <= found.registered_at:
            return None
        return round(shares.get(at, Decimal(0)) * 100, 1)

    days = [since + place * DAY for place in range(DAYS_BY_HOUR)]
    heat = drawing.Heat(
        title=_("Hours with readings (per cent)"),
        head=_("Day"),
        columns=[str(hour) for hour in range(24)],
        rows=[(f"{day:%m-%d}", [share(day + hour * HOUR) for hour in range(24)]) for day in days],
        unit="%",
        digits=1,
        name="hours",
    )
    told = _("Each cell is an hour of the last seven days; a pale one lacks readings.")
    return desk.Charted(_("Gaps by hour"), heat=heat, told=told)


def _by_day(found: Any, now: datetime) -> desk.Charted:
    since = _midnight(now, LOOKBACK.days - 1)
    shares = metering_selectors.coverage_by_step(
        meter_ids=[found.pk], since=since, until=now, step=DAY
    )[found.pk]
    days = [since + place * DAY for place in range(LOOKBACK.days)]
    chart = drawing.Chart(
        title=_("Covered each day (per cent)"),
        head=_("Day"),
        categories=[f"{day:%Y-%m-%d}" for day in days],
        short=[f"{day:%m-%d}" for day in days],
        series=[
            drawing.Series(
                _("Covered"),
                [
                    None
                    if day + DAY <= found.registered_at
                    else round(shares.get(day, Decimal(0)) * 100, 1)
                    for day in days
                ],
            )
        ],
        kind=drawing.Kind.BARS,
        digits=1,
        name="days",
    )
    return desk.Charted(_("Covered each day"), chart)


def _removed(found: Any) -> list[desk.Note]:
    """Say which months have no raw readings any more."""
    return [
        desk.Note(
            _("Raw readings of %(month)s were removed on %(when)s; what was measured stays.")
            % {"month": f"{month:%Y-%m}", "when": figures.moment(removed_at)}
        )
        for month, removed_at, _count in metering_selectors.months_removed(found.provider_id)[:3]
        if removed_at is not None
    ]


def _lists(request: PortalRequest, found: Any) -> list[desk.Listed | desk.Note]:
    actor = request.actor
    readings = metering_selectors.readings_for(actor, found.pk).select_related("agent")
    windows = metering_selectors.windows_for(actor).filter(meter_id=found.pk)
    usage = metering_selectors.usage_of_meter(actor, found.pk)
    how = desk.Link(_("Developers"), reverse("portal:developers"), "api")
    return [
        *_removed(found),
        desk.Listed(
            METER_READINGS.read(request, Queried(readings)),
            desk.Empty(
                _("No readings yet"),
                _("Send them as CloudEvents to the API, under this meter's identifier."),
                "gauge",
                how,
            ),
            _("Readings"),
        ),
        desk.Listed(
            METER_WINDOWS.read(request, Queried(windows)),
            desk.Empty(_("No windows yet"), _("The first reading opens one."), "gauge"),
            _("Windows"),
        ),
        desk.Listed(
            METER_USAGE.read(request, Queried(usage, tie="sequence"), dress=usage_lines),
            desk.Empty(
                _("Nothing measured yet"),
                _("A window is measured once it is over; a late reading makes a revision."),
                "gauge",
            ),
            _("What was measured"),
        ),
    ]


def _chain(found: Any) -> desk.Facts:
    agent = found.agent
    chain = metering_selectors.chains([agent.chain_id]).get(agent.chain_id) if agent else None
    if chain is None:
        told = desk.Cell(_("Nobody numbers the batches: what is left out does not show."))
        return desk.Facts(_("Batches"), [(_("Chain"), told)])
    missing = chain.number - chain.arrived
    tone = "bad" if missing or chain.faults else "ok"
    state = _("Whole") if tone == "ok" else _("Broken")
    return desk.Facts(
        _("Batches"),
        [
            (_("Chain"), desk.Cell(state, tone=tone)),
            (_("Last seen"), desk.Cell(figures.moment(chain.seen_at))),
            (_("Last batch"), desk.Cell(figures.grouped(chain.number))),
            (_("Missing"), desk.Cell(figures.grouped(missing))),
            (_("What did not follow"), desk.Cell(figures.grouped(chain.faults))),
        ],
        [desk.Link(_("Agent"), reverse("portal:agent", args=[agent.pk]), "key")],
    )


def _gaps(found: Any, now: datetime) -> desk.Sheet:
    since = max(found.registered_at, now - LOOKBACK)
    gaps = metering_selectors.gaps(
        meter_id=found.pk, since=since, until=max(now, since), limit=GAPS_SHOWN
    )
    return desk.Sheet(
        title=_("Stretches without readings"),
        columns=[desk.Column(_("From and until")), desk.Column(_("For how long"), "number")],
        rows=[
            [
                desk.Cell(figures.span(each.starts_at, each.ends_at)),
                desk.Cell(figures.short_duration(_seconds(each))),
            ]
            for each in gaps
        ],
        empty=desk.Empty(
            _("No gaps"), _("Every window of the last 30 days has readings."), "check"
        ),
    )


def _seconds(gap: Any) -> int:
    return int((gap.ends_at - gap.starts_at).total_seconds())
