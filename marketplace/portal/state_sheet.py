"""What each source tells of a resource, as a part of its page."""

from decimal import Decimal
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from common import clock
from gateway.sensing import selectors as sensing_selectors
from gateway.sensing.contracts import Health, StateSource
from marketplace.portal import desk, figures

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


def _thousandths(milli: int | None) -> str:
    return "—" if milli is None else figures.grouped(Decimal(milli) / 1000)
