"""What each source tells of a resource, as a part of its page."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import clock
from gateway.sensing import selectors as sensing_selectors
from gateway.sensing.contracts import Health, StateSource
from gateway.sensing.rules import PerceivedState
from identity.contracts import CapacityUnit, ResourceStatus
from marketplace.portal import desk, figures, names
from marketplace.portal.standing import counted_standing

NOTHING_FREE: Final = {
    ResourceStatus.SUSPENDED: gettext_lazy("none: suspended"),
    ResourceStatus.WITHDRAWN: gettext_lazy("none: withdrawn"),
    ResourceStatus.RENAMED: gettext_lazy("none: its code gave way to another"),
    ResourceStatus.REGISTERED: gettext_lazy("none: not active yet"),
}
TONES: Final = {Health.OK: "ok", Health.DEGRADED: "warn", Health.DOWN: "bad", Health.UNKNOWN: ""}


def told_state(resource_id: UUID) -> desk.Sheet:
    """Return the sources of a resource's state with the age of what they told."""
    now = clock.now()
    rows = []
    for told in sensing_selectors.sources_of(resource_id):
        is_fresh = sensing_selectors.sight_of(told).is_fresh(now)
        age = max(int((now - told.observed_at).total_seconds()), 0)
        health = Health(told.health)
        rows.append(
            [
                desk.Cell(StateSource(told.source).label),
                desk.Cell(_thousandths(told.free_milli)),
                desk.Cell(_thousandths(told.total_milli)),
                desk.Cell(
                    figures.moment(told.observed_at),
                    _("%(age)s ago") % {"age": figures.short_duration(age)},
                ),
                desk.Cell(health.label, tone=TONES[health])
                if is_fresh
                else desk.Cell(_("silent: nothing is known"), tone="bad"),
            ]
        )
    return desk.Sheet(
        title=_("What is told of it now"),
        columns=[
            desk.Column(_("Source")),
            desk.Column(_("Free"), "number"),
            desk.Column(_("In total"), "number"),
            desk.Column(_("Observed")),
            desk.Column(_("State"), "state"),
        ],
        rows=rows,
        empty=desk.Empty(
            _("Nobody tells of it"),
            _("An agent that sends heartbeats lets buyers see what is free now."),
        ),
    )


def told_lines(resource: Any, *, now: datetime) -> list[tuple[str, str, str]]:
    """
    Return what is free of a resource and how it is, each with who says so and when.

    Of a suspended resource nothing is to be had; where all sources fell silent, nothing is known.
    """
    state = sensing_selectors.state_of([resource.pk], now)[resource.pk]
    status, _because = counted_standing(resource)
    seen = _seen(state, now)
    if status != ResourceStatus.ACTIVE:
        free, seen = str(NOTHING_FREE[status]), _("register")
    else:
        free = _available(state, resource.capacity_unit)
    of_health = _seen_health(state, now)
    return [(_("Available"), free, seen), (_("Health"), str(state.health.label), of_health)]


@dataclass(frozen=True, slots=True)
class ToldState:
    """What is known of a listed resource now, in words: health, what is free, who says so."""

    health: str
    tone: str
    free: str
    seen: str
    is_stale: bool


def told_states(listings: Collection[Any], *, now: datetime) -> dict[UUID, ToldState]:
    """Return by resource what is known of listed resources now; asked for a page at once."""
    units = {each.resource_id: each.capacity_unit for each in listings}
    found = sensing_selectors.state_of(list(units), now) if units else {}
    return {
        resource_id: ToldState(
            str(state.health.label),
            "warn" if state.is_stale else TONES[state.health],
            _available(state, units[resource_id]),
            _seen(state, now),
            state.is_stale,
        )
        for resource_id, state in found.items()
    }


def _available(state: PerceivedState, capacity_unit: str) -> str:
    if state.available_milli is None:
        return _("not known now")
    unit = names.unit(CapacityUnit(capacity_unit), is_one=False)
    return f"{_thousandths(state.available_milli)} {unit}"


def _seen(state: PerceivedState, now: datetime) -> str:
    if state.observed_at is None:
        return "—"
    facts = {
        "source": state.source.label if state.source else "",
        "age": figures.short_duration(max(int((now - state.observed_at).total_seconds()), 0)),
    }
    if state.is_stale:
        return _("stale: nobody has told of it for %(age)s") % facts
    if state.source == StateSource.MARKET:  # the book is read now, however long it is unchanged
        return _("%(source)s, now") % facts
    return _("%(source)s, %(age)s ago") % facts


def _seen_health(state: PerceivedState, now: datetime) -> str:
    if state.health == Health.UNKNOWN and not state.is_stale:
        return _("nobody tells of it")
    return _seen(state, now)


def _thousandths(milli: int | None) -> str:
    return "—" if milli is None else figures.grouped(Decimal(milli) / 1000)
